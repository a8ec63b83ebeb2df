"""Graded tests of lesson 07: the gate, the waiting room, the mail once more."""

import pytest

gate = pytest.mark.exercise("gate")
view = pytest.mark.exercise("unconfirmed-view")
page = pytest.mark.exercise("unconfirmed-page")
resend = pytest.mark.exercise("resend-view")

WAITING_ROOM = "/auth/unconfirmed"


@pytest.fixture
def confirmation_mails(inbox, rendered):
    """List the confirmation mails: to whom each went, and what its template was given."""

    def confirmation_mails():
        given = [context for name, context in rendered if name == "auth/email/confirm.txt"]
        return list(zip([mail.to for mail in inbox][::-1], given, strict=False))

    return confirmation_mails


@pytest.fixture
def ask_again(visitor):
    """Send the form to /auth/resend as a browser does, with the token that every form carries."""

    def ask_again(browser, method="POST", **fields):
        form = browser.open(WAITING_ROOM).forms[0]  # any form of the page knows the token
        known = [one.values[0] for one in form.fields if one.name == "csrf_token"]
        data = {"csrf_token": known[0] if known else ""} | fields
        return browser.request(method, "/auth/resend", data=data if method == "POST" else None)

    return ask_again


@gate
@pytest.mark.parametrize("path", ["/members", "/profile", "/"])
def test_unconfirmed_is_held_back(client, member, path):
    """A member who is not confirmed is sent to the waiting room, whatever page is asked for."""
    answer = client(member("Ada")).get(path)

    _sent_to_waiting_room(answer, path)


@gate
def test_confirmed_passes(client, member):
    """A confirmed member passes."""
    answer = client(member("Ada", confirmed=True)).get("/members")

    assert answer.status_code == 200, f"a confirmed member got status {answer.status_code}"


@gate
@pytest.mark.parametrize("path", ["/", "/auth/login", "/auth/register"])
def test_stranger_passes(client, path):
    """Somebody who is not logged in is not held back: the gate is for members."""
    answer = client().get(path)

    assert answer.status_code == 200, f"a stranger at {path} got status {answer.status_code}"


@gate
def test_static_files(client, member):
    """The stylesheet reaches an unconfirmed member too, so that the waiting room looks nice."""
    answer = client(member("Ada")).get("/static/style.css")

    assert answer.status_code == 200, f"the stylesheet answered with status {answer.status_code}"


@gate
def test_unknown_address(client, member):
    """An address that does not exist stays a 404, also for an unconfirmed member."""
    answer = client(member("Ada")).get("/nope")

    assert answer.status_code == 404, (
        f"/nope answered with status {answer.status_code}; what is request.endpoint there?"
    )


@gate
def test_writing_is_held_back(client, member, app, db, User):
    """Sending a form is held back as reading is."""
    ada = member("Ada")
    answer = client(ada).post("/profile/edit", data={"name": "Changed", "about": ""})

    _sent_to_waiting_room(answer, "a POST to /profile/edit")
    with app.app_context():
        name = db.session.get(User, ada.id).name
    assert name == "Ada", f"an unconfirmed member changed the name to {name!r}"


@gate
@pytest.mark.parametrize("path", ["/authors", "/auth/password"])
def test_pages_added_later(client, member, path):
    """A page that somebody adds next year is behind the gate without another line."""
    answer = client(member("Ada")).get(path)

    _sent_to_waiting_room(answer, f"{path}, which was added after your gate,")


@gate
@pytest.mark.parametrize("path", [WAITING_ROOM, "/auth/confirm/hello", "/auth/login"])
def test_way_out_stays_open(client, member, path):
    """The pages that an unconfirmed member needs to get confirmed are open."""
    answer = client(member("Ada")).get(path)

    assert answer.status_code < 500, f"{path} answered with status {answer.status_code}"
    assert answer.headers.get("Location") != WAITING_ROOM, (
        f"a member at {path} was sent to the waiting room instead; "
        "is its endpoint, with the blueprint's name, among the open ones?"
    )


@gate
@pytest.mark.parametrize("path", ["/auth/logout", "/auth/resend"])
def test_forms_of_the_waiting_room(client, member, app, monkeypatch, path):
    """Logging out and asking for another mail get through the gate."""
    endpoint = path[1:].replace("/", ".")
    # What the views do is another exercise; here it counts that they are reached.
    monkeypatch.setitem(app.view_functions, endpoint, lambda: "reached")
    answer = client(member("Ada")).post(path)

    assert answer.text == "reached", (
        f"a POST to {path} was turned away at the gate (status {answer.status_code}); "
        f"is {endpoint} among the open endpoints?"
    )


@view
def test_waiting_room_opens(visitor, member):
    """An unconfirmed member sees the waiting room."""
    seen = visitor(logged_in_as=member("Ada")).open(WAITING_ROOM)

    assert (seen.status, seen.path) == (200, WAITING_ROOM), (
        f"an unconfirmed member landed on {seen.path} with status {seen.status}"
    )


@view
def test_stranger_goes_home(visitor):
    """Somebody who is not logged in has no business there and is sent home."""
    seen = visitor().open(WAITING_ROOM)

    assert (seen.status, seen.path) == (200, "/"), f"a stranger landed on {seen.path}"


@view
def test_confirmed_goes_home(visitor, member):
    """A confirmed member has nothing to wait for and is sent home."""
    seen = visitor(logged_in_as=member("Ada", confirmed=True)).open(WAITING_ROOM)

    assert (seen.status, seen.path) == (200, "/"), f"a confirmed member landed on {seen.path}"


@page
def test_page_names_the_address(visitor, member):
    """The page says to which address the mail went."""
    ada = member("Ada")
    seen = visitor(logged_in_as=ada).open(WAITING_ROOM)

    assert ada.email in seen.text, f"the address {ada.email} is not on the page"


@page
def test_page_explains(visitor, member):
    """The page says in words of its own what it waits for."""
    text = visitor(logged_in_as=member("Ada")).open(WAITING_ROOM).text

    assert "Your text here" not in text, "the placeholder is still on the page"
    assert "confirm" in text.lower(), "the word 'confirm' is not on the page"


@page
def test_page_has_a_button(visitor, member):
    """A button there asks for the mail once more, by POST."""
    seen = visitor(logged_in_as=member("Ada")).open(WAITING_ROOM)

    assert seen.has_form(action="/auth/resend"), (
        "no form on the page leads to /auth/resend (a plain link would be a GET)"
    )
    form = seen.form(action="/auth/resend")
    assert form.method == "POST", f"the form to /auth/resend is sent by {form.method}"
    assert form.buttons, "the form to /auth/resend has no button that sends it"


@page
def test_button_is_accepted(visitor, member):
    """Pressing the button is accepted: the form carries its token."""
    browser = visitor(logged_in_as=member("Ada"))
    seen = browser.submit(browser.open(WAITING_ROOM).form(action="/auth/resend"))

    assert seen.status == 200, f"pressing the button ended with status {seen.status}" + (
        "; does the form carry a hidden field csrf_token?" if seen.status == 400 else ""
    )


@resend
def test_one_mail_with_a_good_link(app, db, User, visitor, member, ask_again, confirmation_mails):
    """One press, one mail, to the member's own address, with a token that confirms."""
    ada = member("Ada")
    ask_again(visitor(logged_in_as=ada))

    sent = confirmation_mails()
    assert len(sent) == 1, (
        f"one press sent {len(sent)} mails made from the templates auth/email/confirm"
    )
    assert sent[0][0] == (ada.email,), f"the mail went to {sent[0][0]}"
    token = sent[0][1].get("token")
    assert token, "the template auth/email/confirm was given no token"
    with app.app_context():
        said = db.session.get(User, ada.id).confirm(token)
    assert said, "the token in the mail does not confirm the member who asked for it"


@resend
def test_back_in_the_waiting_room(visitor, member, ask_again):
    """The member is back in the waiting room, and a message says what happened."""
    seen = ask_again(visitor(logged_in_as=member("Ada")))

    assert seen.path == WAITING_ROOM, f"after the press the member landed on {seen.path}"
    assert seen.flashes, "after the press the page shows no message"


@resend
def test_get_sends_nothing(visitor, member, inbox):
    """Merely opening the address, as a preview or a crawler does, sends nothing."""
    browser = visitor(logged_in_as=member("Ada"))
    browser.open("/auth/resend")

    assert len(inbox) == 0, "a plain GET of /auth/resend sent a mail"


@resend
def test_form_without_token(visitor, member, inbox):
    """A form that another site sends, without the token of ours, sends nothing."""
    browser = visitor(logged_in_as=member("Ada"))
    seen = browser.request("POST", "/auth/resend", data={})

    assert len(inbox) == 0, f"a form without a token sent a mail (status {seen.status})"


@resend
def test_stranger_sends_nothing(visitor, inbox):
    """Somebody who is not logged in is asked to log in, and sends nothing."""
    browser = visitor()
    form = browser.open("/auth/login").form()
    known = [one.values[0] for one in form.fields if one.name == "csrf_token"]
    seen = browser.request("POST", "/auth/resend", data={"csrf_token": known[0]})

    assert len(inbox) == 0, "a stranger made the app send a mail"
    assert seen.path == "/auth/login", f"a stranger landed on {seen.path}"


@resend
def test_confirmed_sends_nothing(app, db, User, visitor, member, inbox):
    """A member who was confirmed meanwhile gets no further mail, and is sent home."""
    ada = member("Ada")
    browser = visitor(logged_in_as=ada)
    form = browser.open(WAITING_ROOM).forms[0]
    known = [one.values[0] for one in form.fields if one.name == "csrf_token"]
    with app.app_context():
        db.session.get(User, ada.id).confirmed = True
        db.session.commit()

    seen = browser.request("POST", "/auth/resend", data={"csrf_token": known[0]})

    assert len(inbox) == 0, "a confirmed member was sent another confirmation mail"
    assert seen.path == "/", f"a confirmed member landed on {seen.path}"


@resend
def test_address_comes_from_the_database(visitor, member, ask_again, confirmation_mails):
    """An address that the form brings along is ignored."""
    ada = member("Ada")
    evil = "mallory@example.com"
    ask_again(visitor(logged_in_as=ada), email=evil, to=evil, address=evil)

    went = [to for to, _ in confirmation_mails()]
    assert went == [(ada.email,)], f"the form named another address, and the mails went to {went}"


def _sent_to_waiting_room(answer, what):
    there = answer.headers.get("Location", "")
    assert answer.status_code in (302, 303, 307, 308) and there.endswith(WAITING_ROOM), (
        f"an unconfirmed member asking for {what} got status {answer.status_code}"
        + (f" and was sent to {there}" if there else "")
        + ("; did the gate run there, and return its redirect?" if not there else "")
    )
