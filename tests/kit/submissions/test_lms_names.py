"""Facts about the file names in downloads from learning platforms."""

import pytest

from confirmlab.course import lessons
from confirmlab.submissions import name_parts
from confirmlab.submissions.lms_names import LAYOUTS

EXAMPLES = [
    pytest.param(row, path, who, id=f"{row.name}-{number}")
    for row in LAYOUTS
    for number, (path, who) in enumerate(row.examples.items())
]


def parse(name):
    rows = (row for row in LAYOUTS if row.sure and len(row.parts) == 1)
    return next(filter(None, (row.parse([name]) for row in rows)), None)


@pytest.mark.parametrize(("row", "path", "who"), EXAMPLES)
def test_each_row_reads_its_examples(row, path, who):
    """Each example's path gives its learner; for a `sure` row, no earlier row matches."""
    named = row.parse(path.split("/"))

    assert (named.layout, named.who) == (row.name, who)
    if row.sure and "/" not in path:
        assert parse(path) == named


@pytest.mark.parametrize("row", LAYOUTS, ids=repr)
def test_each_row_names_its_source(row):
    """Every row has an example and a source for its format."""
    assert row.examples and row.source and row.title


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lovelaceada_LATE_12_67_a-1.ipynb", ("12", "a-1.ipynb", True, False, False)),
        ("o_brien_12_67_a_3_4_b.zip", ("12", "a_3_4_b.zip", False, False, False)),
        ("LATE_anon_x7Kq2_678_a.zip", ("", "a.zip", True, False, False)),
        ("ada_LATE_12_link.html", ("12", "link.html", True, True, False)),
        ("a\nb_12_67_c\nd.zip", ("12", "c\nd.zip", False, False, False)),
        ("Ada_12_assignsubmission_file_a_1_2_b.zip", ("12", "a_1_2_b.zip", False, False, False)),
        (
            "Ada_12_assignsubmission_onlinetext_onlinetext.html",
            ("12", "onlinetext.html", False, True, False),
        ),
        ("g_CS_Hw_ada_attempt_2026-03-01-10-00-00.txt", ("", "", False, False, True)),
        ("[1] - ada - prompt_0.txt", ("", "prompt_0.txt", False, True, False)),
    ],
)
def test_a_name_tells_more_than_the_learner(name, told):
    """Numbers, file names, lateness, typed text and receipts are parsed from names."""
    named = parse(name)

    assert (named.number, named.rest, named.late, named.online, named.receipt) == told


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("1234-567 - Anne - Marie Byte - Mar 9, 2026 1012 AM", "brightspace"),
        ("Group 1 - Mar 9, 2026 1012 AM", "brightspace-groups"),
    ],
)
def test_a_file_name_does_not_change_the_time(name, layout):
    """Of two times in a name, the first is the platform's; the other is the learner's own text."""
    (row,) = [row for row in LAYOUTS if row.name == layout]
    named, plain = row.parse([f"{name} - lab - Mar 1, 2026 900 AM - x.zip"]), row.parse([name])

    assert (named.who, named.when) == (plain.who, plain.when)
    assert named.rest == "lab - Mar 1, 2026 900 AM - x.zip"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01-09-05-00", "2026-03-01 09:05:00"),
        ("Sep 24, 2024 926 PM", "2024-09-24 21:26:00"),
        ("Mar 1, 2026 1012 AM", "2026-03-01 10:12:00"),
        ("Mar 1, 2026 112 AM", "2026-03-01 01:12:00"),
        ("13 September 2025 310 PM", "2025-09-13 15:10:00"),
        ("2026-03-01 00:37:46.019203 UTC", "2026-03-01 00:37:46.019203"),
        ("2015-02-02 15:58:23.948203 America/Los_Angeles", "2015-02-02 15:58:23.948203"),
        ("2026-03-01T13:41:26.324712", "2026-03-01 13:41:26.324712"),
        ("2026-03-01T13-41-26.324712", "2026-03-01 13:41:26.324712"),
        ("2026-03-01T13:41:26+00:00", "2026-03-01 13:41:26"),
        ("2026-03-01 10_12 PM", "2026-03-01 22:12:00"),
        ("2. März 2026 0912", "2026-03-02 09:12:00"),
        ("10 janvier 2026 1012", "2026-01-10 10:12:00"),
        ("10 juillet 2026 1012", "2026-07-10 10:12:00"),
        ("5 de outubro de 2026 1012", "2026-10-05 10:12:00"),
        ("1 mars 2026 10 h 12", "2026-03-01 10:12:00"),
        ("déc. 6, 2026 9h05", "2026-12-06 09:05:00"),
        ("2026年3月1日 1012", "2026-03-01 10:12:00"),
        ("01.03.2026 10.12", "2026-03-01 10:12:00"),
        ("13-03-2026 1012", "2026-03-13 10:12:00"),
        ("03-13-2026 1012", "2026-03-13 10:12:00"),
        ("01-03-2026 1012", None),  # a day or a month?
        ("31 February 2026 1012", None),
        ("some day", None),
    ],
)
def test_moments_are_read(text, at):
    """The time of an attempt is parsed in each platform's format; other formats give none."""
    found = name_parts.moment(text)

    assert (found and str(found.replace(tzinfo=None))) == at


@pytest.mark.parametrize(
    "name",
    [
        *("ada", "ada.zip", "submission_123456", "ada_117.zip", "confirmation-ada", "", "_1_2_"),
        *(f"ada_117_{lesson.name}.ipynb" for lesson in lessons.load().lessons),
    ],
)
def test_other_names_are_left_alone(name):
    """A name in another format does not match, even if its number is that of a lesson."""
    assert parse(name) is None


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (["01-03-2026 1012", "13-03-2026 1012"], True),
        (["01-03-2026 1012", "03-13-2026 1012"], False),
        (["01-03-2026 1012", "02-03-2026 1012", "1 mars 2026"], None),
        (["13-03-2026 1012", "03-13-2026 1012"], None),
    ],
)
def test_the_dates_of_a_class_tell_their_order(dates, first):
    """A day above 12 shows the order of day and month for all dates of a download."""
    assert name_parts.day_first(dates) is first


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
        ("20260301101010_work.zip", ("work.zip", 20260301101010)),
    ],
)
def test_versions_are_counted(name, version):
    """The number that Canvas or a browser adds is the number of the version."""
    assert name_parts.version(name) == version
