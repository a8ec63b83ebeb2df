"""Nbgrader preprocessor that replaces grade cells with fresh copies; only nbgrader imports it."""

from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbgrader.preprocessors import NbGraderPreprocessor

from confirmlab.grading import class_settings
from confirmlab.grading.exports.nbgrader import assignment


class FreshCells(NbGraderPreprocessor):
    """Replaces the grade cells of each notebook, whatever a learner did to them."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Return the notebook with new grade cells; other assignments are not changed."""
        about = resources["nbgrader"]
        here = Path(class_settings.NAME)  # nbgrader works in the root of its course
        settings = assignment.of_class(here if here.is_file() else None)
        lessons = {lesson.name: lesson for lesson in assignment.graded_lessons(settings)}
        lesson = lessons.get(about["notebook"])
        if about["assignment"] == assignment.NAME and lesson:
            cells = assignment.with_grades(nb.cells, lesson, settings)
            # Cells of older formats have no ids; in one notebook all cells or none must have one.
            with_ids = ({"id": f"cell-{number}"} | cell for number, cell in enumerate(cells))
            nb.cells = [from_dict(cell) for cell in with_ids]
            nb.nbformat, nb.nbformat_minor = 4, 5
        return nb, resources
