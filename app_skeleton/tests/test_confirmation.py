"""Tests of the confirmation: every way to succeed, and every way to fail."""

from datetime import datetime, timedelta, timezone

import jwt
import pytest
from app.extensions import db
from app.models import User

# region confirmation-tests
# Your tests here.
# endregion confirmation-tests
