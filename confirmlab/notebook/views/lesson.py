"""Text and HTML of a lesson that was opened."""

from confirmlab.base.templating import render
from confirmlab.notebook.lesson_opening import OpenedLesson
from confirmlab.notebook.views.links import notebook_link
from confirmlab.notebook.views.registry import register


def _text(opened: OpenedLesson) -> str:
    lesson = opened.lesson
    lines = [
        f"Lesson {lesson.number}: {lesson.title}, about {lesson.minutes} minutes"
        + (" on the short way" if opened.short else ""),
        *opened.notes,
    ]
    lines += [f"  {e.id}: {e.title} ({e.minutes} min)" for e in lesson.exercises]
    return "\n".join(lines)


def _html(opened: OpenedLesson) -> str:
    return render(
        "lesson.html",
        lesson=opened.lesson,
        notes=opened.notes,
        short=opened.short,
        notebook=notebook_link,
    )


register(OpenedLesson, _text, _html)
