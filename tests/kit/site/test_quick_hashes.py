"""Facts about fast password hashes."""

import hashlib
import re

import pytest
from werkzeug.security import check_password_hash, generate_password_hash

from confirmlab.site.driver.quick_hashes import hash_quickly, quick_hash

SALT_AND_DIGEST = re.compile(r"\$\w{16}\$[0-9a-f]{128}")


@pytest.fixture
def usual_hash(monkeypatch):
    """Return a hash made at the usual costs; all later ones are made quickly."""
    made = generate_password_hash("a password", method="scrypt")
    monkeypatch.setattr(hashlib, "scrypt", hashlib.scrypt)  # restored at the end
    hash_quickly()
    return made


def test_quick_hashes_look_usual(usual_hash):
    """A quick hash differs from a usual one only in its salt and its digest."""
    method = SALT_AND_DIGEST.sub("", usual_hash)

    for made in (quick_hash("a password"), generate_password_hash("a password")):
        assert SALT_AND_DIGEST.sub("", made) == method
    assert quick_hash("a password") != quick_hash("a password")


def test_passwords_are_compared(usual_hash):
    """Werkzeug accepts the password of a quick hash, and no other one."""
    for made in (quick_hash("a password"), generate_password_hash("a password")):
        assert check_password_hash(made, "a password")
        assert not check_password_hash(made, "another password")
