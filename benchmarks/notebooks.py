"""Lesson 03 for nbgrader and otter: notebooks with the same checks as plain asserts."""

import json
import re
from pathlib import Path
from textwrap import indent

HERE = Path(__file__).resolve().parent
SECONDS = 2  # nbgrader's limit per cell: an endless loop costs the kit as much, or more
_CLASSES = {
    "confirmed-column": "Confirmed",
    "generate-token": "Generating",
    "confirm-token": "Confirming",
}
_CHECK = re.compile(r"^def (check_\w+)\(\):  # (\S+)\n((?:    .*\n|\n)+)", re.MULTILINE)
_NBGRADER_CONFIG = f"""c = get_config()
c.CourseDirectory.course_id = "bench"
c.ExecutePreprocessor.timeout = {SECONDS}
c.ExecutePreprocessor.interrupt_on_timeout = True
c.ClearSolutions.enforce_metadata = False
"""


def checks() -> list[tuple[str, str, str]]:
    """List the checks: name, exercise, source."""
    return [
        (name, exercise, f"def {name}():\n{body.rstrip()}\n")
        for name, exercise, body in _CHECK.findall(_model("checks"))
    ]


def plain_file(fills: dict[str, str]) -> str:
    """Return one Python file: the model, these answers, and the checks."""
    answers = [_answer(name, fills[name]) for name in _CLASSES]
    return "\n\n".join([_model("given"), *answers, _model("user"), _model("checks")])


def nbgrader_notebook(fills: dict[str, str]) -> str:
    """Return nbgrader's source notebook, with these answers as the solutions."""
    solution = {"grade": False, "solution": True, "locked": False}
    test = {"grade": True, "solution": False, "locked": True, "points": 1}
    cells = [_cell("given", _model("given"))]
    cells += [
        _cell(name, _answer(name, fills[name]), _nbgrader(name, solution)) for name in _CLASSES
    ]
    cells.append(_cell("user", _model("user")))
    for name, _, source in checks():
        cells.append(_cell(name, f"{source}\nclean()\n{name}()", _nbgrader(name, test)))
    return _notebook(cells)


def write_nbgrader_course(folder: Path, reference: dict[str, str]) -> None:
    """Write a course for nbgrader; run `nbgrader generate_assignment model` after it."""
    source = folder / "source" / "model"
    source.mkdir(parents=True)
    (source / "model.ipynb").write_text(nbgrader_notebook(reference), encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(_NBGRADER_CONFIG, encoding="utf-8")


def hand_in(folder: Path, learners: list) -> None:
    """Write each learner's answers into a copy of the notebook that nbgrader released."""
    released = (folder / "release" / "model" / "model.ipynb").read_text(encoding="utf-8")
    for learner, fills in learners:
        notebook = json.loads(released)
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if name in fills:
                cell["source"] = _answer(name, fills[name])
        place = folder / "submitted" / learner / "model"
        place.mkdir(parents=True)
        (place / "model.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def write_otter_course(folder: Path, learners: list) -> None:
    """Write otter's tests, one file per exercise, and each learner's notebook."""
    (folder / "tests").mkdir(parents=True)
    for number, question in enumerate(_CLASSES, 1):
        cases = [
            {"code": f"{_doctest(source)}\n>>> clean()\n>>> {name}()", "hidden": False, "points": 1}
            for name, exercise, source in checks()
            if exercise == question
        ]
        suite = {"cases": cases, "scored": True, "type": "doctest"}
        test = {"name": f"q{number}", "points": None, "suites": [suite]}
        text = f"OK_FORMAT = True\n\ntest = {test!r}\n"
        (folder / "tests" / f"q{number}.py").write_text(text, encoding="utf-8")
    for learner, fills in learners:
        cells = [_cell("given", "import otter\ngrader = otter.Notebook()\n" + _model("given"))]
        cells += [_cell(name, _answer(name, fills[name])) for name in _CLASSES]
        cells.append(_cell("user", _model("user")))
        cells += [_cell(f"check-{n}", f'grader.check("q{n}")') for n in range(1, 4)]
        (folder / f"{learner}.ipynb").write_text(_notebook(cells), encoding="utf-8")


def _answer(name: str, fill: str) -> str:
    return f"class {_CLASSES[name]}:\n    pass\n\n{indent(fill, '    ')}"


def _model(name: str) -> str:
    return (HERE / "model" / f"{name}.py").read_text(encoding="utf-8")


def _nbgrader(name: str, marks: dict) -> dict:
    return {"nbgrader": {"grade_id": name, "schema_version": 3, "task": False, **marks}}


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
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def _doctest(source: str) -> str:
    first, *rest = source.rstrip().split("\n")
    return "\n".join([f">>> {first}", *(f"... {line}" for line in rest)])
