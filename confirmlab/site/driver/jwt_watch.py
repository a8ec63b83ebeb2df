"""Records what the app does with PyJWT in this process."""

from collections import deque
from functools import update_wrapper
from inspect import signature
from typing import Any

from confirmlab.site.driver.json_values import MAX_MESSAGE

_MOST_KEYS = 20


class JwtWatch:
    """The keys of the app's last signatures, and how its last jwt.decode ended."""

    def __init__(self) -> None:
        self._keys: deque[Any] = deque(maxlen=_MOST_KEYS)
        self.reason = ""  # the error of jwt.decode
        self.decoded = False  # whether it returned
        self._start()

    def forget(self) -> None:
        """Forget what was seen so far."""
        self._keys.clear()
        self.reason, self.decoded = "", False

    @property
    def keys_in_hex(self) -> list[str]:
        """The bytes of the keys in hexadecimal digits, the last key last.

        Verifying a token signs it again, so keys that only verify are in the list, too.
        """
        return [(key.encode() if isinstance(key, str) else bytes(key)).hex() for key in self._keys]

    def _start(self) -> None:
        import jwt
        from jwt.algorithms import HMACAlgorithm

        sign, decode = HMACAlgorithm.sign, jwt.decode

        def noted_sign(algorithm: Any, message: bytes, key: Any) -> bytes:
            self._keys.append(key)
            return sign(algorithm, message, key)

        def noted_decode(*args: Any, **named: Any) -> Any:
            self.reason, self.decoded = "", False
            try:
                claims = decode(*args, **named)
                self.decoded = True
                return claims
            except Exception as error:
                self.reason = f"{type(error).__name__}: {error}"[:MAX_MESSAGE]
                raise

        HMACAlgorithm.sign = _like(sign, noted_sign)  # type: ignore[method-assign]
        jwt.decode = _like(decode, noted_decode)


def _like(original: Any, watched: Any) -> Any:
    """Return a function with the name, signature and docstring of the one that it replaces."""
    watched.__signature__ = signature(original)
    del update_wrapper(watched, original).__wrapped__
    return watched
