"""Facts about the certificate."""

from datetime import datetime

import pytest
import time_machine

from confirmlab.base.errors import KitError
from confirmlab.course import lessons, solutions
from confirmlab.notebook import certificate, exercise_commands, progress
from confirmlab.notebook.views import certificate as view
from confirmlab.notebook.workspace import Workspace

TOKEN = "generate-token"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def workspace(folder):
    return Workspace(folder)


def gather(workspace, name=""):
    return certificate.collect(workspace, progress.read(workspace), name)


def page(workspace, name=""):
    return view.page(gather(workspace, name))


def entry(workspace, exercise_id=TOKEN):
    entries = [one for each in gather(workspace).entries.values() for one in each]
    return next(one for one in entries if one.id == exercise_id)


def passed(workspace, month=5):
    noon = datetime(2030, month, 1, 12).astimezone()  # the certificate has the day of this zone
    with time_machine.travel(noon, tick=False):
        workspace.fill(TOKEN, solutions.fill(TOKEN))
        workspace.store_result(TOKEN, passed=True)


def test_a_first_success_keeps_its_day(workspace):
    """The day is that of the first success, even if the check passes again later."""
    passed(workspace)
    passed(workspace, month=6)

    assert (entry(workspace).state, entry(workspace).since) == ("passed", "2030-05-01")


def test_the_reference_has_no_day(workspace):
    """A blank that uses the reference does not count as passed."""
    workspace.use_reference([TOKEN])
    workspace.store_result(TOKEN, passed=True)

    assert (entry(workspace).state, entry(workspace).since) == ("covered", "")


def test_hints_and_solutions_are_named(session):
    """The page has the number of hints, and says if the solution was shown before success."""
    exercise_commands.hint(session, TOKEN)
    exercise_commands.hint(session, TOKEN)
    exercise_commands.solution(session, TOKEN, anyway=True)
    found = gather(session.workspace)

    assert (entry(session.workspace).hints, found.hints, found.early_solutions) == (2, 2, 1)
    assert "2 of 3 hints, solution before success" in view.page(found)


def test_what_is_open_is_named(workspace):
    """All exercises that have not passed are listed by title and id."""
    passed(workspace)
    found = gather(workspace)

    assert TOKEN not in {one.id for one in found.open}
    assert f"<code>{found.open[0].id}</code>" in page(workspace)


def test_a_record_from_before_has_days_unknown(workspace):
    """A success that was stored without its day is shown without one."""
    passed(workspace)
    with workspace.record.change() as notes:
        notes["first"][TOKEN] = "long ago"

    assert entry(workspace).since == "" and "day unknown" in page(workspace)


def test_a_name_stays_a_name(workspace):
    """The learner's name is HTML-escaped, and its hidden characters are written out."""
    text = page(workspace, f"{EVIL}\u202e Ada")

    assert EVIL not in text and "&lt;script&gt;" in text and "\u202e" not in text


def test_a_page_without_a_name_has_a_title(workspace):
    """Without a name the title is about the address, confirmed when the core is done."""
    assert "On the way to a confirmed address" in page(workspace, "  ")

    for exercise in [e for e in lessons.load().exercises if e.lesson <= lessons.load().finished]:
        workspace.fill(exercise.id, solutions.fill(exercise.id))
        workspace.store_result(exercise.id, passed=True)
    assert "An address, confirmed" in page(workspace)
    assert "<bdi>Ada</bdi> has confirmed an address" in page(workspace, "Ada")


def test_a_name_has_an_end(workspace):
    """A name that is too long is refused."""
    with pytest.raises(KitError, match="at most 100"):
        gather(workspace, "x" * 101)


def test_the_page_is_self_contained(workspace):
    """The page loads nothing, and has a language, one main heading and real tables."""
    text = page(workspace, "Ada")
    with_exercises = sum(1 for lesson in lessons.load().lessons if lesson.exercises)

    assert '<html lang="en">' in text and text.count("<h1>") == 1
    assert "default-src 'none'" in text and "<script" not in text
    assert "http://" not in text and "https://" not in text
    assert text.count("<table>") == text.count("<thead>") == with_exercises


def test_the_page_says_that_it_proves_nothing(workspace):
    """The page says that it is not a proof."""
    assert "This page proves nothing" in page(workspace)
