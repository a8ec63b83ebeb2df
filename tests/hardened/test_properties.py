"""Facts that hold for every input: only the right token confirms, and nothing answers 500."""

from datetime import timedelta
from urllib.parse import quote

import jwt
import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Few examples, the same in each run: this guards against regressions, and is no search.
quick = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

ADDRESSES = ["ada@example.com", "queen@example.com", "ada@sheba.example"]
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
words = st.text(max_size=60)
# Characters with a meaning somewhere: quotes, dots, slashes, markup, format fields.
tricky = st.sampled_from(
    ["..", "%2e%2e/", "//evil.example", "{{7*7}}", "%s%n", "' or 1=1 --", "<b>", "\x00", "\r\nA: b"]
)


@given(token=words | tricky | st.binary(max_size=60))
@quick
def test_no_text_is_a_token(club, token):
    """Text or bytes that nobody signed never confirm, and never raise."""
    ada = club.add_once()

    assert not club.confirms(ada, token)


@given(claims=st.dictionaries(st.text(max_size=9), anything, max_size=5))
@quick
def test_no_other_claims_confirm(club, claims):
    """Claims that are not the app's own, even under the app's own key, never confirm."""
    ada = club.add_once()

    assert not club.confirms(ada, club.signed_anyhow(claims))


@given(
    name=st.sampled_from(["aud", "confirm_id", "email", "exp", "jti"]),
    value=anything,
)
@quick
def test_no_other_value_confirms(club, name, value):
    """With one claim of a good token replaced by another value, it never confirms."""
    ada = club.add_once()
    claims = club.claims(ada)
    still_good = (
        (value == claims[name] and type(value) is type(claims[name]))
        or (name == "exp" and _later(value))
        or (name == "jti" and isinstance(value, str) and value != "")
    )
    accepted = club.confirms(ada, club.signed_anyhow(claims | {name: value}))

    assert not accepted or still_good


@given(st.data())
@quick
def test_no_bent_token_confirms(club, data):
    """A good token with any character replaced, added or lost never confirms."""
    ada = club.add_once()
    token = club.token(ada)
    place = data.draw(st.integers(0, len(token) - 1))
    piece = data.draw(st.text("ABCabc019-_.=", max_size=2) | st.characters())
    bent = token[:place] + piece + token[place + data.draw(st.integers(0, 2)) :]

    assert not club.confirms(ada, bent) or bent.rstrip("=") == token


@given(key=st.binary(max_size=80), algorithm=st.sampled_from(["HS256", "HS384", "HS512", "none"]))
@quick
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_no_other_key_confirms(club, key, algorithm):
    """The app's own claims, signed with any other key or in any other way, never confirm."""
    ada = club.add_once()
    key = None if algorithm == "none" else key or b"?"

    assert not club.confirms(ada, jwt.encode(club.claims(ada), key, algorithm=algorithm))


steps = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from([0, 1]), st.integers(1, 7200)),
    st.tuples(st.just("use"), st.sampled_from([0, 1]), st.integers(0, 5)),
    st.tuples(st.just("move"), st.sampled_from([0, 1]), st.sampled_from(ADDRESSES)),
    st.tuples(st.just("wait"), st.just(0), st.integers(1, 4000)),
)


@given(history=st.lists(steps, min_size=4, max_size=14))
@quick
def test_any_history(club, history):
    """Whatever happened before, a token confirms if and only if all its conditions hold.

    That is: made by the app, for this member and this address, since the last change of address,
    not used yet, and in time.
    """
    club.empty()
    told = History(club)
    with time_machine.travel("2031-05-06 07:08:09+00:00", tick=False) as clock:
        for what, who, value in history:
            clock.shift(timedelta(seconds=value if what == "wait" else 1))
            getattr(told, what, lambda *_: None)(who, value)


class History:
    """Plays a history, and computes the expected result without using any token."""

    def __init__(self, club):
        self.club = club
        self.members = [club.add("Ada"), club.add("Bob")]
        self.tokens = []  # text, member, address, end
        self.dead = set()

    def ask(self, who, seconds):
        token = self.club.token(self.members[who], expiration_sec=seconds)
        address = self.club.user(self.members[who]).email
        self.tokens.append((token, who, address, self.now() + seconds))

    def move(self, who, address):
        if self.club.find(address) is None:
            self.club.move(self.members[who], address)
            self.dead |= {one for one in self.tokens if one[1] == who}

    def use(self, who, number):
        if not self.tokens:
            return
        one = self.tokens[number % len(self.tokens)]
        token, owner, address, end = one
        here = self.club.user(self.members[who]).email
        good = owner == who and address == here and self.now() < end and one not in self.dead
        self.club.unconfirm(self.members[who])

        assert self.club.confirms(self.members[who], token) is good
        assert self.club.confirmed(self.members[who]) is good
        if good:
            self.dead.add(one)

    def now(self):
        from time import time

        return int(time())


# No input answers 500.


@given(token=words | tricky, method=st.sampled_from(["GET", "HEAD", "POST"]))
@quick
def test_any_link(browser, token, method):
    """Any text in place of a token gets an answer, from members and strangers."""
    for path in (f"/auth/confirm/{quote(token, safe='')}", f"/auth/reset/{quote(token, safe='')}"):
        for one in browser:
            assert one.open(path, method=method).status_code < 500


@given(path=words | tricky, query=words | tricky)
@quick
def test_any_address(browser, path, query):
    """Any address gets an answer."""
    for one in browser:
        assert one.get(f"/{quote(path)}?next={quote(query)}").status_code < 500


FORMS = [
    "/auth/register",
    "/auth/login",
    "/auth/forgotten",
    "/auth/resend",
    "/profile/edit",
    "/profile/address",
]
field = words | tricky | st.emails() | st.just("ada@example.com") | st.just("a coop of one's own")


@given(
    path=st.sampled_from(FORMS),
    fields=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(["name", "email", "password", "about", "remember"], field)
    ),
)
@quick
def test_any_form(browser, path, fields):
    """Any values in a form, or missing fields, get an answer."""
    for one in browser:
        assert one.post(path, data=fields).status_code < 500


@given(
    headers=st.dictionaries(
        st.sampled_from(["Host", "Referer", "Cookie", "X-Forwarded-Host", "Accept", "Origin"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
        max_size=3,
    )
)
@quick
def test_any_header(browser, headers):
    """Any header gets an answer."""
    for one in browser:
        for path in ("/", "/auth/login", "/auth/confirm/x"):
            assert one.get(path, headers=headers).status_code < 500


@pytest.fixture
def browser(club, monkeypatch):
    """Return three clients with CSRF off: a stranger, an unconfirmed and a confirmed member."""
    monkeypatch.setitem(club.app.config, "WTF_CSRF_ENABLED", False)
    club.add("Ada", confirmed=True)
    club.add("Bob")
    clients = [club.app.test_client() for _ in range(3)]
    for client, name in zip(clients[1:], ("ada", "bob"), strict=True):
        data = {"email": f"{name}@example.com", "password": club.password}
        assert client.post("/auth/login", data=data).status_code == 302
    return clients


def _later(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 1e9
