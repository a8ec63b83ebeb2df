"""Facts about a site whose files were changed after it started."""

import os

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from confirmlab.site.freshness import StaleBar, newest


def change(path):
    """Save a file again, with a later time than all others."""
    path.touch()
    later = path.stat().st_mtime_ns + 10_000_000_000
    os.utime(path, ns=(later, later))


@pytest.fixture
def models(tmp_path):
    (tmp_path / "app").mkdir()
    path = tmp_path / "app" / "models.py"
    path.write_text("")
    return path


def ask(folder, response):
    return Client(StaleBar(response, folder, newest(folder)))


def test_a_changed_file_is_newer(models, tmp_path):
    """Changes of code and templates count; files that running the app creates do not."""
    before = newest(tmp_path)
    change(models.with_name("cache.pyc"))
    assert newest(tmp_path) == before

    change(models)
    assert newest(tmp_path) > before


def test_a_stale_page_says_so(models, tmp_path):
    """If the app's files changed after its start, its pages have a bar that says what to run."""
    client = ask(tmp_path, Response("<h1>Home</h1>", mimetype="text/html"))
    fresh = client.get("/").text
    change(models)
    stale = client.get("/")

    assert fresh == "<h1>Home</h1>"
    assert stale.text.startswith(fresh) and "<code>site.start()</code>" in stale.text
    assert stale.content_length == len(stale.data)


def test_only_pages_carry_the_bar(models, tmp_path):
    """A stylesheet of a stale app is not changed."""
    client = ask(tmp_path, Response("a {}", mimetype="text/css"))
    change(models)

    assert client.get("/").text == "a {}"


def test_a_visitor_meets_the_files_as_they_are(session):
    """After a template was edited by hand, the next visitor sees the new text."""
    page = session.folder / "app" / "templates" / "main" / "index.html"
    session.site.start()
    assert "Coo, friend." not in session.site.visitor().open("/").text

    page.write_text(page.read_text("utf-8").replace("Welcome, stranger.", "Coo, friend."), "utf-8")
    change(page)

    assert "Coo, friend." in session.site.visitor().open("/").text
    assert session.site.notice.startswith("Files of my_app were changed")


def test_an_unchanged_site_is_left_alone(session):
    """Without a change, no visit restarts the site."""
    session.site.start()
    process = session.site._process
    session.site.visitor()

    assert session.site._process is process and session.site.notice == ""
