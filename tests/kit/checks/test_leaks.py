"""Facts about secrets in what an app shows."""

import base64
import codecs
import hashlib
import hmac
import secrets

import jwt
import pytest

from confirmlab.checks.text import leaks

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
    """A token is found in a text even if it was reversed, encoded or cut in parts."""
    assert leaks.disguised(f"<p>Thank you! {SPELLINGS[name]}</p>")


@pytest.mark.parametrize("name", ["as it is", "reversed", "base64", "rot13"])
def test_a_confirmation_token(name):
    """A confirmation token in a common encoding is recognised by its claims."""
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
def test_what_is_not_a_token(text):
    """Words, addresses, times, hashes and a form's CSRF token are not taken for tokens."""
    assert leaks.disguised(text) == []


STORED = f"scrypt:32768:8:1$U6O5QOZoDfKFZjeA${secrets.token_hex(64)}"
HASH = STORED.rpartition("$")[2]
STORED_PASSWORD = "the stored form of a password"
SHOWN = {
    "the key": SECRET,
    "a part of the key": f"It begins with {SECRET[:17]}.",
    "the key in base64": f"7-{base64.b64encode(SECRET.encode()).decode()}",
    "the key's bytes in base64": base64.urlsafe_b64encode(bytes.fromhex(SECRET)).decode(),
    "the key in hex": SECRET.encode().hex(),
    "the key in capitals": SECRET.upper(),
    "the key in the claims": jwt.encode({"key": SECRET}, "another key " * 8, "HS512"),
    "the stored password": STORED,
    "most of the stored password": STORED[:-1],
    "its end": HASH[-16:],
    "its middle reversed": HASH[31:60][::-1],
    "its end in base64": f"id={base64.b64encode(HASH[-40:].encode()).decode()}",
    "its bytes in base64": base64.b64encode(b"x" + bytes.fromhex(HASH)).decode(),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_secret_that_is_shown(name):
    """A key or a stored password is found in a text, whole or in part, in some spellings."""
    found = leaks.leak(f"<p>Thank you! {SHOWN[name]}</p>", SECRET, [None, "", STORED])

    assert found == ("the secret key of the app" if "key" in name else STORED_PASSWORD)


HARMLESS = {
    "a token": TOKEN,
    "digits": secrets.token_hex(64),
    "base64": base64.b64encode(secrets.token_bytes(500)).decode(),
    "base64 for addresses": secrets.token_urlsafe(500),
    "method and salt": STORED.rpartition("$")[0],
    "a digest": hmac.digest(HASH.encode(), b"session", "sha256").hex(),
    "the ends of secrets": f"{SECRET[:12]} {HASH[-12:]}",
    "nothing": "",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_not_a_secret(name):
    """Tokens, digests, random texts and a secret's first letters count as no leak."""
    assert leaks.leak(f"<p>Thank you! {HARMLESS[name]}</p>", SECRET, [STORED]) == ""


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
    """A key from which the secret can be read is reported as related to it."""
    assert leaks.reveals_secret(KIN[name].encode(), SECRET)


def test_keys_that_do_not_tell_the_secret():
    """A digest reveals nothing about the secret, neither as bytes nor as text."""
    digest = hmac.digest(SECRET.encode(), b"confirm", "sha512")

    assert not leaks.reveals_secret(digest, SECRET)
    assert not leaks.reveals_secret(digest.hex().encode(), SECRET)
    assert not leaks.reveals_secret(base64.b64encode(digest), SECRET)


ENCODED = {
    "as it is": str.encode,
    "in another order": lambda secret: (secret[::2] + secret[1::2]).encode(),
    "in rot13": lambda secret: codecs.encode(secret, "rot13").encode(),
    "with each byte one higher": lambda secret: bytes(byte + 1 for byte in secret.encode()),
    "in base32": lambda secret: base64.b32encode(secret.encode()),
    "after a hash": lambda secret: DIGESTED["in bytes"](secret) + secret[::-1].encode(),
    "not at all": lambda secret: b"a constant",
}
DIGESTED = {
    "in bytes": lambda secret: hmac.digest(secret.encode(), b"confirm", "sha512"),
    "in hex digits": lambda secret: hashlib.md5(secret.encode()).hexdigest().encode(),
    "in base64": lambda secret: base64.b64encode(hashlib.sha256(secret.encode()).digest()),
    "behind a label": lambda secret: b"confirm" * 9 + hashlib.sha256(secret.encode()).digest(),
}


@pytest.mark.parametrize("name", [*ENCODED, *DIGESTED])
def test_a_key_that_mixes_its_secret(name):
    """A hash changes everywhere with each character of the secret; an encoding does not."""
    near, far = SECRET[:40] + "x" + SECRET[41:], secrets.token_hex(64)
    key = (ENCODED | DIGESTED)[name]

    assert leaks.changes_like_a_hash(key(SECRET), key(near), key(far)) == (name in DIGESTED)
