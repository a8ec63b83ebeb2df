"""Facts about pairs of similar texts: which are reported, and which the course explains."""

from confirmlab.course import lessons, solutions
from confirmlab.course.results import ExerciseResult
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.grading.reports.lookalikes import Lookalikes

TOKEN = lessons.load().exercise("confirm-token")
JUDGED = ExerciseResult(TOKEN.id, "t", "failed")
ODD = """def confirm(self, token):
    my_pigeon = jwt.decode(token, current_app.secret_key, algorithms=["HS512"])
    if my_pigeon.get("confirm_id") - self.id != 0:
        return not True
    self.confirmed = 1 == 1
    return self.confirmed or bool(my_pigeon)
"""


def other(number):
    """Return a text that has nothing in common with that of another number."""
    return "\n".join(f"v{number}_{line} = fly_{number}(line_{line}) + {line}" for line in range(12))


def alike(*texts):
    found = Lookalikes()
    for number, text in enumerate(texts):
        entry = ExerciseGrade(TOKEN.id, TOKEN.title, TOKEN.lesson, TOKEN.points, JUDGED, fill=text)
        found.add(Grade(f"l{number}", "graded", "", (entry,)))
    return found


def test_a_copied_text_is_reported():
    """Two learners who share an odd text are a pair, despite other spaces; nobody else is."""
    found = alike(other(1), ODD, other(2), ODD.replace("    ", "  "), other(3))

    assert [pair.learners for pair in found.pairs()] == [("l1", "l3")]
    assert found.pairs()[0].share > 0.9
    assert "my_pigeon" in found.page() and "no verdict" in found.page()


def test_the_solution_is_no_copy():
    """Text that comes from the course makes no pair."""
    assert alike(*[solutions.fill("confirm-token")] * 3, other(1)).pairs() == []


def test_common_text_is_ignored():
    """A text that most of a class shares makes no pair."""
    assert alike(*[ODD] * 60).pairs() == []


def test_a_class_without_pairs_has_a_page():
    """Without similar texts, the page says so."""
    assert "No two fills share much text" in alike(other(1), other(2)).page()
