"""Faulty and correct variants of the app, and the exercises whose tests are tried on them."""

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
    """Hold one app that differs from the reference in some fills: faulty, or just as correct."""

    id: str
    title: str
    story: str
    hint: str
    essential: bool
    fills: tuple[tuple[str, str], ...]
    hardened: bool = False  # whether it differs from the hardened app, not from the course's

    @property
    def blanks(self) -> set[str]:
        """Name the blanks that it fills in its own way."""
        return {blank_id for blank_id, _ in self.fills}

    def __repr__(self) -> str:
        return f"<Mutant {self.id}>"


@cache
def faulty() -> tuple[Mutant, ...]:
    """List the faulty ones, by name."""
    return _read(paths.in_kit("tests", "mutants", "faulty"))


@cache
def correct() -> tuple[Mutant, ...]:
    """List the correct ones, which no check may refuse, by name."""
    return _read(paths.in_kit("tests", "mutants", "correct"))


def of_the_model() -> tuple[Mutant, ...]:
    """List the faulty ones that tests of the model alone can tell: those with a hint."""
    return tuple(mutant for mutant in faulty() if mutant.hint)


@dataclass(frozen=True)
class Trial:
    """Hold an exercise that asks for tests: its id, and the blanks that the tried model needs."""

    exercise: str
    needs: tuple[str, ...]

    @property
    def file(self) -> str:
        """Name the file of the app that holds the tests."""
        return lessons.load().exercise(self.exercise).file

    @property
    def hardened(self) -> bool:
        """Say whether the tests are about the hardened app."""
        return lessons.load().exercise(self.exercise).lesson > solutions.FINISHED

    @property
    def model(self) -> dict[str, str]:
        """Give the reference fills of the model as they stand in the exercise's lesson."""
        known = solutions.fills(lessons.load().exercise(self.exercise).lesson)
        return {blank_id: known[blank_id] for blank_id in self.needs}

    @property
    def correct(self) -> tuple[Mutant, ...]:
        """List the correct apps besides the reference."""
        return tuple(one for one in correct() if one.hardened == self.hardened)

    @property
    def faulty(self) -> tuple[Mutant, ...]:
        """List the faulty apps that tests of the model can tell."""
        return tuple(one for one in of_the_model() if one.hardened == self.hardened)


_MODEL = ("confirmed-column", "generate-token", "confirm-token")
_HARDENED = (*_MODEL, "token-key", "spent-tokens")
TRIALS = {
    "confirmation-tests": Trial("confirmation-tests", _MODEL),
    "hardening-tests": Trial("hardening-tests", _HARDENED),
}


def others(exercises: Iterable[Exercise]) -> list[Exercise]:
    """Leave out the exercises that ask for tests: those are judged by trials, not by tests."""
    return [exercise for exercise in exercises if exercise.id not in TRIALS]


def _read(folder: Path) -> tuple[Mutant, ...]:
    found = [path for path in folder.iterdir() if path.suffix in (".py", ".html")]
    return tuple(_mutant(path) for path in sorted(found, key=_natural))


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


def _natural(path: Path) -> tuple[str, int]:
    letter, number = re.match(r"([a-z_]+)(\d*)", path.stem).groups()
    return letter, int(number or 0)
