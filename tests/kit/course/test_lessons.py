"""Facts about reading course.toml."""

import os
from pathlib import Path

import pytest

from confirmlab.base import paths
from confirmlab.base.errors import CourseError
from confirmlab.course import lessons

EXERCISE = """
[[lesson.exercise]]
id = "{id}"
title = "A title"
file = "app/models.py"
points = 2
minutes = 8
hints = {hints}
"""
LESSON = '[[lesson]]\nname = "{name}"\ntitle = "A lesson"\nminutes = 60\n'


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "course.toml"
        path.write_text(text, encoding="utf-8")
        return lessons.load(path)

    return read


def exercise(exercise_id="one", hints='["a?", "b", "c"]'):
    return EXERCISE.format(id=exercise_id, hints=hints)


def lesson(name="03_models"):
    return LESSON.format(name=name)


def test_lessons_and_exercises_come_in_order(read):
    """Lessons and exercises are in the order of the file; a lesson may have no exercise."""
    found = read(lesson() + exercise("one") + exercise("two") + lesson("04_tests"))

    assert [entry.number for entry in found.lessons] == ["03", "04"]
    assert [entry.id for entry in found.exercises] == ["one", "two"]
    assert found.exercises[0] == lessons.Exercise(
        "one", "03", "A title", "app/models.py", 2, 8, ("a?", "b", "c")
    )


def test_reprs_are_short():
    """The repr of an exercise or a lesson is one short line."""
    assert repr(lessons.load().exercise("gate")) == "<Exercise gate, lesson 07>"
    assert repr(lessons.load().lesson("7")) == "<Lesson 07_gate_the_unconfirmed>"


@pytest.mark.parametrize("number", [3, "3", "03", " 3 ", "03_the_user_model"])
def test_a_lesson_is_found_by_any_of_its_names(number):
    """A lesson is found by its name, or by its number with or without the zero."""
    assert lessons.load().lesson(number).name == "03_the_user_model"


def test_an_unknown_exercise_is_answered_with_the_nearest():
    """The error for an unknown id names the nearest id."""
    with pytest.raises(CourseError) as caught:
        lessons.load().exercise("confirm-tokn")

    assert str(caught.value) == "No exercise named 'confirm-tokn'. Did you mean 'confirm-token'?"


def test_the_app_is_finished_after_the_last_lesson_that_is_not_extra(read):
    """The app is finished after the last lesson that is not marked as extra."""
    course = read(lesson() + lesson("04_tests") + lesson("05_more") + "extra = true\n")

    assert course.finished == "04"


def test_an_id_that_is_like_no_other_gets_no_guess():
    """If no id is similar, the error lists all ids."""
    with pytest.raises(CourseError, match="^No exercise named 'x'. There are: "):
        lessons.load().exercise("x")


def test_an_unknown_lesson_lists_the_numbers():
    """The error for an unknown lesson lists the numbers of all lessons."""
    with pytest.raises(CourseError, match="^No lesson named 'xy'. There are: 00, .*07"):
        lessons.load().lesson("xy")


def test_linked_blanks_are_found_from_each(read):
    """Blanks linked by refills are found from each of them; later lessons can be left out."""
    second = exercise("three") + 'refills = ["one", "two"]\n'
    found = read(lesson() + exercise("one") + exercise("two") + lesson("04_tests") + second)

    assert found.exercise("three").refills == ("one", "two")
    assert [e.id for e in found.refilled_by("one")] == ["three"]
    assert found.linked_blanks("one") == ("one", "three", "two")
    assert set(found.linked_blanks("three")) == {"one", "two", "three"}
    assert found.linked_blanks("one", "03") == ("one",)


def test_only_earlier_blanks_are_refilled(read):
    """An exercise that refills a later or an unknown blank is an error."""
    with pytest.raises(CourseError, match="'one' in course.toml refills two; name exercises that"):
        read(lesson() + exercise("one") + 'refills = ["two"]\n' + exercise("two"))


def test_exercises_before_a_lesson():
    """`before` returns the exercises of all earlier lessons, and none of the lesson itself."""
    before = [entry.id for entry in lessons.load().before("05")]

    assert before[0] == "welcome-line"
    assert "confirm-token" in before and "confirm-view" not in before
    assert lessons.load().before("00") == ()


def test_a_duplicate_id_is_refused(read):
    """Two exercises with the same id are an error."""
    with pytest.raises(CourseError, match="The id 'one' occurs twice in course.toml; rename one."):
        read(lesson() + exercise() + lesson("04_tests") + exercise())


@pytest.mark.parametrize("hints", ["[]", '["a?", "b"]', '["a?", " ", "c"]'])
def test_three_hints_are_required(read, hints):
    """An exercise must have three hints, none of them empty."""
    with pytest.raises(CourseError, match="'one' in course.toml needs three hints; write them."):
        read(lesson() + exercise(hints=hints))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (lesson() + exercise().replace("points", "pionts"), "pionts"),
        (lesson() + exercise().replace("hints", "# hints"), "hints"),
        (lesson().replace("minutes", "# minutes"), "minutes"),
    ],
)
def test_a_field_that_does_not_fit_is_named(read, text, what):
    """The error for a missing or misspelt field names it and its lesson."""
    with pytest.raises(CourseError, match=f"the entry '03_models' does not fit .*{what}"):
        read(text)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("points = 2", 'points = "2"', "points = '2' is no number"),
        ("points = 2", "points = -2", "points = -2 is no number, or less than 0"),
        ("minutes = 8", 'minutes = "8"', "minutes = '8' is no number"),
        ("minutes = 60", "minutes = true", "minutes = True is no number"),
        ('hints = ["a?", "b", "c"]', "hints = 3", "hints is no list of texts"),
        ('hints = ["a?", "b", "c"]', "hints = [1, 2, 3]", "hints is no list of texts"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(read, old, new, what):
    """A number in quotes, or hints that are no texts, are refused when the course is read."""
    text = lesson() + exercise()
    assert old in text
    with pytest.raises(CourseError, match=f"the entry '03_models' does not fit .*{what}"):
        read(text.replace(old, new))


def test_invalid_toml_is_reported_with_its_line(read):
    """The error for invalid TOML quotes the parser's message with the line."""
    with pytest.raises(CourseError, match=r"Could not read 'course.toml' \(.*line 1.*\)"):
        read("[[lesson\n")


def test_a_missing_file_is_reported(tmp_path):
    """A missing course.toml is reported in a sentence, without a traceback."""
    with pytest.raises(CourseError, match="Could not read 'nothing.toml'"):
        lessons.load(tmp_path / "nothing.toml")
    with pytest.raises(CourseError, match=r"\(Is a directory\); restore the file"):
        lessons.load(tmp_path)


def test_a_course_that_is_not_utf_8_is_reported(tmp_path):
    """The error for a course.toml in another encoding says how to save it."""
    (tmp_path / "course.toml").write_bytes(b"# \xe4")
    with pytest.raises(CourseError, match=r"'course.toml' is not UTF-8 \(byte 2\); save it as"):
        lessons.load(tmp_path / "course.toml")


@pytest.fixture
def copy(tmp_path):
    """Create a learner's copy of the course outside of the kit."""
    folder = tmp_path / "home" / "confirmlab"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "course.toml").touch()
    return folder


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """Set the environment of a hub's user whose home does not hold the kit."""
    monkeypatch.delenv("CONFIRMLAB_WORKSPACE", raising=False)
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")


@pytest.mark.parametrize("place", [".", "notebooks"])
def test_the_app_is_in_the_current_copy(copy, hub, monkeypatch, place):
    """In a copy of the course apart from the kit, the app is in that copy."""
    monkeypatch.chdir(copy / place)

    assert paths.workspace_folder() == copy / "my_app"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no such owners here")
def test_the_copy_of_somebody_else_does_not_count(copy, hub, monkeypatch, tmp_path):
    """A parent folder's copy that belongs to another user, as in /tmp, is not used."""
    monkeypatch.chdir(copy)
    monkeypatch.setattr(os, "getuid", lambda: copy.stat().st_uid + 1)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "own")

    assert paths.workspace_folder() == tmp_path / "own" / "confirmlab" / "my_app"


def test_on_a_hub_the_app_lies_at_home(hub, monkeypatch, tmp_path):
    """Outside of any copy, a hub's app is in the home, since files in the image are lost."""
    monkeypatch.chdir(tmp_path)

    assert paths.workspace_folder() == tmp_path / "home" / "confirmlab" / "my_app"


@pytest.mark.parametrize("on_hub", [True, False])
def test_a_kit_at_home_keeps_the_app(hub, monkeypatch, tmp_path, on_hub):
    """If the kit is in the home, or there is no hub, the app is beside the kit."""
    monkeypatch.chdir(tmp_path)
    if on_hub:
        monkeypatch.setattr(Path, "home", lambda: paths.ROOT.parent)
    else:
        monkeypatch.delenv("JUPYTERHUB_USER")

    assert paths.workspace_folder() == paths.ROOT / "my_app"
