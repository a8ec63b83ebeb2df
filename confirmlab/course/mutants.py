"""Faulty and correct variants of the app, on which learners' own tests are run."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from confirmlab.base import paths
from confirmlab.base.errors import CourseError
from confirmlab.course import blanks, lessons, solutions
from confirmlab.course.lessons import Exercise

_DOC = re.compile(r'\A(?:"""|\{#)\s*(?P<title>[^\n]+)\n\s*(?P<story>.*?)\s*(?:"""|#\})', re.DOTALL)
_HINT = re.compile(r"^# hint: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """An app that differs from the reference in some fills: faulty (a mutant) or also correct."""

    id: str
    title: str
    story: str
    hint: str
    essential: bool  # learners' tests must detect it
    fills: tuple[tuple[str, str], ...]
    hardened: bool = False  # a variant of the hardened app, not of lesson 07's

    @property
    def blanks(self) -> set[str]:
        """Return the ids of the blanks that differ from the reference."""
        return {blank_id for blank_id, _ in self.fills}

    def text(self, blank_id: str) -> str | None:
        """Return this app's fill of a blank; None if it is the reference's."""
        return dict(self.fills).get(blank_id)

    def __repr__(self) -> str:
        return f"<Mutant {self.id}>"


@cache
def faulty() -> tuple[Mutant, ...]:
    """Return the faulty apps, sorted by name."""
    return _read(paths.in_kit("tests", "mutants", "faulty"))


@cache
def correct() -> tuple[Mutant, ...]:
    """Return the correct variants, which every check must accept, sorted by name."""
    return _read(paths.in_kit("tests", "mutants", "correct"))


def of_the_model() -> tuple[Mutant, ...]:
    """Return the faulty apps that unit tests of the model can detect: those with a hint."""
    return tuple(mutant for mutant in faulty() if mutant.hint)


@dataclass(frozen=True)
class MutationTask:
    """An exercise whose answer is tests, which run on mutants: its id, and the blanks they test."""

    exercise: str
    methods: tuple[str, ...] = (
        "generate-token",
        "confirm-token",
    )  # blanks in which its apps differ

    @property
    def file(self) -> str:
        """Return the path, in the app, of the file that contains the learner's tests."""
        return lessons.load().exercise(self.exercise).file

    @property
    def hardened(self) -> bool:
        """Return whether the tests are for the hardened app."""
        return lessons.load().exercise(self.exercise).lesson > lessons.load().finished

    @property
    def app(self) -> dict[str, str]:
        """Return the reference fills of the app: finished, or as of the exercise's lesson."""
        course = lessons.load()
        return solutions.fills(max(course.finished, course.exercise(self.exercise).lesson))

    @property
    def correct(self) -> tuple[Mutant, ...]:
        """Return the correct variants other than the reference."""
        return tuple(app for app in correct() if app.hardened == self.hardened)

    @property
    def faulty(self) -> tuple[Mutant, ...]:
        """Return the faulty apps that the tests should detect."""
        return tuple(app for app in of_the_model() if app.hardened == self.hardened)


_TASKS = (MutationTask("confirmation-tests"), MutationTask("hardening-tests"))


@cache
def mutation_tasks() -> dict[str, MutationTask]:
    """Return the exercises of the course that ask for tests, by id."""
    course = {exercise.id for exercise in lessons.load().exercises}
    return {task.exercise: task for task in _TASKS if task.exercise in course}


def graded_by_tests(exercises: Iterable[Exercise]) -> list[Exercise]:
    """Return the exercises that are graded by tests; the others ask the learner to write tests."""
    return [exercise for exercise in exercises if exercise.id not in mutation_tasks()]


def _read(folder: Path) -> tuple[Mutant, ...]:
    files = [path for path in folder.iterdir() if path.suffix in (".py", ".html")]
    found = (_mutant(path) for path in sorted(files, key=_name_and_number))
    return tuple(mutant for mutant in found if filled_by(mutant))


def filled_by(mutant: Mutant) -> list[Exercise]:
    """Return the exercises that fill its blanks; for a hardened app, only extra ones.

    There are none if the course leaves their lessons out.
    """
    course = lessons.load()
    if not mutant.blanks <= {exercise.id for exercise in course.exercises}:
        return []
    if not mutant.hardened:
        return [exercise for exercise in course.exercises if exercise.id in mutant.blanks]
    extra = [exercise for exercise in course.exercises if exercise.lesson > course.finished]
    return [e for e in extra if mutant.blanks & {e.id, *e.refills}]


def _mutant(path: Path) -> Mutant:
    source = path.read_text(encoding="utf-8")
    doc, hint = _DOC.match(source), _HINT.search(source)
    found = blanks.find(source)
    if doc is None or not found:
        raise CourseError(f"{path.name!r} needs a docstring with title and story, and a region.")
    return Mutant(
        id=path.stem,
        title=doc["title"].strip(),
        story=" ".join(doc["story"].split()),
        hint=hint[1] if hint else "",
        essential="\n# essential\n" in source,
        hardened="\n# hardened\n" in source,
        fills=tuple((blank.id, blank.text) for blank in found.values()),
    )


def _name_and_number(path: Path) -> tuple[str, int]:
    named = re.match(r"([a-z_]+)(\d*)", path.stem)
    assert named, path.name
    letter, number = named.groups()
    return letter, int(number or 0)
