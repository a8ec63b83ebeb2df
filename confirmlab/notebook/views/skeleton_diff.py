"""Text and HTML of what a learner wrote, as a diff against the skeleton."""

from confirmlab.base import files
from confirmlab.base.templating import render
from confirmlab.notebook.skeleton_diff import SkeletonDiff
from confirmlab.notebook.views.registry import register

_NOTHING = "Nothing yet: every blank is as it was at the start, or filled in by the reference."


def _text(found: SkeletonDiff) -> str:
    if not found.files:
        return _NOTHING
    return f"{found.text}\n\nThis is also in {files.display_path(found.path)}."


def _html(found: SkeletonDiff) -> str:
    parts = [(name, text, _added(text)) for name, text in found.files]
    return render(
        "skeleton_diff.html", parts=parts, nothing=_NOTHING, path=files.display_path(found.path)
    )


def _added(text: str) -> int:
    """Return how many lines are the learner's."""
    return sum(line.startswith("+") for line in text.splitlines()) - 1  # without the +++ line


register(SkeletonDiff, _text, _html)
