"""Make a class that hands in lesson 03: right, wrong, one endless loop, one syntax error in 40.

Run by the kit's Python: `klass.py SIZE FOLDER` writes lesson 03's notebook as each learner filled
it; `klass.py SIZE --json` prints the fills instead, for the peers' notebooks.
"""

from __future__ import annotations

import json
import sys
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXERCISES = ("confirmed-column", "generate-token", "confirm-token")
LOOP = "def confirm(self, token):\n    while True:\n        pass"
SYNTAX = "def confirm(self, token:\n    return True"


def answers(size: int, loops: bool = True) -> list[tuple[str, dict[str, str]]]:
    """Give a name and the fills for each learner; without loops for who has no limit of time."""
    right = {name: text for name, text in _reference().items() if name in EXERCISES}
    wrong = [dict(mutant.fills) for mutant in _mutants()]
    kinds: list[tuple[str, dict[str, str]]] = []
    for number, fills in enumerate(wrong):
        kinds += [("right", right), ("wrong", right | fills)]
        if number == len(wrong) // 4:
            kinds.append(("syntax", right | {"confirm-token": SYNTAX}))
        if number == len(wrong) // 2:
            kinds.append(("loop", right | {"confirm-token": LOOP}))
    chosen = [kind for kind in kinds if loops or kind[0] != "loop"]
    drawn = islice(cycle(chosen), size)
    return [(f"{place:05}-{kind}", fills) for place, (kind, fills) in enumerate(drawn)]


def write(folder: Path, size: int) -> None:
    """Write lesson 03's notebook as so many learners hand it in."""
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


def _reference() -> dict[str, str]:
    from confirmlab.course import solutions

    return solutions.fills("03")


def _mutants() -> list:
    from confirmlab.course import mutants

    return [
        mutant
        for mutant in mutants.faulty()
        if mutant.blanks <= set(EXERCISES) and not mutant.hardened
    ]


if __name__ == "__main__":
    size, where = int(sys.argv[1]), sys.argv[2]
    if where == "--json":
        print(json.dumps(answers(size, "--no-loops" not in sys.argv)))
    else:
        write(Path(where), size)
