"""File name parts added by platforms and browsers: times, attempt numbers, Unicode form."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timezone

# Canvas and browsers number a file that is handed in or downloaded again: a-1.ipynb, a (1).ipynb.
_AGAIN = re.compile(r"(?P<stem>.+?)(?:-(?P<canvas>\d{1,4})| ?\((?P<browser>\d{1,4})\))", re.DOTALL)
_NUMERIC = re.compile(r"(\d\d?)-(\d\d?)-\d{4}")  # a day and a month, in an order to be found
_STAMPED = re.compile(r"(?P<when>20\d{12})_(?P<rest>.+)", re.DOTALL)  # the format of ILIAS

# A date that begins or ends with the year, or one with the month in words; then the time.
_MOMENT = re.compile(
    r"(?:(?P<iso>\d{4}\D{1,3}\d{1,2}\D{1,3}\d{1,2}\D?)|(?P<numeric>\d\d?[.-]\d\d?[.-]\d{4})"
    r"|(?P<words>.*\b\d{4}))[T ,-]+"
    r"(?P<hour>\d{1,2}?)(?:[:._-]| ?h ?)?(?P<minute>\d\d)"
    r"(?:[:._-](?P<second>\d\d)(?:\.(?P<part>\d{1,6})\d*)?)?(?!\d)"
    r"(?: ?(?P<half>[AP])\.?M\b\.?)?.*",
    re.IGNORECASE,
)
# How months begin in English, German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian.
_MONTHS = (
    *("jan ene gen", "feb fev", "mar mrt maa", "apr abr avr", "may mai mei mag maj"),
    *("jun juin giu", "jul juil lug", "aug aou ago", "sep set", "oct okt out ott"),
    *("nov", "dec dez dic"),
)
_MONTHS_A_YEAR = len(_MONTHS)


def moment(text: str, day_first: bool | None = None) -> datetime | None:
    """Return the time written in a name, taken as UTC; None if it is in no known form.

    `day_first` tells how to read 01-03-2026; without it such a date is not read.
    """
    match = _MOMENT.fullmatch(text.strip())
    date = match and _date(match, day_first)
    if not match or not date:
        return None
    hour, half = int(match["hour"]), (match["half"] or "").upper()
    if half:
        hour = hour % 12 + 12 * (half == "P")
    part = int((match["part"] or "").ljust(6, "0"))
    try:
        return datetime(
            *date, hour, int(match["minute"]), int(match["second"] or 0), part, timezone.utc
        )
    except ValueError:
        return None


def day_first(texts: Iterable[str]) -> bool | None:
    """Return whether dates such as 13-03-2026 begin with the day; None if that cannot be told."""
    dates = [match for text in texts if (match := _NUMERIC.match(text))]
    days = any(int(match[1]) > _MONTHS_A_YEAR for match in dates)
    return days if days != any(int(match[2]) > _MONTHS_A_YEAR for match in dates) else None


def _date(match: re.Match[str], first: bool | None) -> tuple[int, int, int] | None:
    """Return year, month and day of a date that was written in one of three ways."""
    if match["iso"]:
        year, month, day = map(int, re.findall(r"\d+", match["iso"]))
        return year, month, day
    if match["numeric"]:
        one, two, year = map(int, re.findall(r"\d+", match["numeric"]))
        first = True if "." in match["numeric"] else first
        first = day_first([match["numeric"]]) if first is None else first
        return None if first is None else (year, two, one) if first else (year, one, two)
    plain = unicodedata.normalize("NFD", match["words"]).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    months = [
        number
        for word in re.findall(r"[^\W\d_]{3,}", plain)
        for number, starts in enumerate(_MONTHS, 1)
        if word.startswith(tuple(starts.split()))
    ]
    numbers = [int(number) for number in re.findall(r"\d+", plain)]
    if len(months) != 1 or len(numbers) != 2:
        return None
    return numbers[1], months[0], numbers[0]


def version(name: str) -> tuple[str, int]:
    """Return a file's original name in lower case, and the number of its version."""
    name = one_spelling(name)
    if stamped := _STAMPED.fullmatch(name):
        return version(stamped["rest"])[0], int(stamped["when"])
    stem, dot, kind = name.rpartition(".")
    again = _AGAIN.fullmatch(stem)
    if not again:
        return name.casefold(), 0
    return f"{again['stem']}{dot}{kind}".casefold(), int(again["canvas"] or again["browser"])


def natural(name: str) -> list[str | int]:
    """Return a sort key that compares numbers in a name as numbers: week 9, then week 10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def one_spelling(name: str) -> str:
    """Return a name in Unicode's composed form (NFC); macOS writes the decomposed one."""
    return unicodedata.normalize("NFC", name)
