"""Collect the fills of one submission from the app's files and from the notebooks."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from confirmlab.base import paths
from confirmlab.course import blanks, lessons, skeleton, solutions
from confirmlab.course.lessons import Lesson
from confirmlab.submissions import fills_found
from confirmlab.submissions.bounded_files import NOTEBOOK, BoundedFiles, is_notebook, listed, shown
from confirmlab.submissions.fills_found import FoundFills

NESTED = 6  # folders and zips around my_app or a notebook


def from_app(files: BoundedFiles, names: list[str]) -> FoundFills:
    """Return the fills in the app's files; a blank that was moved to another file counts, too."""
    root, notes = _root(names)
    if root is None:
        return _loose_files(files, names)
    present = set(names)
    texts: dict[str, str] = {}
    for file in _app_files():
        if root + file not in present:
            notes.append(f"The file {shown(root + file)} is missing.")
            continue
        _add(files, root + file, texts, notes)
    if any(exercise.id not in texts for exercise in lessons.load().exercises):
        for name in _other_files(names, root):
            for exercise_id in _add(files, name, texts, notes):
                notes.append(f"The blank {exercise_id!r} was moved to {shown(name)}; it counts.")
    missing = [exercise for exercise in lessons.load().exercises if exercise.id not in texts]
    notes += [f"{shown(root + e.file)} has no readable blank {e.id!r}." for e in missing]
    texts = _without_reference(files, record_name(names), texts, notes)
    return FoundFills(texts, tuple(notes), of_this_course=bool(texts))


def record_name(names: list[str]) -> str:
    """Return the path of the record that the kit keeps in the app's folder."""
    root, _ = _root(names)
    return f"{root or ''}{paths.RECORD}"


def from_notebooks(files: BoundedFiles, names: list[str]) -> FoundFills:
    """Return the fills in the notebooks; those with the course's file names have precedence."""
    course_names = {f"{lesson.name}.ipynb" for lesson in lessons.load().lessons}
    notebooks = [name for name in names if is_notebook(name) and name.count("/") <= NESTED]
    notebooks.sort(
        key=lambda name: (_file_name(name) not in course_names, name.count("/"), *_newest(name))
    )
    in_notebook = {}
    for name in notebooks:
        text = files.text(name, NOTEBOOK)
        if text is not None:
            lesson = _short_or_full(lesson_of(name), text)
            in_notebook[name] = fills_found.in_notebook(name, text, lesson)
    refills = {name: _refills(name, fills) for name, fills in in_notebook.items()}
    first = _merged({name: _without(fills, refills[name]) for name, fills in in_notebook.items()})
    last = _merged({name: FoundFills(texts) for name, texts in refills.items()})
    earlier = {key: text for key, text in first.texts.items() if key in last.texts}
    problems = first.problems + last.problems
    return FoundFills({**first.texts, **last.texts}, problems, first.of_this_course, earlier)


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]


def _newest(name: str) -> tuple[int, str]:
    """Return the sort key that puts files with a platform's later time stamp first."""
    time = re.match(r"20\d{12}(?=_)", _file_name(name))
    return -int(time[0]) if time else 0, name


def lesson_of(name: str) -> Lesson | None:
    """Return the lesson named in a file name, even if a browser or platform added to it."""
    last = _file_name(name)
    named = (le for le in lessons.load().lessons if le.name in last and is_notebook(last))
    return next(named, None)


def _short_or_full(lesson: Lesson | None, notebook: str) -> Lesson | None:
    """Return the lesson; if the notebook is that of the short way, only with its exercises."""
    if lesson and lesson.short_minutes and f"%lesson {int(lesson.number)} --short" in notebook:
        return replace(lesson, exercises=lesson.on_the_short_way().exercises)
    return lesson


def _root(names: list[str]) -> tuple[str | None, list[str]]:
    """Return the app's folder, and notes if there are several.

    It is the one named my_app, or else the one with most of the app's files; None without any.
    """
    folders = [
        name[: -len(file)]
        for file in _app_files()
        for name in names
        if f"/{name}".endswith(f"/{file}")
    ]
    roots = Counter(root for root in folders if root.count("/") <= NESTED)
    ranked = sorted(
        roots, key=lambda root: (not f"/{root}".endswith("/my_app/"), -roots[root], len(root), root)
    )
    notes = []
    if len(ranked) > 1:
        others = listed(ranked[1:])
        notes.append(f"More than one app: that in {shown(ranked[0])} counts, not that in {others}.")
    return (ranked[0] if ranked else None), notes


def _loose_files(files: BoundedFiles, names: list[str]) -> FoundFills:
    """Return the fills in app files that were handed in without folders, such as models.py."""
    known = {_file_name(file) for file in _app_files()}
    texts: dict[str, str] = {}
    notes: list[str] = []
    for name in names:
        if _file_name(name) in known:
            _add(files, name, texts, notes)
    texts = _without_reference(files, record_name([]), texts, notes)
    return FoundFills(texts, tuple(notes), of_this_course=bool(texts))


def _add(files: BoundedFiles, name: str, texts: dict[str, str], notes: list[str]) -> list[str]:
    """Add the fills of one file to `texts` where it has none for a blank; return the new ids.

    Problems of the file are appended to `notes`.
    """
    source = files.text(name)
    if source is None:
        return []
    fills = fills_found.in_file(name, source)
    notes += fills.problems
    new = [exercise_id for exercise_id in fills.texts if exercise_id not in texts]
    texts |= {exercise_id: fills.texts[exercise_id] for exercise_id in new}
    return new


def _other_files(names: list[str], root: str) -> list[str]:
    folders = (f"{root}app/", f"{root}tests/")
    known = {root + file for file in _app_files()}
    return [
        name
        for name in names
        if name.startswith(folders)
        and name.endswith((".py", ".html", ".txt"))
        and name not in known
    ]


def _without_reference(
    files: BoundedFiles, record: str, texts: dict[str, str], notes: list[str]
) -> dict[str, str]:
    """Return the texts, with the learner's own in place of reference fills that %lesson put in.

    The learner's record lists those. Without a record all texts count as the learner's own, and a
    note names those that are the reference's.
    """
    progress = files.json_object(record)
    filled, covered = progress.get("filled"), progress.get("covered")
    if not isinstance(filled, dict) or not isinstance(covered, dict):
        same = [exercise_id for exercise_id in texts if is_reference(exercise_id, texts)]
        if same:
            notes.append(
                f"{shown(record)} is missing or damaged, so nothing tells which blanks %lesson "
                "filled with the reference solution. These have its text and count as the "
                f"learner's own: {', '.join(map(repr, same))}."
            )
        return texts
    replaced = {
        exercise_id: covered[exercise_id]
        for exercise_id, text in texts.items()
        if filled.get(exercise_id) == text and isinstance(covered.get(exercise_id), str)
    }
    own = fills_found.usable(record, replaced, [])
    notes += own.problems
    kept = {exercise_id: text for exercise_id, text in texts.items() if exercise_id not in replaced}
    return {**kept, **own.texts}


def is_reference(exercise_id: str, texts: Mapping[str, str]) -> bool:
    """Return whether a text is one that %lesson could have filled in."""
    known = (fills.get(exercise_id) for fills in reference_fills())
    return any(text is not None and blanks.same(text, texts[exercise_id]) for text in known)


@cache
def reference_fills() -> tuple[Mapping[str, str], ...]:
    """Return the reference fills of the finished app, and those after each extra lesson."""
    course = lessons.load()
    numbers = [lesson.number for lesson in course.lessons if lesson.number > course.finished]
    return solutions.finished(), *map(solutions.fills, numbers)


def _refills(name: str, fills: FoundFills) -> dict[str, str]:
    """Return the texts of earlier blanks that the lesson of this notebook fills again."""
    lesson = lesson_of(name)
    exercises = lesson.exercises if lesson else ()
    refilled = {blank_id for exercise in exercises for blank_id in exercise.refills}
    return {key: text for key, text in fills.texts.items() if key in refilled}


def _without(fills: FoundFills, texts: Mapping[str, str]) -> FoundFills:
    kept = {key: text for key, text in fills.texts.items() if key not in texts}
    return replace(fills, texts=kept)


def _merged(by_notebook: Mapping[str, FoundFills]) -> FoundFills:
    """Return the fills of several notebooks as one; the first text for a blank counts."""
    texts: dict[str, str] = {}
    source: dict[str, str] = {}
    notes = [problem for fills in by_notebook.values() for problem in fills.problems]
    for name, fills in by_notebook.items():
        for exercise_id, text in fills.texts.items():
            if skeleton.is_stub(exercise_id, text):
                continue
            if blanks.same(texts.setdefault(exercise_id, text), text):
                source.setdefault(exercise_id, name)
            else:
                first = shown(source[exercise_id])
                notes.append(
                    f"{exercise_id!r} is filled differently in {first} and {shown(name)}; "
                    "the first counts."
                )
    of_this_course = any(fills.of_this_course for fills in by_notebook.values())
    return FoundFills(texts, tuple(notes), of_this_course)


def _app_files() -> list[str]:
    return list(dict.fromkeys(exercise.file for exercise in lessons.load().exercises))
