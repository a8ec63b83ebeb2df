"""The roster of a class: who is in it, from a CSV that a learning platform exports."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from confirmlab.base import csv_files
from confirmlab.base.errors import KitError
from confirmlab.submissions.learner_files import SubmissionSource
from confirmlab.submissions.name_parts import one_spelling

# Names of columns in lower case, as Canvas (Grades, Export), Moodle (Download grading worksheet),
# Blackboard (Download Grades) and Brightspace (Grades, Export) write them, and people by hand.
# Moodle writes them in the language of the instructor.
_NAMES = (
    *("student", "full name", "name", "learner", "student name", "display name"),
    *("vollständiger name", "nom complet", "nombre completo", "nome completo", "volledige naam"),
)
_FIRST = ("first name", "firstname", "vorname", "prénom", "nombre", "nome", "voornaam")
_LAST = (
    *("last name", "lastname", "surname", "nachname", "nom de famille", "nom"),
    *("apellido(s)", "apellidos", "cognome", "sobrenome", "achternaam"),
)
_IDENTIFIERS = (
    *("identifier", "bezeichner", "identifiant", "identificador", "identificativo"),
    *("identificatie",),
)
_NUMBERS = ("id", *_IDENTIFIERS, "orgdefinedid", "student id", "id number", "number", "sid")
_LOGINS = (
    "sis login id",
    "username",
    "login",
    "login id",
    "sis user id",
    "user id",
    "github_username",
)
POINTS = "Points Possible"  # begins the line of Canvas that says what each column is worth
_MAILS = (
    *("email", "email address", "e-mail", "mail", "e-mail-adresse", "adresse de courriel"),
    *("dirección de correo", "correo electrónico", "indirizzo email", "e-mailadres"),
)


@dataclass(frozen=True)
class Person:
    """One person on the roster; `row` holds all columns of the file."""

    name: str
    number: str = ""
    login: str = ""
    email: str = ""
    row: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"<Person {self.name!r}>"

    @property
    def names(self) -> tuple[str, ...]:
        """Return what the person is called: by name, number, login and address."""
        return self.name, self.number, self.login, self.email


def read(path: Path) -> list[Person]:
    """Return the people on a roster in the order of the file.

    Raises:
        KitError: it cannot be read, or has no names and no logins.
    """
    rows = csv_files.read(path, lower=False)
    points = {
        f"{POINTS}: {column}": cell
        for row in rows
        if POINTS.lower() in row.get("Student", "").lower()
        for column, cell in row.items()
    }
    people = [_person(row, points) for row in rows]
    people = [person for person in people if person.name or person.login]
    if not people:
        raise KitError(
            f"{path.name!r} names nobody; it needs a column 'Student', 'Full name', 'Name', "
            "'Username', or 'First name' and 'Last name'."
        )
    return people


def match(people: Sequence[Person], sources: Iterable[SubmissionSource]) -> dict[str, Person]:
    """Return the person on the roster for each learner, by number, login or name.

    Learners who match nobody, several people, or a person whom another learner matches, too, are
    left out.
    """
    groups = by_person(people, sources)
    return {learners[0]: person for person, learners in groups if len(learners) == 1}


def by_person(
    people: Sequence[Person], sources: Iterable[SubmissionSource]
) -> list[tuple[Person, list[str]]]:
    """Return each person whom a submission matches, with the learners of all that do."""
    by_number = _indexed(people, lambda person: [person.number])
    by_login = _indexed(people, lambda person: [person.login, person.email, person.number])
    by_name = _indexed(people, lambda person: _spellings(person.name))
    found: dict[int, tuple[Person, list[str]]] = {}
    for source in sources:
        name = re.sub(r" \(\d[\d-]*\)$", "", source.learner)
        tries = (
            (by_number, [source.number]),
            (by_login, [source.login, source.learner]),
            (by_name, [sorted_words(name), name]),
        )
        for index, keys in tries:
            fitting = {id(p): p for key in keys if key for p in index.get(key.casefold(), ())}
            if len(fitting) == 1:
                ((identity, person),) = fitting.items()
                found.setdefault(identity, (person, []))[1].append(source.learner)
                break
    return list(found.values())


def _indexed(
    people: Sequence[Person], keys: Callable[[Person], list[str]]
) -> dict[str, list[Person]]:
    index: dict[str, list[Person]] = {}
    for person in people:
        for key in {key.casefold() for key in keys(person) if key}:
            index.setdefault(key, []).append(person)
    return index


def _spellings(name: str) -> list[str]:
    """Return three forms of a name to compare: words sorted, joined, and joined last name first."""
    words = re.findall(r"\w+", one_spelling(name).casefold())
    return [sorted_words(name), "".join(words), "".join(words[-1:] + words[:-1])]


def sorted_words(name: str) -> str:
    """Return the words of a name, sorted: "Lovelace, Ada" equals "Ada Lovelace"."""
    return " ".join(sorted(re.findall(r"\w+", one_spelling(name).casefold())))


def _person(given: dict[str, str], points: dict[str, str]) -> Person:
    row = {column.lower(): cell for column, cell in given.items()}

    def first(columns: Sequence[str]) -> str:
        return next((row[name] for name in columns if row.get(name)), "")

    name = first(_NAMES) or " ".join(filter(None, [first(_FIRST), first(_LAST)]))
    if POINTS.lower() in name.lower():
        name = ""
    identifier = first(("id", *_IDENTIFIERS))
    moodle = re.fullmatch(r"\D+ ?(\d+)", identifier)  # Participant 123
    number = moodle[1] if moodle else first(_NUMBERS).removeprefix("#")
    if "student" in row and not name:
        login = ""
    else:
        name, login = name or identifier, first(_LOGINS).removeprefix("#")
    return Person(name, number, login, first(_MAILS), given | points)
