"""Graded tests of lesson 07: the gate, the waiting room, the mail once more."""

import random
import secrets
from contextlib import suppress
from datetime import datetime
from functools import partial
from urllib.parse import urlencode, urlsplit

import pytest

from confirmlab.base.errors import SiteError
from confirmlab.checks.app.app_client import USUAL_NAMES
from confirmlab.checks.app.app_errors import AppError, attempted
from confirmlab.checks.app.app_members import MEMBERS_OF_ALL_KINDS
from confirmlab.checks.app.app_requests import readable
from confirmlab.checks.app.app_values import mapping
from confirmlab.checks.text.common_words import has_common_word, is_label, words_of
from confirmlab.checks.text.foreign_addresses import mails_with_token_to_others
from confirmlab.checks.text.random_words import bypass_fields, bypass_query
from confirmlab.site.pages.html_text import parse_html
from confirmlab.site.pages.page import path_of, read
from confirmlab.site.pages.page_actions import own_actions
from confirmlab.site.pages.style_sheets import inline_styles
from confirmlab.site.pages.visibility import is_hidden

gate = partial(pytest.mark.exercise, "gate")
view = partial(pytest.mark.exercise, "unconfirmed-view")
page = partial(pytest.mark.exercise, "unconfirmed-page")
resend = partial(pytest.mark.exercise, "resend-view")

WAITING_ROOM = "/auth/unconfirmed"
RESEND = "/auth/resend"
# Names under which a form could name an address, or a member.
ADDRESSES = (
    *("email", "e-mail", "mail", "to", "address", "recipient", "user_email", "new_email"),
    *("email_address", "mail_address", "mail_to", "mailto", "send_to", "recipients", "receiver"),
)
NUMBERS = ("id", "user", "user_id", "uid", "member", "member_id")


# The gate


@pytest.fixture
def room(app):
    """Return the text of the waiting room's page, which a gate may show at once."""
    text = f"please wait {random.randrange(10**9)}"
    app.process.order("templates", texts={"auth/unconfirmed.html": text})
    return text


@gate(required=True)
def test_unconfirmed_sees_no_page(app, member, varied_member):
    """An unconfirmed member does not see the pages for members."""
    new = varied_member(about=" ".join(bypass_fields()), joined_at=app.as_stored(app.now()))
    bob, zoe = member(confirmed=True), member()
    assert zoe.name in app.ask("/members", bob).text, (
        "a confirmed member does not see the names on /members; whom does the gate stop?"
    )
    link = {"referer": f"http://{app.host.name}/", "cookies": bypass_fields(theme="dark")}
    with suppress(AppError):  # nobody sees a page then; another test checks how the gate ends
        answer = app.ask(f"/members?page={random.randrange(99)}", new, **link)
        _assert_sees_nobody(answer, zoe)
        shown = app.leak(answer.all_text, tokens=True, reader=new)
        assert not shown, f"the gate shows {shown}"
    assert not app.is_confirmed(new), "the gate confirmed a member by itself"
    # Another day, somebody who joined long ago asks by a script, at another of the site's names.
    app.clock(app.now() + random.uniform(40, 300) * 86400, tick=True)
    long_ago = datetime(random.randrange(2015, 2025), random.randrange(1, 13), 2).timestamp()
    moments = {"joined_at": long_ago, "moved_at": app.now() - random.uniform(3, 20) * 86400}
    moments = {name: app.as_stored(moment) for name, moment in moments.items()}
    old = varied_member(new_email=app.person()[1], **moments)
    port = random.randrange(1024, 65536)
    with suppress(AppError):
        _assert_sees_nobody(app.ask("/members", old, by="script", host=f"127.0.0.1:{port}"), zoe)
    # Where the app's settings fix its name, these two may be refused, and nobody is seen.
    for name in USUAL_NAMES:
        with suppress(AppError):
            _assert_sees_nobody(app.ask("/members", old, host=name), zoe)


def _assert_sees_nobody(seen, somebody):
    """Assert that an answer does not show a member's name."""
    assert somebody.name not in seen.text, (
        "a member who is not confirmed sees the names on /members; "
        "does the gate run before every request, and is its redirect returned?"
    )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/members", marks=gate(points=3, grave="lets-through")),
        pytest.param("/profile", marks=gate(points=3, grave="lets-through")),
        pytest.param("/profile/address", marks=gate(points=3, grave="closed-list")),
        pytest.param("/", marks=gate(points=3)),
    ],
)
def test_unconfirmed_is_held_back(app, member, varied_member, room, path):
    """An unconfirmed member is sent to the waiting room from every other page."""
    # The site is as small as can be, or large: that says nothing about a right to pass.
    if path == "/members":
        ada = app.make_only_member(varied_member())
    elif path == "/profile":
        app.crowd(member(confirmed=True), 1200)
        ada = varied_member()
    else:
        ada = member()
    asked = f"{path}?{bypass_query()}" if path == "/profile" or random.random() < 0.5 else path
    answer = app.ask(asked, ada)
    if room in answer.text:  # the page is not seen; but its address shows the waiting room
        assert path != "/", (
            "the gate shows the waiting room under the address of the page that was asked for; "
            "let it redirect to the address of the waiting room instead"
        )
    else:
        _assert_sent_to_waiting_room(app, answer, path)
    if path == "/members":  # one gate is before all pages, so the other ways are tried at one
        _assert_no_way_in(app, ada, path, room)
        _assert_shut_all_year(app, path, room)
    else:  # who is confirmed sees /members in another test
        _assert_passes(app, member, path)


def _assert_no_way_in(app, member, path, room):
    """Assert that an unconfirmed member sees no page by other kinds of requests either."""
    for page in (WAITING_ROOM, "/auth/login"):
        answer = app.ask(path, member, referer=f"http://{app.host.name}{page}")
        if room not in answer.text:
            _assert_sent_to_waiting_room(app, answer, f"{path}, as a click on {page} does,")
    answer = app.ask(path, member, by="script", content_type="application/json")
    _assert_turned_away(app, answer, f"{path} by a program that sends JSON", room)
    answer = app.ask(path, member, remembered=True)
    what = f"{path} with the cookie of 'Keep me logged in', and without a session,"
    _assert_turned_away(app, answer, what, room)
    browser = _after_the_open_pages(app, member)
    with suppress(AppError, SiteError):  # an endless redirect lets nobody in
        browser.open(path)  # and the waiting room after it
    for _ in range(8):  # a cookie of this browser may count the visits
        with suppress(AppError):
            seen = app.look(browser, path)
            assert seen.status != 200 or room in seen.text, (
                "an unconfirmed member who had visited the open pages, and then asked for "
                f"{path} again and again, got in"
            )


def _assert_shut_all_year(app, path, room):
    """Assert that the gate holds in each month, to the site's keeper, and under gunicorn."""
    found = app.process.order("settings", environment={}, names=["APP_ADMIN"])
    address = str(mapping(found).get("APP_ADMIN"))
    # Kinds of their own: so many in a row are at every mail host, whatever test came before.
    varied_member = partial(app.member_of_another_kind, "a year")
    keeper = {"email": address, "name": random.choice(("Admin", "admin")), "watched": False}
    for moment in _times_of_a_year(app.now()):
        app.clock(moment, tick=True)
        # The keeper of the site, whose address its settings name, is a member like others.
        answer = app.ask(path, varied_member(**keeper))
        if room not in answer.text:
            _assert_sent_to_waiting_room(app, answer, path)
        keeper = {}
    app.process.order("become_worker")
    for debug, how in ((False, "when gunicorn serves the site"), (True, "in debug mode")):
        app.process.order("config", DEBUG=debug)
        answer = app.ask(path, varied_member())
        if room not in answer.text:
            _assert_sent_to_waiting_room(app, answer, f"{path}, {how},")


def _times_of_a_year(now):
    """Return one moment of each month of the next year.

    In any year, the same day of the twelve months falls on each day of the week; the hours are
    every second one. The same twelve requests in a row find a gate that lets each tenth pass.
    """
    year, day = datetime.fromtimestamp(now).year + 1, random.randrange(8, 21)
    return [datetime(year, month, day, 2 * month - 2, 30).timestamp() for month in range(1, 13)]


def _after_the_open_pages(app, member):
    """Return a member's browser in which the open pages were visited, and another mail asked for.

    The views say nothing, so that only the gate decides what the visits change.
    """
    browser, form = _with_a_form(app, member)
    for endpoint in ("unconfirmed", "login", "confirm", "resend"):
        with suppress(AppError):  # a view that is missing is another exercise
            app.process.order("replace_view", endpoint=f"auth.{endpoint}", text="please wait")
    for asked in (("GET", "/auth/login"), ("GET", "/auth/confirm/x"), ("POST", RESEND, form)):
        with suppress(AppError, SiteError):
            browser.request(*asked)
    return browser


def _with_a_form(app, member):
    """Return a member's browser, and the fields of a form that the app accepts from it."""
    csrf = secrets.token_hex(20)
    browser = app.visitor(logged_in_as=member, csrf=csrf)
    return browser, {"csrf_token": app.signer.csrf(csrf)}


@gate()
def test_redirect_is_for_now(app, member):
    """The redirect to the waiting room is not a permanent one."""
    answer = app.ask("/members", member())

    assert answer.status not in (301, 308), (
        f"the redirect has the status {answer.status}, which browsers remember: they would go to "
        "the waiting room even when the account is confirmed; 302 is for now only"
    )


@gate(grave="no-way-out")
def test_confirmed_passes(app, visitor, member):
    """A member passes as soon as the account is confirmed."""
    ada = member()
    app.process.order("replace_view", endpoint="auth.unconfirmed", text="please wait")
    browser = visitor(logged_in_as=ada)
    with suppress(SiteError):  # another test checks whether the waiting room is open
        browser.open("/members")
    app.mark_confirmed(ada)
    seen = browser.open("/members")

    assert (seen.status, seen.path) == (200, "/members"), (
        f"a member who was stopped, and is confirmed now, landed on {seen.path} with status "
        f"{seen.status}"
    )


@gate(grave="no-way-in")
@pytest.mark.parametrize("path", ["/", "/auth/login", "/auth/register", "/auth/forgotten"])
def test_stranger_passes(app, member, path):
    """Somebody who is not logged in is not held back: the gate is for members."""
    answer = app.ask(path)

    assert answer.status == 200, (
        f"a stranger at {path} got status {answer.status}; does the gate ask first whether "
        "somebody is logged in?"
    )
    if path == "/auth/login":
        new = member()
        assert app.log_in(new.email, app.password) == new.id, (
            "a member who is not confirmed cannot log in with the right password, and so never "
            "comes to the waiting room"
        )


@gate()
def test_static_files(app, member):
    """The stylesheet reaches an unconfirmed member too, so that the waiting room looks nice."""
    answer = app.ask("/static/style.css", member())

    assert answer.status == 200, (
        f"the stylesheet answered with status {answer.status}; is its endpoint among the open ones?"
    )
    answer = app.ask("/static/style.css")
    assert answer.status == 200, f"to strangers the stylesheet answers with status {answer.status}"


@gate()
def test_unknown_address(app, member):
    """An address that does not exist stays a 404, even for an unconfirmed member."""
    path = f"/nope{random.randrange(10**5, 10**6)}"  # as long in each run
    assert app.ask(path).status == 404, f"to a stranger {path} is no 404"
    answer = app.ask(path, member())

    assert answer.status == 404, (
        f"{path} answered with status {answer.status}; what is request.endpoint there?"
    )


@gate(grave="lets-write")
def test_writing_is_held_back(app, member, varied_member, inbox, room):
    """An unconfirmed member cannot send forms either."""
    ada, bob = varied_member(), member(confirmed=True)
    changed = {"name": "Changed", "about": ""}
    answer = app.ask("/profile/edit", ada, bypass_fields() | changed)

    _assert_turned_away(app, answer, "a POST to /profile/edit", room)
    assert _name(app, ada) == ada.name, "an unconfirmed member changed the name"
    moved = {"email": app.person()[1], "password": app.password}
    answer = app.ask("/profile/address", ada, bypass_fields() | moved)
    _assert_turned_away(app, answer, "a POST to /profile/address", room)
    assert not len(inbox), "an unconfirmed member at /profile/address made the app send a mail"
    app.ask("/profile/edit", bob, changed)
    assert _name(app, bob) == "Changed", "a confirmed member could not change the name"


@gate(points=3, grave="closed-list")
@pytest.mark.parametrize("place", [0, 1], ids=["beside auth", "below auth"])
def test_pages_added_later(app, member, varied_member, room, place):
    """A page that is added later is behind the gate by default."""
    path = list(app.host.pages)[place]
    ada = varied_member()
    answer = app.ask(path, ada)

    what = f"a page that begins with {('/auth', '/auth/')[place]} and was added after your gate"
    # The gate may show the waiting room at once; another test asks for a redirect.
    at_once = answer.status == 200 and room in answer.text
    if not at_once:
        _assert_sent_to_waiting_room(app, answer, what)
    open_ones = ["auth/login", "auth.confirm", "static/", "auth/resend", "auth/unconfirmed"]
    asked = f"{path}?{random.choice('abc')}=/{'/'.join(random.sample(open_ones, 5))}"
    # Some hours later the same member asks again, or a program looks whether the page is there.
    app.clock(app.now() + random.uniform(1, 20) * 3600, tick=True)
    app.host.rename()
    for method in (("GET" if at_once else "HEAD",), ("GET", "POST"))[place]:
        answer = app.ask(asked, ada, {} if method == "POST" else None, method=method)
        asked_for = f"{asked}, whose query only names open pages,"
        if method == "GET" and not at_once:
            _assert_sent_to_waiting_room(app, answer, asked_for)
        else:
            _assert_turned_away(app, answer, asked_for, room)
    _assert_passes(app, member, path)


@gate(grave="no-way-out", points=2)
@pytest.mark.parametrize("path", [WAITING_ROOM, "/auth/confirm/hello"])
def test_way_out_stays_open(app, member, path):
    """The waiting room and the confirmation link are open to an unconfirmed member."""
    _assert_open(app, member, path)


@gate()
def test_login_stays_open(app, member):
    """The login page is open to an unconfirmed member."""
    _assert_open(app, member, "/auth/login")


def _assert_open(app, member, path):
    """Assert that an unconfirmed member is not sent to the waiting room from a path."""
    answer = app.ask(path, member())

    assert answer.status < 500, f"{path} answered with status {answer.status}"
    assert not _leads_to_waiting_room(app, answer), (
        f"a member at {path} was sent to the waiting room instead; "
        "is its endpoint, with the blueprint's name, among the open ones?"
    )


@gate()
@pytest.mark.parametrize("path", ["/auth/logout", "/auth/resend"])
def test_forms_of_the_waiting_room(app, member, path):
    """Logging out and asking for another mail get through the gate."""
    endpoint = path[1:].replace("/", ".")
    # What the views do is another exercise; here it counts that they are reached.
    reached = f"reached {random.randrange(10**9)}"
    app.process.order("replace_view", endpoint=endpoint, text=reached)
    answer = app.ask(path, member(), {})

    assert answer.text == reached, (
        f"a POST to {path} was turned away at the gate (status {answer.status}); "
        f"is {endpoint} among the open endpoints?"
    )


# The waiting room


@view(required=True)
def test_waiting_room_opens(app, visitor, member, varied_member, inbox, room_path):
    """An unconfirmed member sees the waiting room."""
    ada = member()
    browser = visitor(logged_in_as=ada)
    try:
        seen = browser.open(room_path)
    except AppError:
        # The error comes from the gate, whose line would mislead.
        if missing := _missing_view_hint(app, "auth.unconfirmed"):
            raise AssertionError(f"the gate leads nowhere{missing}") from None
        raise

    assert seen.status != 404 or not seen.path.endswith(".html"), (
        f"the view redirects to {seen.path}, where nothing is: which function shows a template?"
    )
    assert seen.path.rstrip("/") == room_path and seen.status != 404, (
        f"an unconfirmed member landed on {seen.path} with status {seen.status}{_hint(seen)}"
    )
    shown = app.leak(seen.html, tokens=True, reader=ada)
    assert not shown, f"the waiting room shows {shown}"
    headers = readable(seen.headers)
    assert not app.leak(headers, tokens=True), (
        "a header of the waiting room holds a token, or a key"
    )
    app.clock(app.now() + random.uniform(1, 20) * 3600, tick=True)
    mark = f"page {random.randrange(10**9)}"
    app.process.order("templates", texts={"auth/unconfirmed.html": mark})
    assert browser.open(room_path).text == mark, (
        f"the page there has the title {seen.title!r}, "
        "and is not made from the template auth/unconfirmed.html"
    )
    for name in app.host.usual_names:
        assert app.ask(room_path, ada, host=name).text == mark, (
            f"at {name}, as on your own machine, the page is not made from the template "
            "auth/unconfirmed.html"
        )
    assert not app.is_confirmed(ada), "merely opening the waiting room confirmed a member"
    with suppress(AppError):  # most apps answer with 405
        app.ask(room_path, ada, bypass_fields())
    assert not app.is_confirmed(ada), "a form sent to the waiting room confirmed a member"
    for _ in range(10):  # a cookie of this browser may count the visits, or the days
        app.clock(app.now() + random.uniform(0.5, 2.5) * 86400, tick=True)
        with suppress(AppError, SiteError):
            browser.open(room_path)
    assert not app.is_confirmed(ada), "a member came back for some days, and was confirmed by that"
    _assert_confirms_nobody(app, varied_member, room_path, None)
    assert not len(inbox), "merely opening the waiting room sent a mail"


@view(grave="no-address")
def test_gate_finds_the_view(app):
    """The view has the endpoint auth.unconfirmed, so the gate finds it."""
    built = attempted(app.process.order, "url", endpoint="auth.unconfirmed", values={})

    assert str(built).rstrip("/") == WAITING_ROOM, (
        f"url_for('auth.unconfirmed') does not lead to {WAITING_ROOM}: is the function behind the "
        "route called unconfirmed, and is the route that of the cell? The blueprint adds /auth by "
        "itself"
    )


@view()
def test_waiting_room_is_a_usual_page(app, member, room_path):
    """The waiting room has the status 200."""
    answer = app.ask(room_path, member())

    assert answer.status == 200, f"the waiting room has the status {answer.status}"


@view()
def test_stranger_goes_home(visitor, room_path):
    """A visitor who is not logged in is sent to the front page."""
    seen = visitor().open(f"{room_path}?{bypass_query()}")

    assert (seen.status, seen.path) == (200, "/"), f"a stranger landed on {seen.path}" + (
        "; does the view ask for a login first?" if seen.path == "/auth/login" else ""
    )


@view()
def test_confirmed_goes_home(visitor, member, room_path):
    """A confirmed member has nothing to wait for and is sent to the front page."""
    browser = visitor(logged_in_as=member(confirmed=True))
    seen = browser.open(f"{room_path}?{bypass_query()}")

    assert (seen.status, seen.path) == (200, "/"), f"a confirmed member landed on {seen.path}"


# What it says


@pytest.fixture
def waiting_room(app, visitor, member, seen):
    """Return a function that opens the page once for all tests.

    It returns the page, its reader, and the secret that it shows.
    """

    def waiting_room():
        ada = member()
        page = visitor(logged_in_as=ada).open(WAITING_ROOM)
        return page, ada, app.leak(page.html, tokens=True, reader=ada)

    return lambda: seen("waiting room", waiting_room)


@page()
def test_page_names_the_address(waiting_room):
    """The page says to which address the mail went."""
    seen, ada, shown = waiting_room()

    assert ada.email in seen.text, f"the address {ada.email} is not on the page" + (
        "; the page shows `current_user` as you typed it: put it in {{ … }}"
        if "current_user." in seen.text
        else ""
    )
    assert not shown, f"the page shows {shown}"


@page()
def test_page_explains(waiting_room):
    """The page says in a sentence or two what the member has to do."""
    seen, ada, _ = waiting_room()

    _assert_explains(seen.html, ada)


@page(required=True)
def test_page_is_of_use(app, member, waiting_room):
    """The page explains something, or offers the mail again."""
    seen, ada, shown = waiting_room()

    assert not shown, f"the page shows {shown}"
    _assert_useful(seen, ada)
    bob = member()
    for name in (app.host.name, *app.host.usual_names):
        there = read(app.ask(WAITING_ROOM, bob, host=name).text, f"http://{name}{WAITING_ROOM}")
        assert not app.is_confirmed(bob), "merely opening the page confirmed a member"
        _assert_useful(there, bob)


def _assert_useful(page, reader):
    """Assert that a page has the button, or says in words what its reader waits for."""
    try:
        _form(page)
    except AssertionError:
        _assert_explains(page.html, reader)


@page(grave="dead-button")
def test_button_asks_for_the_mail(waiting_room):
    """A form on the page leads to /auth/resend by POST."""
    seen, *_ = waiting_room()

    form = _form(seen)
    assert form.method == "POST", f"the form to /auth/resend is sent by {form.method}"
    assert form.buttons or not _hides_its_button(seen.html), (
        "the button of the form to /auth/resend is hidden, so nobody can press it"
    )


def _hides_its_button(html):
    """Return whether the form that asks for the mail has buttons, and none can be seen."""
    soup = parse_html(html)
    inline_styles(soup)
    forms = [tag for tag in soup.find_all("form") if path_of(tag.get("action", "")) == RESEND]
    buttons = [one for form in forms for one in form.select("button, input[type=submit]")]
    return bool(buttons) and all(map(is_hidden, buttons))


@page(grave="form-refused")
def test_form_is_accepted(app, visitor, member):
    """The form is accepted: it carries a CSRF token."""
    browser = visitor(logged_in_as=member())
    form = _form(browser.open(WAITING_ROOM))
    reached = f"reached {random.randrange(10**9)}"
    app.process.order("replace_view", endpoint="auth.resend", text=reached)
    after = browser.submit(form)

    hint = (
        "; its field csrf_token holds something else than the token: look at the value"
        if "csrf_token" in form.names
        else "; does the form carry a hidden field csrf_token?"
    )
    assert after.text == reached, f"sending the form ended with status {after.status}" + (
        hint if after.status == 400 else ""
    )


@page(points=2)
def test_page_has_a_button(waiting_room):
    """The form has a button that sends it, and the button says what it does."""
    seen, *_ = waiting_room()
    buttons, by_itself = _form(seen).buttons, own_actions(seen.html)

    assert not by_itself, (
        "the page may send its form, or lead away, before anybody presses the button: "
        f"{by_itself[0][:80]!r}"
    )
    assert buttons, (
        "the form to /auth/resend has no button that can be seen and pressed, and sends it"
    )
    label = buttons[0].label
    assert label, "there is nothing on the button: what does it do?"
    assert is_label(label), f"the button says {label!r}, which is not a word"


def _assert_explains(html, reader):
    """Assert that a page says in words what its reader waits for."""
    assert "Your text here" not in html, "the placeholder is still on the page"
    assert "lorem ipsum" not in html.lower(), "the page says nothing: it is filled with Latin"
    words = _own_words(html, reader)
    assert len(words) >= 5, (
        "besides its heading and its buttons the page says "
        + (f"only {' '.join(words)!r}" if words else "nothing")
        + "; say in a sentence or two what the member waits for"
    )
    assert has_common_word(words), (
        f"the check recognises no sentence in {' '.join(words[:9])!r}: it looks for common words "
        "of many languages; say a little more in yours"
    )


# The mail once more


@pytest.fixture
def ask_for_mail(app, resend_path):
    """Return a function that asks for another mail, by GET if the route takes no POST.

    Another test checks the method.
    """

    def ask_for_mail(member, **more):
        answer = app.ask(resend_path, member, {}, **more)
        return app.ask(resend_path, member, **more) if answer.status == 405 else answer

    return ask_for_mail


@pytest.fixture
def ask_once(ask_for_mail):
    """Return a function that asks for another mail; it returns None after an error."""

    def ask_once(member):
        with suppress(AppError):  # another test checks how the view ends
            return ask_for_mail(member)

    return ask_once


@resend(required=True)
def test_a_mail_with_a_good_link(app, member, tokens, ask_for_mail):
    """A press sends a mail to the member's own address, with a token that confirms."""
    ada = member()
    status, hint = 500, ""
    try:
        answer = ask_for_mail(ada)
        status = f"{answer.status}, to {answer.location!r}" if answer.location else answer.status
        hint = _hint(answer) or _missing_view_hint(app, "auth.resend")
    except AppError:
        if not tokens(ada):
            raise
    given = tokens(ada)

    assert given, (
        "after the press no mail made from the templates auth/email/confirm came to the member; "
        f"the answer to its POST has the status {status}{hint}"
    )
    app.switch_process()
    assert app.call_confirm(ada, given[0]).is_true, (
        "the token in the mail does not confirm the member who asked for it: does it live at all?"
    )
    app.switch_process()
    kinds = {"at": "gmail.com"}, {"joined_at": app.as_stored(app.now() - 900 * 86400)}
    for name, kind in zip(app.host.usual_names, kinds, strict=False):
        app.clock(app.now() + random.uniform(20, 90) * 86400, tick=True)
        bob = member(**kind)
        with suppress(AppError):
            ask_for_mail(bob, host=name)
        assert tokens(bob), f"at {name}, as on your own machine, the press sent no mail"


@resend()
def test_one_mail(member, inbox, ask_for_mail):
    """One press sends one mail, and it goes to the member only."""
    ada = member()
    try:
        ask_for_mail(ada)
    except AppError:  # after the mail was sent, another test checks how the view ends
        if not list(inbox):
            raise

    sent = [mail.to for mail in inbox]
    assert len(sent) == 1, f"one press sent {len(sent)} mails"
    assert sent[0] == (ada.email,), f"the mail went to {', '.join(sent[0])}"


@resend(grave="token-to-others")
def test_token_goes_to_nobody_else(member, inbox, tokens, ask_once):
    """No mail to anybody else holds a token."""
    ada = member()
    ask_once(ada)

    given = tokens(ada)
    assert given, "one press sent no mail made from the templates auth/email/confirm"
    assert len(tokens()) == len(given), "a mail with a token went to somebody else"
    assert not mails_with_token_to_others(inbox, ada.email, given[0]), (
        "a mail to somebody else holds the token"
    )


@resend(grave="dead-on-arrival")
def test_token_lives_long_enough(app, member, tokens, ask_once):
    """The token in the mail lives for some minutes, also after a second press."""
    ada = member()
    ask_once(ada)
    ask_once(ada)  # this may send another one, as good as the first
    given = tokens(ada)
    assert given, "one press sent no mail made from the templates auth/email/confirm"
    bob = member()
    ask_once(bob)
    assert tokens(bob), "right after one member's press another member's sent no mail"
    app.switch_process()
    app.clock(app.now() + random.uniform(120, 300), tick=True)  # so soon nobody finds it
    for token in given:
        assert app.call_confirm(ada, token, "rollback").is_true, (
            "some minutes after the press the mailed link has expired; who reads mail so soon?"
        )
    # In the process that was asked first, which may have kept something in its memory.
    app.switch_process()
    app.clock(app.now() + random.uniform(2, 9) * 86400, tick=True)  # no limit lasts so long
    ask_once(ada)
    later = [token for token in tokens(ada) if token not in given]
    assert later, "some days after the first press another one sent no mail with a new token"
    assert app.call_confirm(ada, later[0]).is_true, (
        "some days after the first press another mail came, and its link does not confirm"
    )


@resend(grave="confirms-by-itself")
def test_press_confirms_nobody(app, varied_member, resend_path):
    """Asking for a mail confirms nobody."""
    _assert_confirms_nobody(app, varied_member, resend_path, {})
    ada = varied_member()
    browser, form = _with_a_form(app, ada)
    with suppress(AppError):
        app.process.order("replace_view", endpoint="auth.unconfirmed", text="please wait")
    for _ in range(4):  # a cookie of this browser may count the presses
        with suppress(AppError, SiteError):
            browser.request("POST", resend_path, data=form)
    assert not app.is_confirmed(ada), "a member pressed some times, and was confirmed by that"


@resend()
def test_token_expires(app, member, tokens, ask_once):
    """The token in the mail does not live for weeks."""
    ada = member()
    ask_once(ada)
    given = tokens()
    assert given, "one press sent no mail made from the templates auth/email/confirm"
    app.clock(app.now() + random.randrange(15, 90) * 86400)

    with suppress(AppError):
        assert not app.call_confirm(ada, given[0]).is_true, (
            "weeks after the press the mailed link still confirms; who will find it by then?"
        )


@resend(grave="token-on-page")
def test_token_is_not_shown(app, member, tokens, ask_once):
    """The token is in the mail only, not on a page or in a cookie."""
    answer = ask_once(member())
    given = tokens()

    assert given, "one press sent no mail made from the templates auth/email/confirm"
    pages = (answer.all_text if answer else "") + app.ask("/members", member(confirmed=True)).text
    assert not [token for token in given if token in pages], (
        "the answer to the press shows the token, on the page or in a cookie, or /members does"
    )
    disguised = answer.disguised if answer else []
    assert not disguised, (
        f"the answer to the press holds {disguised[0][:20]!r}…, which may be the token in another "
        "spelling"
    )


@resend(points=3)
def test_back_in_the_waiting_room(visitor, app, member):
    """The member is back in the waiting room, and a message says what happened."""
    seen = _submit_resend(app, visitor(logged_in_as=member()))

    assert _is_waiting_room(app, seen.path), (
        f"after the press the member landed on {seen.path} with status {seen.status}{_hint(seen)}"
    )
    assert seen.flashes, "after the press the page shows no message"


@resend(grave="sends-on-get")
def test_get_sends_nothing(app, member, inbox, ask_once, resend_path):
    """Merely opening the address, as a preview or a crawler does, sends nothing."""
    ada = member()
    app.ask(resend_path, ada)
    assert len(inbox) == 0, f"a plain GET of {resend_path} sent a mail"
    app.ask(resend_path, ada, method="HEAD")

    assert len(inbox) == 0, f"a HEAD request to {resend_path}, as previews make it, sent a mail"
    _assert_sends(ask_once, ada, inbox)


@resend()
def test_form_without_token(app, member, inbox, ask_once, resend_path):
    """A form without our CSRF token, as another site would send it, sends nothing."""
    ada = member()
    seen = app.ask(resend_path, ada, {}, signed=False)

    assert len(inbox) == 0, f"a form without a token sent a mail (status {seen.status})"
    _assert_sends(ask_once, ada, inbox)


@resend(points=2)
def test_stranger_sends_nothing(app, visitor, inbox):
    """A visitor who is not logged in sends nothing and is asked to log in."""
    seen = _submit_resend(app, visitor(), "/auth/login")

    assert len(inbox) == 0, "a stranger made the app send a mail"
    assert seen.path == "/auth/login", f"a stranger landed on {seen.path} with status {seen.status}"


@resend()
def test_confirmed_sends_nothing(app, member, inbox, resend_path):
    """A member confirmed in the meantime gets no further mail, and is sent to the front page."""
    ada = member()
    browser, form = _with_a_form(app, ada)
    browser.open(WAITING_ROOM)
    app.mark_confirmed(ada)
    seen = browser.request("POST", resend_path, data=form)

    assert len(inbox) == 0, "a confirmed member was sent another confirmation mail"
    assert seen.path == "/", f"a confirmed member landed on {seen.path} with status {seen.status}"


@resend(grave="any-address")
def test_address_comes_from_the_database(app, member, inbox, resend_path):
    """An address in the form is ignored."""
    ada, bob, evil = member(), member(), f"{random.randrange(10**6)}@mallory.example"
    wishes = dict.fromkeys(ADDRESSES, evil) | dict.fromkeys(NUMBERS, str(bob.id))
    hint = ""
    with suppress(AppError):  # another test checks how the view ends
        asked = f"{resend_path}?{urlencode(wishes)}"
        hint = _hint(app.ask(asked, ada, wishes, cookies=wishes))

    went = {reader for mail in inbox for reader in mail.to}
    assert ada.email in went and not went & {bob.email, evil}, (
        f"the form named somebody else, and the mails went to {', '.join(went) or 'nobody'}{hint}"
    )


def _assert_confirms_nobody(app, varied_member, path, form):
    """Assert that members of all kinds who visit a path stay unconfirmed."""
    hints = bypass_fields(id="1", confirm="yes", email=f"{random.randrange(10**6)}@mallory.example")
    ways = (
        {},
        {"cookies": hints},
        {"referer": f"http://{app.host.name}/auth/login"},
        {"by": "script"},
        {"method": "HEAD"} if form is None else {"cookies": hints, "by": "script"},
    )
    for place in range(MEMBERS_OF_ALL_KINDS):
        new, way = varied_member(), ways[place % len(ways)]
        asked = path if place == 0 else f"{path}?{urlencode(hints)}"
        with suppress(AppError):  # another test checks how the view ends
            app.ask(asked, new, form if form is None or place == 0 else hints, **way)
        assert not app.is_confirmed(new), f"a visit to {path} confirmed a member by itself"


def _submit_resend(app, browser, page=WAITING_ROOM):
    """Send the form to /auth/resend as a browser does, with the token that every form carries."""
    forms = browser.open(page).forms[:1]  # any form of the page knows the token
    known = [one.values[0] for form in forms for one in form.fields if one.name == "csrf_token"]
    data = {"csrf_token": known[0] if known else ""}
    return browser.request("POST", f"/auth/resend?{bypass_query()}", data=data)


def _hint(answer):
    """Return where to look after an answer that no view gave, for the end of a message."""
    hints = {
        400: "; does request.form[…] ask for a field that the form lacks?",
        404: "; what does its route say? The blueprint adds /auth by itself",
        405: "; does its route take POST?",
    }
    return hints.get(answer.status, "")


def _missing_view_hint(app, endpoint):
    """Return a hint on a view with another name, for the end of a message; "" if it is there."""
    built = attempted(app.process.order, "url", endpoint=endpoint, values={})
    name = endpoint.rpartition(".")[2]
    is_missing = isinstance(built, AppError)
    return f": no view has the name {endpoint}. Is the function {name}()?" if is_missing else ""


def _assert_sends(ask_once, member, inbox):
    ask_once(member)
    assert len(inbox), (
        "this request sent nothing, which is right; but the member's own press sent nothing either"
    )


def _name(app, member):
    return app.database.ask("SELECT name FROM user WHERE id = ?", member.id)[0][0]


def _form(page):
    """Return the first form that asks for the mail; the page may offer it twice."""
    forms = [form for form in page.forms if path_of(form.action) == "/auth/resend"]
    other = [path_of(form.action) for form in page.forms if not form.is_site_navigation]
    assert forms, "no form on the page leads to /auth/resend " + (
        f"(one leads to {other[0][:60]!r})" if other else "(a plain link would be a GET)"
    )
    return forms[0]


def _own_words(html, member):
    """List the words of a page that are no heading, no button, no message and no navigation."""
    soup = parse_html(html)
    content = soup.find("main") or soup
    for tag in content.find_all(is_hidden):
        tag.decompose()
    for tag in content.find_all(["h1", "h2", "h3", "h4", "button", "select", "nav", "title"]):
        tag.decompose()
    text = content.get_text(" ").replace(member.email, " ").replace(member.name, " ")
    return words_of(text)


def _leads_to_waiting_room(app, answer):
    target = urlsplit(answer.location)
    here = not target.netloc or target.netloc == app.host.name
    return (
        answer.status in (301, 302, 303, 307, 308) and here and _is_waiting_room(app, target.path)
    )


def _is_waiting_room(app, path):
    """Return whether the path is that of the waiting room, whose route may end with a slash."""
    return path == WAITING_ROOM or (path == f"{WAITING_ROOM}/" and app.ask(path).status != 404)


def _assert_turned_away(app, answer, what, room):
    """Assert that a request is refused; a form or a program need not see the waiting room."""
    if answer.status not in (401, 403) and room not in answer.text:
        _assert_sent_to_waiting_room(app, answer, what)


def _assert_sent_to_waiting_room(app, answer, what):
    """Assert that an answer is a redirect to the waiting room."""
    there = answer.location
    assert _leads_to_waiting_room(app, answer), (
        f"an unconfirmed member asking for {what} got status {answer.status}"
        + (f" and was sent to {there}" if there else "")
        + ("; url_for turns an endpoint into a path" if there == "auth.unconfirmed" else "")
        + ("; does the gate run there, and return a redirect?" if not there else "")
    )


def _assert_passes(app, member, path):
    """Assert that a confirmed member sees the page of a path."""
    answer = app.ask(path, member(confirmed=True))
    assert answer.status == 200, f"a confirmed member at {path} got status {answer.status}"
