"""The envelope of a mail: addresses of the SMTP session, kept as headers above the mail."""

import re
from contextlib import suppress
from functools import lru_cache

_ENVELOPE = re.compile(rb"(Return-Path|Delivered-To): ([^\r\n]*)\n")


def pack(content: bytes, sender: str, recipients: list[str]) -> bytes:
    """Return the mail's bytes, preceded by headers that name its envelope's addresses."""
    # Only the envelope names Bcc recipients, and headers can be forged.
    headers = [*(("Delivered-To", address) for address in recipients), ("Return-Path", sender)]
    lines = [f"{name}: {' '.join(value.split())}\n" for name, value in headers]
    return "".join(lines).encode("utf-8", "replace") + content


def unpack(packed: bytes) -> tuple[tuple[str, ...], bytes]:
    """Return the recipients of the envelope, and the mail as it was sent."""
    recipients, start = [], 0
    while header := _ENVELOPE.match(packed, start):
        start = header.end()
        if header[1] == b"Return-Path":
            break  # the last header that pack() wrote; the mail follows
        recipients.append(header[2].decode("utf-8", "replace"))
    return tuple(recipients), packed[start:]


def may_be_to(packed: bytes, to: str) -> bool:
    """Return whether the envelope names this address, or no address at all."""
    recipients, _ = unpack(packed)
    return not recipients or is_named(recipients, to)


def is_named(recipients: tuple[str, ...], to: str) -> bool:
    """Return whether an address is among these, in any letter case and spelling of its domain."""
    wanted = _spellings(to)
    return any(not wanted.isdisjoint(_spellings(address)) for address in recipients)


@lru_cache(maxsize=1000)
def _spellings(address: str) -> frozenset[str]:
    """Return the spellings of an address: in lower case, and with its domain as in the DNS."""
    plain = address.strip().lower()
    name, at, domain = plain.rpartition("@")
    spellings = {plain}
    if not domain.isascii():
        # Flask-Mail encodes domains by IDNA 2003, email-validator by IDNA 2008.
        with suppress(UnicodeError):
            spellings.add(f"{name}{at}{domain.encode('idna').decode()}")
        with suppress(ImportError, UnicodeError):
            import idna

            spellings.add(f"{name}{at}{idna.encode(domain, uts46=True).decode()}")
    return frozenset(spellings)
