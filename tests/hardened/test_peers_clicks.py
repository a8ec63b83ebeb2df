"""What the tests of other systems ask of the click and of the gate, asked of the finished app."""

import logging
import re

import pytest

OPEN = {
    "auth.confirm",
    "auth.unconfirmed",
    "auth.resend",
    "auth.login",
    "auth.logout",
    "static",
}


# The click


def test_register_log_in_confirm_log_out(club):
    """The whole way: register, log in, wait, follow the link, press the button, log out."""
    ada, link = club.join("Ada")
    assert ada.open("/members").path == "/auth/unconfirmed"

    page = ada.submit(ada.open(link))

    assert page.path == "/" and page.flashes
    assert ada.open("/members").path == "/members"
    assert ada.log_out().path == "/"
    assert ada.open("/members").path == "/auth/login"


def test_opening_the_link_confirms_nobody(club):
    """GET and HEAD show where a press would lead, and change nothing."""
    ada, link = club.join("Ada")
    number = club.find("ada@example.com")
    page = ada.open(link)
    ada.head(link)

    assert "ada@example.com" in page.text
    assert page.form().method == "POST" and len(page.form().buttons) == 1
    assert not club.confirmed(number)


def test_pressing_without_the_forms_token(club):
    """A form that another site sends confirms nobody."""
    ada, link = club.join("Ada")
    page = ada.request("POST", link, data={})

    assert page.status == 400
    assert not club.confirmed(club.find("ada@example.com"))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods(club, method):
    """No other method does anything with a link."""
    ada, link = club.join("Ada")

    assert ada.request(method, link).status in (200, 400, 405)
    assert not club.confirmed(club.find("ada@example.com"))


def test_a_second_click(club):
    """Who clicks again is told that it is done, and nothing else happens."""
    ada, link = club.join("Ada")
    ada.click(link)
    page = ada.click(link)

    assert page.path == "/"
    assert "already" in " ".join(page.flashes)
    assert club.confirmed(club.find("ada@example.com"))


def test_a_stranger_clicks(club):
    """Whoever is not logged in has to log in first, and is not logged in by the link."""
    _, link = club.join("Ada")
    stranger = club.visitor()

    assert stranger.open(link).path == "/auth/login"
    assert stranger.open("/profile").path == "/auth/login"
    assert not club.confirmed(club.find("ada@example.com"))


def test_the_click_survives_the_login(club):
    """After the login one is where the link led, and the button works."""
    _, link = club.join("Ada")
    ada = club.visitor()
    page = ada.submit(ada.open(link), email="ada@example.com", password=club.password)
    assert page.path.startswith("/auth/confirm/")
    ada.submit(page)

    assert club.confirmed(club.find("ada@example.com"))


def test_somebody_else_is_logged_in(club):
    """Bob, who follows Ada's link, is told as whom he is logged in, and stays that; Ada waits."""
    _, link = club.join("Ada")
    bob, _ = club.join("Bob")
    page = bob.click(link)

    assert "bob@example.com" in page.text
    assert not club.confirmed(club.find("ada@example.com"))
    assert not club.confirmed(club.find("bob@example.com"))


def test_a_member_who_is_gone(club):
    """Whose account was deleted meanwhile has to log in, and meets no error."""
    ada, link = club.join("Ada")
    with club.app.app_context():
        club.db.session.execute(club.db.delete(club.User))
        club.db.session.commit()

    assert ada.click(link).path == "/auth/login"


def test_a_refused_click_leaves_no_trace(club):
    """After a refusal there is no letter, no mark and no spent number more than before."""
    ada, _ = club.join("Ada")
    number, letters = club.find("ada@example.com"), len(club.inbox)
    used = club.spent()
    page = ada.click("/auth/confirm/" + club.signed(number, email="bob@example.com"))

    assert (page.status, page.path, bool(page.flashes)) == (200, "/auth/unconfirmed", True)
    assert (len(club.inbox), club.spent(), club.confirmed(number)) == (letters, used, False)


def test_redirects_say_nothing(club):
    """No redirect on the way carries the token or an address."""
    ada, link = club.join("Ada")
    landed = [club.visitor().open(link), ada.click(link), ada.click(link)]
    seen = " ".join(f"{page.url} {' '.join(page.redirects[1:])}" for page in landed)

    assert "eyJ" not in seen and "%40" not in seen and "@" not in seen


def test_no_line_of_the_log_holds_a_token(club, caplog, monkeypatch):
    """Neither a good click nor a bad one nor an error leaves a token in the log."""
    ada, link = club.join("Ada")
    number = club.find("ada@example.com")
    with caplog.at_level(logging.DEBUG):
        ada.click("/auth/confirm/" + club.signed(number, aud="x"))
        ada.click(link)
        monkeypatch.setattr(club.User, "confirm", lambda *_: 1 / 0)
        club.join("Bob")[0].click(club.link("bob@example.com"))

    own = [record for record in caplog.records if record.name != "httpx"]  # that is the visitor

    assert any("Exception on /auth/confirm/" in record.getMessage() for record in own)
    assert all("eyJ" not in record.getMessage() for record in own)


# The host


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"Host": "127.0.0.1:5000", "X-Host": "evil.example", "X-Forwarded-Server": "evil.example"},
    ],
    ids=lambda headers: ", ".join(headers),
)
def test_links_lead_home(club, headers):
    """Whatever a request says of the host, no letter leads anywhere else."""
    visitor = club.visitor(**headers)
    page = visitor.open("/auth/register")
    if page.has_form("email"):
        visitor.submit(page, name="Ada", email="ada@example.com", password=club.password)

    assert page.status == (400 if headers.get("Host") == "evil.example" else 200)
    assert all("evil" not in mail.source for mail in club.inbox)


# The gate


def test_held_back_everywhere(club):
    """An unconfirmed member is sent to the waiting room from each page but those of the way out."""
    ada, _ = club.join("Ada")
    for rule in club.app.url_map.iter_rules():
        if rule.endpoint in OPEN or "GET" not in rule.methods or rule.endpoint == "main.index":
            continue
        path = re.sub("<.*?>", "x", rule.rule)

        assert ada.open(path).path == "/auth/unconfirmed", path


def test_reading_and_writing_alike(club):
    """Forms and programs are held back as readers are."""
    ada, _ = club.join("Ada")
    form = ada.open("/auth/unconfirmed").forms[-1]
    data = dict(one for field in form.fields for one in [(field.name, field.values[0])])
    data |= {"name": "Changed", "about": ""}

    assert ada.request("POST", "/profile/edit", data=data).path == "/auth/unconfirmed"
    assert ada.open("/members", headers={"Accept": "application/json"}).path == "/auth/unconfirmed"
    assert club.user(club.find("ada@example.com")).name == "Ada"


def test_open_while_waiting(club):
    """Static files arrive, what does not exist is a 404, and the waiting room opens."""
    ada, _ = club.join("Ada")
    paths = ["/static/style.css", "/nope", "/auth/nope", "/auth/unconfirmed"]

    assert [ada.open(path).status for path in paths] == [200, 404, 404, 200]


def test_the_confirmed_pass(club):
    """Confirmed members open every page, and have no business in the waiting room."""
    club.add("Ada", confirmed=True)
    ada = club.log_in("Ada")

    assert [ada.open(path).path for path in ("/members", "/profile")] == ["/members", "/profile"]
    assert ada.open("/auth/unconfirmed").path == "/"


def test_a_wrong_password_tells_nothing(club):
    """A wrong password gets the same answer, confirmed or not, known or not."""
    club.add("Ada", confirmed=True)
    club.add("Bob")
    answers = {
        (page.status, page.path, page.flashes)
        for name in ("ada", "bob", "nobody")
        for page in [club.visitor().log_in(f"{name}@example.com", "wrong")]
    }

    assert len(answers) == 1


def test_a_new_password_confirms_nothing(club):
    """An unconfirmed member who takes a new password waits as before."""
    club.add("Ada")
    visitor = club.visitor()
    visitor.forget("ada@example.com")
    visitor.submit(visitor.open(club.link("ada@example.com", "password")), password="new feathers")
    page = visitor.log_in("ada@example.com", "new feathers")

    assert page.path == "/auth/unconfirmed"


# The change of address


def test_moving_takes_the_password(club):
    """A wrong password moves nobody."""
    number = club.add("Ada", confirmed=True)
    ada = club.log_in("Ada")
    ada.submit(ada.open("/profile/address"), email="queen@example.com", password="wrong")

    assert club.user(number).email == "ada@example.com"
    assert club.confirmed(number)
