"""Text and HTML of a reset."""

from confirmlab.base import files
from confirmlab.base.templating import render
from confirmlab.base.text import wrapped
from confirmlab.notebook.reset import ResetResult
from confirmlab.notebook.views.registry import register


def _text(result: ResetResult) -> str:
    lines = wrapped(f"{_title(result)}.")
    if result.blanks:
        lines += wrapped(f"Empty now: {', '.join(result.blanks)}.")
    if result.kept:
        lines += wrapped(f"A copy is kept in {files.display_path(result.kept)}.")
        lines += wrapped(f"{result.back} restores it.")
    lines += [line for note in result.notes for line in wrapped(note)]
    return "\n".join(lines)


def _html(result: ResetResult) -> str:
    return render("reset.html", done=result, title=_title(result), display_path=files.display_path)


def _title(result: ResetResult) -> str:
    back = result.headline.startswith("back to ")
    return result.headline.capitalize() if back else f"Started over: {result.headline}"


register(ResetResult, _text, _html)
