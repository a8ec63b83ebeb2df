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
    # Your code here: a column named confirmed.
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
        # Your code here.
        return str(self.id)

    # endregion session-id

    # region generate-token
    def generate_confirmation_token(self, expiration_sec=3600):
        """Make the text that goes into this user's confirmation link."""
        # Your code here.
        return ""

    # endregion generate-token

    # region confirm-token
    def confirm(self, token):
        """Return whether the token is good for this user, and mark the user as confirmed if so."""
        # Your code here.
        return False

    # endregion confirm-token

    # region resend-throttle
    def may_get_letter(self):
        """Return whether another mail may go to this user now, and store the time if so."""
        # Your code here.
        return True

    @classmethod
    def drop_stale(cls, days):
        """Delete the accounts that stayed unconfirmed for this many days; return their number."""
        # Your code here.
        return 0

    # endregion resend-throttle


# region token-key
def token_keys():
    """List the keys for confirmation tokens: the first one signs, and each one may read."""
    # Your code here.
    return [current_app.secret_key]


# endregion token-key


# region spent-tokens
# Your code here: a table of the tokens that were used.


def move(user, email):
    """Give a user another address."""
    user.email = email
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
