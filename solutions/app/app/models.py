"""The tables of the database: the users."""

import hmac
import re
import secrets
import time
from datetime import datetime, timedelta, timezone

import jwt
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_login import UserMixin
from sqlalchemy import DateTime, String, Text
from sqlalchemy.orm import Mapped, mapped_column, validates
from werkzeug.security import check_password_hash, generate_password_hash

from .extensions import db, login_manager


def new_mark():
    """Return a random text that begins with the number of the day."""
    return f"{time.time() // 86400:.0f}.{secrets.token_urlsafe(12)}"


class User(UserMixin, db.Model):
    # The number of an account that is gone is never given again: somebody may be logged in with it.
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(256))
    about: Mapped[str] = mapped_column(Text, default="")
    joined_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.now(timezone.utc)
    )
    session_mark: Mapped[str] = mapped_column(String(22), default=new_mark, server_default="")
    new_email: Mapped[str | None] = mapped_column(String(254))  # not confirmed yet, see move()
    moved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # the last move()

    # region confirmed-column
    confirmed: Mapped[bool] = mapped_column(default=False, server_default=db.false())
    # endregion confirmed-column

    def __repr__(self):
        return f"<User {self.id} {self.email}>"

    @classmethod
    def by_email(cls, email):
        """Find the user with this address, or None."""
        return db.session.scalar(db.select(cls).where(cls.email == normal_email(email)))

    @classmethod
    def by_login(cls, email, password):
        """Find the user whom this address and this password belong to, or None."""
        user = cls.by_email(email)
        if user is None:
            generate_password_hash(password)  # as slow as a check, so that the time reveals nothing
            return None
        return user if user.check_password(password) else None

    @validates("email", "new_email")
    def keep_normal_email(self, _key, email):
        return email and normal_email(email)

    def set_password(self, password):
        """Keep a hash of the password, never the password."""
        self.password_hash = generate_password_hash(password)

    def replace_password(self, password):
        """Set a new password and commit; return False if another request has just done so."""
        same = db.update(User).where(User.id == self.id, User.password_hash == self.password_hash)
        new = {"password_hash": generate_password_hash(password), "session_mark": new_mark()}
        done = db.session.execute(same.values(new | {"new_email": None}))
        db.session.commit()
        return done.rowcount == 1

    def check_password(self, password):
        """Return whether this is the user's password."""
        return check_password_hash(self.password_hash, password)

    def end_logins(self):
        """Change what get_id() returns, so that every browser has to log in again."""
        self.session_mark = new_mark()

    def logins_are_over(self):
        """Return whether the mark is too old for any login cookie with it."""
        day = self.session_mark.partition(".")[0]
        age = timedelta(days=time.time() // 86400 - int(day)) if day.isdigit() else timedelta()
        return age > current_app.config["REMEMBER_COOKIE_DURATION"]

    # region session-id
    def get_id(self):
        """Return the text by which a login is kept in cookies, and found by load_user()."""
        return f"{self.id} {self.session_mark}"
    # endregion session-id

    # region generate-token
    def generate_confirmation_token(self, expiration_sec=3600):
        """Make the text that goes into this user's confirmation link."""
        if self.id is None:
            raise ValueError("Save the user first: without an id there is nothing to sign.")
        now = datetime.now(timezone.utc)
        claims = {
            "aud": "confirm-email",
            "confirm_id": self.id,
            "email": self.new_email or self.email,
            "iat": now,
            "exp": now + timedelta(seconds=expiration_sec),
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode(claims, token_keys()[0], algorithm="HS512")
    # endregion generate-token

    # region confirm-token
    def confirm(self, token):
        """Return whether the token is good for this user, and mark the user as confirmed if so."""
        required = ["aud", "confirm_id", "email", "exp", "iat", "jti"]
        for key in token_keys():
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=["HS512"],
                    audience="confirm-email",
                    options={"require": required, "strict_aud": True},
                )
                break
            except jwt.InvalidTokenError:
                continue  # perhaps an older key fits
        else:
            return False
        claimed = claims["confirm_id"]
        if type(claimed) is not int or claimed != self.id:
            return False
        if claims["email"] != (self.new_email or self.email):
            return False
        moved = self.moved_at and self.moved_at.replace(tzinfo=timezone.utc)  # SQLite drops it
        if moved and claims["iat"] < int(moved.timestamp()):
            return False  # made before the last change of address
        if db.session.get(SpentToken, claims["jti"]) is not None:
            return False
        # The address is asked for in the database: another request may be changing it just now.
        new, old = User.new_email == claims["email"], User.email == claims["email"]
        here = db.or_(new, db.and_(User.new_email.is_(None), old))
        mine = db.update(User).where(User.id == self.id, here)
        values = {"confirmed": True, "email": claims["email"], "new_email": None}
        if db.session.execute(mine.values(values)).rowcount != 1:
            return False
        db.session.add(SpentToken(jti=claims["jti"]))
        return True
    # endregion confirm-token

    # region resend-throttle
    letter_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


    def may_get_letter(self):
        """Return whether another mail may go to this user now, and store the time if so."""
        now = datetime.now(timezone.utc)
        due = db.or_(User.letter_at.is_(None), User.letter_at <= now - timedelta(minutes=1))
        # One statement checks and stores: of two requests at once only one changes the row.
        noted = db.session.execute(
            db.update(User).where(User.id == self.id, due).values(letter_at=now),
            execution_options={"synchronize_session": False},
        )
        db.session.commit()
        return noted.rowcount == 1


    @classmethod
    def drop_stale(cls, days):
        """Delete the accounts that stayed unconfirmed for this many days; return their number."""
        limit = datetime.now(timezone.utc) - timedelta(days=days)
        stale = db.delete(cls).where(~cls.confirmed, cls.joined_at < limit)
        gone = db.session.execute(stale, execution_options={"synchronize_session": False})
        db.session.commit()
        return gone.rowcount
    # endregion resend-throttle


# region token-key
def token_keys():
    """List the keys for confirmation tokens: the first one signs, and each one may read."""
    known = [current_app.secret_key, *(current_app.config["SECRET_KEY_FALLBACKS"] or [])]
    return [hmac.digest(secret.encode(), b"confirm-email", "sha512") for secret in known]
# endregion token-key


# region spent-tokens
class SpentToken(db.Model):
    """A token that has confirmed somebody. Its identifier is unique, so it is spent only once."""

    jti: Mapped[str] = mapped_column(String(64), primary_key=True)


def move(user, email):
    """Note a user's new address; confirm() makes it theirs when the link sent there is used."""
    user.new_email = email
    user.moved_at = datetime.now(timezone.utc)
# endregion spent-tokens


def normal_email(email):
    """Return an address in the form that we store: lower case, with an ASCII domain."""
    try:
        valid = validate_email(email, check_deliverability=False, test_environment=True)
        email = f"{valid.local_part}@{valid.ascii_domain}"
    except EmailNotValidError:
        pass  # forms refuse it; at a login it is an address that nobody has
    return email.strip().lower()


@login_manager.user_loader
def load_user(text):
    number = re.match("[0-9]+", text)
    user = number and db.session.get(User, int(number[0]))
    good = user and user.get_id() == text and not user.logins_are_over()
    return user if good else None
