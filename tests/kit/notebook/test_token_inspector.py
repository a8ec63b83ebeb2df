"""Facts about decoding and examining tokens."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from confirmlab.base.errors import KitError
from confirmlab.notebook.token_inspector import Token, examine, in_words, take_apart

KEY = "k" * 64
NOW = datetime(2030, 5, 1, 14, 5, tzinfo=UTC)


def make(key=KEY, algorithm="HS512", seconds=3420, **claims):
    if seconds is not None:
        claims["exp"] = NOW + timedelta(seconds=seconds)
    return jwt.encode({"confirm_id": 14, **claims}, key, algorithm=algorithm)


def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_token_is_read_without_a_key():
    """The header and claims of a token can be read without a key."""
    token = take_apart(make(), NOW)

    assert (token.header["alg"], token.claims["confirm_id"]) == ("HS512", 14)
    assert (len(token.signature), token.problem, token.verdict) == (64, "", "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3420, "ends 15:02:00 UTC, in 57 minutes"),
        (-300, "ended 14:00:00 UTC, 5 minutes ago"),
        (0, "ended 14:05:00 UTC, less than a second ago"),
        (86400 * 3, "ends on 2030-05-04 at 14:05:00 UTC, in 3 days"),
    ],
)
def test_times_are_shown_in_words(seconds, words):
    """The expiry of a token is shown as a time and as a duration."""
    assert take_apart(make(seconds=seconds), NOW).times == (("exp", words),)


def test_other_times_are_shown_too():
    """The times of issue and of first validity are shown if the token has them."""
    token = take_apart(make(iat=NOW - timedelta(hours=2), nbf=NOW + timedelta(seconds=1)), NOW)

    assert dict(token.times)["iat"] == "issued 12:05:00 UTC, 2 hours ago"
    assert dict(token.times)["nbf"] == "begins 14:05:01 UTC, in 1 second"


@pytest.mark.parametrize("value", ["soon", None, 1e300, [], 10**30])
def test_an_invalid_time_is_shown(value):
    """A claim for a time with an invalid value is shown, and raises nothing."""
    token = take_apart(f"{part({'alg': 'HS512'})}.{part({'exp': value})}.AA", NOW)

    assert token.times[0][1].endswith("is no time")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("", "There is no token here, only an empty text"),
        ("coo", "this has 1"),
        ("a.b.c.d", "this has 4"),
        (f"{part({'alg': 'x'})}..AA", "The payload does not decode: it is empty"),
        (f"{part({'alg': 'x'})}.{part(b'coo')}.AA", "its text is no JSON: 'coo'"),
        (f"{part({'alg': 'x'})}.{part([1])}.AA", "no object of claims: '[1]'"),
        (f"{part({'alg': 'x'})}.{part(bytes([255]))}.AA", "its bytes are no text"),
        (f"{part({'alg': 'x'})}.!!!!.AA", "'!' is no character of base64url"),
        (
            f"{part({'alg': 'x'})}.{part({})}.AAAAA",
            "The signature does not decode: its length of 5 fits no bytes",
        ),
        (f"{part(b'[' * 200_000)}.{part({})}.AA", "The header does not decode"),
    ],
)
def test_a_broken_part_is_described(raw, words):
    """A part that does not decode is described in a sentence, and raises nothing."""
    assert words in take_apart(raw).problem


def test_valid_parts_beside_a_broken_one_are_shown():
    """If one part is broken, the others are still shown."""
    token = take_apart(make().rpartition(".")[0], NOW)

    assert (token.claims["confirm_id"], token.signature) == (14, b"")


def test_bytes_are_a_token_too():
    """A token may be bytes, and have white space around it."""
    assert take_apart(f" {make()}\n".encode()).claims["confirm_id"] == 14


def test_no_token_at_all_is_refused():
    """A value that is not text is refused with a sentence."""
    with pytest.raises(KitError, match="A token is text, and this is None"):
        take_apart(None)


def test_a_verdict_names_key_algorithm_and_time():
    """Acceptance names everything that it depends on, and never only says "valid"."""
    token = examine(make(), KEY, now=NOW)

    assert token.accepted and token.verdict == (
        "Accepted for HS512, the key of 64 bytes with fingerprint 2519b4, 14:05:00 UTC: "
        "ends 15:02:00 UTC, in 57 minutes."
    )


REFUSALS = {
    "ExpiredSignatureError": make(seconds=-1),
    "InvalidSignatureError": make(key="x" * 64),
    "InvalidAlgorithmError": make(algorithm="HS256"),
    "InvalidAudienceError": make(aud="reset"),
    "ImmatureSignatureError": make(nbf=NOW + timedelta(hours=1)),
    "DecodeError": "coo",
}


@pytest.mark.parametrize(("error", "raw"), REFUSALS.items(), ids=REFUSALS)
def test_a_refusal_names_the_exception(error, raw):
    """A refusal names PyJWT's exception, which the learner will have to catch."""
    token = examine(raw, KEY, now=NOW)

    assert (token.accepted, token.error) == (False, error)
    assert token.verdict.startswith("Refused for HS512, the key of 64 bytes")
    assert f"{error}: " in token.verdict


def test_the_clock_is_asked_without_a_moment():
    """Without `now`, PyJWT uses the clock."""
    past = jwt.encode({"exp": 1}, KEY, algorithm="HS512")

    assert examine(past, KEY).error == "ExpiredSignatureError"


def test_a_purpose_is_named():
    """A token for the given audience is accepted, and the verdict names it."""
    token = examine(make(aud="confirm"), KEY, now=NOW, audience="confirm")

    assert token.accepted and "the audience 'confirm'" in token.verdict


def test_a_token_without_an_expiry_is_noted():
    """Acceptance of a token without exp says that it never expires."""
    assert "it never ends" in examine(make(seconds=None), KEY, now=NOW).verdict


@pytest.mark.parametrize(("key", "error"), [(None, "TypeError"), ("", "InvalidKeyError")])
def test_an_invalid_key_is_no_refusal(key, error):
    """An invalid key gives no verdict on the token."""
    token = examine(make(), key, now=NOW)

    assert (token.accepted, token.error) == (None, error)
    assert "about the key, not the token" in token.verdict


def test_a_short_key_is_warned_of():
    """The verdict includes PyJWT's warning about a short key."""
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        raw = make(key="short")

    assert "PyJWT warns: The HMAC key is 5 bytes long" in examine(raw, "short", now=NOW).verdict


def test_the_key_stays_secret():
    """Neither the verdict nor the token's display contains the key."""
    token = examine(make(), KEY, now=NOW)

    assert KEY[:8] not in token.verdict + repr(vars(token))


def test_repr_is_one_line():
    """The repr of a token has its algorithm and its claims."""
    assert repr(take_apart(make())) == "<Token HS512, claims: confirm_id, exp>"
    assert repr(take_apart("coo")) == "<Token that does not decode, 3 characters>"


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (b"", "0 bytes: empty"),
        (b"\1\2", "2 bytes: 01 02"),
        (bytes(9), "9 bytes: 00 00 00 00 … 00 00"),
    ],
)
def test_a_signature_is_shown_in_short(signature, words):
    """A signature is shown by its length, beginning and end."""
    assert Token("", {}, {}, signature).fingerprint == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.5, "less than a second"), (1, "1 second"), (119, "1 minute"), (7200, "2 hours")],
)
def test_durations_are_shown_in_words(seconds, words):
    """A duration is shown in the largest unit that fits."""
    assert in_words(seconds) == words


def test_one_algorithm_may_be_named_by_itself():
    """A single algorithm may be given as text instead of in a list."""
    token = examine(make(), KEY, algorithms="HS512", now=NOW)

    assert token.accepted and token.verdict.startswith("Accepted for HS512, the key")


def test_a_moment_without_a_time_zone_is_local():
    """A moment without a time zone, as datetime.now() returns it, counts as local time."""
    local = NOW.astimezone().replace(tzinfo=None)

    assert take_apart(make(), local) == take_apart(make(), NOW)
    assert examine(make(), KEY, now=local) == examine(make(), KEY, now=NOW)


@pytest.mark.parametrize("read", [take_apart, lambda token, now: examine(token, KEY, now=now)])
def test_a_moment_is_no_number(read):
    """The error for a number in place of a moment shows what to give."""
    with pytest.raises(KitError, match=r"now=1000\.5 is no moment; give a datetime"):
        read(make(), 1000.5)
