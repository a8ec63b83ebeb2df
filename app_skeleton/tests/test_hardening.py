"""Tests of the hardened confirmation: for one purpose, one address, and once."""

from datetime import datetime, timedelta, timezone

import jwt
import pytest
from app.extensions import db
from app.models import User, token_keys

# region hardening-tests
# Your tests here.
# endregion hardening-tests
