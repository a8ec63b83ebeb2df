# The first cell of the notebook that nbgrader and otter get: an app, and what its checks share.
import base64
import hashlib
import os
import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import jwt
import time_machine
from flask import Flask, current_app
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, String, Text, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates


class Base(DeclarativeBase):
    pass


app = Flask("pigeon_post")
app.config.update(SECRET_KEY="a secret of 64 letters or more " * 3, SQLALCHEMY_DATABASE_URI="sqlite://")
db = SQLAlchemy(app, model_class=Base)
NOON = datetime(2031, 5, 6, 12, 0, tzinfo=timezone.utc)


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def forged(user, key=None, algorithm="HS512", without=(), **changes):
    claims = claims_of(user.generate_confirmation_token()) | changes
    for name in without:
        claims.pop(name, None)
    return jwt.encode(claims, app.secret_key if key is None else key, algorithm)


def ends(claims, seconds):
    assert abs(claims["exp"] - NOON.timestamp() - seconds) < 2


def refuses(user, token):
    assert not user.confirm(token)
    assert not user.confirmed


def changed(token, part):
    parts = token.split(".")
    middle = len(parts[part]) // 2
    letter = "B" if parts[part][middle] != "B" else "C"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]
    return ".".join(parts)
