"""Accounts: register, log in, log out, get a new password."""

from .views import auth
