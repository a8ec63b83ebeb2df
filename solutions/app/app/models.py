"""The tables of the database: the users."""

from datetime import datetime, timedelta, timezone

import jwt
from flask import current_app
from flask_login import UserMixin
from sqlalchemy import DateTime, String, Text
from sqlalchemy.orm import Mapped, mapped_column, validates
from werkzeug.security import check_password_hash, generate_password_hash

from .extensions import db, login_manager


class User(UserMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(256))
    about: Mapped[str] = mapped_column(Text, default="")
    joined_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.now(timezone.utc)
    )
    moved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # to this address

    # region confirmed-column
    confirmed: Mapped[bool] = mapped_column(default=False, server_default=db.false())
    # endregion confirmed-column

    def __repr__(self):
        return f"<User {self.id} {self.email}>"

    @classmethod
    def by_email(cls, email):
        """Find the user with this address, or None."""
        return db.session.scalar(db.select(cls).where(cls.email == normal_email(email)))

    @validates("email")
    def keep_normal_email(self, _key, email):
        return normal_email(email)

    def set_password(self, password):
        """Keep a hash of the password, never the password."""
        self.password_hash = generate_password_hash(password)

    def check_password(self, password):
        """Say whether this is the user's password."""
        return check_password_hash(self.password_hash, password)

    # region generate-token
    def generate_confirmation_token(self, expiration_sec=3600):
        """Make the text that goes into this user's confirmation link."""
        if self.id is None:
            raise ValueError("Save the user first: without an id there is nothing to sign.")
        expires = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)
        claims = {"exp": expires, "confirm_id": self.id}
        return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
    # endregion generate-token

    # region confirm-token
    def confirm(self, token):
        """Say whether the token is good for this user, and mark the user as confirmed if so."""
        try:
            claims = jwt.decode(
                token,
                current_app.secret_key,
                algorithms=["HS512"],
                options={"require": ["exp", "confirm_id"]},
            )
        except jwt.InvalidTokenError:
            return False
        claimed = claims["confirm_id"]
        if type(claimed) is not int or claimed != self.id:
            return False
        self.confirmed = True
        db.session.add(self)
        return True
    # endregion confirm-token


def normal_email(email):
    """Write an address the one way in which we keep it."""
    return email.strip().lower()


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))
