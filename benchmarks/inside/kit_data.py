"""Print or write what benchmarks need from the kit.

`fills` prints the reference solution, `answers SIZE` a class with its fills; `class SIZE FOLDER`
writes that class's notebooks, `class SIZE FOLDER own` notebooks in which no two texts are equal,
`core SIZE FOLDER` those of a class that hands in all core lessons, and `apps FOLDER` each faulty
app of lesson 04.
"""

import json
import sys
from itertools import cycle, islice
from pathlib import Path

from confirmlab.base import paths
from confirmlab.course import lessons, mutants, skeleton, solutions
from confirmlab.course.mutants import mutation_tasks

CORE = ("00", "03", "04", "05", "06", "07")
EXERCISES = ("confirmed-column", "generate-token", "confirm-token")
LOOP = "def confirm(self, token):\n    while True:\n        pass"
SYNTAX = "def confirm(self, token:\n    return True"


def answers(size: int, loops: bool = True) -> list[tuple[str, dict[str, str]]]:
    """Return a name and fills per learner: half right, half wrong, few loops and syntax errors."""
    right = {name: text for name, text in solutions.fills("03").items() if name in EXERCISES}
    wrong = [
        dict(one.fills)
        for one in mutants.faulty()
        if one.blanks <= right.keys() and not one.hardened
    ]
    kinds = []
    for number, fills in enumerate(wrong):
        kinds += [("right", right), ("wrong", right | fills)]
        if number == len(wrong) // 4:
            kinds.append(("syntax", right | {"confirm-token": SYNTAX}))
        if number == len(wrong) // 2 and loops:
            kinds.append(("loop", right | {"confirm-token": LOOP}))
    drawn = islice(cycle(kinds), size)
    return [(f"{place:05}-{kind}", fills) for place, (kind, fills) in enumerate(drawn)]


def core_answers(size: int) -> list[tuple[str, dict[str, str]]]:
    """Return a name and fills of the core lessons per learner: every other one has one mistake."""
    core = [e for lesson in CORE for e in lessons.load().lesson(lesson).exercises]
    right = {e.id: text for e in core if (text := solutions.finished().get(e.id))}
    wrong = [m for m in mutants.faulty() if m.blanks <= right.keys() and not m.hardened]
    faults = [fault for mutant in wrong for fault in ({}, dict(mutant.fills))]
    drawn = enumerate(islice(cycle(faults), size))
    return [(f"{n:05}-{'wrong' if fault else 'right'}", right | fault) for n, fault in drawn]


def write_class(learners: list[tuple[str, dict[str, str]]], folder: Path, own: bool) -> None:
    """Write the notebooks that each learner hands in; `own` adds a comment to each text."""
    numbers = {lessons.load().exercise(name).lesson for _, fills in learners for name in fills}
    files = [f"{lessons.load().lesson(number).name}.ipynb" for number in sorted(numbers)]
    sources = {name: paths.in_kit("notebooks", name).read_text("utf-8") for name in files}
    for learner, fills in learners:
        place = folder / learner
        place.mkdir(parents=True)
        for name, source in sources.items():
            notebook = json.loads(source)
            for cell in notebook["cells"]:
                blank = cell["id"].removeprefix("ex-").removesuffix("-fill")
                if cell["id"] == f"ex-{blank}-fill" and blank in fills:
                    text = _with_comment(blank, fills[blank], learner) if own else fills[blank]
                    cell["source"] = f"%%fill {blank}\n{text}"
            (place / name).write_text(json.dumps(notebook), encoding="utf-8")


def _with_comment(blank: str, text: str, learner: str) -> str:
    """Return a text of Python code with a comment; other texts are returned as they are."""
    is_python = lessons.load().exercise(blank).file.endswith(".py")
    return f"{text}\n# This is by {learner}." if is_python else text


def write_apps(folder: Path) -> int:
    """Write each faulty app of lesson 04, with the reference's tests; return their number."""
    trial = mutation_tasks()["confirmation-tests"]
    suite = {"confirmation-tests": solutions.fill("confirmation-tests")}
    for mutant in trial.faulty:
        skeleton.build(folder / mutant.id, trial.app | suite | dict(mutant.fills))
    return len(trial.faulty)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fills"]:
            found = solutions.fills("04")
        case ["answers", size, *rest]:
            found = answers(int(size), "no-loops" not in rest)
        case ["class", size, folder, *rest]:
            found = write_class(answers(int(size)), Path(folder), "own" in rest)
        case ["core", size, folder]:
            found = write_class(core_answers(int(size)), Path(folder), own=True)
        case ["apps", folder]:
            found = write_apps(Path(folder))
    print(json.dumps(found))
