"""What the course's names answer in a kernel in which the first cell has not been run.

`confirmlab lab` starts each kernel with this; `%load_ext confirmlab` puts the real names in place.
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
    """Stands for a name of the course until its first cell is run."""

    def __repr__(self) -> str:
        return SENTENCE

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # IPython looks for ways to show it
            raise AttributeError(name)
        raise KitError(SENTENCE)

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Raise what to do first."""
        raise KitError(SENTENCE)


def load_ipython_extension(shell: Any) -> None:
    """Register the course's commands and names with what to do first."""
    for kind, names in (("line", LINE_COMMANDS), ("cell", CELL_COMMANDS)):
        for name in names:
            shell.register_magic_function(_told, kind, name)
    shell.push({name: NotLoaded() for name in NAMES}, interactive=False)


def _told(line: str, cell: str = "") -> None:
    """Raise what to do first."""
    raise KitError(SENTENCE)
