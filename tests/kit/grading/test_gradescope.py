"""Facts about Gradescope's autograder: what is in the zip, and that it always writes a result."""

import json
import os
import stat
import subprocess
import sys
import zipfile

import pytest

from confirmlab.base.errors import ExportError, KitError
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons, skeleton, solutions
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.grading import baseline, pool
from confirmlab.grading.exports import gradescope
from confirmlab.grading.grader import Grader
from confirmlab.grading.grades import ExerciseGrade, Grade

HIDDEN = '''
import pytest


@pytest.mark.exercise("welcome-line")
def test_secret():
    """THE SECRET."""
'''


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Pack the autograder once, with a hidden test."""
    folder = tmp_path_factory.mktemp("packed")
    (folder / "hidden").mkdir()
    (folder / "hidden" / "test_secret.py").write_text(HIDDEN)
    gradescope.pack(folder / "autograder.zip", folder / "hidden")
    return folder / "autograder.zip"


@pytest.fixture
def root(tmp_path, packed):
    """Return a folder laid out as on Gradescope, without the hidden test."""
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "source")
    (tmp_path / "source" / "hidden" / "test_secret.py").unlink()
    (tmp_path / "source" / "hidden").rmdir()
    (tmp_path / "submission").mkdir()
    return tmp_path


def run(root, python=sys.executable):
    """Run the script as Gradescope does; return results.json and the output."""
    told = {"AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": python}
    script = root / "source" / "run_autograder"
    finished = subprocess.run(
        ["bash", str(script)], env=os.environ | told, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads((root / "results" / "results.json").read_text()), finished.stdout


def test_the_scripts_lie_at_the_root_and_may_be_run(packed):
    """setup.sh and run_autograder are at the root of the zip, and executable."""
    with zipfile.ZipFile(packed) as archive:
        for name in ("setup.sh", "run_autograder"):
            assert archive.getinfo(name).external_attr >> 16 & stat.S_IXUSR


def test_the_zip_holds_what_grading_takes(packed):
    """The zip contains the kit, its pins and all tests, but no caches and nothing built."""
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()

    assert {"kit/course.toml", "kit/requirements.txt", "kit/confirmlab/grading/grader.py"} <= set(
        names
    )
    assert "hidden/test_secret.py" in names
    assert "kit/notebooks/00_start_here.ipynb" in names  # identifies cells without ids
    assert not [name for name in names if "__pycache__" in name or name.startswith("kit/docs")]


def test_the_same_kit_gives_the_same_bytes(packed, tmp_path):
    """Packed again, the zip is the same, byte for byte."""
    gradescope.pack(tmp_path / "again.zip", packed.parent / "hidden")

    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_a_zip_with_hidden_tests_is_for_its_owner_alone(packed):
    """Other users of the machine cannot read a zip with hidden tests."""
    assert stat.S_IMODE(packed.stat().st_mode) == 0o600


def test_a_hidden_test_that_the_reference_fails_is_refused(tmp_path):
    """Packing runs the hidden tests on the reference, and names those that fail."""
    (tmp_path / "test_secret.py").write_text(HIDDEN + "    raise AssertionError\n")
    with pytest.raises(KitError, match=r"fails the hidden tests \(test_secret.py::test_secret\)"):
        gradescope.pack(tmp_path / "x.zip", tmp_path)


def test_a_folder_without_hidden_tests_is_refused(tmp_path):
    """A --hidden folder without tests would grade too kindly, so it is an error."""
    with pytest.raises(KitError, match="No hidden tests are in"):
        gradescope.pack(tmp_path / "x.zip", tmp_path)


@pytest.mark.parametrize("script", ["setup.sh", "run_autograder"])
def test_the_scripts_are_sound(script, root):
    """bash can parse both scripts."""
    subprocess.run(["bash", "-n", str(root / "source" / script)], check=True)


STUB = """#!/bin/bash
echo "$(basename "$0") $*" >>log
case "$*" in
-c*) exit {status} ;;
"-m venv"*) mkdir -p venv/bin && cp "$0" venv/bin/python ;;
esac
"""


@pytest.fixture
def build(root):
    """Return a function that runs setup.sh with only these Pythons installed; 3 is an old one."""

    def build(*pythons):
        folder = root / "bin"
        folder.mkdir()
        for name in ("apt-get", *pythons):
            path = folder / name
            path.write_text(STUB.format(status=int(name == "python3")))
            path.chmod(0o755)
        told = {"AUTOGRADER_SOURCE": str(root / "source"), "PATH": f"{folder}:/usr/bin:/bin"}
        hide = "".join(f"{name}() {{ return 127; }}; " for name in NEWER if name not in pythons)
        script = f'{hide} source "$AUTOGRADER_SOURCE/setup.sh"'
        done = subprocess.run(["bash", "-c", script], env=told, capture_output=True, text=True)
        log = root / "source" / "log"
        return done, log.read_text().splitlines() if log.exists() else []

    return build


NEWER = ("python3.13", "python3.12", "python3.11")


def test_the_image_takes_a_python_that_is_new_enough(build):
    """If the image's own Python is too old, the next newer one is installed and used."""
    done, log = build("python3", "python3.11")

    assert done.returncode == 0, done.stderr
    assert log.index("apt-get install -y python3.11 python3.11-venv") < log.index(
        "python3.11 -m venv --clear venv"
    )
    assert not [line for line in log if line.startswith("python3 -m venv")]
    assert "python -m compileall -q kit/confirmlab kit/tests" in log
    assert log[-1].startswith("python -P -m confirmlab.grading.exports.gradescope prepare")


def test_an_image_without_such_a_python_is_not_built(build):
    """If no new enough Python exists, the log of the build says what to choose."""
    done, _ = build("python3")

    assert done.returncode == 1
    assert "choose Ubuntu 22.04 or newer as the base image" in done.stderr


def test_a_submission_is_graded_from_the_zip_alone(root):
    """The kit in the zip grades an app, and results.json has the points of each exercise."""
    done = [exercise.id for exercise in lessons.load().exercises if exercise.lesson < "04"]
    fills = {name: solutions.finished()[name] for name in done}
    skeleton.build(root / "submission" / "my_app", fills)

    given, _ = run(root)

    assert given["output"].startswith("graded: ")
    points = sum(lessons.load().exercise(name).points for name in done)
    assert given["score"] == sum(test["score"] for test in given["tests"]) == points


def test_an_unreadable_upload_gets_a_sentence(root):
    """An upload that is not a submission gets a sentence that says what to upload."""
    (root / "submission" / "essay.txt").write_text("Dear pigeon")

    given, _ = run(root)

    assert given["score"] == 0
    assert "Upload the one zip that %submit makes" in given["output"]


def test_without_python_there_is_still_a_result(root):
    """The result that was written before anything ran is kept, and blames nobody."""
    given, _ = run(root, python=str(root / "no-python"))

    assert given["output"].startswith("Grading did not finish. This is no verdict")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return a function that runs the autograder here, with a given grade or error."""
    (tmp_path / "submission" / "notebooks").mkdir(parents=True)
    (tmp_path / "submission" / "notebooks" / "03_the_user_model.ipynb").write_text("{}")

    def run(outcome):
        def graded(*_):
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(gradescope, "grade", graded)
        gradescope.main(tmp_path, tmp_path / "source")
        return json.loads((tmp_path / "results" / "results.json").read_text())

    return run


@pytest.mark.parametrize(
    "error", [ExportError("reference fails at SECRET"), MemoryError("SECRET"), SystemExit("SECRET")]
)
def test_learners_read_nothing_of_an_error(here, error):
    """Whatever fails inside, learners get one sentence, and the file is written."""
    given = here(error)

    assert given["output"].startswith("Grading did not finish.")
    assert "SECRET" not in json.dumps(given)


def test_instructors_read_the_kind_of_an_unforeseen_error(here, capsys):
    """The output names the type of the error, and quotes nothing."""
    here(ValueError("SECRET"))

    printed = capsys.readouterr().out
    assert "ValueError" in printed and "SECRET" not in printed


def test_a_hidden_test_is_named_only(here):
    """In the written file, a hidden test has only its name and outcome."""
    secret = TestResult("test_secret", "THE SECRET", "failed", "SEEN", "", 1, True)
    result = ExerciseResult("gate", "The gate", "failed", (secret,))
    given = here(Grade("ada", "graded", "Done.", (ExerciseGrade("gate", "", "07", 5, result),)))

    assert "Hidden test test_secret" in given["tests"][0]["output"]
    assert "SECRET" not in json.dumps(given) and "SEEN" not in json.dumps(given)


def test_the_image_measures_the_reference_for_all_runs(root, monkeypatch):
    """`prepare` saves its measurement, so grading a submission does not run the reference."""
    source = root / "source"
    (source / "class.toml").write_text('lessons = "00"\n')
    gradescope.prepare(source)
    known = baseline.load(source / "baseline.json", {})
    skeleton.build(root / "submission" / "my_app", {"welcome-line": "<p>HELLO</p>"})

    def fail(*_):
        raise AssertionError("the reference runs again")

    monkeypatch.setattr(baseline, "_run_reference", fail)
    with Sandbox() as sandbox:
        settings = pool.prepare(sandbox, {}, "s", ("00",), source / "baseline.json")
        grader = Grader(sandbox, settings.baseline)
        grade = grader.grade("ada", [root / "submission"])
        grader.close()

    assert (list(known.seconds), stat.S_IMODE((source / "baseline.json").stat().st_mode)) == (
        ["00"],
        0o600,
    )
    assert (grade.status, grade.points < 1, grade.out_of) == ("graded", True, 1)


def test_hidden_tests_of_lessons_that_are_not_graded_are_refused(tmp_path):
    """Packing refuses hidden tests for lessons that class.toml does not grade."""
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "test_secret.py").write_text(HIDDEN)
    (tmp_path / "class.toml").write_text('lessons = "05"\n')

    with pytest.raises(KitError, match="None of the hidden tests is marked with an exercise"):
        gradescope.pack(tmp_path / "a.zip", tmp_path / "hidden", tmp_path / "class.toml")
