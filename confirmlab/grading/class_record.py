"""class.json: a class's learners, settings, overrides and roster, and grades adjusted by them."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import Any

from confirmlab.base import files
from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.grading import gradebook, overrides
from confirmlab.grading.class_settings import ClassSettings, parse
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.grading.overrides import Override
from confirmlab.grading.reports import grades_csv
from confirmlab.submissions import roster
from confirmlab.submissions.bounded_files import listed
from confirmlab.submissions.learner_files import SubmissionSource
from confirmlab.submissions.roster import Person

NAME = "class.json"
_MARKED_LATE = (
    "Marked as late by the platform; the file names do not say by how much, so nothing was taken "
    "off."
)
_ABSENT = "Nothing was handed in; the name is on the roster."


@dataclass(frozen=True)
class ClassRecord:
    """The learners, settings, overrides and roster of one run of `confirmlab grade`."""

    sources: tuple[SubmissionSource, ...] = ()
    passed_over: tuple[str, ...] = ()  # files and folders that are no learner's work
    settings_text: str = ""
    overrides: tuple[Override, ...] = ()
    people: tuple[Person, ...] = ()
    lessons: tuple[str, ...] = ()  # given by --lesson; they replace those of the settings

    def __repr__(self) -> str:
        return f"<ClassRecord of {len(self.sources)}>"

    @cached_property
    def settings(self) -> ClassSettings:
        """Return the class settings; lessons given with --lesson replace those in the file."""
        settings = parse(self.settings_text)
        return replace(settings, lessons=self.lessons) if self.lessons else settings

    @cached_property
    def person_of(self) -> dict[str, Person]:
        """Return the person on the roster for each learner; those not on it are missing."""
        return roster.match(self.people, self.sources)

    @cached_property
    def absent(self) -> dict[str, Person]:
        """Return the people on the roster who handed in nothing, in its order, by unique names."""
        present = {id(person) for person in self.person_of.values()}
        taken = {source.learner.casefold() for source in self.sources}
        called = Counter(person.name.casefold() for person in self.people)
        taken |= {name for name, people in called.items() if people > 1}
        absent: dict[str, Person] = {}
        for person in self.people:
            if id(person) in present:
                continue
            name = person.name or person.login
            distinct = f"{name} ({person.number or person.login or person.email})"
            more = (f"{distinct} [{number}]" for number in count(2))
            candidates = chain([name, distinct], more)
            learner = next(each for each in candidates if each.casefold() not in taken)
            absent[learner] = person
            taken.add(learner.casefold())
        return absent

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Return the names, numbers and logins that overrides may use for each learner.

        The name may also be spelled as in grades.csv, where formulas are disarmed.
        A name that several learners share is left out, unless it is one's unique name in the table.
        """
        used: dict[str, dict[str, None]] = {}
        for source in self.sources:
            names = (*_spellings(source.learner), source.number, source.login)
            person = self.person_of.get(source.learner)
            used[source.learner] = dict.fromkeys((*names, *(person.names if person else ())))
        for learner, person in self.absent.items():
            used[learner] = dict.fromkeys((*_spellings(learner), *person.names))
        counts = Counter(name for each in used.values() for name in {n.casefold() for n in each})
        return {
            learner: [n for n in names if n and (n == learner or counts[n.casefold()] == 1)]
            for learner, names in used.items()
        }

    def notes(self) -> list[str]:
        """Return sentences about what matches nobody, unknown times, and files not graded."""
        notes = [
            f"{overrides.NAME}, line {override.line}: no learner, or more than one, is called "
            f"{override.learner!r}, so it has no effect; write the name as in grades.csv."
            for override in overrides.unused(self.overrides, self.names)
        ]
        everybody = {name for names in self.names.values() for name in names}
        notes += [
            f"The extension for {name!r} has no effect, since no learner, or more than one, is "
            "called so; write the name in class.toml as in grades.csv."
            for name in self.settings.extensions
            if name not in everybody
        ]
        untimed = [
            source.learner
            for source in self.sources
            if source.when is None and self.settings.deadline(self.names[source.learner])
        ]
        if self.settings.per_day and untimed:
            notes.append(
                f"File names do not tell when {listed(untimed)} handed in, so nothing is taken off "
                "for lateness; look the time up on the platform, and use overrides.csv."
            )
        unmatched = [s.learner for s in self.sources if s.learner not in self.person_of]
        for person, learners in roster.by_person(self.people, self.sources):
            if len(learners) > 1:
                notes.append(
                    f"{(person.name or person.login)!r} on the roster may be any of "
                    f"{', '.join(map(repr, learners))}, so none of them was matched; leave only "
                    "the right one in the folder of submissions."
                )
                unmatched = [learner for learner in unmatched if learner not in learners]
        if self.people and unmatched:
            notes.append(
                "Graded, but not on the roster, or there more than once: "
                f"{listed(unmatched)}; compare the names in the roster."
            )
        if self.passed_over:
            notes.append(
                "Not graded, since it does not look like a submission: "
                f"{listed(list(self.passed_over))}; put what a learner handed in into a folder "
                "with the learner's name."
            )
        return notes

    def adjust(self, grades: Iterable[Grade]) -> Iterator[Grade]:
        """Yield the adjusted grades, and then those of people who handed in nothing."""
        for grade, _ in self.with_rows(grades):
            yield grade

    def with_rows(self, grades: Iterable[Grade]) -> Iterator[tuple[Grade, Mapping[str, str]]]:
        """Yield the adjusted grades, each with the learner's row of the roster."""
        sources = {source.learner: source for source in self.sources}
        absent = (Grade(learner, "no-submission", _ABSENT) for learner in self.absent)
        people = self.person_of | self.absent
        for grade in chain(grades, absent):
            names = self.names.get(grade.learner, [grade.learner])
            by_exercise = overrides.of(self.overrides, names)
            source, person = sources.get(grade.learner), people.get(grade.learner)
            changed = adjusted(grade, self.settings, by_exercise, source, names, person)
            yield changed, person.row or {} if person else {}

    def write(self, out: Path) -> None:
        """Write class.json into the folder of the grades.

        Raises:
            OSError: it cannot be written.
        """
        values = asdict(self)
        for source in values["sources"]:
            source["paths"] = ()  # they may lie in a temporary folder, which is deleted
        text = json.dumps(values, indent=1, default=str, ensure_ascii=True)
        with files.replacing_text(out / NAME) as file:  # files.write's errors are for notebooks
            file.write(text + "\n")


def read(out: Path) -> ClassRecord:
    """Return the record in a folder of grades; an empty one if there is no class.json.

    Raises:
        KitError: the file cannot be read, or it is damaged.
    """
    path = out / NAME
    try:
        return _record(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ClassRecord()
    except OSError as error:
        raise KitError(
            f"Could not read {str(path)!r} ({error.strerror}); change its permissions, or run "
            "confirmlab grade again."
        ) from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise KitError(
            f"{str(path)!r} is damaged ({reason}), so overrides, late penalties and the roster "
            "are unknown; run confirmlab grade again, which writes a new one."
        ) from None


def _spellings(learner: str) -> tuple[str, str]:
    """Return a learner's name as it is, and as grades.csv spells it."""
    return learner, grades_csv.without_formula(learner)


def _record(values: dict[str, Any]) -> ClassRecord:
    return ClassRecord(
        tuple(_source(entry) for entry in values["sources"]),
        tuple(values["passed_over"]),
        values["settings_text"],
        tuple(Override(**entry) for entry in values["overrides"]),
        tuple(Person(**entry) for entry in values["people"]),
        tuple(values["lessons"]),
    )


def grades(out: Path) -> Iterator[Grade]:
    """Yield the grades in a folder, adjusted by its class.json."""
    return read(out).adjust(gradebook.Gradebook(out).grades())


def adjusted(
    grade: Grade,
    settings: ClassSettings,
    overrides_by_exercise: Mapping[str, Override],
    source: SubmissionSource | None = None,
    names: Sequence[str] = (),
    person: Person | None = None,
) -> Grade:
    """Return a grade with the class's points, overrides and late penalty, and the learner's ids."""
    exercises = grade.exercises
    if overrides_by_exercise and not exercises:
        chosen = [e for e in lessons.load().exercises if e.lesson in settings.lessons]
        exercises = tuple(map(ExerciseGrade.untouched, chosen or lessons.load().exercises))
    exercises = tuple(
        _weighted(exercise, settings, overrides_by_exercise.get(exercise.exercise))
        for exercise in exercises
    )
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
    exercise: ExerciseGrade, settings: ClassSettings, override: Override | None
) -> ExerciseGrade:
    worth = settings.worth(exercise.exercise, exercise.out_of)
    known = lessons.load().exercises
    optional = any(e.id == exercise.exercise and settings.is_optional(e) for e in known)
    weighted = replace(exercise, out_of=worth, optional=optional)
    if override is None:
        return weighted
    return replace(weighted, override=override.points, comment=override.comment)


def _lateness(
    settings: ClassSettings, source: SubmissionSource | None, names: Sequence[str]
) -> tuple[float, list[str]]:
    """Return the percent taken off for handing in late, and notes for the learner."""
    due = settings.deadline(names)
    if source is None:
        return 0.0, []
    if due is None or source.when is None:
        return 0.0, [_MARKED_LATE] if source.late else []
    late = source.when - due
    if late <= settings.grace:
        return 0.0, []
    days = math.ceil(late / timedelta(days=1))
    penalty = min(settings.most, days * settings.per_day)
    off = f" {penalty:g} % of the points are taken off." if penalty else ""
    at, until = f"{source.when:%Y-%m-%d %H:%M}", f"{due:%Y-%m-%d %H:%M}"
    count = "1 day" if days == 1 else f"{days} days"
    late_by = f"That is {count} late, since each day begun counts."
    return penalty, [f"Handed in at {at}; due was {until}. {late_by}{off}"]


def _source(values: dict[str, Any]) -> SubmissionSource:
    when = values["when"]
    lists = {key: tuple(values[key]) for key in ("paths", "files", "passed_over")}
    return SubmissionSource(
        **values | lists | {"when": datetime.fromisoformat(when) if when else None}
    )
