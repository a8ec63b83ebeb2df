"""Facts about the views of tokens."""

import re
from base64 import urlsafe_b64encode

from confirmlab.notebook.token_inspector import Token, examine, take_apart
from confirmlab.notebook.views.registry import as_html, as_text

TOKEN = "eyJhbGciOiJIUzUxMiJ9.eyJjb25maXJtX2lkIjoxNCwiZXhwIjo1fQ.c2lnbmF0dXJl"


def test_a_token_has_three_named_blocks():
    """The parts of a token differ by name and line, not by colour alone."""
    text = as_html(take_apart(TOKEN))

    assert [re.search(f">{name}</span>", text) is not None for name in ("Header", "Payload")]
    assert all(kind in text for kind in ("2px solid", "2px dashed", "2px dotted"))
    assert "without any key" in text and "ended on 1970-01-01" in text


def test_a_token_is_never_just_valid():
    """The card of an examined token names algorithm, key and time."""
    text = as_html(examine(TOKEN, "k" * 64))

    assert "✗ Refused</span> for HS512, the key of 64 bytes with fingerprint" in text
    assert "valid" not in text.replace("InvalidSignatureError", "")


def test_a_token_shows_three_named_parts():
    """Each part of a token has its own line with its name."""
    token = Token("a.b.c", {"alg": "HS512"}, {"id": 1, "exp": 5}, b"12", (("exp", "ended"),))

    assert as_text(token).splitlines() == [
        'header     {"alg": "HS512"}',
        "payload    id = 1",
        "           exp = 5  (ended)",
        "signature  2 bytes: 31 32",
    ]


def test_hidden_characters_of_a_claim_are_written_out():
    """Reordering characters and half characters of a token are escaped; letters are not."""
    claims = b'{"na\\u202eme": "Zo\\u00eb \\u202e \\ud800"}'
    token = take_apart(f"e30.{urlsafe_b64encode(claims).decode()}.\u202e")

    for shown in (as_text(token), as_html(token)):
        assert "\u202e" not in shown and "\ud800" not in shown
        assert "na\\u202eme" in shown and r"Zoë \u202e \ud800" in shown
