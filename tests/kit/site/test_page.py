"""Facts about reading a page of the app."""

import pytest

from confirmlab.base.errors import SiteError
from confirmlab.site.pages.html_forms import Button, Field
from confirmlab.site.pages.page import read

URL = "http://localhost/auth/login"
OUT = '<nav><form method="post" action="/auth/logout"><button>Log out</button></form></nav>'


def test_a_page_is_read_as_a_person_reads_it():
    """Title and text are without scripts, styles and hidden parts."""
    page = read(
        "<title> Hello  you </title><style>p {}</style><p>Welcome, <b>Ann</b>!<br>Coo.</p>"
        "<script>1</script><p hidden>secret</p>",
        URL,
    )

    assert (page.title, page.text) == ("Hello you", "Welcome, Ann!\nCoo.")


def test_a_later_rule_shows_again():
    """An element that one rule hides and a later one shows is part of the text."""
    page = read(
        "<style>b {display: none} .on {display: block}</style><b>No</b><b class=on>Yes</b>", URL
    )

    assert page.text == "Yes"


@pytest.mark.parametrize(
    "html",
    [
        '<ul class="flashes" role="status"><li>One.</li><li>Two.</li></ul>',
        '<div class="flash">One.</div><div class="flash">Two.</div>',
        '<div role="alert">One.</div><p class="alert alert-info">Two.</p>',
        '<section class="flashes"><div class="flash">One.</div></section><p role="status">Two.</p>',
    ],
)
def test_flashes_are_found_in_the_usual_markup(html):
    """Flashed messages are listed one by one, in any common markup."""
    assert read(html, URL).flashes == ("One.", "Two.")


def test_a_text_area_keeps_its_spaces():
    """Of the text in a textarea a browser leaves out the first line end, and nothing else."""
    form = read('<form><textarea name="a">\n\n  one\n </textarea></form>', URL).form()

    assert form.fields[0].values == ("\n  one\n ",)


def test_of_several_selected_options_the_last_is_sent():
    """A select that takes one option sends the last of those that are marked as selected."""
    options = "<option>one<option selected>two<option selected>three"
    form = read(f'<form><select name="a">{options}</select></form>', URL).form()

    assert form.fields[0].values == ("three",)


def test_a_field_that_names_its_own_form_is_sent_once():
    """A field inside a form that also names the form's id is one field."""
    inside, outside = (f'<input name="{name}" form="f">' for name in "ab")
    form = read(f'<form id="f">{inside}</form>{outside}', URL).form()

    assert [field.name for field in form.fields] == ["a", "b"]


def test_the_values_of_a_form():
    """Each kind of field has the value that a browser would send unchanged."""
    form = read(
        """<form method="post"><input name="a" value="1"><input type="hidden" name="b" value="2">
        <input type="checkbox" name="c"><input type="checkbox" name="d" value="x" checked>
        <textarea name="e">\nline</textarea>
        <select name="f"><option>one<option value="2" selected>two</select>
        <select name="g"><option>one<option>two</select><select name="h" multiple></select>
        <input name="i" disabled><input type="file" name="j"><input type="submit" name="k"></form>
        """,
        URL,
    ).form()

    assert {one.name: one.values for one in form.fields} == {
        "a": ("1",),
        "b": ("2",),
        "c": (),
        "d": ("x",),
        "e": ("line",),
        "f": ("2",),
        "g": ("one",),
        "h": (),
    }


def test_the_target_of_a_form():
    """A form without an action goes to its own page; other actions resolve against it."""
    here, there = read('<form></form><form method=POST action="../x">', URL + "?a=1").forms

    assert (here.method, here.action) == ("GET", URL + "?a=1")
    assert (there.method, there.action) == ("POST", "http://localhost/x")


def test_buttons_have_words():
    """Buttons are listed with their texts, whichever element makes them."""
    html = "<form><button name=a value=1>Go <b>on</b></button><input type=submit value=Stop></form>"

    assert read(html, URL).form().buttons == (
        Button("Go on", "a", "1", "Go on"),
        Button("Stop", "", "Stop", "Stop"),
    )


def test_controls_beside_their_form():
    """A control belongs to the form it names; a button may set the target and the method."""
    button = '<button form="one" formaction="/there" formmethod="post">Go</button>'
    form = read(f'<form id="one"><input name="a" form="two"></form>{button}', URL).forms[0]

    assert (form.method, form.action, form.names) == ("POST", "http://localhost/there", ())
    assert [one.text for one in form.buttons] == ["Go"]


def test_forms_are_told_apart():
    """A form can be selected by its fields, its path, or the text of a button."""
    one = '<form action="/one"><input name="a"><button>First</button></form>'
    page = read(one + '<form action="/two"><input name="b"><button>Second</button></form>', URL)

    assert page.form("a") == page.form(action="/one") == page.form(button="first") == page.forms[0]
    assert page.has_form("b") and not page.has_form("a", "b")


def test_the_logout_form_is_only_selected_by_name():
    """The logout form in the navigation is selected only if it is asked for."""
    page = read(OUT + '<form action="/x"></form>', URL)

    assert page.form().action.endswith("/x")
    assert page.form(action="/auth/logout").action.endswith("/auth/logout")
    with pytest.raises(SiteError, match="has no form"):
        read(OUT, URL).form()


def test_a_missing_form_is_explained():
    """The error names the page and the forms that it has."""
    with pytest.raises(SiteError) as caught:
        read('<form method="post"><input name="mail"></form>', URL, status=500).form("email")

    for words in (
        "'/auth/login' (status 500)",
        "the field 'email'",
        "<Form POST /auth/login mail>",
    ):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<![if x]>", "<![if x]>"),
        ("<form", "<form"),
        ("http://x", "http://x"),
        ("<?xml?><a/>", ""),
        ("\0\ufffd<", "\0\ufffd<"),
    ],
)
def test_odd_markup_is_read(html, text):
    """A page of broken or empty markup has its text, no form and no message."""
    page = read(html, URL)

    assert (page.text, page.forms, page.flashes) == (text, (), ())


def test_repr_is_one_line():
    """The repr of a page has its status, its path and its title."""
    assert repr(read("<title>Log in</title>", URL)) == "<Page 200 /auth/login 'Log in'>"


@pytest.mark.parametrize(
    "form",
    [
        '<form enctype="text/plain"><button>Go</button></form>',
        '<form><button formenctype="text/plain">Go</button></form>',
        '<form onsubmit="return false"><button>Go</button></form>',
        '<form><button onclick="event.preventDefault()">Go</button></form>',
    ],
)
def test_a_button_without_effect_is_none(form):
    """A button that sends nothing, or nothing a server can read, is not listed."""
    (read_one,) = read(form, URL).forms
    assert not read_one.buttons


def test_a_disabled_group_sends_nothing():
    """Fields of a disabled fieldset are not listed."""
    page = read('<form><fieldset disabled><input name="a"></fieldset><input name="b"></form>', URL)

    assert page.form().fields == (Field("b", "text", ("",)),)


def test_a_button_has_an_accessible_name():
    """The label of a button is what a screen reader speaks: aria-label, words, pictures, title."""
    page = read(
        '<form><button aria-label="Send again">↻</button><button><img alt="Send"></button>'
        '<button title="Again"></button><button>Go</button><input type=submit value=Now></form>',
        URL,
    )
    assert [button.label for button in page.forms[0].buttons] == [
        *("Send again", "Send", "Again", "Go", "Now")
    ]


@pytest.mark.parametrize(
    ("actions", "own"),
    [
        (["", "/auth/logout"], ["/auth/login"]),
        (["/auth/login?again=1", "/away"], ["/auth/login"]),
        (["/auth/confirm"], ["/auth/confirm"]),
        (["/one", "/other"], ["/one", "/other"]),
        ([], []),
    ],
)
def test_the_own_forms_of_a_page(actions, own):
    """Forms that are sent to their own page are preferred to those that lead elsewhere."""
    forms = "".join(f'<form method="post" action="{one}"></form>' for one in actions)

    page = read(f"{OUT}<form></form>{forms}", URL)

    assert [
        one.action.removeprefix("http://localhost").partition("?")[0] for one in page.own_forms
    ] == own
