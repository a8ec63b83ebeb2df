"""Facts about the card of a certificate."""

from pathlib import Path

from confirmlab.notebook.certificate import Certificate, CertifiedExercise
from confirmlab.notebook.progress import CourseProgress, LessonState
from confirmlab.notebook.views.registry import as_html, as_text

STATES = (("a", "One", "passed"), ("b", "Two", "failing"), ("c", "Three", "covered"))
MODEL = LessonState(
    "03", "The user model", "open", 1, 3, 4, 12, 30, STATES, "03_model", "begun", here=True
)
PROGRESS = CourseProgress((MODEL,))


def certificate(name="", entries=None, drawn=PROGRESS):
    entries = entries or {
        "03": (CertifiedExercise("b", "Two", 4, "passed", "2030-05-01", 2, 3, "on request"),)
    }
    entries = {lesson.number: entries.get(lesson.number, ()) for lesson in drawn.lessons}
    return Certificate(Path("my_app/certificate.html"), name, "2030-05-02", drawn, entries)


def test_a_certificate_names_help_and_what_is_open():
    """The text of a certificate has its file, the points, the help and the open exercises."""
    assert as_text(certificate()).splitlines() == [
        "Your certificate: my_app/certificate.html",
        "1 of 3 blanks, 4 of 12 points",
        "Help used: 2 hints, 1 solution before success.",
        "Open: nothing.",
    ]


def test_a_certificate_can_be_opened():
    """The card has links to open the page and to download it."""
    shown = as_html(certificate())

    assert shown.count('my_app/certificate.html"') == 2
    assert 'download="certificate.html"' in shown
