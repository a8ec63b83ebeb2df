"""The token in the letter to those who forgot their password."""

from datetime import datetime, timedelta, timezone
from hashlib import sha256

import jwt
from flask import current_app

from ..extensions import db
from ..models import User


def reset_token(user, expiration_sec=900):
    """Return the token for the link to a new password."""
    expires = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)
    # The user goes by the same name as in every token of this app.
    claims = {"exp": expires, "confirm_id": user.id, "reset": mark_of(user)}
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")


def user_of(token):
    """Return the user who may choose a new password with this token, or None."""
    for key in [current_app.secret_key, *(current_app.config["SECRET_KEY_FALLBACKS"] or [])]:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS512"],
                options={"require": ["exp", "confirm_id", "reset"]},
            )
            break
        except jwt.InvalidTokenError:
            continue  # perhaps an older key fits
    else:
        return None
    user = db.session.get(User, claims["confirm_id"])
    return user if user is not None and claims["reset"] == mark_of(user) else None


def mark_of(user):
    """Return a value that changes with the password or the address, which ends older tokens."""
    return sha256(f"{user.password_hash} {user.email}".encode()).hexdigest()[:16]
