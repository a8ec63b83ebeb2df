"""What is known of a class beside its results: class.json, from which grades are adjusted."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from confirmlab.base import files
from confirmlab.course import lessons as course
from confirmlab.course.results import ExerciseGrade, Grade
from confirmlab.grading import gradebook, overrides
from confirmlab.grading.class_settings import ClassSettings, parse
from confirmlab.grading.overrides import Override
from confirmlab.submissions import roster
from confirmlab.submissions.learner_files import SubmissionSource
from confirmlab.submissions.roster import Person

NAME = "class.json"
_ABSENT = "Nothing was handed in; the name is on the roster."


@dataclass(frozen=True)
class ClassRecord:
    """The learners as they were read, the roster, the settings and the overrides of a class."""

    sources: tuple[SubmissionSource, ...] = ()
    passed_over: tuple[str, ...] = ()
    settings_text: str = ""
    overrides: tuple[Override, ...] = ()
    people: tuple[Person, ...] = ()
    lessons: tuple[str, ...] = field(default=())  # asked for on the command line

    def __repr__(self) -> str:
        return f"<ClassRecord of {len(self.sources)}>"

    @cached_property
    def settings(self) -> ClassSettings:
        """Return the settings, with the lessons that were asked for."""
        found = parse(self.settings_text)
        return replace(found, lessons=self.lessons) if self.lessons else found

    @cached_property
    def who(self) -> dict[str, Person]:
        """Return who of the roster each learner is."""
        return roster.match(self.people, self.sources)

    @cached_property
    def absent(self) -> list[Person]:
        """Return who of the roster handed in nothing, in its order."""
        there = {id(person) for person in self.who.values()}
        return [person for person in self.people if id(person) not in there]

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Return the names by which overrides and extensions may speak of each learner."""
        who = self.who
        known = {}
        for source in self.sources:
            person = who.get(source.learner)
            given = [source.learner, source.number, source.login]
            given += [person.name, person.number, person.login, person.email] if person else []
            known[source.learner] = [name for name in dict.fromkeys(given) if name]
        for person in self.absent:
            given = [person.name, person.number, person.login, person.email]
            known.setdefault(person.name or person.login, [name for name in given if name])
        return known

    def notes(self) -> list[str]:
        """Return sentences about entries that match no learner."""
        known = self.names
        said = [
            f"{overrides.NAME}, line {one.line}: nobody is called {one.learner!r}, so it counts "
            "for nobody; write a learner as in grades.csv."
            for one in overrides.unused(self.overrides, known)
        ]
        everybody = {name for names in known.values() for name in names}
        said += [
            f"The extension for {name!r} is for nobody of this class; mend the name in class.toml."
            for name in self.settings.extensions
            if name not in everybody
        ]
        strangers = [s.learner for s in self.sources if s.learner not in self.who]
        if self.people and strangers:
            listed = ", ".join(map(repr, strangers[:5])) + (" and others" * (len(strangers) > 5))
            said.append(
                f"Not on the roster, or more than one of that name is: {listed}; they are graded."
            )
        return said

    def adjust(self, grades: Iterable[Grade]) -> Iterator[Grade]:
        """Yield the adjusted grades, and then those of learners who handed in nothing."""
        settings, who, names = self.settings, self.who, self.names
        sources = {source.learner: source for source in self.sources}
        for grade in grades:
            known = names.get(grade.learner, [grade.learner])
            decided = overrides.of(self.overrides, known)
            yield adjusted(
                grade, settings, decided, sources.get(grade.learner), known, who.get(grade.learner)
            )
        for person in self.absent:
            learner = person.name or person.login
            grade = Grade(learner, "no-submission", _ABSENT)
            decided = overrides.of(self.overrides, names.get(learner, [learner]))
            yield adjusted(grade, settings, decided, None, [learner], person)

    def with_rows(self, grades: Iterable[Grade]) -> Iterator[tuple[Grade, Mapping[str, str]]]:
        """Yield the adjusted grades, each with the learner's row of the roster."""
        rows = {learner: person.row or {} for learner, person in self.who.items()}
        rows |= {person.name or person.login: person.row or {} for person in self.absent}
        for grade in self.adjust(grades):
            yield grade, rows.get(grade.learner, {})

    def write(self, out: Path) -> None:
        """Write all of it into the folder of the grades."""
        values = asdict(self)
        for source in values["sources"]:
            source["paths"] = ()  # gone when the temporary folder is
        text = json.dumps(values, indent=1, default=str, ensure_ascii=True)
        files.write(out / NAME, text + "\n")


def read(out: Path) -> ClassRecord:
    """Read what was written into a folder of grades; nothing is known without the file."""
    try:
        values = json.loads((out / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ClassRecord()
    return ClassRecord(
        tuple(_source(entry) for entry in values["sources"]),
        tuple(values["passed_over"]),
        values["settings_text"],
        tuple(Override(**entry) for entry in values["overrides"]),
        tuple(Person(**entry) for entry in values["people"]),
        tuple(values["lessons"]),
    )


def grades(out: Path) -> Iterator[Grade]:
    """Read the grades of a folder as the instructor wants them."""
    return read(out).adjust(gradebook.Gradebook(out).grades())


def adjusted(
    grade: Grade,
    settings: ClassSettings,
    decided: Mapping[str, Override],
    source: SubmissionSource | None = None,
    names: Sequence[str] = (),
    person: Person | None = None,
) -> Grade:
    """Return a grade with this class's points, overrides, penalty for lateness and ids."""
    exercises = grade.exercises
    if decided and not exercises:
        chosen = [e for e in course.load().exercises if e.lesson in settings.lessons]
        exercises = tuple(map(ExerciseGrade.untouched, chosen or course.load().exercises))
    exercises = tuple(_weighted(one, settings, decided.get(one.exercise)) for one in exercises)
    penalty, notes = _lateness(settings, source, names)
    return replace(
        grade,
        exercises=exercises,
        penalty=penalty if exercises else 0.0,
        extra_counts=settings.optional_counts,
        notes=(*grade.notes, *notes),
        name=person.name if person else "",
        number=(person and person.number) or (source.number if source else ""),
        login=(person and person.login) or (source.login if source else ""),
        email=person.email if person else "",
    )


def _weighted(
    exercise: ExerciseGrade, settings: ClassSettings, decided: Override | None
) -> ExerciseGrade:
    worth = settings.worth(exercise.exercise, exercise.out_of)
    own = course.load().exercises
    optional = any(e.id == exercise.exercise and settings.is_optional(e) for e in own)
    changed = replace(exercise, out_of=worth, optional=optional)
    if decided is None:
        return changed
    return replace(changed, override=decided.points, comment=decided.comment)


def _lateness(
    settings: ClassSettings, source: SubmissionSource | None, names: Sequence[str]
) -> tuple[float, list[str]]:
    """Return the percent that lateness costs, and what to say of it."""
    due = settings.deadline(names)
    if source is None or due is None:
        return 0.0, []
    if source.when is None:
        unknown = "Handed in late, and the files do not say how late; nothing was taken off."
        return 0.0, [unknown] if source.late else []
    late = source.when - due
    if late <= settings.grace:
        return 0.0, []
    days = math.ceil(late / timedelta(days=1))
    penalty = min(settings.most, days * settings.per_day)
    off = f"; {penalty:g} % were taken off" if penalty else ""
    at, until = f"{source.when:%Y-%m-%d %H:%M}", f"{due:%Y-%m-%d %H:%M}"
    count = "1 day" if days == 1 else f"{days} days"
    return penalty, [f"Handed in at {at}, up to {count} after {until}{off}."]


def _source(values: dict[str, Any]) -> SubmissionSource:
    when = values["when"]
    lists = {key: tuple(values[key]) for key in ("paths", "files", "passed_over")}
    return SubmissionSource(
        **values | lists | {"when": datetime.fromisoformat(when) if when else None}
    )
