"""Facts about the files that learning platforms import."""

import csv
import io
import zipfile
from dataclasses import replace

import pytest

from confirmlab.base.errors import ExportError
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.grading.class_record import ClassRecord
from confirmlab.grading.exports import feedback_zip, gradebook_files, to_platform
from confirmlab.grading.exports.gradebook_files import FORMS
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.submissions.learner_files import SubmissionSource
from confirmlab.submissions.roster import Person

GATE = lessons.load().exercise("gate")  # 5 points
PASSED = ExerciseResult("gate", "t", "passed", (TestResult("t", "It works.", "passed"),))


def grade(learner, **values):
    entry = ExerciseGrade("gate", GATE.title, GATE.lesson, GATE.points, PASSED)
    return Grade(learner, "graded", "All was judged.", (entry,), content="c", suite="s", **values)


ADA = grade("lovelaceada", number="12", login="ada")
NOBODY = Grade("Bob", "no-submission", "Nothing.", number="13", login="bob")
ROWS = {
    "canvas": {"Student": "Lovelace, Ada", "SIS User ID": "a1", "SIS Login ID": "ada@x",
               "Section": "S1", "Confirm (77)": ""},
    "moodle": {"Full name": "Ada Lovelace", "Maximum Grade": "10.00",
               "Last modified (grade)": "Sunday, 1 March 2026, 10:00 AM"},
    "blackboard": {"Last Name": "Lovelace", "First Name": "Ada", "Username": "ada",
                   "Confirm [Total Pts: 5 Score] |77": ""},
    "brightspace": {"OrgDefinedId": "#a1", "Username": "#ada", "Confirm Points Grade": ""},
}  # fmt: skip
FILES = {
    "canvas": [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Confirm (77)"],
        ["    Points Possible", "", "", "", "", "5"],
        ["Lovelace, Ada", "12", "a1", "ada@x", "S1", "5"],
        ["Bob", "13", "", "bob", "", ""],
    ],
    "moodle": [
        ["Identifier", "Full name", "Grade", "Last modified (grade)", "Feedback comments"],
        ["Participant 12", "Ada Lovelace", "10", "Sunday, 1 March 2026, 10:00 AM",
         "5 of 5 points. All was judged."],
        ["Participant 13", "Bob", "", "-", "Nothing."],
    ],
    "blackboard": [
        ["Last Name", "First Name", "Username", "Confirm [Total Pts: 5 Score] |77"],
        ["Lovelace", "Ada", "ada", "5"],
        ["", "", "bob", ""],
    ],
    "brightspace": [
        ["OrgDefinedId", "Username", "Confirm Points Grade", "End-of-Line Indicator"],
        ["#a1", "#ada", "5", "#"],
    ],
}  # fmt: skip


@pytest.mark.parametrize("platform", FORMS)
def test_each_file_has_the_documented_form(platform):
    """Columns and ids are as the platform documents them; an ungraded learner has no 0."""
    pairs = [(ADA, ROWS[platform]), (NOBODY, {})]
    rows, missing = gradebook_files.rows(FORMS[platform], pairs, "Confirm")

    assert rows == FILES[platform]
    assert missing == (["Bob"] if platform == "brightspace" else [])
    assert FORMS[platform].source


def test_a_comment_accuses_no_learner():
    """The comment on a tampered submission has no word about tampering or its signs."""
    accused = replace(ADA, status="tampered", sentence="Possible tampering: it forked.")
    rows, _ = gradebook_files.rows(FORMS["moodle"], [(accused, ROWS["moodle"])], "Confirm")

    assert rows[1][-1] == f"5 of 5 points. {accused.sentence_for_learner}"
    assert "tamper" not in rows[1][-1].lower() and "fork" not in rows[1][-1]


@pytest.mark.parametrize(
    ("platform", "row", "column", "points"),
    [
        (
            "brightspace",
            {"Username": "#ada", "Confirm Points Grade <Numeric MaxPoints:50 Weight:10>": ""},
            "Confirm Points Grade",
            "50",
        ),
        (
            "blackboard",
            {"Username": "ada", "Confirm [Total Pts: 7.5 Score] |77": ""},
            "Confirm [Total Pts: 7.5 Score] |77",
            "7.5",
        ),
        ("moodle", {"Maximum grade": "20,00"}, "Grade", "20"),
        (
            "canvas",
            {"Confirm (77)": "", "Points Possible: Confirm (77)": "10"},
            "Confirm (77)",
            "10",
        ),
    ],
)
def test_points_are_scaled_to_the_column_of_the_roster(platform, row, column, points):
    """The platform's own export gives the column's name and its maximum."""
    rows, _ = gradebook_files.rows(FORMS[platform], [(ADA, row)], "Confirm")
    place = rows[0].index(column)

    assert {line[place] for line in rows[1:]} == {points}


@pytest.mark.parametrize(
    ("platform", "column"),
    [
        ("canvas", "Confirm (77)"),
        ("brightspace", "confirm Points Grade <Numeric MaxPoints:9>"),
        ("blackboard", "Confirm [Total Pts: 9 Score] |77"),
        ("moodle", "Grade"),
    ],
)
def test_an_existing_grade_stays(platform, column):
    """An absent learner keeps the existing grade; 'Confirm 2' is another column."""
    other = column.replace("onfirm", "onfirm 2") if platform != "moodle" else "Confirm 2"
    row = {"Username": "bob", other: "1", column: "EX"}
    rows, _ = gradebook_files.rows(FORMS[platform], [(NOBODY, row)], "Confirm")

    assert "EX" in rows[-1] and "1" not in rows[-1]


@pytest.mark.parametrize("key", ["OrgDefinedId", "Username"])
def test_brightspace_needs_one_of_its_keys(key):
    """An export with one key field is enough; no empty column is written for the other."""
    rows, _ = gradebook_files.rows(FORMS["brightspace"], [(ADA, {key: "#a1"})], "Confirm")

    assert rows == [[key, "Confirm Points Grade", "End-of-Line Indicator"], ["#a1", "5", "#"]]


@pytest.mark.parametrize("platform", ["canvas", "moodle", "blackboard"])
def test_ids_of_file_names_are_enough(platform):
    """Without a roster, the ids in file names identify the learners."""
    rows, missing = gradebook_files.rows(FORMS[platform], [(ADA, {})], "Confirm", out_of=100)

    assert missing == []
    assert {"12", "Participant 12", "ada"} & set(rows[-1]) and "100" in rows[-1]


@pytest.mark.parametrize("platform", FORMS)
def test_a_class_without_ids_is_refused(platform):
    """If nobody has an id, the error says which id is needed, and where it comes from."""
    with pytest.raises(ExportError) as caught:
        gradebook_files.rows(FORMS[platform], [(grade("ada"), {})], "Confirm")

    assert str(caught.value).startswith(f"{FORMS[platform].title} could find no learner: it")


def source(learner, layout, prefix, number):
    return SubmissionSource(learner, (), layout=layout, prefix=prefix, number=number)


@pytest.mark.parametrize(
    ("platform", "prefix", "name"),
    [
        ("canvas", "lovelaceada_LATE_12_67_", "lovelaceada_LATE_12_67_feedback.html"),
        (
            "moodle",
            "Ada L_12_assignsubmission_file_",
            "Ada L_12_assignsubmission_file_/feedback.html",
        ),
        (
            "moodle",
            "Ada L_12_assignsubmission_file",
            "Ada L_12_assignsubmission_file_/feedback.html",
        ),
    ],
)
def test_feedback_is_named_as_it_was_handed_in(tmp_path, platform, prefix, name):
    """Each page has the file name by which the platform finds the submission."""
    sources = [source("ada", platform, prefix, "12"), source("bob", "folders", "", "")]
    target = tmp_path / "feedback.zip"
    count = feedback_zip.write(target, platform, sources, [grade("ada"), grade("bob")])

    with zipfile.ZipFile(target) as archive:
        assert (count, archive.namelist()) == (1, [name])
        assert "Feedback for" in archive.read(name).decode()


def test_feedback_is_private(tmp_path):
    """Other users of the machine cannot read the zip of feedback pages."""
    sources = [source("ada", "canvas", "ada_12_67_", "12")]
    feedback_zip.write(tmp_path / "feedback.zip", "canvas", sources, [grade("ada")])

    assert (tmp_path / "feedback.zip").stat().st_mode & 0o777 == 0o600


def test_all_is_written_from_the_folder_of_grades(tmp_path):
    """The folder that confirmlab grade wrote is enough for the table and the zip."""
    ada = source("lovelaceada", "canvas", "lovelaceada_12_67_", "12")
    ClassRecord((ada,), people=(Person("Eve", "14", row={"Student": "Eve"}),)).write(tmp_path)
    with Gradebook(tmp_path) as book:
        book.add(grade("lovelaceada"))
    sentences = list(to_platform.write("canvas", tmp_path, tmp_path / "canvas", "Confirm"))
    table = list(csv.reader(io.StringIO((tmp_path / "canvas/grades.csv").read_text("utf-8"))))

    assert [row[:2] for row in table[2:]] == [["lovelaceada", "12"], ["Eve", "14"]]
    assert table[2][-1] == "5" and table[3][-1] == ""
    assert sentences[0].endswith("for Canvas, in the column 'Confirm'.")
    assert sentences[1].endswith("with 1 feedback page.")


def test_learners_off_the_roster_are_scaled_too(tmp_path):
    """The maximum in the roster also scales the points of a learner who is not on it."""
    sources = tuple(
        source(who, "canvas", f"{who}_{number}_67_", number)
        for who, number in (("ada", "12"), ("eve", "14"))
    )
    row = {"Student": "Ada", "Confirm (77)": "", "Points Possible: Confirm (77)": "10"}
    ClassRecord(sources, people=(Person("Ada", "12", row=row),)).write(tmp_path)
    with Gradebook(tmp_path) as book:
        book.add(grade("ada"))
        book.add(grade("eve"))
    list(to_platform.write("canvas", tmp_path, tmp_path / "canvas", "Confirm"))
    table = list(csv.reader(io.StringIO((tmp_path / "canvas/grades.csv").read_text("utf-8"))))

    assert [line[-1] for line in table] == ["Confirm (77)", "10", "10", "10"]


def test_a_folder_without_grades_is_refused(tmp_path):
    """The error for a folder without grades says which folder to give."""
    with pytest.raises(ExportError, match="no grades in .*; give the folder that confirmlab grade"):
        list(to_platform.write("canvas", tmp_path, tmp_path / "out", "Confirm"))


def test_another_platforms_numbers_are_no_ids(tmp_path):
    """A number from Moodle's file names is not used as Canvas's; one from a roster is."""
    ClassRecord((source("ada", "moodle", "ada_12_", "12"),)).write(tmp_path)
    with Gradebook(tmp_path) as book:
        book.add(grade("ada"))
    with pytest.raises(ExportError, match="Canvas could find no learner"):
        list(to_platform.write("canvas", tmp_path, tmp_path / "out", "Confirm"))

    people = tmp_path / "roster.csv"
    people.write_text("Student,ID\nada,77\n")
    list(to_platform.write("canvas", tmp_path, tmp_path / "out", "Confirm", people=people))

    rows = list(csv.reader(io.StringIO((tmp_path / "out" / "grades.csv").read_text())))
    assert rows[-1][:2] == ["ada", "77"]
