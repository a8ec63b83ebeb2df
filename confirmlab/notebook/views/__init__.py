"""Text and HTML of what a notebook shows; importing this package registers every view."""

from confirmlab.notebook.views import (
    attack,
    certificate,
    exercise,
    lesson,
    mail,
    progress,
    reset,
    site,
    skeleton_diff,
    submission,
    timings,
    token,
)

__all__ = [
    "attack",
    "certificate",
    "exercise",
    "lesson",
    "mail",
    "progress",
    "reset",
    "site",
    "skeleton_diff",
    "submission",
    "timings",
    "token",
]
