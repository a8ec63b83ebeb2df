"""Cases of a graded test, checked in random order."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from confirmlab.checks.app.app_errors import AppError

T = TypeVar("T")


def in_any_order(cases: Sequence[T], check: Callable[[T], None]) -> None:
    """Check all cases in random order, then raise the failure of the first case in the list.

    So a card shows the same failure in each run, whatever the order was.
    """
    failed: dict[int, Exception] = {}
    for place in random.sample(range(len(cases)), len(cases)):
        try:
            check(cases[place])
        except (AssertionError, AppError) as error:
            failed[place] = error
    if failed:
        raise failed[min(failed)]
