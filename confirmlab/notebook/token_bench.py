"""The token bench: a token to change and to try keys on, in a frame without network."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from confirmlab.base import paths
from confirmlab.base.errors import KitError
from confirmlab.notebook.token_inspector import Token, take_apart

_SCRIPTS = ("bench_sha.js", "bench_judge.js", "bench_page.js")


@dataclass(frozen=True)
class TokenBench:
    """A token to experiment with. It never holds a key, since displays are saved."""

    token: Token
    now: datetime | None = None  # None: the clock runs
    audience: str | None = None

    def __repr__(self) -> str:
        return f"<TokenBench with {self.token!r}>"

    @property
    def given(self) -> dict[str, Any]:
        """Return the initial values for the JavaScript of the token bench."""
        return {
            "token": self.token.raw,
            "now": None if self.now is None else self.now.timestamp(),
            "audience": self.audience,
        }


def bench(
    token: str | bytes,
    *keys: object,
    key: object = None,
    now: datetime | None = None,
    audience: str | None = None,
) -> TokenBench:
    """Show a token to experiment with: change it, try keys on it, and see the verdict.

    Raises:
        KitError: a key was given; it belongs into the field on the bench.
    """
    if keys or key is not None:
        raise KitError(
            "bench() takes no key: what a cell shows is saved with the notebook, and the key would "
            "be saved with it. Run bench(token), then type or paste the key into its field, "
            "which forgets it."
        )
    return TokenBench(take_apart(token, now), now, audience)


@cache
def script() -> str:
    """Return the JavaScript of the token bench."""
    folder = paths.in_package("base", "templates")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in _SCRIPTS)


@cache
def policy() -> str:
    """Return the content security policy of the bench's frame: its own script, no network."""
    digest = b64encode(sha256(script().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )
