"""Facts about the learner's folder, and about a wheel that creates it."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from confirmlab import release
from confirmlab.base import paths
from confirmlab.base.errors import KitError, WorkspaceError
from confirmlab.course import solutions
from confirmlab.notebook import exercise_commands, learner_folder, session

FILLED = "%%fill welcome-line\n<p>mine</p>\n"


def cell(cell_id, source):
    return {"cell_type": "code", "id": cell_id, "metadata": {}, "outputs": [], "source": source}


def notebook(*cells):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_a_course_is_laid_out_once(tmp_path):
    """The first start copies the notebooks; the second one changes nothing."""
    folder = tmp_path / "Zoë's course"
    made = learner_folder.start(folder)
    assert {"00_start_here.ipynb", "short/00_start_here.ipynb"} <= set(made)
    assert all((folder / "notebooks" / name).is_file() for name in made)
    first = folder / "notebooks" / "00_start_here.ipynb"
    first.write_text("mine")

    assert learner_folder.start(folder) == []
    assert first.read_text() == "mine"


def test_a_clone_is_not_started():
    """A clone of the kit is not accepted as a learner's folder."""
    with pytest.raises(WorkspaceError, match="run make lab there"):
        learner_folder.start(paths.in_kit())


def test_fills_and_own_cells_survive_an_update():
    """A newer notebook keeps the learner's fill and the cell that the learner added after it."""
    own = notebook(cell("ex-a-fill", FILLED), cell("mine", "1 + 1"), cell("last", "old"))
    newer = notebook(cell("ex-a-fill", "%%fill a"), cell("last", "new"))
    cells = json.loads(learner_folder.merged(own, newer))["cells"]

    assert [(c["id"], c["source"]) for c in cells] == [
        ("ex-a-fill", FILLED),
        ("mine", "1 + 1"),
        ("last", "new"),
    ]


def test_code_in_a_practice_cell_survives_an_update():
    """A newer notebook keeps what the learner wrote into a cell that fills no blank."""
    own = notebook(cell("try-it", "1 + 1"), cell("last", "old"))
    newer = notebook(cell("try-it", "import jwt\n# Your code here."), cell("last", "new"))
    cells = json.loads(learner_folder.merged(own, newer))["cells"]

    assert [c["source"] for c in cells] == ["1 + 1", "new"]


def test_half_an_emoji_survives_an_update(tmp_path):
    """A cell with half of an emoji, saved as an escape, is the same after an update."""
    learner_folder.start(tmp_path)
    first = tmp_path / "notebooks" / "00_start_here.ipynb"
    own = json.loads(first.read_text(encoding="utf-8"))
    own["cells"][0]["source"] = "old"
    own["cells"].append(cell("mine", "half \ud83d"))
    first.write_text(json.dumps(own))
    learner_folder.update(tmp_path)

    assert json.loads(first.read_text(encoding="utf-8"))["cells"][-1]["source"] == "half \ud83d"


def test_without_copies_nothing_is_updated(tmp_path):
    """If the copies of the replaced notebooks cannot be written, the notebooks stay as they are."""
    learner_folder.start(tmp_path)
    first = tmp_path / "notebooks" / "00_start_here.ipynb"
    own = json.loads(first.read_text(encoding="utf-8"))
    own["cells"][0]["source"] = "old"
    first.write_text(json.dumps(own))
    (tmp_path / ".confirmlab-before").write_text("a file in place of the folder")

    with pytest.raises(WorkspaceError, match="Could not keep copies in .* nothing was updated"):
        learner_folder.update(tmp_path)
    assert json.loads(first.read_text(encoding="utf-8"))["cells"][0]["source"] == "old"


def test_an_update_keeps_what_it_replaces(tmp_path):
    """An update brings the newer text and keeps a copy of the old; a second one does nothing."""
    learner_folder.start(tmp_path)
    first = tmp_path / "notebooks" / "00_start_here.ipynb"
    old = json.loads(first.read_text(encoding="utf-8"))
    old["cells"][0]["source"] = "an older text"
    first.write_text(json.dumps(old), encoding="utf-8")
    names, kept = learner_folder.update(tmp_path)

    assert names == ["00_start_here.ipynb"]
    assert "an older text" in (kept / names[0]).read_text(encoding="utf-8")
    assert "an older text" not in first.read_text(encoding="utf-8")
    assert learner_folder.update(tmp_path) == ([], None)


def test_an_update_reaches_the_short_way(tmp_path):
    """The notebooks of the short way are updated too; their copies are kept separately."""
    learner_folder.start(tmp_path)
    names = ["00_start_here.ipynb", "short/00_start_here.ipynb"]
    for name in names:
        path = tmp_path / "notebooks" / name
        path.write_text(path.read_text(encoding="utf-8").replace("Start here", name, 1))
    updated, kept = learner_folder.update(tmp_path)

    assert updated == names
    assert all(name in (kept / name).read_text(encoding="utf-8") for name in names)


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> theirs\n",
        "[" * 100_000,
        "[]",
        '{"cells": {}}',
        '{"cells": ["text"]}',
        '{"cells": [{"source": "1"}]}',
        '{"cells": [{"metadata": {}}]}',
        '{"cells": [{"metadata": {}, "source": 1}]}',
        '{"cells": [{"metadata": {}, "source": "1", "id": []}]}',
    ],
    ids="conflict deep list no-list no-cell no-metadata no-source number id".split(),
)
def test_a_broken_notebook_stops_an_update(tmp_path, text):
    """A notebook that cannot be read is named, and the update changes no file."""
    learner_folder.start(tmp_path)
    older = tmp_path / "notebooks" / "00_start_here.ipynb"
    broken = tmp_path / "notebooks" / "short" / "02_tokens_in_the_shell.ipynb"
    older.write_text(notebook(cell("title", "1 + 1")), encoding="utf-8")
    broken.write_text(text, encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(WorkspaceError) as caught:
        learner_folder.update(tmp_path)

    message = str(caught.value)
    assert message.startswith("'notebooks/short/02_tokens_in_the_shell.ipynb' is no notebook (")
    assert "nothing was updated" in message and "run confirmlab update again" in message
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize("saved", [{}, {"id": "1f"}], ids=["without", "random"])
def test_a_notebook_that_lost_its_ids_stops_an_update(tmp_path, saved):
    """A notebook without the course's cell ids is named, and keeps its cells undoubled."""
    learner_folder.start(tmp_path)
    first = tmp_path / "notebooks" / "00_start_here.ipynb"
    content = json.loads(first.read_text(encoding="utf-8"))
    for number, own_cell in enumerate(content["cells"]):
        del own_cell["id"]
        own_cell.update({key: f"{value}{number}" for key, value in saved.items()})
    first.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(WorkspaceError) as caught:
        learner_folder.update(tmp_path)

    assert str(caught.value) == (
        "'notebooks/00_start_here.ipynb' cannot be updated (its cells have lost their ids, as when "
        "an old tool saved it), so nothing was updated; move the file away, run confirmlab update "
        "again to get a new one, and copy your cells into it."
    )
    assert json.loads(first.read_text(encoding="utf-8")) == content


def test_each_update_keeps_its_own_copies(tmp_path):
    """An update overwrites no earlier copy, even if one was deleted."""
    learner_folder.start(tmp_path)
    first = tmp_path / "notebooks" / "00_start_here.ipynb"
    folders = []
    for text in ("one", "two", "three"):
        old = json.loads(first.read_text(encoding="utf-8"))
        old["cells"][0]["source"] = text
        first.write_text(json.dumps(old), encoding="utf-8")
        folders.append(learner_folder.update(tmp_path)[1])
        if text == "two":
            shutil.rmtree(folders[0])

    assert [folder.name for folder in folders] == ["0001", "0002", "0003"]


@pytest.mark.parametrize("options", [[], ["--without-solutions"]], ids=["whole", "learners"])
def test_a_wheel_brings_the_course(tmp_path, options):
    """With only the wheel, a course can be started, checked, updated and graded.

    The kit may lie in a folder whose name has brackets.
    """
    build = [sys.executable, str(paths.in_kit(".ci", "build_wheel.py")), str(tmp_path / "dist")]
    subprocess.run([*build, *options], check=True)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(tmp_path / "kit [1]"), str(wheel)], check=True)
    folder = tmp_path / "Zoë's course"

    def confirmlab(*arguments, cwd=tmp_path):
        return subprocess.run(
            [sys.executable, "-m", "confirmlab", *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "kit [1]"), "PYTHONSAFEPATH": "1"},
            capture_output=True,
            text=True,
        )

    started = confirmlab("start", str(folder), "--no-lab")
    assert "00_start_here.ipynb" in os.listdir(folder / "notebooks"), started.stderr
    lesson = """
from confirmlab.course import solutions
from confirmlab.notebook import exercise_commands, lesson_opening, session
learner = session.LessonSession()
lesson_opening.open_lesson(learner, "0")
exercise_commands.fill(learner, "welcome-line", solutions.fill("welcome-line"))
learner.inbox.close()
"""
    opened = subprocess.run(
        [sys.executable, "-c", lesson],
        cwd=folder / "notebooks",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "kit [1]")},
        capture_output=True,
        text=True,
    )
    assert (folder / "my_app" / "app").is_dir(), opened.stderr
    checked = confirmlab("check", "welcome-line", cwd=folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "up to date" in confirmlab("update", str(folder)).stdout
    shutil.copytree(folder / "my_app", tmp_path / "class" / "Ada" / "my_app")
    graded = confirmlab("grade", "class", "--lesson", "00", "--out", "out")
    assert "In total: 1 graded." in graded.stdout, graded.stdout + graded.stderr
    exported = confirmlab("export", "gradescope", "--out", "autograder.zip")
    assert exported.returncode == 0, exported.stderr
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        packed = {name.partition("/")[2] for name in archive.namelist()}
    assert {"confirmlab/cli/grade.py", "requirements.txt", "course.toml"} <= packed
    assert not [name for name in packed if name.startswith("confirmlab/kit/")]
    solved = (tmp_path / "kit [1]" / "confirmlab" / "kit" / "solutions").rglob("*.ipynb")
    assert bool(list(solved)) == (not options)


def test_a_wheel_holds_no_notebook_that_somebody_filled(tmp_path, monkeypatch):
    """A wheel gets the notebooks of a release, though the clone's own were worked in."""
    clone = tmp_path / "clone"
    shutil.copytree(paths.in_kit("notebooks"), clone / "notebooks")
    for part in (
        *("confirmlab", "app_skeleton", "tests", "pyproject.toml"),
        *("course.toml", "requirements.txt", "README.md", "LICENSE"),
    ):
        (clone / part).symlink_to(paths.in_kit(part))
    first = clone / "notebooks" / "00_start_here.ipynb"
    first.write_text(first.read_text(encoding="utf-8").replace("stranger", "my own answer"))
    (clone / "notebooks" / "Untitled.ipynb").write_text("{}")
    spec = importlib.util.spec_from_file_location("build", paths.in_kit(".ci", "build_wheel.py"))
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    monkeypatch.setattr(build, "ROOT", clone)
    build.main(tmp_path / "dist", solutions=False)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [n for n in archive.namelist() if n.startswith("confirmlab/kit/notebooks/")]
        packed = {n.removeprefix("confirmlab/kit/"): archive.read(n) for n in names}

    assert packed == release.learner_notebooks()


def test_solutions_that_are_left_out_are_not_shown(tmp_path, monkeypatch):
    """Without the solved notebooks %solution says whom to ask; the fills are still known."""
    (tmp_path / "solutions").mkdir()
    fills = solutions.fills()
    (tmp_path / solutions.PACKED).write_bytes(solutions.packed())
    learner = session.LessonSession(tmp_path / "my_app")
    in_kit = paths.in_kit
    monkeypatch.setattr(
        paths,
        "in_kit",
        lambda *names: (tmp_path if "solutions" in names[0] else in_kit()).joinpath(*names),
    )
    monkeypatch.setattr(solutions, "fills", solutions.fills.__wrapped__)

    assert solutions.fills() == fills
    with pytest.raises(KitError, match="ask your instructor"):
        exercise_commands.solution(learner, "welcome-line", anyway=True)
