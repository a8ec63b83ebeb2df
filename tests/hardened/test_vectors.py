"""Published examples: the signatures in the standards verify here, and none confirms."""

import hashlib
import hmac
import json

import jwt
import pytest
from jwt.utils import base64url_decode, base64url_encode

from confirmlab.notebook.token_inspector import take_apart

# RFC 7515, appendix A.1: the key, and the token with its line breaks taken out.
A1_KEY = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
A1 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
# RFC 7520, section 4.4: HMAC-SHA2 integrity protection; the payload is text and no JSON.
S44_KEY = "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"
S44 = (
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9"
    ".SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAg"
    "b250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcg"
    "d2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4"
    ".s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"
)
# RFC 7519, section 6.1: a token that nobody signed.
UNSECURED = (
    "eyJhbGciOiJub25lIn0"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    "."
)
# RFC 4231, test cases 1, 2 and 6: key, message, HMAC-SHA-512.
SHA512 = [
    (
        b"\x0b" * 20,
        b"Hi There",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
        "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    ),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
        "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
    ),
]


@pytest.mark.parametrize("token, key", [(A1, A1_KEY), (S44, S44_KEY)], ids=["A.1", "4.4"])
def test_the_examples_verify(token, key):
    """The signatures in the standards are valid under the keys given there."""
    seen = jwt.PyJWS().decode(token, base64url_decode(key), algorithms=["HS256"])

    assert seen == base64url_decode(token.split(".")[1])


@pytest.mark.parametrize("token, key", [(A1, A1_KEY), (S44, S44_KEY)], ids=["A.1", "4.4"])
def test_the_recipe_is_an_hmac(token, key):
    """The signature is the HMAC of the first two parts, with the dot between them."""
    start, _, signature = token.rpartition(".")

    assert hmac.digest(base64url_decode(key), start.encode(), "sha256") == base64url_decode(
        signature
    )


@pytest.mark.parametrize("key, message, digest", SHA512, ids=["case-1", "case-2", "case-6"])
def test_hmac_with_sha512(key, message, digest):
    """HMAC with SHA-512, by the app and by PyJWT, gives the values of RFC 4231."""
    own = jwt.get_algorithm_by_name("HS512")

    assert hmac.digest(key, message, "sha512").hex() == digest
    assert own.sign(message, key).hex() == digest
    assert own.verify(message, key, bytes.fromhex(digest))


def test_the_kit_takes_the_example_apart():
    """The kit decodes the token in appendix A.1 as the appendix does."""
    token = take_apart(A1)

    assert token.header == {"typ": "JWT", "alg": "HS256"}
    assert token.claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert len(token.signature) == hashlib.sha256().digest_size


@pytest.mark.parametrize("token", [A1, S44, UNSECURED], ids=["A.1", "4.4", "unsecured"])
def test_no_example_confirms(club, token):
    """The tokens of the standards are refused, with status 200 and no trace in the database."""
    ada = club.add("Ada")
    page = club.log_in("Ada").click(f"/auth/confirm/{token}")

    assert page.status == 200
    assert not club.confirmed(ada)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384"])
def test_the_examples_algorithm_is_not_ours(club, algorithm):
    """Our claims, signed with our key by the algorithm of appendix A.1, are refused."""
    ada = club.add("Ada")
    token = jwt.encode(club.claims(ada), club.key(), algorithm=algorithm)

    assert not club.confirms(ada, token)
    assert club.confirms(ada, club.signed(ada))


def test_an_unsecured_token_of_ours(club):
    """Our claims in an unsigned token, as in RFC 7519, section 6.1, are refused."""
    ada = club.add("Ada")
    parts = [{"alg": "none"}, club.claims(ada)]
    start = ".".join(base64url_encode(json.dumps(part).encode()).decode() for part in parts)

    assert not club.confirms(ada, f"{start}.")


def test_a_critical_header_is_not_passed_over(club):
    """A token with an unknown critical header is refused (RFC 7515, 4.1.11)."""
    ada = club.add("Ada")
    headers = {"crit": ["http://example.com/phase"], "http://example.com/phase": "new moon"}
    token = jwt.encode(club.claims(ada), club.key(), algorithm="HS512", headers=headers)

    assert not club.confirms(ada, token)
