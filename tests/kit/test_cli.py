"""Facts about the commands of the terminal."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from confirmlab import __version__, doctor, lab, release
from confirmlab.base import paths
from confirmlab.base.errors import CourseError, KitError
from confirmlab.cli import main
from confirmlab.course import lessons, solutions
from confirmlab.course.results import ExerciseResult
from confirmlab.grading import grade_class
from confirmlab.notebook import exercise_commands, submission_zip
from confirmlab.notebook.workspace import Workspace
from confirmlab.processes import fork_server
from confirmlab.submissions import discovery, reader

COMMANDS = sorted(main.commands)


def run(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """Replace the checks: exercises get the status that a test sets, all others pass."""
    (tmp_path / "my_app" / "app").mkdir(parents=True)
    monkeypatch.setenv("CONFIRMLAB_WORKSPACE", str(tmp_path / "my_app"))
    answers = {}

    def check(session, name):
        return ExerciseResult(name, f"About {name}", answers.get(name, "passed"))

    monkeypatch.setattr(exercise_commands, "check", check)
    return answers


def test_the_commands_are_these():
    """The commands are those that the README explains."""
    assert COMMANDS == [
        "check",
        "doctor",
        "export",
        "grade",
        "lab",
        "release",
        "start",
        "submit",
        "update",
    ]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help(command, flag):
    """The help of a command begins with a sentence about it."""
    result = run(command, flag)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {command}")
    assert main.commands[command].help.split("\n")[0].endswith(".")


def test_the_list_of_commands_explains_each():
    """The general help lists all commands, each with its sentence."""
    result = run("--help")

    assert result.exit_code == 0
    assert all(f"\n  {command} " in result.stdout for command in COMMANDS)


def test_the_version_is_printed():
    """--version prints the version of the package."""
    assert run("--version").stdout.strip().endswith(__version__)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["brew"], "No such command 'brew'"),
        (["check", "--loud"], "No such option"),
        (["lab", "--port", "many"], "'many' is not a valid integer"),
        (["lab", "--port", "99999"], "99999 is not in the range 1<=x<=65535"),
        (["doctor", "now"], "unexpected extra argument"),
        (["release", "03"], "03 limits --run; give --run too."),
        (["release", "--check", "--run"], "--check writes nothing and --run writes"),
        (["submit", "--out", "work.tar"], "'work.tar' is not a name for a zip"),
    ],
)
def test_bad_usage_ends_with_status_2(arguments, said):
    """An invalid command line prints why, and does nothing."""
    result = run(*arguments)

    assert result.exit_code == 2
    assert said in result.stderr


def test_an_unknown_exercise_is_reported(judged):
    """The error for an unknown id names the nearest one, before anything is checked."""
    result = run("check", "gate", "confirm-tokn")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(
        "confirmlab: No exercise named 'confirm-tokn'. Did you mean 'confirm-token'?"
    )
    assert result.stderr.count("\n") == 1


def test_named_exercises_are_checked(judged):
    """Only the named exercises are checked, in the given order."""
    result = run("check", "gate", "confirm-token")

    assert result.exit_code == 0
    assert result.stdout.index("About gate") < result.stdout.index("About confirm-token")
    assert "welcome-line" not in result.stdout


def test_all_exercises_are_checked_without_a_name(judged):
    """Without names, all exercises are checked."""
    result = run("check")

    assert all(f"About {e.id}" in result.stdout for e in lessons.load().exercises)


@pytest.mark.parametrize(("status", "code"), [("passed", 0), ("not-yet", 0), ("failed", 1)])
def test_one_failure_makes_the_status(judged, status, code):
    """The exit status is 1 if any exercise fails; an open one does not fail."""
    judged["confirm-token"] = status

    assert run("check", "confirm-token", "gate").exit_code == code


def test_an_open_blank_fails_only_a_strict_check(judged, monkeypatch):
    """An open blank counts as a failure only with CONFIRMLAB_STRICT=1."""
    judged["gate"] = "not-yet"

    assert run("check", "gate").exit_code == 0
    monkeypatch.setenv("CONFIRMLAB_STRICT", "1")
    assert run("check", "gate").exit_code == 1


def test_a_damaged_blank_hides_no_other(judged, monkeypatch):
    """A blank that cannot be checked is an error, and the others are still checked."""
    usual = exercise_commands.check

    def check(session, name):
        if name == "gate":
            raise KitError("its markers are gone.")
        return usual(session, name)

    monkeypatch.setattr(exercise_commands, "check", check)
    result = run("check", "gate", "resend-view")

    assert result.exit_code == 1
    assert "gate: its markers are gone." in result.output
    assert "resend-view" in result.output


def test_a_faulty_course_starts_no_process(monkeypatch):
    """If course.toml is faulty, its sentence is printed, and no process repeats the error."""

    def load():
        raise CourseError("'course.toml' is faulty.")

    monkeypatch.setattr(lessons, "load", load)
    monkeypatch.setattr(fork_server, "warm_up", lambda: pytest.fail("processes were started"))
    result = run("check")

    assert (result.exit_code, result.stderr) == (1, "confirmlab: 'course.toml' is faulty.\n")


def test_without_an_app_a_check_says_so_once(tmp_path, monkeypatch):
    """Where there is no app, a check of all exercises prints one sentence."""
    monkeypatch.setenv("CONFIRMLAB_WORKSPACE", str(tmp_path / "my_app"))
    result = run("check")

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "Run this in the folder of your course" in result.stderr


def test_a_real_check_reads_the_workspace(tmp_path, monkeypatch):
    """In a new workspace an exercise is open; without its file, an error says what to do."""
    monkeypatch.setenv("CONFIRMLAB_WORKSPACE", str(tmp_path / "my_app"))
    (tmp_path / "my_app" / "app").mkdir(parents=True)
    missing = run("check", "welcome-line")
    Workspace().ensure()
    fresh = run("check", "welcome-line")

    assert missing.exit_code == 1
    assert "index.html' is missing; run the %lesson cell" in missing.stderr
    assert fresh.exit_code == 0
    assert "Fill it, or ask %hint welcome-line." in fresh.stdout


def test_release_check_passes_if_up_to_date(monkeypatch):
    """If all files are up to date, --check has exit status 0."""
    monkeypatch.setattr(release, "out_of_date", list)
    result = run("release", "--check")

    assert (result.exit_code, result.stdout) == (0, "Everything generated is up to date.\n")


def test_release_check_fails_if_out_of_date(monkeypatch):
    """If a file is out of date, --check has exit status 1, and writes nothing."""
    monkeypatch.setattr(release, "out_of_date", lambda: ["notebooks/a.ipynb", "solutions/app/b.py"])
    monkeypatch.setattr(release, "write", pytest.fail)
    result = run("release", "--check")

    assert result.exit_code == 1
    assert result.stderr == (
        "confirmlab: Out of date: notebooks/a.ipynb, solutions/app/b.py. Run make release.\n"
    )


def test_release_says_what_it_wrote(monkeypatch):
    """A release lists the changed files, or says that there are none."""
    monkeypatch.setattr(release, "write", lambda: ["notebooks/a.ipynb"])
    assert run("release").stdout == "Wrote notebooks/a.ipynb.\n"

    monkeypatch.setattr(release, "write", list)
    assert run("release").stdout == "Nothing had changed.\n"


def test_release_can_run_chosen_notebooks_first(monkeypatch):
    """With --run the named lessons run before anything is written."""
    monkeypatch.setattr(release, "run", lambda lessons: [f"{name}.ipynb" for name in lessons])
    monkeypatch.setattr(release, "write", list)

    assert run("release", "--run", "03", "05").stdout == (
        "Ran 03.ipynb, 05.ipynb.\nNothing had changed.\n"
    )


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Change to a new folder that contains an app with one filled blank."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFIRMLAB_WORKSPACE", str(tmp_path / "my_app"))
    workspace = Workspace()
    workspace.ensure()
    workspace.fill("welcome-line", "<p>Coo.</p>")
    return workspace


def names_in(path):
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_what_is_submitted_is_what_is_read(work):
    """The reader finds the learner's fills in the zip, and no problems."""
    work.fill("gate", solutions.fill("gate"))
    assert run("submit").exit_code == 0
    found = reader.read(Path("submission.zip"))

    assert found.fills == {"welcome-line": "<p>Coo.</p>", "gate": solutions.fill("gate")}
    assert (found.status, found.damage) == ("ok", ())


def test_a_submission_is_explained(work):
    """The files are counted by folder, and open exercises are listed."""
    result = run("submit", "--out", "ada.zip")
    lines = result.stdout.splitlines()

    names = names_in("ada.zip")[1:]
    counts = Counter(name.partition("/")[0] for name in names)
    assert lines[0] == f"Packed {len(names)} files into ada.zip:"
    assert lines[1:-2] == [f"  {name} ({count})" for name, count in counts.items()]
    assert lines[-2] == f"Filled: 1 of {len(lessons.load().exercises)} exercises."
    assert lines[-1].startswith("Open: confirmed-column, generate-token, ")


@pytest.mark.parametrize("command", [["submit"], ["check", "welcome-line"], ["update", "."]])
def test_a_damaged_record_is_reported(work, command):
    """A command that meets a damaged record says where it is kept."""
    if command[0] == "update":
        run("start", ".", "--no-lab")
        (work.folder / "app" / "models.py").unlink()
    work.record.path.write_text("<<<<<<< HEAD")
    result = run(*command)

    assert "is kept as 'my_app/.confirmlab/record.damaged.json'" in result.stderr


def test_only_the_learners_texts_are_packed(work):
    """Notebooks, texts and the record are packed; keys, data, mails, links and caches are not."""
    private = ("instance/secret_key", "instance/app.sqlite", ".confirmlab/mail/new/1", "app/.env")
    others = ("app/__pycache__/a.py", "app/key.pem", "app/db.sqlite", "tests/.cache/a.py")
    for name in (*private, *others, "migrations/versions/0002_mine.py", "tests/test_mine.py"):
        (work.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (work.folder / name).touch()
    (work.folder / "app" / "linked.py").symlink_to(__file__)
    run("submit")
    names = names_in("submission.zip")

    assert {"confirmlab.json", "my_app/.confirmlab/record.json"} < set(names)
    assert {"my_app/migrations/versions/0002_mine.py", "my_app/tests/test_mine.py"} < set(names)
    all_notebooks = (*lessons.load().lessons, *lessons.load().short_way)
    assert {f"notebooks/{lesson.name}.ipynb" for lesson in all_notebooks} < set(names)
    assert not [name for name in (*private, *others, "app/linked.py") if f"my_app/{name}" in names]


def test_a_covered_blank_is_submitted_as_the_learner_left_it(work):
    """A blank that uses the reference is packed with the learner's own text."""
    work.use_reference(["welcome-line", "gate"])
    result = run("submit")
    with zipfile.ZipFile("submission.zip") as archive:
        page = archive.read("my_app/app/templates/main/index.html").decode()

    assert "<p>Coo.</p>" in page
    assert ", gate, " in result.stdout
    assert work.state("gate") == "covered"


def test_the_same_work_makes_the_same_zip(work):
    """Packed again, the zip has the same bytes and replaces the former one."""
    run("submit", "--out", "one.zip")
    run("submit", "--out", "two.zip")
    again = run("submit", "--out", "two.zip")

    assert again.exit_code == 0
    assert Path("one.zip").read_bytes() == Path("two.zip").read_bytes()


@pytest.mark.parametrize("held", [b"", b"my thesis", "zip"])
def test_submit_overwrites_nothing_else(work, held):
    """A file that is not a submission is not overwritten, and the error says what to do."""
    if held == "zip":
        with zipfile.ZipFile("mine.zip", "w") as archive:
            archive.writestr("thesis.txt", "my thesis")
        held = Path("mine.zip").read_bytes()
    Path("mine.zip").write_bytes(held)
    result = run("submit", "--out", "mine.zip")

    assert (result.exit_code, Path("mine.zip").read_bytes()) == (1, held)
    assert result.stderr == (
        "confirmlab: 'mine.zip' exists and is not an earlier submission, so nothing was written; "
        "give another name with --out.\n"
    )


def test_submit_says_where_it_cannot_write(work):
    """The error for a missing folder names it."""
    result = run("submit", "--out", "nowhere/mine.zip")

    assert result.exit_code == 1
    assert result.stderr.startswith("confirmlab: Could not write 'nowhere/mine.zip' (No such file")
    assert result.stderr.count("\n") == 1


def test_submit_tells_of_damage(work):
    """Damage that a grader would find is reported while it can be repaired."""
    (work.folder / "app" / "models.py").write_bytes(b"# caf\xe9\n")
    result = run("submit")

    assert result.exit_code == 0
    assert "Look at this: 'my_app/app/models.py' is not UTF-8 (byte 5)" in result.stdout


def test_submit_needs_something_to_pack(work, monkeypatch):
    """Without notebooks and an app, there is nothing to submit."""
    monkeypatch.setattr(submission_zip, "_notebooks", lambda: [])
    shutil.rmtree(work.folder)

    assert run("submit").stderr == (
        "confirmlab: There is nothing to hand in: no notebooks and no my_app. "
        "Run make lab, and begin with notebook 00.\n"
    )


def test_the_doctor_says_each_finding(monkeypatch):
    """Findings are marked by words, not colours; one bad finding sets exit status 1."""
    good, bad = doctor.Finding(True, "Python is fine."), doctor.Finding(False, "No port.")
    monkeypatch.setattr(doctor, "examine", lambda: [good, bad])
    result = run("doctor")
    assert (result.exit_code, result.stdout) == (1, "ok    Python is fine.\nFAIL  No port.\n")

    monkeypatch.setattr(doctor, "examine", lambda: [good])
    assert run("doctor").exit_code == 0


def test_lab_hands_its_options_on(monkeypatch):
    """Port and browser are passed to JupyterLab, and its exit status is returned."""
    seen = []
    monkeypatch.setattr(lab, "serve", lambda *options: seen.append(options) or 3)

    assert run("lab", "--port", "9999", "--no-browser").exit_code == 3
    run("lab")
    assert seen == [(9999, False), (8888, True)]


def test_a_fault_of_the_kit_keeps_its_traceback(monkeypatch):
    """Only KitErrors become sentences; the kit's own faults keep their traceback."""
    monkeypatch.setattr(release, "write", lambda: 1 / 0)
    assert isinstance(run("release").exception, ZeroDivisionError)

    def refuse():
        raise KitError("Something is in the way; move it.")

    monkeypatch.setattr(release, "write", refuse)
    assert run("release").stderr == "confirmlab: Something is in the way; move it.\n"


def test_without_any_package_the_kit_says_what_to_do():
    """`python -m confirmlab` without packages prints the doctor's sentence."""
    bare = [sys.executable, "-S", "-m", "confirmlab", "lab"]
    finished = subprocess.run(bare, cwd=paths.ROOT, capture_output=True, text=True, timeout=60)

    assert finished.returncode == 1
    assert finished.stderr == (
        "The kit is not installed in this Python; run make lab to install it.\n"
    )


def test_a_module_that_the_doctor_does_not_miss_is_named():
    """If a module is missing and the doctor finds nothing, Python's own error is shown."""
    code = (
        "import runpy, sys; sys.modules['click'] = None; "
        "runpy.run_module('confirmlab', run_name='__main__')"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, timeout=60
    )

    assert finished.returncode == 1
    assert "ModuleNotFoundError: import of click halted" in finished.stderr


def test_a_dry_run_lists_the_files_of_each_learner(tmp_path):
    """Learners, counted files and ignored ones are listed, and nothing is graded."""
    name = "g_Hw_ada_attempt_2026-03-0{}-10-00-00_03_the_user_model.ipynb"
    for day in (1, 2):
        (tmp_path / name.format(day)).write_text("{}", encoding="utf-8")
    done = CliRunner().invoke(main, ["grade", str(tmp_path), "--dry-run"])

    assert done.exit_code == 0
    assert "1 learner, read as blackboard." in done.output
    assert "counts: '03_the_user_model.ipynb'" in done.output
    assert f"passed over: '{name.format(1)}'" in done.output


def test_an_unknown_layout_lists_those_there_are(tmp_path):
    """The error for an unknown layout lists all layouts; a run needs --out."""
    done = CliRunner().invoke(main, ["grade", str(tmp_path), "--layout", "pigeon", "--dry-run"])

    assert done.exit_code == 2 and "No layout is named 'pigeon'" in done.output
    assert "canvas             Canvas, such as lovelaceada_12345_67890_a.zip" in done.output
    assert "--out FOLDER" in CliRunner().invoke(main, ["grade", str(tmp_path)]).output


@pytest.mark.parametrize("submissions", [["."], []])
def test_the_layout_help_lists_all_layouts(submissions):
    """--layout help prints the table, in columns, and is not an error, also without a folder."""
    done = CliRunner().invoke(main, ["grade", *submissions, "--layout", "help"])

    assert done.exit_code == 0
    names = discovery.layout_names()
    rows = done.output.splitlines()
    assert [row.split()[0] for row in rows] == names
    column = 3 + max(map(len, names))
    assert all(row[column - 1] == " " != row[column] for row in rows)


def test_a_run_without_bubblewrap_says_how_to_grade_again(tmp_path, monkeypatch):
    """After a run without bubblewrap the advice names a new --out, or nothing would run again."""
    summary = grade_class.RunSummary(sandbox="limits")
    monkeypatch.setattr(grade_class, "run", lambda *_: summary)
    done = CliRunner().invoke(main, ["grade", str(tmp_path), "--out", str(tmp_path / "out")])

    assert "install bubblewrap (Linux only) and grade into a new --out" in done.output


@pytest.mark.parametrize("option", ["--dry-run", "--out=graded"])
def test_submissions_have_to_be_named(option):
    """Without submissions nothing is graded, and the error says what to type."""
    done = CliRunner().invoke(main, ["grade", option])

    assert done.exit_code == 2
    assert "submissions: confirmlab grade SUBMISSIONS --out FOLDER." in done.output


def test_a_narrow_console_gets_what_it_can_show():
    """On a cp1252 console, characters that it lacks become question marks."""
    narrow = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    code = (
        "import click, sys; from confirmlab.cli import main; "
        "main.command('sign')(lambda: click.echo('\\u2713 done')); main(['sign'])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=narrow, capture_output=True)

    assert (done.returncode, done.stdout.strip()) == (0, b"? done"), done.stderr
