"""The roster of a class, read from what a learning platform exports."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from confirmlab.base import csv_files
from confirmlab.base.errors import KitError
from confirmlab.submissions.learner_files import SubmissionSource
from confirmlab.submissions.lms_names import one_spelling

# Names of columns, in lower case: Canvas (Grades, Export), Moodle (Download grading worksheet),
# Blackboard (Download Grades), Brightspace (Grades, Export), and what people write by hand.
_NAMES = ("student", "full name", "name", "learner", "student name", "display name")
_FIRST, _LAST = ("first name", "firstname"), ("last name", "lastname", "surname")
_NUMBERS = ("id", "identifier", "orgdefinedid", "student id", "id number", "number")
_LOGINS = ("sis login id", "username", "login", "login id", "sis user id")
_MAILS = ("email", "email address", "e-mail", "mail")


@dataclass(frozen=True)
class Person:
    """One line of the roster; `row` holds all of its columns."""

    name: str
    number: str = ""
    login: str = ""
    email: str = ""
    row: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"<Person {self.name!r}>"


def read(path: Path) -> list[Person]:
    """Return the people of a roster in its order.

    Raises:
        KitError: it cannot be read, or no column holds names or logins.
    """
    rows = csv_files.read(path, lower=False)
    people = [_person(row) for row in rows]
    people = [person for person in people if person.name or person.login]
    if not people:
        raise KitError(
            f"{path.name!r} names nobody; it needs a column 'Student', 'Full name', 'Name', "
            "'Username', or 'First name' and 'Last name'."
        )
    return people


def match(people: Sequence[Person], sources: Iterable[SubmissionSource]) -> dict[str, Person]:
    """Return who of the roster each learner is, by number, login or name; no guess between two."""
    by_number = _indexed(people, lambda person: [person.number])
    by_login = _indexed(people, lambda person: [person.login, person.email, person.number])
    by_name = _indexed(people, lambda person: _spellings(person.name))
    found: dict[str, Person] = {}
    for source in sources:
        name = re.sub(r" \(\d[\d-]*\)$", "", source.learner)
        tries = (
            (by_number, [source.number, source.number.split("-")[0]]),
            (by_login, [source.login, source.learner]),
            (by_name, [letters(name), name]),
        )
        for index, keys in tries:
            fitting = {id(p): p for key in keys if key for p in index.get(key.casefold(), ())}
            if len(fitting) == 1:
                found[source.learner] = next(iter(fitting.values()))
                break
    return found


def _indexed(
    people: Sequence[Person], keys: Callable[[Person], list[str]]
) -> dict[str, list[Person]]:
    index: dict[str, list[Person]] = {}
    for person in people:
        for key in {key.casefold() for key in keys(person) if key}:
            index.setdefault(key, []).append(person)
    return index


def _spellings(name: str) -> list[str]:
    """Return the forms of a name: its letters, and run together as Canvas does, lovelaceada."""
    words = re.findall(r"\w+", one_spelling(name).casefold())
    return [letters(name), "".join(words), "".join(words[-1:] + words[:-1])]


def letters(name: str) -> str:
    """Return the letters of a name without its order: "Lovelace, Ada" is "Ada Lovelace"."""
    return " ".join(sorted(re.findall(r"\w+", one_spelling(name).casefold())))


def _person(given: dict[str, str]) -> Person:
    row = {column.lower(): cell for column, cell in given.items()}

    def first(columns: Sequence[str]) -> str:
        return next((row[name] for name in columns if row.get(name)), "")

    name = first(_NAMES) or " ".join(filter(None, [first(_FIRST), first(_LAST)]))
    if "points possible" in name.lower():  # the second line of Canvas
        name = ""
    number = first(_NUMBERS).removeprefix("#")
    moodle = re.fullmatch(r"\D+ ?(\d+)", number)  # Participant 123
    login = "" if not name and "student" in row else first(_LOGINS).removeprefix("#")
    return Person(name, moodle[1] if moodle else number, login, first(_MAILS), given)
