"""Facts about an instructor's decisions: points, overrides, lateness, and absent learners."""

import csv
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from confirmlab.base import csv_files
from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.grading import class_record, hand_edits, overrides
from confirmlab.grading.class_record import ClassRecord
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.grading.overrides import Override
from confirmlab.grading.reports import writer
from confirmlab.submissions.learner_files import SubmissionSource
from confirmlab.submissions.roster import Person

LATE = datetime(2026, 3, 3, 10, 0, tzinfo=timezone.utc)


def graded(*passed):
    """Return a grade in which these exercises passed and all others are open."""
    exercises = []
    for exercise in lessons.load().exercises:
        entry = ExerciseGrade.untouched(exercise)
        if exercise.id in passed:
            result = ExerciseResult(
                exercise.id, "t", "passed", (TestResult("t", "It works.", "passed"),)
            )
            entry = ExerciseGrade(exercise.id, "t", exercise.lesson, exercise.points, result)
        exercises.append(entry)
    return Grade("ada", "graded", "", tuple(exercises))


CORE = [e.id for e in lessons.load().exercises if e.lesson <= lessons.load().finished]
FULL = sum(e.points for e in lessons.load().exercises if e.lesson <= lessons.load().finished)


def adjusted(record, grade):
    return next(iter(record.adjust([grade])))


def ada(**fields):
    return SubmissionSource("ada", (), **fields)


def written_table(folder, *grades):
    """Write the gradebook and the table of a run; return the rows of the table."""
    with Gradebook(folder) as book:
        for grade in grades:
            book.add(grade)
        writer.write_all(book.grades(), folder)
        hand_edits.remember(folder)
    return csv_files.read(folder / "grades.csv")


def edit(folder, column, cell):
    """Change a cell of the only learner in grades.csv."""
    with open(folder / "grades.csv", encoding="utf-8-sig", newline="") as file:
        header, cells = csv.reader(file)
    cells[header.index(column)] = cell
    with open(folder / "grades.csv", "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, cells])


@pytest.mark.needs_lessons("08")
def test_a_perfect_learner_of_the_core_has_all_points():
    """Without settings, later lessons are extra; leaving them out costs no points."""
    grade = adjusted(ClassRecord((ada(),)), graded(*CORE, "token-key"))
    extra = lessons.load().exercise("token-key").points

    assert (grade.points, grade.out_of, grade.extra) == (FULL, FULL, extra)


@pytest.mark.needs_lessons("08")
def test_extra_points_can_fill_up():
    """With optional_counts, extra points add to the total, up to the maximum."""
    record = ClassRecord((ada(),), settings_text="optional_counts = true")
    less = adjusted(record, graded(*CORE[:-1], "token-key"))

    assert less.points == min(FULL, FULL - less.exercises[len(CORE) - 1].out_of + less.extra)
    assert adjusted(record, graded(*CORE, "token-key")).points == FULL


def test_class_toml_sets_the_points():
    """An exercise is worth the points in class.toml."""
    record = ClassRecord((ada(),), settings_text="[points]\nwelcome-line = 10")
    grade = adjusted(record, graded("welcome-line"))

    assert (grade.points, grade.out_of) == (10, FULL + 9)


def test_an_override_counts_and_is_noted():
    """Points by hand replace the grader's; a comment alone changes no points."""
    decided = (
        Override("12", "gate", 2.5, "as we said"),
        Override("ADA", "welcome-line", None, "nice"),
    )
    grade = adjusted(ClassRecord((ada(number="12"),), overrides=decided), graded("welcome-line"))
    by_id = {exercise.exercise: exercise for exercise in grade.exercises}

    assert (by_id["gate"].points, by_id["gate"].status, by_id["gate"].comment) == (
        *(2.5, "partly"),
        "as we said",
    )
    assert (by_id["welcome-line"].points, by_id["welcome-line"].comment) == (1, "nice")


def test_a_name_may_be_spelled_as_in_the_table():
    """An override matches a learner by the name in grades.csv, where formulas are disarmed."""
    overrides_read = (Override("'=Ada", "gate", 3.0), Override("'@Bob", "gate", 2.0))
    record = ClassRecord(
        (SubmissionSource("=Ada", ()),), overrides=overrides_read, people=(Person("@Bob"),)
    )
    found = record.adjust([replace(graded(), learner="=Ada")])

    assert [grade.points for grade in found] == [3, 2]
    assert len(record.notes()) == 1  # that she is not on the roster


def test_suggested_overrides_hold_no_formula(tmp_path):
    """A learner's name that is a formula is disarmed in overrides-suggested.csv, too."""
    (before,) = written_table(tmp_path, replace(graded(), learner="=Ada"))
    edit(tmp_path, "gate", "2.5")
    hand_edits.noticed(tmp_path)

    (suggested,) = overrides.read(tmp_path / hand_edits.SUGGESTED)
    assert suggested.learner == before["learner"] == "'=Ada"


def test_an_override_gives_points_to_an_unreadable_submission():
    """An unreadable submission gets the points that were given by hand."""
    record = ClassRecord((ada(),), overrides=(Override("ada", "gate", 3.0),))
    grade = adjusted(record, Grade("ada", "unreadable", "It is a .rar."))

    assert (grade.points, grade.out_of) == (3, FULL)


@pytest.mark.parametrize(
    ("text", "penalty", "said"),
    [
        ("due = 2026-03-04", 0, ""),
        ("due = 2026-03-03T09:50:00\ngrace_minutes = 10", 0, ""),
        ("due = 2026-03-03T09:50:00\npenalty_percent_per_day = 10", 10, "That is 1 day late"),
        ("due = 2026-03-01T09:50:00\npenalty_percent_per_day = 10", 30, "That is 3 days late"),
        (
            "due = 2026-03-01T09:50:00\npenalty_percent_per_day = 90\npenalty_most_percent = 50",
            *(50, "each day begun counts. 50 % of the points are taken off."),
        ),
        ("due = 2026-03-01T09:50:00", 0, "due was 2026-03-01 09:50. That is 3 days late"),
        ("due = 2026-03-01\npenalty_percent_per_day = 9\n[extensions]\nada = 2026-03-05", 0, ""),
    ],
)
def test_late_penalty(text, penalty, said):
    """Each started day costs percents up to a limit; grace and extensions cost nothing."""
    grade = adjusted(ClassRecord((ada(when=LATE),), settings_text=text), graded(*CORE))

    assert (grade.penalty, grade.points) == (penalty, round(FULL * (1 - penalty / 100), 2))
    assert said in " ".join(grade.notes) and bool(grade.notes) == bool(said)


def test_what_could_not_be_graded_has_no_penalty():
    """A late submission that has no graded exercise has no late penalty."""
    text = "due = 2026-03-01\npenalty_percent_per_day = 10"
    record = ClassRecord((ada(when=LATE),), settings_text=text)

    assert adjusted(record, Grade("ada", "unreadable", "It is a .rar.")).penalty == 0


@pytest.mark.parametrize("text", ["due = 2026-03-01\npenalty_percent_per_day = 10", ""])
def test_late_without_a_time_is_noted(text):
    """If a platform says late, but not how late, nothing is taken off, and a note says so."""
    grade = adjusted(ClassRecord((ada(late=True),), settings_text=text), graded(*CORE))

    assert grade.penalty == 0 and "Marked as late by the platform" in grade.notes[0]


@pytest.mark.parametrize(
    "due", ["due = 2026-03-01\n{}", "{}\n[extensions]\nada = 2026-03-01\nbob = 2026-03-01"]
)
def test_a_due_date_without_times_is_noted(due):
    """If file names do not tell when learners handed in, a note says that nothing is taken off."""
    text = due.format("penalty_percent_per_day = 10")
    bob = SubmissionSource("bob", (), when=LATE)

    [note] = ClassRecord((ada(), bob), settings_text=text).notes()
    assert note.startswith("File names do not tell when 'ada' handed in, so nothing is taken off")
    assert ClassRecord((ada(when=LATE), bob), settings_text=text).notes() == []
    assert ClassRecord((ada(), bob), settings_text=due.format("")).notes() == []


def test_absent_learners_are_in_the_table():
    """Everybody on the roster has a grade, with names and ids."""
    people = (Person("Ada L", "12", "al", "a@x"), Person("Bob", "13", "bb", "b@x"))
    found = list(ClassRecord((ada(number="12"),), people=people).adjust([graded()]))

    assert [(g.learner, g.name, g.login, g.status) for g in found] == [
        ("ada", "Ada L", "al", "graded"),
        ("Bob", "Bob", "bb", "no-submission"),
    ]


def test_absent_namesakes_are_told_apart():
    """Two absent people of the same name are both in the table with their numbers."""
    people = (Person("Bob", "13"), Person("bob", "14"), Person("Cyd", "15"))

    assert list(ClassRecord(people=people).absent) == ["Bob (13)", "bob (14)", "Cyd"]


def test_what_matches_nobody_is_noted():
    """Overrides and extensions that match nobody are noted, and learners not on the roster."""
    record = ClassRecord(
        (ada(),),
        settings_text="[extensions]\nzed = 2026-03-01",
        overrides=(Override("eda", "gate", 1.0, line=7),),
        people=(Person("Bob"),),
    )
    first, second, third = record.notes()

    assert first.startswith("overrides.csv, line 7: no learner, or more than one, is called 'eda'")
    assert second.startswith("The extension for 'zed' has no effect")
    assert third.startswith("Graded, but not on the roster, or there more than once: 'ada'")


def test_two_submissions_of_one_person_are_noted():
    """A person on the roster whom two submissions match is noted, and has the grade of neither."""
    record = ClassRecord(
        (ada(), SubmissionSource("ada l", ())), people=(Person("Ada L", "", "ada"),)
    )
    [note] = record.notes()

    assert "'Ada L' on the roster may be any of 'ada', 'ada l', so none of them was matched" in note
    assert record.person_of == {}


def test_namesakes_are_not_mixed():
    """Each namesake has one person's ids and row; an override for a shared name is noted."""
    rows = [{"Username": login} for login in ("a1", "a2", "a3")]
    people = [Person("Ada L", str(n), f"a{n}", row=row) for n, row in enumerate(rows, 1)]
    record = ClassRecord(
        (ada(number="1"),),
        overrides=(Override("Ada L", "gate", 1.0, "", 2), Override("a3", "gate", 2.0)),
        people=tuple(people),
    )
    found = list(record.with_rows([graded()]))

    assert [(g.learner, g.number, row["Username"]) for g, row in found] == [
        ("ada", "1", "a1"),
        ("Ada L (2)", "2", "a2"),
        ("Ada L (3)", "3", "a3"),
    ]
    assert [sum(e.override or 0 for e in g.exercises) for g, _ in found] == [0, 0, 2]
    assert record.notes()[0].startswith(
        "overrides.csv, line 2: no learner, or more than one, is called 'Ada L', so it has no"
    )


def test_the_record_is_kept(tmp_path):
    """class.json in the folder of grades restores the record, except for paths."""
    record = ClassRecord(
        (ada(when=LATE, files=("a.zip",), number="1"),),
        ("README.md",),
        'lessons = "03"',
        (Override("ada", "gate", 1.5, "why", 2),),
        (Person("Ada", "1", row={"student": "Ada"}),),
    )
    record.write(tmp_path)

    assert class_record.read(tmp_path) == record
    assert class_record.read(tmp_path / "none") == ClassRecord()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"sources": [', "Expecting value"),
        ("[]", "list"),
        ('{"sources": []}', "no 'passed_over'"),
        ('{"sources": [{}]}', "no 'when'"),
    ],
)
def test_a_damaged_record_is_an_error(tmp_path, text, said):
    """A damaged class.json is named in an error and never counts as an absent one."""
    path = tmp_path / class_record.NAME
    path.write_text(text)
    with pytest.raises(KitError) as caught:
        class_record.read(tmp_path)

    message = str(caught.value)
    assert repr(str(path)) in message and said in message and "confirmlab grade" in message


def test_a_record_that_cannot_be_read_is_an_error(tmp_path):
    """A class.json that cannot be opened is named with the reason."""
    (tmp_path / class_record.NAME).mkdir()
    with pytest.raises(KitError, match=r"class.json' \(Is a directory\)"):
        class_record.read(tmp_path)


def test_only_changes_by_hand_are_suggested(tmp_path):
    """After a stopped run graded somebody anew, overrides are suggested for edited cells only."""
    written_table(tmp_path, graded())
    with Gradebook(tmp_path) as book:
        book.add(graded("welcome-line"))
    edit(tmp_path, "gate", "2.5")

    assert "was changed by hand" in hand_edits.noticed(tmp_path)[0]
    (suggested,) = overrides.read(tmp_path / hand_edits.SUGGESTED)
    assert (suggested.learner, suggested.exercise, suggested.points) == ("ada", "gate", 2.5)


def test_an_exercise_that_the_course_got_since_is_no_change_by_hand(tmp_path):
    """In a table from before an exercise existed, only edited cells are suggested as overrides."""
    table = tmp_path / "grades.csv"
    table.write_text("learner,gate\nada,5\n")
    hand_edits.remember(tmp_path)
    table.write_text("learner,gate\nada,4\n")
    hand_edits.noticed(tmp_path)

    (suggested,) = overrides.read(tmp_path / hand_edits.SUGGESTED)
    assert (suggested.learner, suggested.exercise, suggested.points) == ("ada", "gate", 4)


def test_a_decimal_comma_is_no_change_by_hand(tmp_path):
    """Unchanged points that a spreadsheet saved with a comma are not suggested as overrides."""
    decided = (Override("ada", "gate", 2.5),)
    written_table(tmp_path, adjusted(ClassRecord((ada(),), overrides=decided), graded()))
    with open(tmp_path / "grades.csv", encoding="utf-8-sig", newline="") as file:
        header, cells = csv.reader(file)
    assert cells[header.index("gate")] == "2.5"
    cells[header.index("gate")], cells[header.index("confirm-view")] = "2,5", "0,5"
    with open(tmp_path / "grades.csv", "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, cells])
    hand_edits.noticed(tmp_path)

    (suggested,) = overrides.read(tmp_path / hand_edits.SUGGESTED)
    assert (suggested.exercise, suggested.points) == ("confirm-view", 0.5)


def test_the_copy_of_an_edited_table_is_private(tmp_path):
    """Other users of the machine cannot read the copy of a table that was changed by hand."""
    written_table(tmp_path, graded())
    edit(tmp_path, "gate", "2.5")
    hand_edits.noticed(tmp_path)

    assert (tmp_path / hand_edits.EDITED).stat().st_mode & 0o777 == 0o600


def test_a_damaged_record_does_not_stop_the_next_run(tmp_path):
    """A changed grades.csv is kept although class.json is damaged, since the run renews both."""
    table = tmp_path / "grades.csv"
    table.write_text("learner\nada\n")
    hand_edits.remember(tmp_path)
    table.write_text("learner\nben\n")
    (tmp_path / class_record.NAME).write_text("{")

    assert "was changed by hand" in hand_edits.noticed(tmp_path)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("learner,exercise\nada,gate", "has no column 'points'; its first line is learner,"),
        ("learner,exercise,points\nada,gat,1", "overrides.csv, line 2: No exercise named 'gat'"),
        (
            "learner,exercise,points\n\nada,gate,ten",
            "line 3: 'ten' is not a number; write one",
        ),
        ("learner,exercise,points\nada", "overrides.csv, line 2: No exercise named ''"),
        ("learner;exercise;points\nada;gate;-1", "line 2: '-1' is not a number"),
    ],
)
def test_invalid_overrides_are_reported(tmp_path, text, said):
    """An invalid line is reported before anything is graded."""
    path = tmp_path / "overrides.csv"
    path.write_text(text)
    with pytest.raises(KitError) as caught:
        overrides.read(path)

    assert said in str(caught.value)


def test_overrides_of_a_spreadsheet_are_read(tmp_path):
    """Semicolons, decimal commas and umlauts in Latin-1 are accepted."""
    path = tmp_path / "overrides.csv"
    path.write_bytes("learner;exercise;points;comment\nZoë;gate;1,5;schön\n".encode("latin-1"))

    assert overrides.read(path) == [Override("Zoë", "gate", 1.5, "schön", 2)]
