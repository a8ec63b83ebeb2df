"""The tables of the database: the users."""

import hmac
import secrets
from datetime import datetime, timedelta, timezone

import jwt
from flask import current_app
from flask_login import UserMixin
from sqlalchemy import DateTime, String, Text
from sqlalchemy.orm import Mapped, mapped_column, validates
from werkzeug.security import check_password_hash, generate_password_hash

from .extensions import db, login_manager


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
    moved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # to this address

    # region confirmed-column
    # Your code here: a column named confirmed.
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
        # Your code here.
        return ""

    # endregion generate-token

    # region confirm-token
    def confirm(self, token):
        """Say whether the token is good for this user, and mark the user as confirmed if so."""
        # Your code here.
        return False

    # endregion confirm-token

    # region resend-throttle
    def may_get_letter(self):
        """Say whether another letter may go to this user now, and note that it goes."""
        # Your code here.
        return True

    @classmethod
    def drop_stale(cls, days):
        """Delete the accounts that were never confirmed in so many days; say how many."""
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
    """Write an address the one way in which we keep it."""
    return email.strip().lower()


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))
