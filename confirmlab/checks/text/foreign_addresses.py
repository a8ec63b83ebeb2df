"""Find addresses in a mail that lead to other sites, and texts that hold a part of its token."""

import html
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from confirmlab.checks.text import leaks
from confirmlab.mail.message import Mail
from confirmlab.site.pages.html_text import parse_html

_PART = 8  # consecutive characters of a token, more than an address contains by chance
# Browsers read https:x.example and \\x.example, too.
_ADDRESS = re.compile(
    r"(?:(?:https?|wss?|ftp):[/\\]*|(?<![\w:])[/\\]{2})(\w[^\s\"'<>()]*)", re.IGNORECASE
)
_TARGETS = ("action", "formaction")
_DROPPED = re.compile(r"[\t\r\n]")  # browsers ignore these in an address


def foreign_addresses(text: str, site: str) -> list[str]:
    """Return the addresses in a text that lead to another host than the site's."""
    found = _ADDRESS.findall(html.unescape(text))
    return [address for address in found if re.split(r"[/\\?#]", address)[0] != site]


def sent_elsewhere(page: str, site: str) -> list[str]:
    """Return what an HTML mail may send to other sites: addresses, and the values of a form."""
    tags = parse_html(page).find_all(True)
    named = [
        (name, _DROPPED.sub("", str(value))) for tag in tags for name, value in _attributes(tag)
    ]
    values = [value for _, value in named]
    found = [value for value in values if foreign_addresses(value, site)]
    if any(name in (*_TARGETS, "base") and value in found for name, value in named):
        # With a foreign base or action, relative addresses and form values are sent there, too.
        found += [value for value in values if f"//{site}/" not in value]
        found += [tag.get_text() for tag in tags if tag.name == "textarea"]
    return found + foreign_addresses(page, site)


def with_part(sent: list[str], token: str) -> list[str]:
    """Return the texts that hold a part of a token, forwards or backwards, with any separators."""
    plain = _letters_and_digits(token)
    parts = {plain[at : at + _PART] for at in range(len(plain) - _PART + 1)}
    return [
        text for text in sent if not parts.isdisjoint(_windows(_letters_and_digits(unquote(text))))
    ]


def own_part(token: str) -> str:
    """Return a token without its header, which is the same in all tokens."""
    return token.partition(".")[2] or token


def mails_with_token_to_others(mails: Iterable[Mail], address: str, token: str) -> list[Mail]:
    """Return the mails to other addresses than this one that hold a part of a token."""
    others = {all_texts(mail): mail for mail in mails if address not in mail.to}
    return [others[text] for text in with_part(list(others), own_part(token))]


def all_texts(mail: Mail) -> str:
    """Return all texts of a mail, decoded and as received."""
    return f"{mail.subject} {mail.text} {mail.html} {mail.source}"


def possible_tokens(sent: list[str]) -> list[str]:
    """Return the words that may be a token in another spelling; a long name may be among them."""
    return [text for text in sent if leaks.disguised(text)]


def _attributes(tag: Any) -> list[tuple[str, Any]]:
    return [("base" if tag.name == "base" else name, value) for name, value in tag.attrs.items()]


def _letters_and_digits(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def _windows(text: str) -> set[str]:
    both = (text, text[::-1])
    return {text[at : at + _PART] for text in both for at in range(len(text) - _PART + 1)}
