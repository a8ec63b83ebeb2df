"""Every attack of lesson 08, on three apps: the usual first draft, lesson 07, lesson 08."""

import pytest
from builds import add, build

from confirmlab.mail.inbox import Inbox
from confirmlab.site.attacks import scenarios
from confirmlab.site.attacks.scenarios import ATTACKS
from confirmlab.site.server import Site

APPS = ("first draft", "lesson 07", "lesson 08")
FINISHED = "lesson 09"  # the hardened app, which sends its mails in the background
# Attacks that the skeleton holds off from the start; a careless change would let them in.
ALWAYS_HELD = {
    "forged-token",
    "chosen-algorithm",
    "weak-key",
    "letters-unasked",
    "log-reader",
    "open-redirect",
    "slow-answer",
    "who-is-there",
}
# The first draft has no page with a token in its address; that comes with the button.
NEVER_IN = {"referer"}
# Tests hash passwords quickly, so times mean nothing here; a separate test uses real hashes.
QUICK_HERE = {"slow-answer"}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory):
    with Inbox(tmp_path_factory.mktemp("mails")) as inbox:
        yield inbox


@pytest.fixture(scope="module")
def serve(tmp_path_factory, inbox):
    """Build apps and serve them, each once."""
    sites = {}

    def serve(name, file="", text=""):
        if name not in sites:
            folder = build(tmp_path_factory.mktemp("apps") / "my_app", name.partition(",")[0])
            if file:
                add(folder / file, text)
            sites[name] = Site(inbox, folder).start()
        return sites[name]

    yield serve
    for site in sites.values():
        site.stop()


@pytest.fixture(scope="module")
def scores(serve, inbox):
    """Run every attack on each of the apps, once."""
    return {name: scenarios.run_all(serve(name), inbox) for name in (*APPS, FINISHED)}


def outcome(scores, app, attack):
    return next(one for one in scores[app].attempts if one.name == attack)


@pytest.mark.parametrize("app", [*APPS, FINISHED])
def test_an_honest_member_gets_in(scores, app):
    """Each of the apps confirms those who follow the link in their mail."""
    assert scores[app].control.got_in is True


@pytest.mark.parametrize("attack", [name for name in ATTACKS if name not in NEVER_IN | QUICK_HERE])
def test_the_first_draft_falls(scores, attack):
    """Every attack gets in at the usual first draft."""
    assert outcome(scores, "first draft", attack).got_in is True


@pytest.mark.parametrize("attack", [name for name in ATTACKS if name not in NEVER_IN | ALWAYS_HELD])
def test_lesson_07_falls(scores, attack):
    """At the app of lesson 07, each attack gets in that the skeleton does not hold off."""
    assert outcome(scores, "lesson 07", attack).got_in is True


@pytest.mark.parametrize("attack", sorted(ALWAYS_HELD | NEVER_IN))
def test_the_skeleton_holds(scores, attack):
    """The app of lesson 07 holds off the attacks that the skeleton prevents."""
    assert outcome(scores, "lesson 07", attack).got_in is False


@pytest.mark.parametrize("attack", ATTACKS)
def test_lesson_08_holds(scores, attack):
    """The app of lesson 08 holds off each attack."""
    attempt = outcome(scores, "lesson 08", attack)

    assert attempt.got_in is False, attempt.evidence


def test_the_finished_app_holds(scores):
    """The app of the last lesson, which mails in the background, holds off every attack, too."""
    assert scores[FINISHED].headline == f"All {len(ATTACKS)} attacks held off"


# An attack that always fails proves nothing: each of these gets in once its hole is opened.


@pytest.mark.parametrize(
    "app, said", [("lesson 07", "hers opens /profile"), ("lesson 08", "is refused")]
)
def test_a_weak_key_is_found(serve, inbox, app, said):
    """A key from a tutorial signs a login as anybody, until the session holds more than an id."""
    site = serve(f"{app}, weak key", "instance/secret_key", "changeme")

    attempt = scenarios.run("weak-key", site, inbox)

    assert attempt.got_in is True
    assert "'changeme'" in attempt.evidence and said in attempt.evidence


@pytest.mark.parametrize(
    "attack, said",
    [
        ("old-link", "The old link confirms a stranger's address"),
        ("used-link", "The link from the first day confirms a second time"),
        ("respelled-link", "With == at its end"),
    ],
)
def test_unconfirming_is_not_enough(serve, inbox, attack, said):
    """If a change of address only unconfirms, and tokens are not spent, old links work."""
    site = serve("lesson 07, unconfirms", "app/models.py", UNCONFIRMS)

    attempt = scenarios.run(attack, site, inbox)

    assert attempt.got_in is True
    assert said in attempt.evidence


def test_a_list_of_spent_texts_is_not_enough(serve, inbox):
    """If the text of a token is spent instead of its number, another spelling still works."""
    site = serve("lesson 07, spends texts", "app/models.py", UNCONFIRMS + SPENDS_TEXTS)

    assert scenarios.run("used-link", site, inbox).got_in is False

    respelled = scenarios.run("respelled-link", site, inbox)
    assert respelled.got_in is True, respelled.evidence


def test_a_button_needs_a_policy(serve, inbox):
    """A page with a token in its address and no Referrer-Policy is found."""
    site = serve("lesson 08, no policy", "app/auth/views.py", NO_POLICY)

    assert scenarios.run("referer", site, inbox).got_in is True


@pytest.mark.parametrize(
    "app, got_in, said", [("first draft", True, " ms, "), ("lesson 08", False, "as long")]
)
def test_the_time_of_an_answer_tells(serve, inbox, app, got_in, said):
    """If an unknown address costs no password hash, the time shows who is registered."""
    site = serve(f"{app}, real hashes", "app/models.py", REAL_HASHES)

    attempt = scenarios.run("slow-answer", site, inbox)

    assert attempt.got_in is got_in and said in attempt.evidence


REAL_HASHES = """

generate_password_hash.__defaults__ = ("scrypt", 16)
"""
UNCONFIRMS = """

def move(user, email):
    user.email = email
    user.moved_at = datetime.now(timezone.utc)
    user.confirmed = False
"""
SPENDS_TEXTS = """

_confirm, _spent, _generate = User.confirm, set(), User.generate_confirmation_token


def generate_confirmation_token(self, expiration_sec=3600):
    # Without a number, two tokens of one second would be one text.
    return _generate(self, expiration_sec + len(_spent))


def confirm(self, token):
    if token in _spent or not _confirm(self, token):
        return False
    _spent.add(token)
    return True


User.confirm, User.generate_confirmation_token = confirm, generate_confirmation_token
"""
NO_POLICY = """

@auth.after_app_request
def forget_the_policy(response):
    response.headers.pop("Referrer-Policy", None)
    return response
"""
