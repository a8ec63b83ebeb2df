"""Facts about the course as an assignment of nbgrader, on which nbgrader itself is run."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from confirmlab.base import paths
from confirmlab.base.errors import ExportError
from confirmlab.course import lessons, notebook_format, skeleton, solutions
from confirmlab.grading.exports.nbgrader import assignment
from confirmlab.grading.gradebook import Gradebook

PROJECT = tomllib.loads(paths.in_kit("pyproject.toml").read_text(encoding="utf-8"))["project"]

# nbgrader would show itself in each learner's JupyterLab, so it is installed elsewhere, by
# `make test`.
APART = Path(sys.prefix, "nbgrader")
FOUND = APART.is_dir() or importlib.util.find_spec("nbgrader") is not None

PARTLY = {
    **solutions.finished(),
    "confirm-token": "def confirm(self, token):\n    return bool(token)",
    "confirm-txt": "Dear {{ user.name }},",
    "unconfirmed-page": skeleton.stubs()["unconfirmed-page"],
}
SOLVED = ["03", "04"]
CLASS = {
    "solved": {"names": SOLVED, "fills": solutions.finished(), "tricks": False},
    "partly": {"names": ["03", "06"], "fills": PARTLY, "tricks": True},
    "open": {"names": ["03"], "fills": {}, "tricks": True},
}


def cells(text):
    return json.loads(text)["cells"]


def grades(text):
    return [cell for cell in cells(text) if "nbgrader" in cell["metadata"]]


def environment(folder):
    """Set PATH to find nbgrader, and hide the user's own Jupyter settings."""
    paths = [str(APART), os.environ.get("PYTHONPATH", "")]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "1",
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade a class with nbgrader and with `confirmlab grade`; return points by learner."""
    folder = tmp_path_factory.mktemp("course")
    program = Path(__file__).with_name("nbgrader_course.py")
    finished = subprocess.run(
        [sys.executable, str(program)],
        input=json.dumps(CLASS),
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    kit = [sys.executable, "-m", "confirmlab", "grade", str(folder), "--out", str(folder / "kit")]
    kit += ["--lesson=03", "--lesson=04", "--lesson=06"]
    subprocess.run(kit, check=True, capture_output=True)
    theirs = json.loads(finished.stdout.splitlines()[-1])
    ours = {
        grade.learner: {f"points-{e.exercise}": e.points for e in grade.exercises}
        for grade in Gradebook(folder / "kit").grades()
    }
    return folder, theirs, ours


needs_nbgrader = pytest.mark.skipif(not FOUND, reason="nbgrader is not installed")


@needs_nbgrader
@pytest.mark.parametrize("learner", CLASS)
def test_nbgrader_gives_the_same_points(graded, learner):
    """For each exercise, nbgrader's gradebook holds what `confirmlab grade` gives."""
    _, theirs, ours = graded

    assert theirs[learner] == {name: ours[learner][name] for name in theirs[learner]}


@needs_nbgrader
def test_each_learner_gets_their_own_points(graded):
    """A solved lesson earns all points, an open one none, a partly right one some."""
    _, theirs, _ = graded
    total = {learner: sum(points.values()) for learner, points in theirs.items()}

    assert total["open"] == 0 < theirs["partly"]["points-generate-token"]
    assert theirs["partly"]["points-confirm-txt"] < lessons.load().exercise("confirm-txt").points
    handed_in = [e for number in SOLVED for e in lessons.load().lesson(number).exercises]
    assert {f"points-{e.id}": e.points for e in handed_in}.items() <= theirs["solved"].items()


@needs_nbgrader
def test_nbgrader_feedback_tells_why(graded):
    """nbgrader's feedback page shows the requirement that was not met."""
    folder, _, _ = graded
    page = (folder / "feedback/partly/confirmlab/03_the_user_model.html").read_text("utf-8")

    assert "another user&#39;s token" in page or "another user's token" in page


@needs_nbgrader
def test_nothing_that_learners_wrote_was_run(graded):
    """In the notebooks that nbgrader ran, only grade cells have outputs."""
    folder, _, _ = graded
    text = (folder / "autograded/partly/confirmlab/03_the_user_model.ipynb").read_text("utf-8")
    ran = [cell for cell in cells(text) if cell["cell_type"] == "code" and cell["outputs"]]

    assert [cell["id"] for cell in ran] == [cell["id"] for cell in grades(text)]


def test_each_exercise_has_one_grade_cell():
    """Every exercise has one grade cell, with the points of the course."""
    found = [cell for text in assignment.sources().values() for cell in grades(text)]
    marks = [cell["metadata"]["nbgrader"] for cell in found]

    assert {mark["grade_id"]: mark["points"] for mark in marks} == {
        f"points-{exercise.id}": exercise.points for exercise in lessons.load().exercises
    }
    assert len(marks) == len(lessons.load().exercises)


def test_grade_cells_stand_below_their_checks():
    """The grade cell of an exercise follows the cell in which a learner checks it."""
    for text in assignment.sources().values():
        ids = [cell["id"] for cell in cells(text)]
        for cell in grades(text):
            exercise = cell["id"].removeprefix("points-")
            assert ids[ids.index(cell["id"]) - 1] == f"ex-{exercise}-check"


def test_nbgrader_runs_grade_cells_only():
    """All other code cells have the tag that makes nbclient skip them."""
    for text in assignment.sources().values():
        codes = [cell for cell in cells(text) if cell["cell_type"] == "code"]
        run = [c for c in codes if assignment.SKIPPED not in c["metadata"].get("tags", [])]

        assert run == grades(text)


def test_the_assignment_holds_no_answer():
    """The source contains the learner's stubs, so nbgrader has no solution to remove."""
    filled = dict(
        found
        for text in assignment.sources().values()
        for cell in cells(text)
        if notebook_format.is_answer(cell)
        and (found := notebook_format.fill_cell("".join(cell["source"]))) is not None
    )

    assert filled.keys() == skeleton.stubs().keys()
    assert all(skeleton.is_stub(name, text) for name, text in filled.items())


def test_fresh_cells_replace_whatever_was_done_to_them():
    """Copied, moved, changed and deleted grade cells are restored."""
    lesson = lessons.load().lesson("03")
    given = cells(assignment.sources()["03_the_user_model.ipynb"])
    marked = [cell for cell in given if "nbgrader" in cell["metadata"]]
    broken = [{**marked[0], "id": "copied", "source": "99"}, *given[:-5], marked[0]]
    broken.remove(marked[1])

    mended = assignment.with_grades(broken, lesson)

    assert [c for c in mended if "nbgrader" in c["metadata"]] == marked


def test_invalid_metadata_stops_nothing():
    """Metadata that a learner replaced with something else is dropped or kept unchanged."""
    lesson = lessons.load().lesson("00")
    odd = {"cell_type": "code", "source": "", "outputs": [], "execution_count": None}
    given = [
        odd | {"id": str(number), "metadata": metadata}
        for number, metadata in enumerate(
            [{"nbgrader": None}, {"nbgrader": "grade"}, {"tags": "x"}, {"tags": [1, "y"]}]
        )
    ]

    made = assignment.with_grades(given, lesson)

    assert [cell["id"] for cell in made] == ["0", "1", "2", "3", "points-welcome-line"]
    assert made[3]["metadata"]["tags"] == ["y", assignment.SKIPPED]


def test_the_export_names_what_it_wrote(tmp_path):
    """The notebooks are written to source/, and nbgrader's configuration beside it."""
    written = assignment.write(tmp_path)

    assert written[-1] == "nbgrader_config.py"
    assert all((tmp_path / name).is_file() for name in written)
    compile((tmp_path / "nbgrader_config.py").read_text(), "nbgrader_config.py", "exec")


def test_an_assignment_that_is_there_is_not_overwritten(tmp_path):
    """An existing assignment, which an instructor may have edited, is not overwritten."""
    assignment.write(tmp_path)

    with pytest.raises(ExportError, match="exists already, and nothing was written"):
        assignment.write(tmp_path)


def test_a_configuration_that_is_there_stays(tmp_path):
    """An existing nbgrader_config.py of a course is not changed."""
    (tmp_path / "nbgrader_config.py").write_text("# mine")

    assert "nbgrader_config.py" not in assignment.write(tmp_path)
    assert (tmp_path / "nbgrader_config.py").read_text() == "# mine"


def test_nbgrader_is_pinned_beside_the_kit():
    """nbgrader's pins fit pyproject.toml, and do not repeat a package that the kit pins."""
    line = re.compile(r"([a-z0-9-]+)==([\w.]+)")
    read = [
        dict(line.match(pin).groups() for pin in paths.in_kit(name).read_text().splitlines())
        for name in ("requirements.txt", "requirements-nbgrader.txt")
    ]

    assert not read[0].keys() & read[1].keys()
    [wanted] = PROJECT["optional-dependencies"]["nbgrader"]
    assert f"nbgrader>={read[1]['nbgrader']}" >= wanted
