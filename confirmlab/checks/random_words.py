"""Random words and domains, so that an app cannot know a run by its names."""

import secrets


def random_domain() -> str:
    """Return the name of a site or of a mail host; mails to it go no further than the tests."""
    ending = secrets.choice(("org", "net", "com", "club", "example"))
    return f"{random_word()}{random_word()}.{ending}"


def random_word() -> str:
    """Return a word of two or three syllables."""
    syllables = (secrets.choice("bcdfgklmnprstvz") + secrets.choice("aeiou") for _ in range(3))
    return "".join(syllables)[: secrets.choice((4, 5, 6))]
