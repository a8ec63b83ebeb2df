"""Facts about the names that learning platforms give to what they download."""

import pytest

from confirmlab.course import lessons
from confirmlab.submissions import lms_names
from confirmlab.submissions.lms_names import Named


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("lovelaceada_12345_67890_a.zip", Named("lovelaceada", "12345", "a.zip")),
        ("lovelaceada_LATE_12_67_a-1.ipynb", Named("lovelaceada", "12", "a-1.ipynb", late=True)),
        ("o_brien_12_67_a_3_4_b.zip", Named("o_brien", "12", "a_3_4_b.zip")),
        ("anon_x7Kq2_678_a.zip", Named("anon_x7Kq2", "", "a.zip")),
        ("LATE_anon_x7Kq2_678_a.zip", Named("anon_x7Kq2", "", "a.zip", late=True)),
        ("ada_12_text.html", Named("ada", "12", "text.html", online=True)),
        ("ada_LATE_12_link.html", Named("ada", "12", "link.html", late=True, online=True)),
        ("李小龍_12_67_a.zip", Named("李小龍", "12", "a.zip")),
        ("a\nb_12_67_c\nd.zip", Named("a\nb", "12", "c\nd.zip")),
    ],
)
def test_canvas_names_are_read(name, named):
    """Canvas writes the learner, LATE, two numbers and the file's own name."""
    assert lms_names.parse(name) == named


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("Ada Lovelace_12_assignsubmission_file_", Named("Ada Lovelace", "12", "")),
        ("Ada Lovelace_12_assignsubmission_file", Named("Ada Lovelace", "12", "")),
        ("Ada_12_assignsubmission_file_a_1_2_b.zip", Named("Ada", "12", "a_1_2_b.zip")),
        (
            "Ada_12_assignsubmission_onlinetext_onlinetext.html",
            Named("Ada", "12", "onlinetext.html", online=True),
        ),
        ("Participant_12_assignsubmission_file_", Named("Participant", "12", "")),
    ],
)
def test_moodle_names_are_read(name, named):
    """Moodle writes the learner, a number, and what kind of submission it is."""
    assert lms_names.parse(name) == named


@pytest.mark.parametrize(
    "name",
    [
        *("ada", "ada.zip", "submission_123456", "ada_117.zip", "confirmation-ada", "", "_1_2_"),
        *(f"ada_117_{lesson.name}.ipynb" for lesson in lessons.load().lessons),
    ],
)
def test_other_names_are_left_alone(name):
    """A name of another form says nothing, also where the number is that of a lesson."""
    assert lms_names.parse(name) is None


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("Work.zip", ("work.zip", 0)),
        ("work-1.zip", ("work.zip", 1)),
        ("work-12.ZIP", ("work.zip", 12)),
        ("work (2).zip", ("work.zip", 2)),
        ("work(2).zip", ("work.zip", 2)),
        ("work-20261122.zip", ("work-20261122.zip", 0)),
        ("-1.zip", ("-1.zip", 0)),
        ("ada-1", ("ada-1", 0)),
    ],
)
def test_versions_are_counted(name, version):
    """The number that Canvas or a browser adds tells how often a file came."""
    assert lms_names.version(name) == version
