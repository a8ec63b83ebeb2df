"""Make nbval notice failed magics and ignore HTML; a pytest plugin for `-p`."""

from collections.abc import Generator
from typing import Any

import pytest


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Ignore HTML: the plain text of each display says the same, and contains no addresses."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("text/html",)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Fail a cell whose reply is an error, even if nbval found no error among its outputs.

    Of a magic that does not exist IPython only prints; nbval would pass it (its issue 147).
    """
    kernel = getattr(item.parent, "kernel", None)
    if kernel is None:
        yield
        return
    usual, answers = kernel.get_message, []

    def heard(stream: str, timeout: float | None = None) -> Any:
        message = usual(stream, timeout)
        if stream == "shell":
            answers.append(message["content"].get("status"))
        return message

    kernel.get_message = heard
    outcome = yield
    kernel.get_message = usual
    if "error" in answers and not item.options["check_exception"] and not outcome.excinfo:
        try:
            item.raise_cell_error("The kernel says that this cell failed")
        except Exception as error:
            outcome.force_exception(error)
