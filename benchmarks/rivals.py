"""Write lesson 03 as nbgrader and otter take it: a notebook with as many checks, plain asserts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import indent

HERE = Path(__file__).resolve().parent
ASSIGNMENT = "model"
SECONDS = 2  # that nbgrader gives a cell; an endless loop costs the kit as much, or more
QUESTIONS = ("confirmed-column", "generate-token", "confirm-token")

_HOLDERS = dict(zip(QUESTIONS, ("Confirmed", "Generating", "Confirming"), strict=True))
_CHECK = re.compile(r"^def (check_\w+)\(\):  # (\S+)\n((?:    .*\n|\n)+)", re.MULTILINE)
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def checks() -> list[tuple[str, str, str]]:
    """List the checks: name, exercise, source."""
    text = (HERE / "model" / "checks.py").read_text(encoding="utf-8")
    return [
        (name, exercise, f"def {name}():\n{body.rstrip()}\n")
        for name, exercise, body in _CHECK.findall(text)
    ]


def nbgrader_notebook(fills: dict[str, str], released: dict | None = None) -> str:
    """Make nbgrader's notebook, or put answers into the one that it released."""
    if released is not None:
        for cell in released["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if name in fills:
                cell["source"] = _answer(name, fills[name])
        return json.dumps(released)
    cells = [_cell("given", _given("given")), *_answers(fills, marked=True)]
    cells.append(_cell("user", _given("user")))
    for name, _, source in checks():
        mark = {"grade": True, "solution": False, "locked": True, "points": 1}
        cells.append(_cell(name, f"{source}\nclean()\n{name}()", _nbgrader(name, **mark)))
    return _notebook(cells)


def nbgrader_course(folder: Path, reference: dict[str, str]) -> None:
    """Lay out a course for nbgrader; its release is made by the caller, then call hand_in()."""
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (source / "model.ipynb").write_text(nbgrader_notebook(reference), encoding="utf-8")
    config = f"""c = get_config()
c.CourseDirectory.course_id = "bench"
c.ExecutePreprocessor.timeout = {SECONDS}
c.ExecutePreprocessor.interrupt_on_timeout = True
c.ClearSolutions.enforce_metadata = False
"""
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")


def hand_in(folder: Path, klass: list) -> None:
    """Let a class hand in what nbgrader released."""
    released = folder / "release" / ASSIGNMENT / "model.ipynb"
    for learner, fills in klass:
        place = folder / "submitted" / learner / ASSIGNMENT
        place.mkdir(parents=True)
        notebook = json.loads(released.read_text(encoding="utf-8"))
        (place / "model.ipynb").write_text(nbgrader_notebook(fills, notebook), encoding="utf-8")


def otter_course(folder: Path, klass: list) -> None:
    """Write otter's tests, one file a question, and the notebooks of a class."""
    (folder / "tests").mkdir(parents=True)
    for number, question in enumerate(QUESTIONS, 1):
        cases = [
            {"code": f"{_doctest(source)}\n>>> clean()\n>>> {name}()", "hidden": False, "points": 1}
            for name, exercise, source in checks()
            if exercise == question
        ]
        test = {
            "name": f"q{number}",
            "points": None,
            "suites": [{"cases": cases, "scored": True, "type": "doctest"}],
        }
        text = f"OK_FORMAT = True\n\ntest = {test!r}\n"
        (folder / "tests" / f"q{number}.py").write_text(text, encoding="utf-8")
    for learner, fills in klass:
        cells = [_cell("given", "import otter\ngrader = otter.Notebook()\n" + _given("given"))]
        cells += [*_answers(fills, marked=False), _cell("user", _given("user"))]
        for number in range(1, len(QUESTIONS) + 1):
            cells.append(_cell(f"check-{number}", f'grader.check("q{number}")'))
        (folder / f"{learner}.ipynb").write_text(_notebook(cells), encoding="utf-8")


def _answers(fills: dict[str, str], marked: bool) -> list[dict]:
    mark = {"grade": False, "solution": True, "locked": False}
    return [
        _cell(name, _answer(name, fills[name]), _nbgrader(name, **mark) if marked else {})
        for name in QUESTIONS
    ]


def _answer(name: str, fill: str) -> str:
    return f"class {_HOLDERS[name]}:\n    pass\n\n{indent(fill, '    ')}"


def _given(name: str) -> str:
    return (HERE / "model" / f"{name}.py").read_text(encoding="utf-8")


def _nbgrader(name: str, **mark: object) -> dict:
    return {"nbgrader": {"grade_id": name, "schema_version": 3, "task": False, **mark}}


def _cell(name: str, source: str, metadata: dict | None = None) -> dict:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name.replace("_", "-")[:64],
        "metadata": metadata or {},
        "outputs": [],
        "source": source,
    }


def _notebook(cells: list[dict]) -> str:
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def _doctest(source: str) -> str:
    first, *rest = source.rstrip().split("\n")
    return "\n".join([f">>> {first}", *(f"... {line}" for line in rest)])
