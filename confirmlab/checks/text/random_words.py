"""Random words, names, domains and queries, so that an app cannot recognise a test by them."""

import random
from typing import Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")

# Common mail hosts and those of examples, the most common first.
MAIL_HOSTS = (
    ("gmail.com", "example.com", "example.org"),
    (
        *("outlook.com", "yahoo.com", "web.de", "pigeonpost.example", "hotmail.com"),
        *("icloud.com", "mit.edu"),
    ),
)
# Names of fields that might make an app let somebody through.
_SWITCHES = (
    *("ok", "yes", "admin", "debug", "test", "testing", "force", "skip", "pass", "bypass", "open"),
    *("key", "secret", "master", "token", "code", "dev", "preview", "mode", "confirm", "confirmed"),
    *("invite", "invited", "coupon", "promo", "voucher"),
    *("verified", "valid", "allow", "access", "role", "x", "q", "from", "ref", "source", "utm"),
    *("quick", "fast", "auto", "now", "demo", "trial", "vip", "magic", "override", "unlock"),
    *("staff", "team", "owner"),
)
_SYLLABLES = [f"{consonant}{vowel}" for consonant in "bcdfgklmnprstvz" for vowel in "aeiou"]
_ONWARDS = ("next", "url", "to", "redirect", "return", "goto", "back", "continue", "dest")


class Deck(Generic[T]):
    """Values in random order: each is drawn once before any is repeated, the first group first."""

    def __init__(self, *groups: tuple[T, ...]) -> None:
        self._groups = groups
        self._left: list[T] = []

    def draw(self) -> T:
        """Return the next value."""
        if not self._left:
            self._left = [
                value for group in self._groups for value in random.sample(group, len(group))
            ]
        return self._left.pop(0)


def random_domain() -> str:
    """Return the name of a site or of a mail host; mails to it go no further than the tests."""
    ending = random.choice(("org", "net", "com", "club", "example"))
    return f"{random_word()}{random_word()}.{ending}"


def random_word() -> str:
    """Return a word of two or three syllables."""
    # Python seeds `random` anew in each fork, so no two runs get the same words.
    return "".join(random.choices(_SYLLABLES, k=3))[: random.randrange(4, 7)]


def random_name(size: str = "") -> str:
    """Return the name of a person: one word, or "two words", or "short", or "long"."""
    if size == "short":
        return f"{random_word()}{random.choice('aeiou')}".title()
    if size == "long":
        return " ".join(random_word().title() for _ in range(random.randrange(5, 9)))
    between = " " if size == "two words" else ""
    return f"{random_word()}{between}{random_word()}".title()


def bypass_fields(**more: str) -> dict[str, str]:
    """Return fields that a visitor may add to a query or a form, and that no app should obey."""
    asked = {name: random.choice(("1", "1", "true", "yes", "on")) for name in _SWITCHES}
    asked |= dict.fromkeys(_ONWARDS, f"//{random_domain()}/")
    return dict(random.sample([*(asked | more).items()], len(asked | more)))


def bypass_query(**more: str) -> str:
    """Return the query of an address with such fields."""
    return urlencode(bypass_fields(**more))
