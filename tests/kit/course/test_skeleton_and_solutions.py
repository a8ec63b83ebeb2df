"""Facts about the reference fills, and about apps built from fills."""

import json

import pytest

from confirmlab.base import paths
from confirmlab.base.errors import CourseError
from confirmlab.course import lessons, notebook_format, skeleton, solutions


@pytest.fixture
def kit(tmp_path, monkeypatch):
    """Replace the kit's tree by a folder that contains only what a test writes."""
    lessons.load()  # the course itself is the kit's own
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    forget()
    yield tmp_path
    forget()


def forget():
    solutions.fills.cache_clear()
    solutions.answer.cache_clear()
    skeleton.stubs.cache_clear()
    skeleton.contents.cache_clear()


def solve(kit, lesson, **cells):
    """Write a solved notebook whose cells have these ids and sources."""
    cells = [
        {"cell_type": "code", "id": name.replace("_", "-"), "source": source.splitlines(True)}
        for name, source in cells.items()
    ]
    (kit / "solutions").mkdir(exist_ok=True)
    path = kit / "solutions" / f"{lessons.load().lesson(lesson).name}.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


def test_answers_are_read_from_the_solved_notebooks(kit):
    """The fill of an answer's cell is read; drafts and other cells are ignored."""
    solve(
        kit,
        "00",
        draft_fill="%%fill welcome-line\ndraft",
        ex_welcome_line_fill="%%fill welcome-line\nfirst\nsecond",
        ex_welcome_line_check="%check welcome-line",
    )

    assert solutions.fills() == {"welcome-line": "first\nsecond"}
    assert solutions.fill("welcome-line") == "first\nsecond"


def test_the_latest_lesson_counts(kit):
    """A blank that is refilled has the later text from that lesson on, and not before."""
    solve(kit, "03", ex_confirm_token_fill="%%fill confirm-token\nearly")
    solve(kit, "07", ex_confirm_token_fill="%%fill confirm-token\nlate")

    assert solutions.fills() == {"confirm-token": "late"}
    assert solutions.fills("05") == {"confirm-token": "early"}
    assert solutions.fills("00") == {}
    assert solutions.fill("confirm-token") == "early"


def test_a_missing_answer_is_reported(kit):
    """The error for an exercise without a solved cell says where to write the cell."""
    with pytest.raises(CourseError, match="solutions/ has no fill for 'gate'; add its %%fill"):
        solutions.fill("gate")


def test_an_unknown_answer_is_answered_with_the_nearest():
    """The error for an unknown id names the nearest one."""
    with pytest.raises(CourseError, match="Did you mean 'gate'"):
        solutions.fill("gates")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("%%fill gate\nx = 1\ny = 2", ("gate", "x = 1\ny = 2")),
        ("%%fill gate", ("gate", "")),
        ("%%fill\nx", None),
        ("%%fill gate now\nx", None),
        ("%check gate", None),
        ("", None),
    ],
)
def test_a_fill_cell_is_split(source, found):
    """The first line of a fill cell has the id, the rest is the fill; other cells give None."""
    assert notebook_format.fill_cell(source) == found


def test_the_id_of_a_cell_makes_it_the_answer():
    """Only a code cell with the id of an answer is an answer."""
    assert notebook_format.is_answer({"cell_type": "code", "id": "ex-confirm-token-fill"})
    assert not notebook_format.is_answer({"cell_type": "code", "id": "draft-confirm-fill"})
    assert not notebook_format.is_answer({"cell_type": "markdown", "id": "ex-confirm-token-fill"})
    assert not notebook_format.is_answer({"cell_type": "code"})


def test_every_exercise_has_a_stub():
    """The skeleton contains a blank for each exercise of the course."""
    assert list(skeleton.stubs()) == [exercise.id for exercise in lessons.load().exercises]


def test_a_missing_blank_is_reported(kit):
    """The error for an exercise without a blank names the file that should have it."""
    page = kit / "app_skeleton" / "app" / "templates" / "main" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>no blank</p>")

    with pytest.raises(CourseError, match="templates/main/index.html has no blank 'welcome-line'"):
        skeleton.stubs()


def test_caches_are_no_files_of_the_app(tmp_path):
    """Caches, databases and the kit's notes are left out; hidden files are not."""
    kept = ["app/models.py", ".gitignore"]
    for name in [*kept, "app/__pycache__/models.pyc", "instance/app.sqlite", ".confirmlab/x"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert [path.as_posix() for path in skeleton.app_files(tmp_path)] == sorted(kept)


def test_an_app_is_built_from_fills(tmp_path):
    """A new app is the skeleton with the given fills; all else is untouched."""
    app = skeleton.build(tmp_path / "my_app", {"gate": "OPEN = 1", "welcome-line": "<p>Coo</p>"})
    changed = [
        name.as_posix()
        for name in skeleton.skeleton_files()
        if (app / name).read_bytes() != paths.in_kit("app_skeleton", *name.parts).read_bytes()
    ]

    assert skeleton.app_files(app) == skeleton.skeleton_files()
    assert changed == ["app/auth/views.py", "app/templates/main/index.html"]
    assert "# region gate\nOPEN = 1\n# endregion gate\n" in (app / changed[0]).read_text()


def test_a_part_of_an_app_can_be_built(tmp_path):
    """With `only`, the other files and folders of the skeleton are left out."""
    app = skeleton.build(tmp_path / "my_app", {}, only=("app", "pytest.ini"))

    assert sorted(entry.name for entry in app.iterdir()) == ["app", "pytest.ini"]
