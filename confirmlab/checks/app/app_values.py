"""Values that tests get from the learner's app: a member, and what a method returned."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Member:
    """The columns that tests need of a row of the table `user`."""

    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Returned:
    """What a method of the app returned: a plain value, or a dict with the name of its type."""

    value: Any
    confirmed: Any = None  # whether the user counts as confirmed after it
    reason: str = ""  # why PyJWT refused, if it did
    is_decoded: bool = False  # whether the last jwt.decode took the token

    @property
    def is_true(self) -> bool:
        """Whether the value is true in Python's sense."""
        return is_true(self.value)

    @property
    def shown(self) -> str:
        """The value's repr."""
        return show(self.value)


def is_true(value: Any) -> bool:
    """Return whether a value that the app sent is true in Python's sense."""
    return value.get("true") is True if type(value) is dict else bool(value)


def text_of(value: Any) -> Any:
    """Return the text of bytes that the app returned, and any other value unchanged."""
    text = value.get("text") if type(value) is dict and value.get("type") == "bytes" else None
    return text if type(text) is str else value


def show(value: Any) -> str:
    """Return the value's repr, cut to 200 characters; for a dict, the type it stands for."""
    return f"an object of type {value.get('type')}" if type(value) is dict else repr(value)[:200]


def mapping(value: Any) -> dict[str, Any]:
    """Return a value that the app sent if it is a dict, else an empty one."""
    return value if type(value) is dict else {}
