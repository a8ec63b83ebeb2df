"""Addresses in a mail that lead to other sites, and what else holds a part of its token."""

import html
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from confirmlab.checks import leaks
from confirmlab.mail.message import Mail
from confirmlab.site.html_text import parse_html

_PART = 8  # letters and digits of a token in a row, which no address holds by chance
# Browsers read https:x.example and \\x.example, too.
_ADDRESS = re.compile(
    r"(?:(?:https?|wss?|ftp):[/\\]*|(?<![\w:])[/\\]{2})(\w[^\s\"'<>()]*)", re.IGNORECASE
)
_TARGETS = ("action", "formaction")
_DROPPED = re.compile(r"[\t\r\n]")  # within an address


def foreign_addresses(text: str, site: str) -> list[str]:
    """Return the addresses in a text that lead to another host than the site's."""
    found = _ADDRESS.findall(html.unescape(text))
    return [one for one in found if re.split(r"[/\\?#]", one)[0] != site]


def sent_elsewhere(page: str, site: str) -> list[str]:
    """Return what an HTML mail may send to other sites: addresses, and the values of a form."""
    tags = parse_html(page).find_all(True)
    named = [(name, _DROPPED.sub("", str(value))) for tag in tags for name, value in _named(tag)]
    values = [value for _, value in named]
    found = [value for value in values if foreign_addresses(value, site)]
    if any(name in (*_TARGETS, "base") and value in found for name, value in named):
        # Relative addresses lead there as well, and so does what the form holds.
        found += [value for value in values if f"//{site}/" not in value]
        found += [tag.get_text() for tag in tags if tag.name == "textarea"]
    return found + foreign_addresses(page, site)


def with_part(sent: list[str], token: str) -> list[str]:
    """Return what holds a part of a token, forwards or backwards, with any marks between."""
    plain = _letters(token)
    parts = {plain[at : at + _PART] for at in range(len(plain) - _PART + 1)}
    return [one for one in sent if not parts.isdisjoint(_windows(_letters(unquote(one))))]


def own_part(token: str) -> str:
    """Return what is a token's own: all tokens begin with the same header."""
    return token.partition(".")[2] or token


def told_to_others(mails: Iterable[Mail], address: str, token: str) -> list[Mail]:
    """Return the mails to others than an address that hold a part of a token."""
    others = {whole(mail): mail for mail in mails if address not in mail.to}
    return [others[text] for text in with_part(list(others), own_part(token))]


def whole(mail: Mail) -> str:
    """Return all texts of a mail, as they are read and as they came."""
    return f"{mail.subject} {mail.text} {mail.html} {mail.source}"


def odd_ones(sent: list[str]) -> list[str]:
    """Return what may hold a token in another spelling, or is just a long name."""
    return [one for one in sent if leaks.disguised(one)]


def _named(tag: Any) -> list[tuple[str, Any]]:
    return [("base" if tag.name == "base" else name, value) for name, value in tag.attrs.items()]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def _windows(text: str) -> set[str]:
    both = (text, text[::-1])
    return {one[at : at + _PART] for one in both for at in range(len(one) - _PART + 1)}
