"""Make a class of synthetic submissions: right, wrong, open, broken and hostile ones.

The class has come to the end of lesson 05. `python tests/classroom/make_class.py 200 FOLDER` writes
its submissions, and prints the expected grade of each one; tests call make().
"""

import json
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from confirmlab.base import paths
from confirmlab.course import lessons, mutants, notebook_format, skeleton, solutions

LESSON = "05"
EXIT = "def confirm(self, token):\n    import os\n    os._exit(0)"
LOOP = "def confirm(self, token):\n    while True: pass"
KILL = "import os\nos.kill(os.getppid(), 9)\n\ndef confirm(self, token):\n    return True"
FORK = "import os\nwhile True:\n    os.fork()"
HOG = "def confirm(self, token):\n    held = [bytes(10**8) for _ in range(10**4)]\n    return True"
ASSERTS = (
    "import pytest, _pytest.python\n_pytest.python.Function.runtest = lambda self: None\n"
    "def confirm(self, token):\n    return False"
)


@dataclass(frozen=True)
class Expected:
    """The expected grade of a submission: its status, and the exercises that it must not pass."""

    learner: str
    kind: str
    status: str
    missed: frozenset[str]
    exactly: bool = True  # or else some of these, and no other

    def holds(self, grade: object) -> bool:
        """Return whether a grade is the expected one."""
        missed = {entry.exercise for entry in grade.exercises if entry.status != "passed"}
        some = LEFT < missed <= self.missed
        right = missed == self.missed if self.exactly else some
        return grade.status == self.status and right


DONE = solutions.fills(LESSON)
LEFT = frozenset(exercise.id for exercise in lessons.load().exercises if exercise.id not in DONE)
Kind = tuple[str, Callable[[Path], None], str, frozenset[str], bool]


def make(folder: Path, size: int, kinds: list[Kind] | None = None) -> list[Expected]:
    """Write the given number of submissions, and return the expected grade of each."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = []
    chosen = islice(cycle(kinds or all_kinds()), size)
    for number, (kind, write, status, missed, exactly) in enumerate(chosen):
        learner = f"{number:04} {kind}"
        write(folder / learner)
        missed |= LEFT if status not in ("no-submission", "unreadable") else frozenset()
        expected.append(Expected(learner, kind, status, missed, exactly))
    return expected


def all_kinds() -> list[Kind]:
    """List the kinds so that the first few already mix right, wrong, broken and hostile ones."""
    right = [_right("folder", _app({})), _right("notebooks", _notebooks), _right("zip", _zip)]
    right += [_right(f"variant {v.id}", _app(dict(v.fills))) for v in mutants.correct()]
    wrong = [_wrong(mutant) for mutant in mutants.faulty() if _fits(mutant)]
    wrong += [_open(number) for number in ("00", "03", "04")]
    odd = [*_broken(), *_hostile()]
    mixed: list[Kind] = []
    for number, kind in enumerate(wrong):
        mixed += [kind, right[number % len(right)]]
        if number < len(odd):
            mixed.append(odd[number])
    return mixed + odd[len(wrong) :]


def _fits(mutant: mutants.Mutant) -> bool:
    """Leave out kinds beyond the class's last lesson, and those for hardened apps only."""
    return mutant.blanks <= DONE.keys() and not mutant.hardened


def _right(name: str, write: Callable[[Path], None]) -> Kind:
    return (f"right, {name}", write, "graded", frozenset(), True)


def _wrong(mutant: mutants.Mutant) -> Kind:
    write = _app(dict(mutant.fills))
    return (f"wrong, {mutant.id}", write, "graded", frozenset(mutant.blanks), False)


def _open(lesson: str) -> Kind:
    known = solutions.fills(lesson)
    left = frozenset(DONE.keys() - known.keys())

    def write(place: Path) -> None:
        skeleton.build(place / "my_app", known)

    return (f"open after {lesson}", write, "graded", left, True)


def _broken() -> list[Kind]:
    everything: frozenset[str] = frozenset()

    def empty(place: Path) -> None:
        place.mkdir()

    def essay(place: Path) -> None:
        place.mkdir()
        (place / "essay.txt").write_text("Dear teacher")

    def foreign(place: Path) -> None:
        place.mkdir()
        cell = {"cell_type": "code", "id": "a", "source": "print(1)"}
        (place / "pandas.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))

    def torn(place: Path) -> None:
        _zip(place)
        packed = place.with_name(f"{place.name}.zip")
        packed.write_bytes(packed.read_bytes()[:-200])

    def no_json(place: Path) -> None:
        place.mkdir()
        (place / "03_the_user_model.ipynb").write_text('{"cells": [')

    def latin(place: Path) -> None:
        skeleton.build(place / "my_app", DONE)
        views = place / "my_app" / "app" / "auth" / "views.py"
        views.write_bytes(views.read_bytes() + "# schöne Grüße\n".encode("latin-1"))

    def sparse(place: Path) -> None:
        skeleton.build(place / "my_app", DONE)
        with open(place / "my_app" / "app" / "video.mp4", "wb") as file:
            file.truncate(2 * 10**9)

    def nul(place: Path) -> None:
        skeleton.build(place / "my_app", DONE)
        page = place / "my_app" / "app" / "templates" / "main" / "index.html"
        page.write_text(page.read_text().replace('"lead"', '"lead\0"'))

    return [
        ("broken, empty", empty, "no-submission", everything, True),
        ("broken, essay", essay, "no-submission", everything, True),
        ("broken, foreign", foreign, "no-submission", everything, True),
        ("broken, torn zip", torn, "unreadable", everything, True),
        ("broken, no JSON", no_json, "unreadable", everything, True),
        ("broken, Latin-1", latin, "graded", frozenset(), True),
        ("broken, 2 GB", sparse, "graded", frozenset(), True),
        ("broken, NUL", nul, "graded", frozenset({"welcome-line"}), True),
        (
            "broken, syntax",
            _app({"confirm-view": "def confirm(:"}),
            "graded",
            frozenset({"confirm-view"}),
            True,
        ),
    ]


def _hostile() -> list[Kind]:
    def kind(name: str, status: str, blank: str, text: str) -> Kind:
        return (f"hostile, {name}", _app({blank: text}), status, frozenset({blank}), True)

    return [
        kind("exit", "crashed", "confirm-token", EXIT),
        kind("kill", "tampered", "confirm-token", KILL),
        kind("asserts", "tampered", "confirm-token", ASSERTS),
        kind("fork bomb", "tampered", "confirm-view", FORK),
        kind("memory hog", "graded", "confirm-token", HOG),
        kind("loop", "timeout", "confirm-token", LOOP),
    ]


def _app(changed: dict[str, str]) -> Callable[[Path], None]:
    def write(place: Path) -> None:
        skeleton.build(place / "my_app", DONE | changed)

    return write


def _notebooks(place: Path) -> None:
    """Hand in notebooks alone, as they are after a learner has filled them."""
    place.mkdir()
    for lesson in (lesson for lesson in lessons.load().lessons if lesson.number <= LESSON):
        solved = paths.in_kit("solutions", f"{lesson.name}.ipynb").read_text(encoding="utf-8")
        text = notebook_format.write(notebook_format.read(solved))
        (place / f"{lesson.name}.ipynb").write_text(text, encoding="utf-8")


def _zip(place: Path) -> None:
    """Hand in a zip with the app in it."""
    built = place.with_name(f".{place.name}")
    skeleton.build(built, DONE)
    with zipfile.ZipFile(place.with_name(f"{place.name}.zip"), "w") as archive:
        for name in skeleton.app_files(built):
            archive.write(built / name, f"my_app/{name.as_posix()}")
            (built / name).unlink()
    for folder in sorted(built.rglob("*"), reverse=True):
        folder.rmdir()
    built.rmdir()


if __name__ == "__main__":
    expected = [
        vars(one) | {"missed": sorted(one.missed)}
        for one in make(Path(sys.argv[2]), int(sys.argv[1]))
    ]
    print(json.dumps(expected, indent=1))
