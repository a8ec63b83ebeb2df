"""Text for terminals and cells: wrapped, shortened, with hidden characters written out."""

import textwrap

WIDTH = 80
_LONGEST_TEXT = 20_000
_LONGEST_PART = 40  # characters, of a path
_ALLOWED_IN_PROSE = "\u00a0\u202f\u3000\u200c\u200d"


def visible(text: str, kept: str = "\n\t") -> str:
    """Return a text with invisible and reordering characters escaped, except those in `kept`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else repr(c)[1:-1] for c in text)


def legible(text: str) -> str:
    """Return prose with its hidden characters escaped, but not those that good writing needs.

    These are spaces that do not break, and the joiners of emoji and of scripts such as Persian.
    """
    return visible(text, f"\n\t{_ALLOWED_IN_PROSE}")


def cut(text: str) -> str:
    """Return the first 20,000 characters of a text, and a note if there are more."""
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}\n… and {len(text) - _LONGEST_TEXT} more characters"


def clipped(text: str, most: int) -> str:
    """Return a text of at most `most` characters as it is, a longer one cut there with a "…"."""
    return text if len(text) <= most else f"{text[:most]}…"


def wrapped(text: str, start: str = "") -> list[str]:
    """Return a text as lines for a terminal; later lines are indented by the width of `start`."""
    # Links and tokens stay whole, so that they can be copied.
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def shortened(path: str) -> str:
    """Return a path with long parts, such as tokens, cut to twelve characters."""
    parts = path.split("/")
    return "/".join(part if len(part) <= _LONGEST_PART else f"{part[:12]}…" for part in parts)
