"""Facts about the views of pages."""

import re

import pytest
from markup import attributes, picture

from confirmlab.notebook.views import site as view
from confirmlab.notebook.views.registry import as_html, as_text
from confirmlab.site.pages.page import read


def here(link):
    return link.replace("http://127.0.0.1:5000", "/proxy/absolute/5000")


def test_a_page_shows_status_way_and_picture(monkeypatch):
    """The card of a page shows its status, its redirects and a picture of it."""
    page = read(
        "<link rel=stylesheet href=/s.css><p class=flash>No.</p><img src=/p.svg><a href=/x>x</a>",
        "http://127.0.0.1:5000/auth/login",
        403,
        ("/a",),
    )
    monkeypatch.setattr(view, "_fetch", lambda page, address: f"a > b {{}} /* {address} */")
    text = as_html(page, here)
    shown = picture(text)

    assert "✗ 403 Forbidden" in text and "/a</code> → " in text and "Message:</b> No." in text
    assert "a > b {} /* /s.css */" in shown
    assert attributes(shown, "img")[0]["src"].startswith("data:image/svg+xml;base64,")
    assert attributes(shown, "a")[0]["href"] == "/proxy/absolute/5000/x"


def test_a_page_says_where_one_landed():
    """The text of a page has its status, redirects, messages and text."""
    html = "<title>Log in</title><p class=flash>Not yet.</p><p>Coo.</p>"
    page = read(html, "http://h/auth/login", 200, ("/a", "/b"))

    assert as_text(page).splitlines() == [
        "200 /auth/login  Log in",
        "by way of /a -> /b -> /auth/login",
        "message: Not yet.",
        "",
        "Not yet.",
        "Coo.",
    ]


def test_pictures_come_from_the_own_site_only(session):
    """For the picture of a page, files are fetched only from its own site."""
    page = session.site.start().visitor().open("/")
    elsewhere = session.wrong_way.start().url
    found = view._fetch(page, "/static/style.css"), view._fetch(page, f"{elsewhere}/")
    session.wrong_way.site.stop()

    assert "font" in found[0] and found[1] == ""
    assert view._fetch(page, "/static/gone.css") == ""


def test_a_page_is_shown_after_its_site_has_stopped(session):
    """A page is shown even after its site has stopped, without its stylesheet."""
    page = session.site.start().visitor().open("/")
    session.site.stop()

    assert "Picture of the page /" in as_html(page)


@pytest.mark.parametrize("broken", ["http://[name]/", "//[", "http://[::1/x"])
def test_a_page_with_a_broken_address_is_shown(broken):
    """A broken address in a page is left as it is, and nothing is fetched from it."""
    html = f"<link rel=stylesheet href={broken}><img src={broken}.svg>"
    page = read(f"{html}<a href={broken}>x</a><a href=/x>y</a>", "http://127.0.0.1:5000/", 200)
    links = attributes(picture(as_html(page, here)), "a")

    assert [link["href"] for link in links] == [broken, "/proxy/absolute/5000/x"]
    assert view._fetch(page, broken) == ""


def test_hidden_characters_of_a_page_are_written_out():
    """Control and reordering characters of a page are escaped; the joiner of an emoji is not."""
    html = "<title>a\u202e</title><p class=flash>b\x1b[31m</p><p>👩\u200d🌾 c\u202e</p>"
    page = read(html, "http://h/\u202e")
    card = re.sub('srcdoc="[^"]*"', "", as_html(page))

    for shown in (as_text(page), card):
        assert "\u202e" not in shown and "\x1b" not in shown
        assert all(word in shown for word in ("a\\u202e", "b\\x1b[31m", "/\\u202e"))
        assert "👩\u200d🌾 c\\u202e" in shown
