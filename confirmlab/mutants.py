"""Read the faulty fills and the correct variants of tests/mutants."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from confirmlab import blanks
from confirmlab.base import paths
from confirmlab.base.errors import CourseError

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


def _read(folder: Path) -> tuple[Mutant, ...]:
    paths = [path for path in folder.iterdir() if path.suffix in (".py", ".html")]
    return tuple(_mutant(path) for path in sorted(paths, key=_natural))


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
