"""Random words and domains, so that an app cannot know a run by its names."""

import random
from operator import add

# Where many people have their mail, and where examples have it.
MAIL_HOSTS = (
    *("gmail.com", "outlook.com", "yahoo.com", "web.de", "example.com", "example.org"),
    "pigeonpost.example",
)


def random_domain() -> str:
    """Return the name of a site or of a mail host; mails to it go no further than the tests."""
    ending = random.choice(("org", "net", "com", "club", "example"))
    return f"{random_word()}{random_word()}.{ending}"


def random_word() -> str:
    """Return a word of two or three syllables."""
    # Python seeds `random` anew in each fork, so no two runs get the same words.
    syllables = map(add, random.choices("bcdfgklmnprstvz", k=3), random.choices("aeiou", k=3))
    return "".join(syllables)[: random.randrange(4, 7)]
