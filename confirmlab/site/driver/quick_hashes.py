"""Fast password hashes that look like Werkzeug's usual ones; for tests, where nobody attacks them.

Otherwise an app could tell from a hash that it is tested.
"""

import hashlib
import secrets
from typing import Any

_COSTS = {"n": 2**15, "r": 8, "p": 1}  # Werkzeug's default, as it writes them into a hash
_scrypt = hashlib.scrypt


def hash_quickly() -> None:
    """Make this process compute all scrypt hashes at the lowest cost, whatever cost is given."""
    hashlib.scrypt = _quick_scrypt


def quick_hash(password: str) -> str:
    """Return a hash of this password that is valid in a process that called `hash_quickly`."""
    salt = secrets.token_hex(8)
    digest = _quick_scrypt(password.encode(), salt=salt.encode(), **_COSTS)
    return f"scrypt:{':'.join(map(str, _COSTS.values()))}${salt}${digest.hex()}"


def _quick_scrypt(password: Any, *, salt: Any, n: int, r: int, p: int, **more: Any) -> bytes:
    return _scrypt(password, salt=salt, n=2, r=1, p=1, **more)
