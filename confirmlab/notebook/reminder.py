"""Errors that say to run the first cell, for the course's names in a fresh kernel.

`confirmlab lab` loads this into each kernel; `%load_ext confirmlab` puts the real names in place.
"""

from typing import Any

from confirmlab.base.errors import KitError

LINE_COMMANDS = (
    *("lesson", "check", "hint", "solution", "restore", "refill", "start_over", "progress"),
    *("next", "diff", "certificate", "submit", "flask", "pytest"),
)
CELL_COMMANDS = ("fill", "shell")
NAMES = (
    *("site", "inbox", "bench", "attack", "scoreboard", "wrong_way", "take_apart", "examine"),
    "Timings",
)
SENTENCE = (
    "This kernel has just started and does not know the course yet. "
    "Run the first cell of this notebook, %load_ext confirmlab, and then this one again."
)


class NotLoaded:
    """A name of the course, before the first cell has run."""

    def __repr__(self) -> str:
        return SENTENCE

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # IPython looks for display methods
            raise AttributeError(name)
        raise KitError(SENTENCE)

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Raise an error that says what to run."""
        raise KitError(SENTENCE)

    __getitem__ = __len__ = __iter__ = __call__


def load_ipython_extension(shell: Any) -> None:
    """Register the course's commands and names; each raises an error that says what to run."""
    for kind, names in (("line", LINE_COMMANDS), ("cell", CELL_COMMANDS)):
        for name in names:
            shell.register_magic_function(_raise_reminder, kind, name)
    shell.push({name: NotLoaded() for name in NAMES}, interactive=False)


def _raise_reminder(line: str, cell: str = "") -> None:
    """Raise an error that says what to run."""
    raise KitError(SENTENCE)
