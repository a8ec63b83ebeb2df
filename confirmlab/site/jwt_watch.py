"""Records what the app does with PyJWT in this process."""

from functools import update_wrapper
from inspect import signature
from typing import Any

from confirmlab.site.json_values import SHORT


class JwtWatch:
    """The key of the app's last signature, and how its last jwt.decode ended."""

    def __init__(self) -> None:
        self.key: Any = None
        self.reason = ""  # the error of jwt.decode
        self.decoded = False  # whether it returned
        self._start()

    def forget(self) -> None:
        """Forget what was seen so far."""
        self.key, self.reason, self.decoded = None, "", False

    @property
    def key_in_hex(self) -> str | None:
        """The bytes of the key in hexadecimal digits, or None."""
        if self.key is None:
            return None
        return (self.key.encode() if isinstance(self.key, str) else bytes(self.key)).hex()

    def _start(self) -> None:
        import jwt
        from jwt.algorithms import HMACAlgorithm

        sign, decode = HMACAlgorithm.sign, jwt.decode

        def noted_sign(algorithm: Any, message: bytes, key: Any) -> bytes:
            self.key = key
            return sign(algorithm, message, key)

        def noted_decode(*args: Any, **named: Any) -> Any:
            self.reason, self.decoded = "", False
            try:
                claims = decode(*args, **named)
                self.decoded = True
                return claims
            except Exception as error:
                self.reason = f"{type(error).__name__}: {error}"[:SHORT]
                raise

        HMACAlgorithm.sign = _like(sign, noted_sign)  # type: ignore[method-assign]
        jwt.decode = _like(decode, noted_decode)


def _like(original: Any, watched: Any) -> Any:
    """Return a function with the name, signature and docstring of the one that it replaces."""
    watched.__signature__ = signature(original)
    del update_wrapper(watched, original).__wrapped__
    return watched
