"""Text about a grade for platforms that show plain text, shared by their exports."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from confirmlab.checks import result_view
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseResult
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.grading.reports import feedback

LONGEST = 8_000  # characters of text about one exercise


def exercise_text(exercise: ExerciseGrade) -> str:
    """Return the text about one exercise for its learner; hidden tests show only their outcome."""
    exercise = feedback.unrevealed(exercise)
    parts = [result_view.as_text(_with_hidden_names(exercise.best))]
    if exercise.in_reference_app is not None and exercise.best is exercise.in_reference_app:
        parts.append(
            "This result is of your blank in the finished app. In your own app it does not pass "
            "because of another blank; that costs nothing here."
        )
    if exercise.hint and exercise.status in ("partly", "failed"):
        parts.append(f"A hint: {exercise.hint}")
    return plain_text(parts)


def all_exercises(grade: Grade) -> tuple[ExerciseGrade, ...]:
    """Return the exercises of a grade; all of the course, at 0, if nothing could be graded."""
    return grade.exercises or tuple(
        ExerciseGrade.untouched(exercise, grade.sentence_for_learner)
        for exercise in lessons.load().exercises
    )


def numbered(exercises: Iterable[ExerciseGrade]) -> Iterator[tuple[str, ExerciseGrade]]:
    """Yield each exercise with its number: 3.2 is the second one of lesson 03."""
    counts: dict[str, int] = {}
    for exercise in exercises:
        counts[exercise.lesson] = counts.get(exercise.lesson, 0) + 1
        yield f"{int(exercise.lesson)}.{counts[exercise.lesson]}", exercise


def status_line(grade: Grade) -> str:
    """Return the status of a grade and its sentence, both as its learner may read them."""
    status = "review" if grade.status == "tampered" else grade.status
    sentence = grade.sentence_for_learner
    return f"{status}: {sentence}" if sentence else status


def plain_text(parts: Iterable[str]) -> str:
    """Return the parts as paragraphs, shortened, without characters that a database refuses."""
    text = "\n\n".join(part for part in parts if part)
    text = "".join(char for char in text if char in "\n\t" or char.isprintable())
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n… and {len(text) - LONGEST:,} more characters"
    return text


def _with_hidden_names(result: ExerciseResult) -> ExerciseResult:
    """Return a result in which hidden tests have their name in place of their sentence."""
    tests = (
        replace(test, sentence=f"Hidden test {test.name}") if test.hidden else test
        for test in result.tests
    )
    return replace(result, tests=tuple(tests))
