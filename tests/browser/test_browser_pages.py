"""Cards, reports, the app's pages and its mails have no accessibility problem that axe finds."""

import shutil

import axe
import pytest
import specimens

from confirmlab.base import paths
from confirmlab.grading.reports import feedback
from confirmlab.grading.reports.overview import Overview
from confirmlab.notebook import certificate, progress
from confirmlab.notebook.session import LessonSession
from confirmlab.notebook.views import certificate as certificate_view
from confirmlab.notebook.views import registry
from confirmlab.notebook.views.registry import as_html
from confirmlab.notebook.workspace import Workspace

# Colours of outputs in the two themes of JupyterLab 4.6: background, text, links.
THEMES = {"light": ("#fff", "rgba(0,0,0,.87)", "#1565c0"), "dark": ("#111", "#fffd", "#64b5f6")}
PASSWORD = "carrier pigeon"
# A mail is shown within the page of a mail program, which has a heading and landmarks.
NOT_IN_MAILS = ("landmark-one-main", "page-has-heading-one", "region")


@pytest.fixture(params=THEMES)
def theme(request, page):
    """Set the preferred colour scheme."""
    page.emulate_media(color_scheme=request.param)
    return request.param


def as_lab_shows(values, theme):
    ground, text, link = THEMES[theme]
    return f"""<!doctype html><html lang="en"><title>Cards</title>
        <style>html {{ color-scheme: {theme}; background: {ground}; color: {text} }}
        a {{ color: {link} }} code {{ color: {text} }}</style>
        <main><h1>A notebook</h1><h2>A lesson</h2>{"".join(map(as_html, values))}</main></html>"""


def test_every_card_is_for_all(page, theme, tmp_path):
    """Every card, in each state and theme, is accessible."""
    cards = specimens.cards(tmp_path)
    page.set_content(as_lab_shows(cards, theme))
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")

    assert axe.findings(page) == []
    assert {type(value) for value in cards} >= set(registry.kinds())


def test_every_report_is_for_all(page, theme, tmp_path):
    """Feedback in each status, the overview and the certificate are accessible."""
    grades = specimens.grades()
    overview = Overview()
    for grade in grades:
        overview.add(grade, "feedback/ada.html")
    workspace = Workspace(tmp_path)
    workspace.ensure()
    done = certificate.collect(workspace, progress.read(workspace), "Ada")
    found = []
    for text in (
        *map(feedback.page, grades),
        overview.page(),
        certificate_view.page(done),
    ):
        page.set_content(text)
        found += axe.findings(page)
        found += wide(page)

    assert found == []


def wide(page):
    """Return a finding if the page is wider than a narrow phone; parts that scroll do not count."""
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 800})
    inside, screen = page.evaluate("[document.body.scrollWidth, document.body.clientWidth]")
    page.set_viewport_size(size)
    return [f"{page.title()} is {inside} wide on a screen of {screen}"] if inside > screen else []


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Run the finished app, with its inbox."""
    folder = tmp_path_factory.mktemp("finished") / "my_app"
    session = LessonSession(shutil.copytree(paths.in_kit("solutions", "app"), folder))
    session.start_inbox()
    session.site.start()
    yield session
    session.site.stop()
    session.inbox.close()


class Visit:
    """Goes through the app, and checks each page for accessibility."""

    def __init__(self, page, session):
        self.page, self.session, self.found, self.seen = page, session, [], []

    def look(self):
        self.seen.append(self.page.title().partition(" · ")[0])
        for theme in THEMES:
            self.page.emulate_media(color_scheme=theme)
            self.found += [f"{self.seen[-1]}, {theme}: {one}" for one in axe.findings(self.page)]
        self.found += wide(self.page)

    def open(self, path):
        self.page.goto(self.session.site.url + path)
        self.look()

    def send(self, path, **fields):
        """Send a form without the browser's own validation."""
        self.page.goto(self.session.site.url + path)
        for name, text in fields.items():
            self.page.locator(f"[name={name}]").fill(text)
        with self.page.expect_navigation():
            self.page.locator("main form").evaluate("form => { form.noValidate = true }")
            self.page.locator("main form button, main form [type=submit]").first.click()
        self.look()

    def follow(self, subject):
        """Follow the link in the newest mail with a subject."""
        link = self.session.inbox.wait(subject=subject).links[-1]
        self.page.goto(link)
        self.look()


def test_the_finished_app_is_for_all(page, session):
    """Every page of the app is accessible, for all members, with and without errors."""
    visit = Visit(page, session)
    new = {"email": "ada@example.com", "password": PASSWORD}
    for path in ("/", "/auth/login", "/auth/register", "/auth/forgotten", "/nope"):
        visit.open(path)
    visit.send("/auth/register", name="", email="no address", password="short")
    visit.send("/auth/login", email="ada@example.com", password="wrong")
    visit.send("/auth/register", name="Ada", **new)
    visit.send("/auth/login", **new)
    visit.follow("Confirm")
    with page.expect_navigation():
        page.get_by_role("button", name="Confirm this address").click()
    for path in ("/members", "/profile", "/profile/edit", "/profile/address"):
        visit.open(path)
    visit.send("/profile/address", email="ada", password="wrong")
    visit.send("/profile/edit", name="", about="Coo. " * 200)
    page.get_by_role("button", name="Log out").click()
    visit.send("/auth/forgotten", email="ada@example.com")
    visit.follow("password")

    assert visit.found == []
    assert {"Home", "Not confirmed yet", "Confirm your address", "A new password"} < set(visit.seen)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_pages_of_errors_are_for_all(page, session, status):
    """The app's error pages are accessible."""
    lines = ["from flask import render_template", "with app.test_request_context():"]
    lines += [f"    print(render_template('main/{status}.html', reason='No token.'))"]
    page.goto(f"{session.site.url}/nope")  # for the addresses of its style and drawing
    page.set_content(session.terminal.run_shell("\n".join(lines)))

    assert axe.findings(page) == []


LETTERS = """
from pathlib import Path
from flask import render_template

user = User(name="Ada", email="ada@example.com")
given = {"user": user, "token": "a.b.c", "before": "ada@old.example"}
with app.test_request_context():
    for path in sorted(Path("app/templates").glob("**/*mail/*.html")):
        if path.name != "layout.html":
            print(render_template(str(path.relative_to("app/templates")), **given), end="\f")
"""


def test_mails_are_for_all(page, session):
    """The HTML of each mail that the app sends has a language, and is accessible."""
    found = []
    letters = session.terminal.run_shell(LETTERS).strip("\f").split("\f")
    for letter in letters:
        page.set_content(letter)
        found += axe.findings(page, off=NOT_IN_MAILS)

    assert len(letters) == 6
    assert found == []
