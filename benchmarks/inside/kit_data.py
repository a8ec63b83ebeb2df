"""Print or write what benchmarks need from the kit.

`fills` prints the reference solution, `answers SIZE` a class with its fills; `class SIZE FOLDER`
writes that class's notebooks, and `apps FOLDER` each faulty app of lesson 04.
"""

import json
import sys
from itertools import cycle, islice
from pathlib import Path

from confirmlab.course import mutants, skeleton, solutions
from confirmlab.course.mutants import mutation_tasks

ROOT = Path(__file__).resolve().parents[2]
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


def write_class(size: int, folder: Path) -> None:
    """Write lesson 03's notebook as each learner hands it in."""
    source = (ROOT / "notebooks" / "03_the_user_model.ipynb").read_text(encoding="utf-8")
    for learner, fills in answers(size):
        notebook = json.loads(source)
        for cell in notebook["cells"]:
            name = cell["id"].removeprefix("ex-").removesuffix("-fill")
            if cell["id"] == f"ex-{name}-fill":
                cell["source"] = f"%%fill {name}\n{fills[name]}"
        place = folder / learner
        place.mkdir(parents=True)
        (place / "03_the_user_model.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def write_apps(folder: Path) -> int:
    """Write each faulty app of lesson 04, with the reference's tests; return their number."""
    trial = mutation_tasks()["confirmation-tests"]
    suite = {"confirmation-tests": solutions.fill("confirmation-tests")}
    for mutant in trial.faulty:
        skeleton.build(folder / mutant.id, trial.model | suite | dict(mutant.fills))
    return len(trial.faulty)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fills"]:
            found = solutions.fills("04")
        case ["answers", size, *rest]:
            found = answers(int(size), "no-loops" not in rest)
        case ["class", size, folder]:
            found = write_class(int(size), Path(folder))
        case ["apps", folder]:
            found = write_apps(Path(folder))
    print(json.dumps(found))
