"""Facts about secrets in what an app shows."""

import base64
import codecs
import hashlib
import hmac
import secrets

import jwt
import pytest

from confirmlab.checks import leaks

SECRET = secrets.token_hex(64)
TOKEN = jwt.encode({"confirm_id": 7, "exp": 1893456000}, SECRET, "HS512")
SPELLINGS = {
    "as it is": TOKEN,
    "reversed": TOKEN[::-1],
    "base64": base64.b64encode(TOKEN.encode()).decode(),
    "base32": base64.b32encode(TOKEN.encode()).decode(),
    "hex": TOKEN.encode().hex(),
    "rot13": codecs.encode(TOKEN, "rot13"),
    "in two parts": f"{TOKEN[:99]} and {TOKEN[99:]}",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_token_in_any_spelling(name):
    """A token is found in a text whatever has been done to it."""
    assert leaks.disguised(f"<p>Thank you! {SPELLINGS[name]}</p>")


@pytest.mark.parametrize("name", ["as it is", "reversed", "base64", "rot13"])
def test_a_confirmation_token(name):
    """A token in a common spelling is known by its claims."""
    assert leaks.tokens_in(f"<p>{SPELLINGS[name]}</p>")


@pytest.mark.parametrize(
    "text",
    [
        "Another letter is on its way to adaLovelace12@example.org.",
        f'<input type="hidden" name="csrf_token" value="{TOKEN}">',
        hashlib.sha512(b"session").hexdigest(),
        "/static/style.css?v=20261127",
        "2026-11-27T20:15:00.123456+00:00",
    ],
)
def test_what_is_no_token(text):
    """Words, addresses, times, hashes and a form's own token are no tokens in disguise."""
    assert leaks.disguised(text) == []


KIN = {
    "itself": SECRET,
    "and a letter": SECRET + "x",
    "a half": SECRET[64:],
    "reversed": SECRET[::-1],
    "in capitals": SECRET.upper(),
    "in hex": SECRET.encode().hex(),
    "in base64": base64.b64encode(SECRET.encode()).decode(),
    "with a bit flipped": bytes(byte ^ 1 for byte in SECRET.encode()).decode(),
}


@pytest.mark.parametrize("name", KIN)
def test_keys_that_tell_the_secret(name):
    """A key from which the secret can be read is kin to it."""
    assert leaks.is_kin(KIN[name].encode(), SECRET)


def test_keys_that_do_not():
    """A digest tells nothing about the secret, in bytes or in letters."""
    digest = hmac.digest(SECRET.encode(), b"confirm", "sha512")

    assert not leaks.is_kin(digest, SECRET)
    assert not leaks.is_kin(digest.hex().encode(), SECRET)
    assert not leaks.is_kin(base64.b64encode(digest), SECRET)
