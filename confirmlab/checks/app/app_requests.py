"""HTTP requests to the app's process, and its answers."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from confirmlab.checks.app.app_client import Process
from confirmlab.checks.text import leaks
from confirmlab.checks.text.random_words import Deck


@dataclass(frozen=True)
class Answer:
    """The app's answer to one request; redirects are not followed."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        """The Location header unchanged; "" without one."""
        return next((value for name, value in self.headers if name.lower() == "location"), "")

    @property
    def all_text(self) -> str:
        """All that its receiver can read: body, headers, and the values of a session cookie."""
        return f"{self.text}\n{readable(self.headers)}"

    @property
    def disguised(self) -> list[str]:
        """What looks like a token in another spelling, in all that its receiver can read."""
        values = [value for _, value in self.headers if "session=" not in value]
        in_session = [_cookie_values(value) for _, value in self.headers]
        return leaks.disguised("\n".join([self.text, *values, *in_session]))


def readable(headers: Iterable[tuple[str, str]]) -> str:
    """Return the values of headers as text, with those of a session cookie."""
    values = [value for _, value in headers]
    return "\n".join([*values, *map(_cookie_values, values)])


def _cookie_values(cookie: str) -> str:
    """Return the values of a session cookie, which are signed and not encrypted, as text."""
    from itsdangerous import BadData, URLSafeSerializer

    sealed = cookie.partition("=")[2].partition(";")[0].rpartition(".")[0].rpartition(".")[0]
    try:
        return str(URLSafeSerializer("").load_payload(sealed.encode()))
    except (BadData, ValueError):
        return ""


_BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:{version}) Gecko/20100101 Firefox/{version}",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{version}.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{version}.0.0 Safari/537.36 Edg/{version}.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/{version} Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{version}.0.0 Mobile Safari/537.36",
)
_FETCH = {"Dest": "document", "Mode": "navigate", "User": "?1"}
# Decks, so that a few requests contain every value.
_browsers = Deck(_BROWSERS)
_sites = Deck(("same-origin", "none", "cross-site"))  # a click here, a typed address, elsewhere
_tongues = Deck(("en-US,en;q=0.7", "de,en-US;q=0.7", "fr"))


def browser_headers() -> list[tuple[str, str]]:
    """Return the headers with which a randomly chosen browser opens a page."""
    version = f"{random.randrange(110, 150)}.0"
    site, tongue = _sites.draw(), _tongues.draw()
    return [
        ("User-Agent", _browsers.draw().format(version=version)),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("Accept-Language", tongue),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
        ("Connection", "keep-alive"),
        ("Upgrade-Insecure-Requests", "1"),
        ("Sec-Fetch-Site", site),
        *((f"Sec-Fetch-{name}", value) for name, value in _FETCH.items()),
    ]


def script_headers() -> list[tuple[str, str]]:
    """Return the headers of a script, which asks for data rather than for pages."""
    return [
        ("User-Agent", f"curl/8.{random.randrange(5, 17)}.0"),
        ("Accept", "application/json"),
        ("X-Requested-With", "XMLHttpRequest"),
        ("Sec-Fetch-Mode", "cors"),
        ("Range", "bytes=0-"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-For", f"203.0.113.{random.randrange(1, 255)}"),
        ("Authorization", "Bearer nobody"),
    ]


def transport(process: Process) -> httpx.BaseTransport:
    """Return an httpx transport whose requests the app's process answers."""

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            skipped = ("host", "content-length")
            host = request.headers["host"]
            seen = process.order(
                "visit",
                method=request.method,
                path=request.url.raw_path.decode("ascii", "replace"),
                host=host,
                visitor=process.host.visitor_at(host),
                headers=[[n, v] for n, v in request.headers.multi_items() if n not in skipped],
                body=request.read().decode("latin-1"),
            )
            answer = read_answer(seen)
            headers = [  # as bytes, since httpx takes texts for ASCII
                (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
                for name, value in answer.headers
                if name.lower() != "content-length"
            ]
            content = b"" if request.method == "HEAD" else answer.body
            return httpx.Response(answer.status, headers=headers, content=content)

    return Transport()


def read_answer(seen: Any) -> Answer:
    """Return the answer that the process described; status 500 if it described none."""
    described = seen if type(seen) is dict else {}
    status, body = described.get("status"), described.get("body")
    headers = tuple(
        (pair[0], pair[1])
        for pair in described.get("headers") or ()
        if type(pair) is list and len(pair) == 2 and all(type(text) is str for text in pair)
    )
    if type(status) is not int or not 100 <= status < 600 or type(body) is not str:
        return Answer(500, headers, b"")
    return Answer(status, headers, body.encode("latin-1", "replace"))
