"""Facts about rosters that learning platforms export."""

import pytest

from confirmlab.base.errors import KitError
from confirmlab.submissions import roster
from confirmlab.submissions.learner_files import SubmissionSource

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Confirm (77)
    Points Possible,,,,,61
"Lovelace, Ada",12,a1,ada@x.edu,S1,
"Byte, Bob",13,b1,bob@x.edu,S1,
"""
MOODLE = """Identifier,Full name,Email address,Status,Grade,Maximum Grade
Participant 12,Ada Lovelace,ada@x.edu,Submitted,,61.00
Participant 13,Bob Byte,bob@x.edu,No submission,,61.00
"""
BLACKBOARD = """"Last Name"\t"First Name"\t"Username"\t"Student ID"
"Lovelace"\t"Ada"\t"ada"\t"a1"
"Byte"\t"Bob"\t"bob"\t"b1"
"""
BRIGHTSPACE = """OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator
#a1,#ada,Lovelace,Ada,ada@x.edu,#
#b1,#bob,Byte,Bob,bob@x.edu,#
"""


def people(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return roster.read(path)


def source(learner, number="", login=""):
    return SubmissionSource(learner, (), number=number, login=login)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (CANVAS, [source("lovelaceada", "12"), source("bytebob", "13")]),
        (CANVAS, [source("lovelaceada"), source("Bob Byte")]),
        (MOODLE, [source("Ada Lovelace", "12"), source("Bob Byte", "99")]),
        (MOODLE, [source("Ada Lovelace (12)", "12"), source("bob@x.edu")]),
        (BLACKBOARD, [source("ada", login="ada"), source("BOB", login="BOB")]),
        (BRIGHTSPACE, [source("Ada Lovelace", "1234-567"), source("Bob Byte", "1235-567")]),
        (
            "Identifier,Status,Grade\nParticipant 12,,\nParticipant 13,,\n",
            [source("Participant (12)", "12"), source("Participant (13)", "13")],
        ),
        (
            "ID;Vollständiger Name;E-Mail-Adresse\nTeilnehmer/in12;Zoë;\nTeilnehmer/in13;Bo;\n",
            [source("x", "12"), source("Bo")],
        ),
        ("identifier,github_username\nAda,ada-l\nBob,bob-b\n", [source("ada-l"), source("bob")]),
        ("First Name,Last Name,SID\nAda,L,007\nBob,B,8\n", [source("y", "007"), source("x", "8")]),
        ("Name,Number\nAda Lovelace,1\nBob Byte,2\n", [source("Byte, Bob"), source("x", "1")]),
    ],
)
def test_learners_are_found_on_the_roster(tmp_path, text, given):
    """A learner is found by number, login, or name in either order."""
    found = roster.match(people(tmp_path, text), given)

    assert len({id(person) for person in found.values()}) == 2


def test_canvas_tells_what_each_column_is_worth(tmp_path):
    """The line 'Points Possible' is not a person; each person's row has its points."""
    ada, bob = people(tmp_path, CANVAS)

    assert ada.row["Points Possible: Confirm (77)"] == "61"
    assert (ada.name, bob.name) == ("Lovelace, Ada", "Byte, Bob")


def test_numbers_of_other_kinds_name_nobody(tmp_path):
    """A part of an id, or Brightspace's number of a submission, matches no person."""
    there = people(tmp_path, "OrgDefinedId,First Name,Last Name\n#u12,Ada,L\n#13,Bob,B\n")

    assert [person.number for person in there] == ["u12", "13"]
    assert roster.match(there, [source("x", "12-5"), source("y", "13-5")]) == {}


def test_two_of_one_name_are_not_guessed(tmp_path):
    """Namesakes without a number match nobody."""
    there = people(tmp_path, "Name,ID\nAda Byte,1\nAda Byte,2\n")
    found = roster.match(there, [source("Ada Byte"), source("Ada Byte (2)", "2")])

    assert {name: person.number for name, person in found.items()} == {"Ada Byte (2)": "2"}


def test_two_submissions_of_one_person_are_not_guessed(tmp_path):
    """Two submissions that match one person, by name and by login, are both left out."""
    there = people(tmp_path, "Name,Login\nAda Lovelace,alovelace\nBob Byte,bbyte\n")
    found = roster.match(there, [source("Ada Lovelace"), source("alovelace"), source("bbyte")])

    assert {name: person.name for name, person in found.items()} == {"bbyte": "Bob Byte"}


def test_a_roster_without_names_is_refused(tmp_path):
    """A table without a column of names is refused; the error says which one it needs."""
    with pytest.raises(KitError, match="'roster.csv' names nobody; it needs a column 'Student'"):
        people(tmp_path, "Colour,Size\nred,3\n")
