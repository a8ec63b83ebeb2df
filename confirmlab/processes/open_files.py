"""Close the open files that a forked process inherits from its parent."""

import os

_MAX_FILE_NUMBER = 1024  # file numbers that a process of the kit may use


def keep_only(*kept: int) -> None:
    """Close all open files except stdin, stdout, stderr and `kept`; stdin becomes empty."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    first = 3
    for number in sorted({*kept, _MAX_FILE_NUMBER}):
        os.closerange(first, number)
        first = number + 1
