"""Errors of the learner's app, as the trusted side raises or returns them."""

from collections.abc import Callable
from typing import Any, TypeVar

from confirmlab.base.errors import SiteError

T = TypeVar("T")


class AppError(Exception):
    """The app raised an exception; holds its type, its message and the lines it came through."""

    def __init__(self, raised: dict[str, Any]) -> None:
        self.type, self.message, self.where = (
            _text(raised.get(name)) for name in ("type", "message", "where")
        )
        callers = raised.get("by_way_of")
        self.by_way_of = tuple(map(_text, callers if type(callers) is list else ()))
        super().__init__(f"{self.type}: {self.message}")

    def where_in(self, file: str) -> str:
        """Return the innermost line in a file of the app; the line that raised it if none is."""
        places = (self.where, *self.by_way_of)
        return next((place for place in places if place.startswith(f"{file},")), self.where)


class AppDied(Exception):
    """The app's process ended before it answered."""


class AppTimeout(Exception):
    """The app did not answer in time."""


class InvalidAnswer(Exception):
    """The app's process sent something other than an answer to the order."""


# How a visit may fail: the app raises an exception, or its redirects never end.
VISIT_ERRORS = (AppError, SiteError)


def attempted(call: Callable[..., T], *given: Any, **named: Any) -> "T | AppError | SiteError":
    """Return what a call returns, or the error of the app that ended it."""
    try:
        return call(*given, **named)
    except VISIT_ERRORS as error:
        return error


def unless_error(end: "T | AppError | SiteError") -> T:
    """Return what a call returned; raise the error if one ended it."""
    if isinstance(end, VISIT_ERRORS):
        raise end
    return end


def _text(value: Any) -> str:
    return value[:400] if type(value) is str else ""
