"""Text and HTML of an exercise's result and of a fill."""

import os
from pathlib import Path

from confirmlab.base import files
from confirmlab.base.templating import render
from confirmlab.base.text import wrapped
from confirmlab.checks import result_view
from confirmlab.course.results import ExerciseResult
from confirmlab.notebook.views.registry import register
from confirmlab.notebook.workspace import FillResult


def _fill_text(result: FillResult) -> str:
    name, place = result.exercise.id, files.display_path(result.path)
    lines = [f"{result.done.capitalize()} {name}: {place}, {result.lines}."]
    lines += wrapped(result.note)
    if result.kept:
        lines.append(
            "What you had written there by hand is kept; "
            f"%restore {name} {int(result.kept.name[:4])} brings it back."
        )
    if result.old_file:
        lines.append(
            "The file was damaged and has been rebuilt from your fills; "
            f"the old one is in {files.display_path(result.old_file)}."
        )
    return "\n".join(lines)


def _fill_html(result: FillResult) -> str:
    # Lab counts lines in such links from 0, and opens them only relative to the notebook.
    target = Path(os.path.relpath(result.path)).as_posix() + f"#line={result.first - 1}"
    return render("fill.html", filled=result, target=target, display_path=files.display_path)


register(ExerciseResult, result_view.as_text, result_view.as_html)
register(FillResult, _fill_text, _fill_html)
