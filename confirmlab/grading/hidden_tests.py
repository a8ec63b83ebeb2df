"""Read and validate an instructor's hidden tests, which sandboxes get as text, not as files."""

import ast
from collections.abc import Iterator
from pathlib import Path

from confirmlab.base.errors import KitError
from confirmlab.course import lessons, mutants
from confirmlab.submissions.bounded_files import shown


def read(folder: Path | None) -> dict[str, str]:
    """Return the files of hidden tests, name → text; {} without a folder.

    Raises:
        KitError: the folder has none, one cannot be read, or a test has no exercise of the course
            as its mark.
    """
    if folder is None:
        return {}
    texts = {path.name: _text(path) for path in sorted(folder.glob("test_*.py"))}
    if not texts:
        raise KitError(
            f"No hidden tests are in {shown(str(folder))}; give a folder with files test_*.py."
        )
    problems = [problem for name, text in texts.items() for problem in _problems(name, text)]
    if problems:
        raise KitError(f"{' '.join(problems)} Nothing was graded; correct the hidden tests first.")
    return texts


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise KitError(
            f"The hidden tests {shown(str(path))} are not UTF-8 (byte {error.start}); save the "
            "file as UTF-8."
        ) from None
    except OSError as error:
        raise KitError(
            f"Could not read the hidden tests {shown(str(path))} ({error.strerror}); give a "
            "folder whose files you may read."
        ) from None


def _problems(name: str, text: str) -> Iterator[str]:
    """Yield a sentence for each test of a file that would not count."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        yield f"{shown(name)} is not valid Python{f' (line {line})' if line else ''}."
        return
    file_mark = next(filter(None, map(_assigned_mark, tree.body)), None)
    tests = list(_tests(tree, file_mark))
    if not tests:
        yield f"{shown(name)} has no test; a test is a function whose name begins with test_."
    for test, mark in tests:
        problem = _problem(mark)
        if problem:
            yield f"{shown(name)}: {test} {problem}"


def _problem(mark: ast.Call | None) -> str:
    if mark is None:
        return 'has no mark; write @pytest.mark.exercise("ID") above it.'
    if not mark.args or not isinstance(mark.args[0], ast.Constant):
        return "has a mark without an exercise id in quotes; write it as text."
    exercise = mark.args[0].value
    if exercise not in {known.id for known in lessons.load().exercises}:
        return f"is marked with {exercise!r}, which is not an exercise of the course."
    if exercise in mutants.mutation_tasks():
        return f"is marked with {exercise!r}, which faulty apps grade, not tests; use another."
    return ""


def _tests(
    tree: ast.Module | ast.ClassDef, mark: ast.Call | None, prefix: str = ""
) -> Iterator[tuple[str, ast.Call | None]]:
    """Yield the name of each test, and its own mark or that of the nearest class or module."""
    for node in tree.body:
        nearest = next(filter(None, map(_mark, getattr(node, "decorator_list", ()))), mark)
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            class_mark = next(filter(None, map(_assigned_mark, node.body)), nearest)
            yield from _tests(node, class_mark, f"{prefix}{node.name}::")
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield f"{prefix}{node.name}", nearest


def _assigned_mark(node: ast.stmt) -> ast.Call | None:
    """Return the mark in an assignment to `pytestmark`, or None."""
    if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) != "pytestmark":
        return None
    values = node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else [node.value]
    return next(filter(None, map(_mark, values)), None)


def _mark(node: ast.expr) -> ast.Call | None:
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.exercise"):
        return node
    return None
