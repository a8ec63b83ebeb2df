"""Facts about class.toml: lessons, their points, and due dates."""

import json
from datetime import datetime, timezone

import pytest

from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.grading import class_settings
from confirmlab.grading.class_settings import ClassSettings
from confirmlab.grading.exports import gradescope
from confirmlab.grading.exports.nbgrader import assignment

EVERYTHING = """
lessons = "00-04, 6"
optional = ["welcome-line"]
optional_counts = true
due = 2026-03-01T23:59:00
grace_minutes = 15
penalty_percent_per_day = 10
penalty_most_percent = 50

[points]
confirm-token = 8

[extensions]
"Ada Lovelace" = 2026-03-08
bob = "2026-03-04 12:00"
"""


def test_all_settings_are_read():
    """Lessons may be ranges, dates may be days or quoted; an extension is for one learner."""
    found = class_settings.parse(EVERYTHING)

    assert found.lessons == ("00", "03", "04", "06")
    assert found.is_optional(lessons.load().exercise("welcome-line"))
    assert (found.worth("confirm-token", 5), found.worth("gate", 5)) == (8, 5)
    assert f"{found.deadline(['cyd']):%d %H:%M}" == "01 23:59"
    assert f"{found.deadline(['x', 'Ada Lovelace']):%d %H:%M}" == "08 23:59"
    assert f"{found.deadline(['bob']):%d %H:%M}" == "04 12:00"


def test_the_later_extension_counts():
    """A learner with two extensions, one by name and one by login, has time until the later one."""
    found = class_settings.parse(EVERYTHING)

    assert f"{found.deadline(['bob', 'Ada Lovelace']):%d %H:%M}" == "08 23:59"
    assert f"{found.deadline(['Ada Lovelace', 'bob']):%d %H:%M}" == "08 23:59"


@pytest.mark.needs_lessons("08")
def test_without_settings_the_core_counts():
    """The lessons that harden the app are extra, unless they were asked for."""
    late = [e for e in lessons.load().exercises if e.lesson > lessons.load().finished]

    assert late and all(ClassSettings().is_optional(exercise) for exercise in late)
    assert not any(class_settings.parse('lessons = "08"').is_optional(e) for e in late)
    assert not any(class_settings.parse("optional = []").is_optional(e) for e in late)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('lesons = "03"', "No setting is named 'lesons'. Did you mean 'lessons'?"),
        ('lessons = "12"', "No lesson named '12'"),
        ('lessons = ["02"]', "Lesson 02 has no exercise to grade"),
        ('optional = ["confirm-tokn"]', "Did you mean 'confirm-token'?"),
        ("[points]\ngate = -1", "points of 'gate' is -1; give a number that is 0 or more"),
        ('[points]\ngate = "many"', "points of 'gate' is 'many'; give a number"),
        ('due = "next week"', "due is 'next week'; write it as 2026-03-01 23:59"),
        ('[extensions]\nada = "soon"', "extension of 'ada' is 'soon'; write it as 2026"),
        ('optional_counts = "no"', "optional_counts is 'no'; write true or false"),
        ("penalty_most_percent = 150", "penalty_most_percent is 150; give a number from 0 to 100"),
        ("due = 2026-03-01T23:59:00+01:00", "due is '2026-03-01 23:59:00+01:00', with a time zone"),
        ("due = 2026-03-01T23:59:00Z", "with a time zone; write it without one, as your platform"),
        ('due = "2026-03-01 23:59+0100"', "with a time zone"),
        ('due = "Mar 1, 2026 11:59 PM UTC"', "with a time zone"),
        ('due = "2026-03-01 23:59 Europe/Berlin"', "with a time zone"),
        ("points = 3", "points is 3; write it as a table"),
    ],
)
def test_an_invalid_setting_is_reported(text, said):
    """The error for a wrong key or value says what to write instead."""
    with pytest.raises(KitError) as caught:
        class_settings.parse(text)

    assert said in str(caught.value)


@pytest.mark.parametrize("given", ["07-03", "01-02", "00, 01-02"])
def test_a_range_without_exercises_is_refused(given):
    """A range that holds no graded lesson, as one written backwards, is an error."""
    with pytest.raises(KitError, match=r"No lesson from 0\d to 0\d has an exercise to grade"):
        class_settings.parse(f'lessons = "{given}"')


@pytest.mark.parametrize(
    "due",
    ["2026-03-01", '"2026-03-01"', '"13-03-2026"', '"1. März 2026"', '"Mar 1, 2026 11:59 PM"'],
)
def test_times_without_a_zone_are_read(due):
    """A due date may be in any of the forms in which platforms write times."""
    assert class_settings.parse(f"due = {due}").due


@pytest.mark.parametrize("due", ["2026-03-01", '"2026-03-01"', '"1 March 2026"'])
def test_a_day_lasts_to_its_end(due):
    """Work handed in within the last second of the day that is due is not late."""
    last = datetime(2026, 3, 1, 23, 59, 59, 999_999, timezone.utc)

    assert class_settings.parse(f"due = {due}").due == last


def test_invalid_toml_is_reported(tmp_path):
    """The error for invalid TOML gives the file and the place in one sentence."""
    (tmp_path / "class.toml").write_text("due = = 3")

    with pytest.raises(KitError, match="Could not read 'class.toml' \\(Invalid value"):
        class_settings.load(tmp_path / "class.toml")


def test_a_file_that_cannot_be_read_is_reported(tmp_path):
    """The error for a file that cannot be opened gives the reason and asks for no other line."""
    (tmp_path / "class.toml").mkdir()

    with pytest.raises(KitError, match="'class.toml' \\(Is a directory\\); give a file"):
        class_settings.load(tmp_path / "class.toml")


def test_settings_that_are_not_utf_8_are_reported(tmp_path):
    """The error for a file in another encoding names it and says how to save it."""
    (tmp_path / "class.toml").write_bytes(b"# \xe4")

    with pytest.raises(KitError, match="'class.toml' is not UTF-8 \\(byte 2\\); save it as UTF-8"):
        class_settings.load(tmp_path / "class.toml")


@pytest.mark.parametrize("text", ["deu = 2026-03-01", 'lessons = "12"', "[points]\nnope = 1"])
def test_the_file_with_a_mistake_is_named(tmp_path, text):
    """The error for a mistake begins with the name of the file."""
    (tmp_path / "mine.toml").write_text(text)

    with pytest.raises(KitError, match="^mine.toml: No (setting|lesson|exercise)"):
        class_settings.load(tmp_path / "mine.toml")


def test_nbgraders_cells_obey_the_settings(tmp_path):
    """Only the chosen lessons are in the assignment, with the points of the class."""
    path = tmp_path / "class.toml"
    path.write_text('lessons = "00-03"\noptional = ["welcome-line"]\n[points]\nconfirm-token = 8\n')
    names = assignment.write(tmp_path / "course", path)
    text = (tmp_path / "course/source/confirmlab/03_the_user_model.ipynb").read_text("utf-8")
    cells = {cell["id"]: cell["metadata"] for cell in json.loads(text)["cells"]}

    assert [name for name in names if name.endswith(".ipynb")] == [
        "source/confirmlab/00_start_here.ipynb",
        "source/confirmlab/03_the_user_model.ipynb",
    ]
    assert "class.toml" in names and cells["points-confirm-token"]["nbgrader"]["points"] == 8
    assert "points-welcome-line" not in (
        tmp_path / "course/source/confirmlab/00_start_here.ipynb"
    ).read_text("utf-8")


def test_gradescopes_zip_holds_the_settings(tmp_path):
    """The autograder's zip contains class.toml; an invalid one is refused."""
    path = tmp_path / "class.toml"
    path.write_text('lessons = "03"')

    assert "class.toml" in gradescope.pack(tmp_path / "a.zip", None, path)
    path.write_text('lessons = "33"')
    with pytest.raises(KitError, match="No lesson named '33'"):
        gradescope.pack(tmp_path / "a.zip", None, path)
