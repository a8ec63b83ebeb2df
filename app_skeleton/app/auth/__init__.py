"""Accounts: register, log in, log out, get a new password."""

from . import cli
from .views import auth
