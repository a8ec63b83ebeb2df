"""Collect the fills of one submission: from the app, and from the notebooks."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from confirmlab.course import blanks, skeleton
from confirmlab.course import lessons as course
from confirmlab.course.lessons import Lesson
from confirmlab.submissions import fills_found
from confirmlab.submissions.bounded_files import NOTEBOOK, Parcel, is_notebook, listed, shown
from confirmlab.submissions.fills_found import Answers

NESTED = 6  # folders and zips around my_app or a notebook


def from_app(opened: Parcel, names: list[str]) -> Answers:
    """Return the fills in the app's files, each in its own file or where else it is."""
    root, said = _root(names)
    if root is None:
        return _loose_files(opened, names)
    present = set(names)
    texts: dict[str, str] = {}
    for file in _app_files():
        if root + file not in present:
            said.append(f"The file {shown(root + file)} is missing.")
            continue
        _add(opened, root + file, texts, said)
    if any(exercise.id not in texts for exercise in course.load().exercises):
        for name in _other_files(names, root):
            for exercise_id in _add(opened, name, texts, said):
                said.append(f"The blank {exercise_id!r} was moved to {shown(name)}; it counts.")
    lost = [exercise for exercise in course.load().exercises if exercise.id not in texts]
    said += [f"{shown(root + e.file)} has no readable blank {e.id!r}." for e in lost]
    texts = _uncovered(opened, f"{root}.confirmlab/record.json", texts, said)
    return Answers(texts, tuple(said), ours=bool(texts))


def from_notebooks(opened: Parcel, names: list[str]) -> Answers:
    """Return the fills in the notebooks; those with the course's own names are read first."""
    own = {f"{lesson.name}.ipynb" for lesson in course.load().lessons}
    found = [name for name in names if is_notebook(name) and name.count("/") <= NESTED]
    found.sort(
        key=lambda name: (name.rpartition("/")[2] not in own, name.count("/"), *_newest(name))
    )
    sheets = {}
    for name in found:
        text = opened.text(name, NOTEBOOK)
        if text is not None:
            lesson = _on_its_way(lesson_of(name), text)
            sheets[name] = fills_found.in_notebook(name, text, lesson)
    anew = {name: _filled_anew(name, sheet) for name, sheet in sheets.items()}
    first = _merged({name: _without(sheet, anew[name]) for name, sheet in sheets.items()})
    last = _merged({name: Answers(texts) for name, texts in anew.items()})
    earlier = {key: text for key, text in first.texts.items() if key in last.texts}
    problems = first.problems + last.problems
    return Answers({**first.texts, **last.texts}, problems, first.ours, earlier)


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _newest(name: str) -> tuple[int, str]:
    """Put what a platform stamped with a later time before what it stamped with an earlier one."""
    time = re.match(r"20\d{12}(?=_)", _last(name))
    return -int(time[0]) if time else 0, name


def lesson_of(name: str) -> Lesson | None:
    """Tell a notebook's lesson by its name, to which a browser or an LMS may have added."""
    last = name.rpartition("/")[2]
    lessons = course.load().lessons
    wanted = (lesson for lesson in lessons if lesson.name in last and is_notebook(last))
    return next(wanted, None)


def _on_its_way(lesson: Lesson | None, notebook: str) -> Lesson | None:
    """Return the lesson with the exercises of the short way if the notebook is one of that way."""
    if lesson and lesson.short_minutes and f"%lesson {int(lesson.number)} --short" in notebook:
        return replace(lesson, exercises=lesson.on_the_short_way().exercises)
    return lesson


def _root(names: list[str]) -> tuple[str | None, list[str]]:
    """Return the app's folder: the one named my_app, or else the one with the most of its files."""
    files = _app_files()
    ends = [
        name[: -len(file)] for file in files for name in names if f"/{name}".endswith(f"/{file}")
    ]
    roots = Counter(root for root in ends if root.count("/") <= NESTED)
    ranked = sorted(
        roots, key=lambda root: (not f"/{root}".endswith("/my_app/"), -roots[root], len(root), root)
    )
    said = []
    if len(ranked) > 1:
        others = listed(ranked[1:])
        said.append(f"More than one app: that in {shown(ranked[0])} counts, not that in {others}.")
    return (ranked[0] if ranked else None), said


def _loose_files(opened: Parcel, names: list[str]) -> Answers:
    """Read files of the app that were handed in without folders, such as models.py alone."""
    known = {file.rpartition("/")[2] for file in _app_files()}
    texts: dict[str, str] = {}
    said: list[str] = []
    for name in names:
        if name.rpartition("/")[2] in known:
            _add(opened, name, texts, said)
    return Answers(texts, tuple(said), ours=bool(texts))


def _add(opened: Parcel, name: str, texts: dict[str, str], said: list[str]) -> list[str]:
    """Add the blanks of one file, except known ones; return the new ones."""
    source = opened.text(name)
    if source is None:
        return []
    found = fills_found.in_file(name, source)
    said += found.problems
    new = [exercise_id for exercise_id in found.texts if exercise_id not in texts]
    texts |= {exercise_id: found.texts[exercise_id] for exercise_id in new}
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


def _uncovered(
    opened: Parcel, record: str, texts: dict[str, str], said: list[str]
) -> dict[str, str]:
    """Replace the reference by the learner's own text where %lesson covered it.

    The record is believed in this one thing, since to lie here costs the liar points.
    """
    notes = opened.notes(record)
    filled, covered = notes.get("filled"), notes.get("covered")
    if not isinstance(filled, dict) or not isinstance(covered, dict):
        return texts
    own = {
        exercise_id: covered[exercise_id]
        for exercise_id, text in texts.items()
        if filled.get(exercise_id) == text and isinstance(covered.get(exercise_id), str)
    }
    sound = fills_found.sound(record, own, [])
    said += sound.problems
    kept = {exercise_id: text for exercise_id, text in texts.items() if exercise_id not in own}
    return {**kept, **sound.texts}


def _filled_anew(name: str, sheet: Answers) -> dict[str, str]:
    """Return the texts of earlier blanks that the lesson of this notebook fills again."""
    lesson = lesson_of(name)
    exercises = lesson.exercises if lesson else ()
    refills = {blank_id for exercise in exercises for blank_id in exercise.refills}
    return {key: text for key, text in sheet.texts.items() if key in refills}


def _without(sheet: Answers, texts: Mapping[str, str]) -> Answers:
    kept = {key: text for key, text in sheet.texts.items() if key not in texts}
    return replace(sheet, texts=kept)


def _merged(sheets: Mapping[str, Answers]) -> Answers:
    texts: dict[str, str] = {}
    source: dict[str, str] = {}
    said = [problem for sheet in sheets.values() for problem in sheet.problems]
    for name, sheet in sheets.items():
        for exercise_id, text in sheet.texts.items():
            if not skeleton.is_stub(exercise_id, text):
                if blanks.same(texts.setdefault(exercise_id, text), text):
                    source.setdefault(exercise_id, name)
                else:
                    one = shown(source[exercise_id])
                    said.append(
                        f"{exercise_id!r} is filled in {one} and otherwise in {shown(name)}; "
                        "the first counts."
                    )
    return Answers(texts, tuple(said), any(sheet.ours for sheet in sheets.values()))


def _app_files() -> list[str]:
    return list(dict.fromkeys(exercise.file for exercise in course.load().exercises))
