"""Let nbgrader read learners' cells and run none; only nbgrader imports this."""

from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbgrader.preprocessors import NbGraderPreprocessor

from confirmlab.grading import class_settings
from confirmlab.grading.exports.nbgrader import assignment


class FreshCells(NbGraderPreprocessor):
    """Give each notebook of the course its grade cells anew, whatever a learner did to them."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Take marked cells out and put fresh ones in; other assignments stay as they are."""
        about = resources["nbgrader"]
        here = Path(class_settings.NAME)  # nbgrader works in the root of its course
        settings = assignment.of_class(here if here.is_file() else None)
        lessons = {lesson.name: lesson for lesson in assignment.graded_lessons(settings)}
        lesson = lessons.get(about["notebook"])
        if about["assignment"] == assignment.NAME and lesson:
            cells = assignment.with_grades(nb.cells, lesson, settings)
            # Notebooks of an older format have cells without ids, beside which ours may not stand.
            named = ({"id": f"cell-{number}"} | cell for number, cell in enumerate(cells))
            nb.cells = [from_dict(cell) for cell in named]
            nb.nbformat, nb.nbformat_minor = 4, 5
        return nb, resources
