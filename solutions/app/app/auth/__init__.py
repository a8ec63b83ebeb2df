"""Accounts: register, log in, log out."""

from .views import auth
