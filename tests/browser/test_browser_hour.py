"""A learner's hour in JupyterLab: blanks filled by hand, the site in a tab, the inbox's link."""

import re

import keys
import looks
import pytest
from playwright.sync_api import expect

from confirmlab.course import lessons, solutions

LESSONS = [lesson for lesson in lessons.load().lessons if "03" <= lesson.number <= "07"]
ADA = {"E-mail address": "ada@example.com", "Password": "carrier pigeon"}
PASSED = re.compile(r"^✓ Passed")

# Plausible wrong fills: anybody's token confirms; the gate also closes the waiting room.
WRONG = {
    "confirm-token": '''def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    try:
        jwt.decode(token, current_app.secret_key, algorithms=["HS512"])
    except jwt.InvalidTokenError:
        return False
    self.confirmed = True
    return True''',
    "gate": '''@auth.before_app_request
def gate():
    """Send unconfirmed users to the unconfirmed page."""
    if current_user.is_authenticated and not current_user.confirmed:
        return redirect(url_for("auth.unconfirmed"))''',
}
WORDS = {
    "confirm-token": "Another user's token confirms neither user.",
    "gate": "The stylesheet answered with status 302",
}


def fill_in(opened, exercise_id, text):
    opened.write(f"ex-{exercise_id}-fill", f"%%fill {exercise_id}\n{text}")


def card(opened, exercise_id):
    return opened.output(f"ex-{exercise_id}-check")


def smooth(text):
    return " ".join(text.split())


@pytest.mark.parametrize("lesson", LESSONS, ids=repr)
def test_every_exercise_is_filled_checked_and_hinted(notebook, lesson):
    """Blanks are filled by keyboard; wrong ones fail, right ones pass, and hints are shown."""
    opened = notebook(lesson.name)
    right = solutions.fills(lesson.number)
    for exercise in lesson.exercises:
        fill_in(opened, exercise.id, WRONG.get(exercise.id, right[exercise.id]))
    opened.run_all()

    for name in (exercise.id for exercise in lesson.exercises if exercise.id in WRONG):
        assert opened.errors() and opened.not_run()
        expect(card(opened, name)).to_contain_text(WORDS[name])
        fill_in(opened, name, right[name])
        opened.run_all("Run Selected Cell and All Below")
    if lesson.number == "06":
        parts = opened.cell("ex-confirm-html-fill"), opened.cell("ex-confirm-html-check")
        looks.picture(opened.page, "lesson", *parts)
    looks.spread(opened.page)
    looks.keep(opened.page, f"{lesson.name}-filled")

    assert (opened.not_run(), opened.errors(), looks.faults(opened.page)) == ([], [], [])
    for exercise in lesson.exercises:
        expect(card(opened, exercise.id).locator("h3")).to_have_text(PASSED)

    opened.page.set_viewport_size({"width": 1280, "height": 1000})
    for exercise in lesson.exercises:
        hints = opened.add("\n".join([f"%hint {exercise.id}"] * 4)).inner_text()
        three = [f"Hint {n} of 3. {hint}" for n, hint in enumerate(exercise.hints, start=1)]
        assert smooth(hints) == smooth(" ".join([*three, three[2]]))


def test_a_learner_gets_through_the_gate(notebook):
    """A learner gets from the site's link to the members' page, despite restarts."""
    opened = notebook("07_gate_the_unconfirmed")
    context = opened.page.context
    for cell in ("setup", "empty-club", "start"):
        opened.run(cell)
    for name in ("gate", "unconfirmed-view", "unconfirmed-page", "resend-view"):
        fill_in(opened, name, solutions.finished()[name])
        opened.run(f"ex-{name}-fill")
    opened.run("ex-gate-check")
    opened.add("inbox.clear()")

    with context.expect_page() as opening:
        opened.output("start").get_by_role("link", name="Open the site in a new tab").click()
    tab = opening.value
    address = tab.url
    keys.follow(tab, "Register")
    keys.send(tab, {"Name": "Ada", **ADA})
    expect(tab.get_by_role("status")).to_contain_text("A letter is on its way to you")
    keys.send(tab, ADA)
    expect(tab).to_have_url(re.compile("/auth/unconfirmed$"))
    keys.follow(tab, "Members")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Not confirmed yet")

    box = opened.inbox()
    box.locator("#mails .subject", has_text="Confirm").click()
    expect(box.locator("#unread")).to_have_text("3 mails, 2 unread")
    looks.picture(opened.page, "inbox", opened.output("own"))
    mails = opened.output("own").locator("summary > b").all_text_contents()
    written = opened.text("ex-gate-fill")
    opened.save()
    opened.page.reload()
    opened.is_there()
    opened.restart()
    for cell in ("setup", "start"):
        opened.run(cell)

    assert opened.output("start").get_by_role("link").first.get_attribute("href") in address
    assert opened.text("ex-gate-fill") == written
    assert opened.add("inbox").locator("summary > b").all_text_contents() == mails
    expect(card(opened, "gate").locator("h3")).to_have_text(PASSED)
    row = opened.run("map").locator("li").filter(has=opened.page.get_by_text("gate", exact=True))
    expect(row).to_contain_text("✓ passed")

    opened.add("inbox.wait(to='ada@example.com', subject='Confirm')")
    with context.expect_page() as opening:
        opened.output("own").locator("a").first.click()
    expect(opening.value.get_by_role("status")).to_contain_text("Your account is confirmed")
    keys.follow(opening.value, "Members")
    expect(opening.value.get_by_role("heading", level=1)).to_have_text("Members")
