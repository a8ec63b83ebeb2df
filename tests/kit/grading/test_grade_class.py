import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from types import ModuleType

import pytest
from click.testing import CliRunner

from confirmlab.base import csv_files
from confirmlab.base.errors import KitError
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.cli import main
from confirmlab.course import skeleton, solutions
from confirmlab.grading import grade_class, input_hashes, pool
from confirmlab.grading.baseline import Baseline
from confirmlab.grading.grade_class import GradeOptions
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.grader import Grader
from confirmlab.grading.grades import Grade, to_json
from confirmlab.grading.pool import RunSettings
from confirmlab.submissions import discovery
from confirmlab.submissions.learner_files import SubmissionSource

GREETING = solutions.fills()["welcome-line"]
REMOVED = (
    "Removed from the grades, since they are not among these submissions: 'fay'. Their results are "
    "in 'results-before.jsonl'. Give the whole class in each run, or another --out."
)
KILLED_AFTER_TWO = """
import os, signal, sys
from pathlib import Path
from confirmlab.grading import grade_class, pool
from confirmlab.grading.grade_class import GradeOptions

def show_progress(grades, count):
    for number, grade in enumerate(grades):
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield grade

def grade_all(sources, settings, started):
    return pool.grade_in_threads(sources, settings, 1, started)

submissions, out = map(Path, sys.argv[1:])
options = GradeOptions(["00"])
grade_class.run(submissions, out, None, "auto", grade_all, show_progress, options)
"""


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """Return a class: five fill the first blank, one of them wrongly; a sixth hands in an essay."""
    folder = tmp_path_factory.mktemp("handed-in") / "class"
    for name in ("ada", "ben", "cem", "dot", "eve"):
        fill = GREETING if name != "cem" else '<p class="lead">HELLO</p>'
        skeleton.build(folder / name / "my_app", {"welcome-line": fill})
    (folder / "fay").mkdir()
    (folder / "fay" / "essay.txt").write_text("Dear teacher")
    return folder


@pytest.fixture
def class_work(tmp_path, handed_in):
    return shutil.copytree(handed_in, tmp_path / "class")


@pytest.fixture(scope="module")
def known(tmp_path_factory, handed_in):
    """Grade the class once for all tests; return the folder and the summary of the run."""
    out = tmp_path_factory.mktemp("known") / "out"
    return out, run(handed_in, out)


def threads(workers):
    def grade_all(sources, settings, started):
        return pool.grade_in_threads(sources, settings, workers, started)

    return grade_all


def dask_at(address):
    def grade_all(sources, settings, _):
        return pool.grade_on_dask(sources, settings, address)

    return grade_all


def run(folder, out, grade_all=None, show_progress=lambda grades, count: grades):
    options = GradeOptions(["00"])
    team = grade_all or threads(1)
    return grade_class.run(folder, out, None, "auto", team, show_progress, options)


def grades(out):
    """Read the grades without what may differ: the time they took and changed files."""
    return [replace(grade, seconds=0, suite="") for grade in Gradebook(out).grades()]


def verdicts(out):
    """Read the grades without messages, which name randomly drawn members."""

    def bare(value):
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items() if k not in ("message", "where", "note")}
        return [bare(one) for one in value] if isinstance(value, list | tuple) else value

    return [bare(to_json(grade)) for grade in grades(out)]


def test_a_class_is_graded(class_work, tmp_path):
    """Each learner gets a grade, sorted by name, and every report is written."""
    summary = run(class_work, tmp_path / "out", threads(2))
    points = {grade.learner: (grade.status, grade.points) for grade in grades(tmp_path / "out")}
    assert list(points) == ["ada", "ben", "cem", "dot", "eve", "fay"]
    assert points["ada"] == ("graded", 1) and points["fay"] == ("unreadable", 0)
    assert points["cem"][1] < 1
    assert summary.statuses == {"graded": 5, "unreadable": 1}
    names = {path.name for path in (tmp_path / "out").iterdir()}
    reports = {"results.jsonl", "grades.csv", "overview.html", "junit.xml", "feedback"}
    reports.add("lookalikes.html")
    assert names == reports | {"class.json", ".grades.csv.written", ".results.lock"}


def test_only_what_is_new_is_graded(class_work, tmp_path, known):
    """A second run grades new and changed work, and names those who are gone."""
    shutil.copytree(known[0], tmp_path / "out")
    before = grades(tmp_path / "out")
    assert run(class_work, tmp_path / "out").fresh == 0
    assert grades(tmp_path / "out") == before
    skeleton.build(class_work / "cem" / "my_app", {"welcome-line": GREETING})
    (class_work / "fay" / "essay.txt").unlink()
    (class_work / "fay").rmdir()
    summary = run(class_work, tmp_path / "out")
    assert (summary.fresh, *summary.notes) == (1, REMOVED)
    assert [grade.points for grade in grades(tmp_path / "out")] == [1] * 5


def test_a_killed_run_loses_nothing(class_work, tmp_path, known):
    """After kill -9 the next run grades the rest, with the same grades as one full run."""
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED_AFTER_TWO, str(class_work), str(out)]
    ended = subprocess.run(command, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL
    assert len(grades(out)) == 2
    with open(out / "results.jsonl", "ab") as file:
        file.write(b'{"learner": "cem", "half a li')  # as a power cut leaves it
    assert run(class_work, out).fresh == 4
    assert verdicts(out) == verdicts(known[0])


def test_other_lessons_mean_other_grades(known):
    """Grades of one lesson count only its exercises, and are not reused for another one."""
    out, summary = known
    assert summary.fresh == 6
    graded = next(Gradebook(out).grades())
    assert [entry.lesson for entry in graded.exercises] == ["00"]
    book, version = Gradebook(out), input_hashes.suite_hash({}, ["05"])
    assert graded.suite != version and book.done["ada"] == (graded.content, graded.suite)


def table(out):
    """Return the rows of grades.csv by learner."""
    return {row["learner"]: row for row in csv_files.read(out / "grades.csv")}


def test_an_override_outlives_a_new_submission(class_work, tmp_path):
    """Points given by hand are kept in each run; hand edits of the table are noticed."""
    out = tmp_path / "out"
    run(class_work, out)
    decided = tmp_path / "overrides.csv"
    decided.write_text("learner,exercise,points,comment\ncem,welcome-line,0.75,You explained it\n")
    run(class_work, out)
    assert table(out)["cem"]["total"] == "0.75"
    assert "You explained it" in next((out / "feedback").glob("cem*")).read_text("utf-8")

    skeleton.build(class_work / "cem" / "my_app", {"welcome-line": "<p>HELLO again</p>"})
    text = (out / "grades.csv").read_text("utf-8-sig").replace('"0.75"', '"0.5"')
    (out / "grades.csv").write_text(text, encoding="utf-8-sig")
    summary = run(class_work, out)
    (suggested,) = csv_files.read(out / "overrides-suggested.csv")

    assert (summary.fresh, table(out)["cem"]["welcome-line"]) == (1, "0.75")
    assert summary.notes[0] == f"Also read {decided}."
    assert "grades.csv was changed by hand" in summary.notes[1]
    assert [suggested[name] for name in ("learner", "exercise", "points")] == [
        *("cem", "welcome-line", "0.5")
    ]
    assert len(run(class_work, out).notes) == 1


def test_a_learners_own_folder_decides_nothing(class_work, tmp_path):
    """An overrides.csv in a learner's own folder is ignored, also if only that is graded."""
    (class_work / "cem" / "overrides.csv").write_text("learner,exercise,points\ncem,welcome-line,1")
    options = GradeOptions(["00"])
    with discovery.open_class(class_work / "cem") as reading:
        assert options.files(class_work / "cem", reading) == [None, None, None]
    with discovery.open_class(class_work) as reading:
        assert options.files(class_work, reading) == [None, None, None]


def test_an_ignored_file_is_named(class_work, tmp_path, known):
    """A run and a dry run name the files that they took for no learner's work, and only those."""
    shutil.copytree(known[0], tmp_path / "out")
    (class_work / "gus.html").write_text("<p>my notebook</p>")
    (class_work / "overrides.csv").write_text("learner,exercise,points\n")
    summary = run(class_work, tmp_path / "out")
    dry_run = CliRunner().invoke(main, ["grade", str(class_work), "--dry-run"]).output

    said = (
        "Not graded, since it does not look like a submission: 'gus.html'; put what a learner "
        "handed in into a folder with the learner's name."
    )
    assert (summary.fresh, summary.notes[-1]) == (0, said)
    assert said in dry_run


def test_only_given_files_decide(tmp_path):
    """With --only-given no file at the root of a learner's repository is read."""
    repository, mine = tmp_path / "repository", tmp_path / "mine.toml"
    skeleton.build(repository / "work" / "my_app", {})  # in a folder, it looks like a class
    (repository / "overrides.csv").write_text("learner,exercise,points\nwork,welcome-line,1")
    mine.write_text("")
    command = ["grade", str(repository), "--dry-run", "--settings", str(mine)]
    dry_run = CliRunner().invoke(main, command).output
    only_given = CliRunner().invoke(main, [*command, "--only-given"]).output

    assert f"Also read {mine}, {repository / 'overrides.csv'}." in dry_run
    assert f"Also read {mine}." in only_given
    assert "--only-given" in CliRunner().invoke(main, ["grade", "--help"]).output


@pytest.mark.parametrize(
    ("lesson", "said"), [("12", "No lesson named '12'"), ("02", "Lesson 02 has no exercise")]
)
def test_a_lesson_has_to_be_gradable(class_work, tmp_path, lesson, said):
    """A lesson that does not exist or has no exercise is refused with a sentence."""
    with pytest.raises(KitError, match=said):
        grade_class.run(
            class_work, tmp_path / "out", None, "auto", None, None, GradeOptions([lesson])
        )


def test_grades_do_not_go_among_submissions(class_work):
    """The folder of submissions is refused as the folder for the grades."""
    with pytest.raises(KitError, match="into the folder of submissions, '.*give another folder"):
        run(class_work, class_work / ".." / class_work.name)

    assert not (class_work / "feedback").exists()


def test_a_learners_repository_holds_no_grades(class_work, tmp_path):
    """Where only given files are read, grades inside of the submissions are refused."""
    options = GradeOptions(["00"], only_given=True)
    out = class_work / "graded"
    with pytest.raises(KitError, match="inside of what was handed in.*a folder outside"):
        grade_class.run(class_work, out, None, "auto", None, None, options)


@pytest.mark.parametrize("name", ["grades.csv", "feedback", "class.json"])
def test_a_report_that_cannot_be_written(class_work, tmp_path, known, name):
    """If a report cannot be written, the error names it, and all grades are kept."""
    out = shutil.copytree(known[0], tmp_path / "out")
    shutil.rmtree(out / name) if name == "feedback" else (out / name).unlink()
    (out / name).write_text("") if name == "feedback" else (out / name).mkdir()

    with pytest.raises(KitError, match=f"Could not write '.*{name}' .*graded is kept"):
        run(class_work, out)
    assert len(grades(out)) == 6


def test_hidden_tests_have_to_be_there(class_work, tmp_path):
    """A folder without hidden tests is refused with a sentence."""
    with pytest.raises(KitError, match="No hidden tests are in .*class"):
        grade_class.run(class_work, tmp_path / "out", class_work, "auto", None, None)


def test_a_dask_cluster_gives_the_same(class_work, tmp_path, known, monkeypatch):
    """A Dask cluster that loses a worker gives the same grades as one machine."""
    # A spawned worker asks what the main module is; IPython, in other tests, replaces it.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    distributed = pytest.importorskip("distributed")
    from dask import config

    def show_progress(graded, count):
        for number, grade in enumerate(graded):
            if number == 0:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            yield grade

    settings = {"distributed.admin.tick.limit": "1h", "distributed.worker.memory.terminate": False}
    with (
        config.set(settings),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
    ):
        grade_all = dask_at(cluster.scheduler_address)
        run(class_work, tmp_path / "cluster", grade_all, show_progress)
    assert verdicts(tmp_path / "cluster") == verdicts(known[0])


def test_no_scheduler(class_work, tmp_path):
    """The error for an address without a scheduler names it."""
    pytest.importorskip("distributed")
    grade_all = dask_at("nowhere")
    with pytest.raises(KitError, match="No Dask scheduler answers at 'nowhere'"):
        run(class_work, tmp_path / "out", grade_all)


def test_a_worker_that_does_not_see_the_files_grades_nobody(tmp_path):
    """On a Dask worker without the submissions there is an error that says what to do."""
    source = SubmissionSource("ada", (tmp_path / "gone.zip",))
    settings = RunSettings(Baseline({}, ("00",)), "s", "limits")

    with pytest.raises(KitError, match="does not see '.*gone.zip'; unpack zips of a class first"):
        pool._on_worker(source, settings)


def test_a_grader_that_does_not_start_leaves_no_sandbox(class_work, tmp_path, monkeypatch):
    """If the grader of the second worker does not start, the sandbox of the first is closed."""
    made, closed = [], []
    close = Sandbox.close

    class Failing(Grader):
        def __init__(self, sandbox, *given):
            if made:
                raise KitError("no room")
            super().__init__(sandbox, *given)
            made.append(sandbox)

    def closing(self):
        closed.append(self)
        close(self)

    monkeypatch.setattr(pool, "Grader", Failing)
    monkeypatch.setattr(Sandbox, "close", closing)
    settings = RunSettings(Baseline({}, ("00",)), "s", "limits")
    with discovery.open_class(class_work, "") as found, pytest.raises(KitError, match="no room"):
        list(pool.grade_in_threads(found.learners, settings, 2, Sandbox("limits")))

    assert set(made) <= set(closed)
    preloads = {box.process.preload for box in closed}
    assert preloads >= {"confirmlab.submissions.preload", made[0].process.preload}


def test_two_runs_do_not_share_a_gradebook(tmp_path):
    """A second run that would write the same grades is refused with a sentence."""
    with Gradebook(tmp_path), pytest.raises(KitError, match="Another run.*results.jsonl"):
        Gradebook(tmp_path).__enter__()
    with Gradebook(tmp_path):
        pass  # the lock ends with the run


def test_reports_are_written_under_the_lock(tmp_path):
    """A second run is refused also after the first has replaced the file of grades."""
    with Gradebook(tmp_path) as book:
        book.keep([])
        with pytest.raises(KitError, match="Another run"):
            Gradebook(tmp_path).__enter__()


def test_grades_are_read_under_the_lock(tmp_path):
    """A run that waited for another one sees the grades that this one wrote."""
    second = Gradebook(tmp_path)
    with Gradebook(tmp_path) as first:
        first.add(Grade("ada", "graded", "", content="c", suite="s"))
    with second:
        assert set(second.done) == {"ada"}
