"""Read hints, attempts and first passes from the record.json that the kit keeps in my_app.

The learner could have changed the record, so it is shown and counts for nothing.
"""

from datetime import datetime
from typing import Any

from confirmlab.course import lessons
from confirmlab.course.results import Effort
from confirmlab.submissions.bounded_files import BoundedFiles

_MOST = 10_000  # attempts; a larger number is not believed


def efforts(files: BoundedFiles, name: str) -> dict[str, Effort]:
    """Return the effort for each exercise that the record mentions; {} without a valid record."""
    record = files.json_object(name)
    by_exercise = {}
    for exercise in lessons.load().exercises:
        effort = Effort(
            _number(record, "read", exercise.id, len(exercise.hints)),
            _number(record, "attempts", exercise.id, _MOST),
            _day(record, exercise.id),
        )
        if effort != Effort():
            by_exercise[exercise.id] = effort
    return by_exercise


def _value(record: dict[str, Any], kind: str, exercise_id: str) -> Any:
    entries = record.get(kind)
    return entries.get(exercise_id) if isinstance(entries, dict) else None


def _number(record: dict[str, Any], kind: str, exercise_id: str, most: int) -> int:
    value = _value(record, kind, exercise_id)
    return value if type(value) is int and 0 < value <= most else 0


def _day(record: dict[str, Any], exercise_id: str) -> str:
    value = _value(record, "first", exercise_id)
    try:
        return datetime.fromisoformat(value).date().isoformat()
    except (TypeError, ValueError):
        return ""
