"""Count this process's open files, to show that none is left open."""

import os


def count_open_files():
    return len(os.listdir("/dev/fd"))
