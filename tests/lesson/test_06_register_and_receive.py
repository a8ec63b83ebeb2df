"""Graded tests of lesson 06: the mail at registration, its two templates, its link."""

import re
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import render_template

send = pytest.mark.exercise("send-confirmation")
as_text = pytest.mark.exercise("confirm-txt")
as_html = pytest.mark.exercise("confirm-html")

TOKEN = "eyJ0.eyJ1.c2ln"
VAGUE = {"", "here", "click here", "this", "link", "this link"}


@pytest.fixture
def register(visitor, password):
    def register(name="Grace", email="grace@example.com", password=password):
        return visitor().register(name=name, email=email, password=password)

    return register


@pytest.fixture
def confirmation(rendered):
    """Find what the app gave to the text version of the confirmation mail."""

    def confirmation():
        given = [context for name, context in rendered if name == "auth/email/confirm.txt"]
        assert given, "nothing was mailed from the templates auth/email/confirm"
        return given[-1]

    return confirmation


@pytest.fixture
def mail_text(app, member):
    """Render the two templates as send_email does, without sending anything."""

    def mail_text(ending, name="Ada"):
        user = member(name)
        with app.test_request_context("/auth/register"):
            return render_template(f"auth/email/confirm.{ending}", user=user, token=TOKEN)

    return mail_text


@send
def test_mail_is_sent(register, inbox, confirmation):
    """Whoever registers gets the confirmation mail, at the address given."""
    before = len(inbox)
    page = register()

    confirmation()
    to_grace = [mail.subject for mail in inbox if "grace@example.com" in mail.to]
    assert page.status == 200, f"registering ended with status {page.status}"
    assert len(to_grace) - before == 2, (
        f"Grace got these mails: {to_grace}; it should be the welcome and one more"
    )


@send
def test_token_is_good(app, db, User, register, confirmation):
    """The token in the mail confirms the new member, and nobody else."""
    register()
    token = confirmation().get("token")

    with app.app_context():
        user = User.by_email("grace@example.com")
        assert user is not None, "Grace registered and is not in the database: was she saved?"
        assert token, "the templates see no `token`: was it handed over by that name?"
        said = user.confirm(token)
    assert isinstance(token, str), (
        f"what the templates get as `token` is a {type(token).__name__} and no text: "
        "was the method called, with () behind its name?"
    )
    assert said, "the token in the mail does not confirm the new member: was it made by `user`?"


@send
def test_each_member_has_a_token(app, User, register, confirmation):
    """The next member gets a token of their own."""
    register()
    first = confirmation().get("token")
    register("Linus", "linus@example.com")

    assert confirmation().get("token") != first, "two new members got the same token"


@send
def test_new_member_can_log_in(register, visitor, password):
    """The new member is saved: logging in with the password works."""
    register()
    page = visitor().log_in("grace@example.com", password)

    assert page.path != "/auth/login", "Grace registered and cannot log in"


@send
def test_refused_form_sends_nothing(register, inbox):
    """A form that is refused sends no mail."""
    register(password="short")

    assert len(inbox) == 0, f"a refused registration sent {inbox.latest.subject!r}"


@send
def test_known_address(register, member, inbox, rendered):
    """Registering with a known address sends no confirmation link to anybody."""
    register(email=member("Ada").email)

    names = [name for name, _ in rendered]
    assert "auth/email/confirm.txt" not in names, "a known address was sent a new link"


@as_text
def test_text_has_a_whole_link(mail_text):
    """The text holds a whole link, with scheme and host."""
    links = _links(mail_text("txt"))

    assert links, (
        "nothing in the text begins with http:// or https://, "
        "so a mail program shows nothing to click"
    )
    assert urlsplit(links[0]).hostname, f"the link has no host: {links[0]}"


@as_text
def test_text_link_leads_to_confirm(mail_text):
    """The link leads to the confirm view and carries the token."""
    paths = [urlsplit(link).path for link in _links(mail_text("txt"))]

    assert f"/auth/confirm/{TOKEN}" in paths, (
        f"the link should lead to /auth/confirm/ and the token, and there is {_listed(paths)}"
    )


@as_text
def test_text_greets(mail_text):
    """The mail greets its reader by name."""
    assert "Ada" in mail_text("txt"), "Ada, the user it goes to, is not named in the text"


@as_text
def test_text_asks(mail_text):
    """The mail says in words of its own what it asks for."""
    words = [word for word in mail_text("txt").split() if "://" not in word]

    assert len(words) >= 8, (
        f"besides the link the text says only {' '.join(words)!r}. Would you click it? "
        "Say in a sentence or two what the mail is about, and why it came"
    )
    assert "Your text here" not in " ".join(words), "the placeholder is still in the text"


@as_html
def test_html_has_a_link(mail_text):
    """The HTML version holds the same link, ready to be clicked."""
    page = BeautifulSoup(mail_text("html"), "html.parser")
    targets = [urlsplit(tag["href"]) for tag in page.find_all("a", href=True)]

    good = [one for one in targets if one.path == f"/auth/confirm/{TOKEN}"]
    assert good, (
        "an <a href> should lead to /auth/confirm/ and the token, "
        f"and there is {_listed(one.path for one in targets)}"
    )
    assert good[0].scheme and good[0].netloc, "the link has no scheme and host"


@as_html
def test_html_link_has_words(mail_text):
    """The link says in words where it leads."""
    page = BeautifulSoup(mail_text("html"), "html.parser")
    words = [" ".join(tag.get_text().split()) for tag in page.find_all("a", href=True)]

    good = [text for text in words if "://" not in text and text.lower().strip(".!") not in VAGUE]
    assert good, f"whoever hears the links alone hears {_listed(words)}"


@as_html
def test_html_escapes_the_name(mail_text):
    """A name that looks like HTML is shown as it is, not obeyed."""
    page = mail_text("html", "<i>Eve</i>")

    assert "<i>Eve</i>" not in page, "the name <i>Eve</i> became part of the page"
    assert "&lt;i&gt;Eve" in page, "the name is not in the HTML version: whom does it greet?"


@pytest.mark.parametrize(
    "version", [pytest.param("text", marks=as_text), pytest.param("html", marks=as_html)]
)
def test_link_from_the_mail_confirms(app, User, register, visitor, password, inbox, version):
    """The link as it arrives, read from the mail, confirms its reader after a login."""
    register()
    mails = [mail for mail in inbox if "grace@example.com" in mail.to]
    found = [_links(mail.text) if version == "text" else _targets(mail.html) for mail in mails]
    links = [link for links in found for link in links if "/confirm/" in link]
    browser = visitor()
    browser.log_in("grace@example.com", password)

    assert links, f"the {version} version of the mail that arrived holds no link to confirm"
    host = urlsplit(links[0]).netloc
    assert host == "localhost", f"the link leads to {host!r}, and the site is not there"
    browser.click(links[0])

    with app.app_context():
        confirmed = User.by_email("grace@example.com").confirmed
    assert confirmed, f"the link in the {version} version was followed, and Grace is not confirmed"


def _links(text):
    return [link.rstrip(").,") for link in re.findall(r"https?://[^\s<>\"']+", text)]


def _targets(html):
    page = BeautifulSoup(html or "", "html.parser")
    return [tag["href"] for tag in page.find_all("a", href=True)]


def _listed(found):
    return ", ".join(map(repr, found)) or "no link"
