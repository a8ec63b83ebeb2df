"""The lifetimes of the app's tokens: finds one that lives for years among others that expire."""

from typing import Any

import jwt

_MORE_THAN_A_MISTAKE = 26 * 3600.0  # seconds: longer than time zones or a day's lifetime explain


class Lifetimes:
    """The tokens made with the usual lifetime, seen in all tests of a run."""

    def __init__(self) -> None:
        self.test = ""  # the test that tokens expire; it fails if one does not
        self._endless = self._ending = 0

    def see(self, token: str, now: float) -> None:
        """Record a token of the usual lifetime that was just made; ignore it if it is not a JWT."""
        if _ends_late(token, now):
            self._endless += 1
        else:
            self._ending += 1

    @property
    def refuted(self) -> dict[str, str]:
        """The test that fails after all because of one token, with a sentence that says why."""
        if not (self.test and self._endless and self._ending):
            return {}
        count = self._endless + self._ending
        return {
            self.test: f"Of {count} tokens made in all tests {self._endless} never expire, or live "
            "for days more than the others; what makes the difference?"
        }


def _ends_late(token: str, now: float) -> bool:
    """Return whether a token is a JWT that lives for more than a day beyond the usual hour."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError):
        return False
    end: Any = claims.get("exp")
    return type(end) not in (int, float) or end - now > 3600 + _MORE_THAN_A_MISTAKE
