"""Facts about the files generated from the solved notebooks and the skeleton."""

import os
import re
import shutil
from pathlib import Path

import pytest

from confirmlab import release
from confirmlab.base import paths
from confirmlab.base.errors import CourseError, KitError
from confirmlab.course import lessons, notebook_format, skeleton, solutions
from confirmlab.processes.jobs import Finished
from confirmlab.site import app_commands

HERE = paths.ROOT
GREETING = '<p class="lead">Coo.</p>'


def solved(*cells):
    """Create a solved notebook of code cells, given as pairs of id and source."""
    made = [
        {
            "cell_type": "code",
            "id": name,
            "source": source,
            "metadata": {},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "seen\n"}],
            "execution_count": 1,
        }
        for name, source in cells
    ]
    return notebook_format.write({"cells": made})


@pytest.fixture
def kit(tmp_path, monkeypatch):
    """Create a small kit: the skeleton, and one solved notebook with one answer."""
    shutil.copytree(HERE / "app_skeleton", tmp_path / "app_skeleton")
    (tmp_path / "solutions").mkdir()
    answer = ("ex-welcome-line-fill", f"%%fill welcome-line\n{GREETING}")
    notebook = solved(("setup", "%lesson 0"), answer)
    (tmp_path / "solutions" / "00_start_here.ipynb").write_text(notebook, encoding="utf-8")
    lessons.load()  # the real course, which stays in memory
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    forget()
    yield tmp_path
    forget()


@pytest.fixture
def quick(kit, monkeypatch):
    """Leave out the migration of the finished app, which takes two child processes."""
    monkeypatch.setattr(release, "_migrate", lambda app, name: None)
    return kit


def forget():
    solutions.fills.cache_clear()
    skeleton.stubs.cache_clear()
    skeleton.contents.cache_clear()


def test_learners_get_the_stub_and_no_outputs(quick):
    """In the learner's notebook, the answer is a stub, and there are no outputs."""
    release.write()
    text = (quick / "notebooks" / "00_start_here.ipynb").read_text(encoding="utf-8")

    assert "Welcome, stranger." in text
    assert "Coo." not in text and "seen" not in text


def test_the_finished_app_has_the_answers(quick):
    """The finished app is the skeleton with every answer in its blank."""
    release.write()
    page = quick / "solutions" / "app" / "app" / "templates" / "main" / "index.html"

    assert f"{{# region welcome-line #}}\n{GREETING}\n" in page.read_text(encoding="utf-8")


def test_build_writes_nothing(quick):
    """Building the content for a comparison changes no file."""
    names = set(release.build())

    assert "notebooks/00_start_here.ipynb" in names
    assert "solutions/app/app/models.py" in names
    assert not (quick / "notebooks").exists()


def test_a_release_names_what_it_writes_once(quick):
    """The first release lists all files, the second one none."""
    written = release.write()

    assert written == sorted(release.build())
    assert release.write() == release.out_of_date() == []


def test_out_of_date_files_are_listed(quick):
    """Edited, missing and stale files are listed, and the next release corrects them."""
    release.write()
    edited = quick / "solutions" / "app" / "app" / "models.py"
    edited.write_text(edited.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    (quick / "notebooks" / "00_start_here.ipynb").unlink()
    (quick / "notebooks" / "99_gone.ipynb").write_text("{}")
    (quick / "solutions" / "app" / "stale.txt").write_text("old")
    drifted = [
        "notebooks/00_start_here.ipynb",
        "notebooks/99_gone.ipynb",
        "solutions/app/app/models.py",
        "solutions/app/stale.txt",
    ]

    assert release.out_of_date() == release.write() == drifted
    assert release.out_of_date() == []


def test_somebodys_own_notebook_stays(quick):
    """A notebook that is not named as a lesson is neither out of date nor deleted."""
    release.write()
    own = quick / "notebooks" / "Untitled.ipynb"
    own.write_text("{}")

    assert release.out_of_date() == release.write() == []
    assert own.exists()


def test_a_notebook_with_marks_of_a_merge_is_named(quick):
    """A solved notebook that is not JSON is named by a release, and by a run."""
    path = quick / "solutions" / "00_start_here.ipynb"
    path.write_text("<<<<<<< HEAD\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(CourseError, match="'00_start_here.ipynb' is no notebook .*line 1"):
        release.build()
    with pytest.raises(CourseError, match="'00_start_here.ipynb' is no notebook .*line 1"):
        solutions.fills()
    with pytest.raises(KitError, match="'00_start_here.ipynb' does not run to its end"):
        release.run(["0"])


def test_without_solved_notebooks_nothing_is_deleted(quick):
    """A kit without solved notebooks, as in a wheel for learners, keeps its notebooks."""
    release.write()
    shutil.rmtree(quick / "solutions")
    with pytest.raises(KitError, match="nothing was generated or deleted; use a complete clone"):
        release.write()

    assert (quick / "notebooks" / "00_start_here.ipynb").exists()


def test_files_of_a_run_are_not_out_of_date(quick):
    """A database and caches beside the finished app do not count as out of date."""
    release.write()
    for name in ("instance/app.sqlite", "app/__pycache__/models.pyc", ".pytest_cache/x"):
        path = quick / "solutions" / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    assert release.out_of_date() == []


def test_a_release_is_the_same_byte_for_byte(quick):
    """Two releases from the same source are equal byte for byte."""
    assert release.build() == release.build()


def test_the_migration_of_the_finished_app_has_no_date(kit):
    """The generated migration has a number and no date."""
    notebook = kit / "solutions" / "03_the_user_model.ipynb"
    column = "%%fill confirmed-column\nconfirmed: Mapped[bool] = mapped_column(default=False)"
    notebook.write_text(solved(("ex-confirmed-column-fill", column)), encoding="utf-8")
    made = release.build()
    [revision] = [made[name].decode() for name in made if name.endswith("_finished_app.py")]

    assert "op.add_column('user', sa.Column('confirmed'" in revision
    assert re.search(r"\d{4}-\d\d-\d\d|Create Date", revision) is None
    assert not any("instance" in name or "__pycache__" in name for name in made)


@pytest.mark.needs_lessons("08")
def test_accounts_survive_the_hardening(tmp_path):
    """`flask db upgrade` from the finished to the hardened app keeps the accounts."""
    app, solved_app = tmp_path / "my_app", paths.in_kit("solutions", "app")
    skeleton.build(app, solutions.finished())
    for path in solved_app.glob("migrations/versions/*.py"):
        if "hardened" not in path.name:
            shutil.copy(path, app / "migrations" / "versions")
    flask(app, "db", "upgrade")
    ada = "User(name='Ada', email='ada@example.com', password_hash='', confirmed=True)"
    app_commands.run_shell(app, f"db.session.add({ada}); db.session.commit()", mail_port=0)
    shutil.copytree(solved_app, app, dirs_exist_ok=True)
    flask(app, "db", "upgrade")
    seen = app_commands.run_shell(
        app, "[(u.email, u.confirmed, u.letter_at) for u in User.query]", 0
    )

    assert seen.output == "[('ada@example.com', True, None)]\n"
    assert "No changes in schema detected." in flask(app, "db", "migrate")


def flask(app, *arguments):
    finished = app_commands.run_flask(app, list(arguments), mail_port=0)
    assert app_commands.failed(finished) == "", finished.output
    return finished.output


def test_a_failed_migration_is_reported(kit, monkeypatch):
    """If Flask refuses the finished app, the error has the command and its output."""
    refused = Finished(({"code": 1},), "ImportError: no such thing", "done")
    monkeypatch.setattr(app_commands, "run_flask", lambda *_args, **_kwargs: refused)
    with pytest.raises(KitError) as caught:
        release.build()

    assert str(caught.value).startswith(
        "'flask db upgrade' failed on the finished app. It ended with status 1. Read its"
    )
    assert str(caught.value).endswith("\n\nImportError: no such thing")


def test_solved_notebooks_run_in_a_workspace_of_their_own(kit, monkeypatch):
    """Chosen notebooks run apart from the learner's app, and their new outputs are saved."""
    monkeypatch.setenv("CONFIRMLAB_WORKSPACE", "the learner's own")
    seen = []

    def execute(names):
        seen.append(os.environ["CONFIRMLAB_WORKSPACE"])
        return [solved(("setup", "%lesson 0 # ran"))]

    monkeypatch.setattr(release, "execute", execute)

    assert release.run(["0"]) == release.run() == ["00_start_here.ipynb"]
    assert "# ran" in (kit / "solutions" / "00_start_here.ipynb").read_text(encoding="utf-8")
    assert all(place.endswith("my_app") for place in seen) and len(seen) == 2
    assert os.environ["CONFIRMLAB_WORKSPACE"] == "the learner's own"


def test_solved_notebooks_name_no_scratch_folder(kit, monkeypatch):
    """Outputs have the paths that learners see, not those of the temporary workspace."""

    def execute(names):
        folder = Path(os.environ["CONFIRMLAB_WORKSPACE"])
        beside = os.path.relpath(folder.parent, kit / "solutions")
        return [solved(("setup", f"{folder}/app {beside}/my_app/app {beside}/submission.zip"))]

    monkeypatch.setattr(release, "execute", execute)
    release.run(["0"])
    released = (kit / "solutions" / "00_start_here.ipynb").read_text(encoding="utf-8")

    assert "my_app/app ../my_app/app ../submission.zip" in released


def test_an_unknown_lesson_is_not_run(kit):
    """An unknown lesson is reported before anything runs."""
    with pytest.raises(CourseError, match="No lesson named '42'"):
        release.run(["42"])
