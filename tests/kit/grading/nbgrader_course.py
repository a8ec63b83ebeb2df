"""Run an assignment through nbgrader's own commands: a program of its own, in a folder of its own.

It reads from stdin, as JSON, who hands in which notebooks with which fills, and prints what
nbgrader's gradebook says then. One process does it all, since each start of nbgrader takes seconds.
"""

import json
import sys
import uuid
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import AutogradeApp, GenerateAssignmentApp, GenerateFeedbackApp

from confirmlab.course import notebook_format
from confirmlab.grading.exports.nbgrader import assignment

CHEAT = "from confirmlab import nbgrading\nnbgrading.points = lambda exercise_id: 99.0"


def run(app, *arguments):
    """Run an nbgrader command in this process, as its own program would."""
    command = app.instance(argv=[assignment.NAME, *arguments])
    command.initialize([assignment.NAME, *arguments])
    command.start()
    app.clear_instance()


def hand_in(learner, names, fills, tricks):
    """Write some of the released notebooks with a learner's fills in their cells."""
    folder = Path("submitted", learner, assignment.NAME)
    folder.mkdir(parents=True)
    for path in sorted(Path("release", assignment.NAME).glob("*.ipynb")):
        if path.stem[:2] in names:
            notebook = json.loads(path.read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                found = notebook_format.fill_cell("".join(cell["source"]))
                if notebook_format.is_answer(cell) and found and found[0] in fills:
                    cell["source"] = f"%%fill {found[0]}\n{fills[found[0]]}"
            if tricks:
                notebook["cells"] = tampered(notebook["cells"])
            (folder / path.name).write_text(json.dumps(notebook), encoding="utf-8")


def tampered(cells):
    """Cheat, copy the first grade cell, change the others, and lose the last one."""
    grades = [cell for cell in cells if "nbgrader" in cell["metadata"]]
    copied = grades[0] | {"id": uuid.uuid4().hex}
    for cell in grades:
        cell["source"] = "99.0"
        cell["metadata"] = cell["metadata"] | {"tags": []}
    cheat = {"cell_type": "code", "execution_count": None, "outputs": [], "metadata": {}}
    kept = [cell for cell in cells if cell is not grades[-1]]
    return [cheat | {"id": "cheat", "source": CHEAT}, *kept, copied]


def points_by_cell():
    """Return each learner's points by grade cell."""
    with Gradebook("sqlite:///gradebook.db") as book:
        return {
            submission.student.id: {
                grade.cell.name: grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.assignment_submissions(assignment.NAME)
        }


assignment.write(Path())
work_of = json.load(sys.stdin)
wanted = {name for work in work_of.values() for name in work["names"]}
for path in Path("source", assignment.NAME).glob("*.ipynb"):
    if path.stem[:2] not in wanted:  # more of the same, at ten seconds each
        path.unlink()
run(GenerateAssignmentApp)
for learner, work in work_of.items():
    hand_in(learner, **work)
run(AutogradeApp)
run(GenerateFeedbackApp)
print(json.dumps(points_by_cell()))
