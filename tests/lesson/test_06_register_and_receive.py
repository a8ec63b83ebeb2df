"""Graded tests of lesson 06: the mail at registration, its two templates, its link."""

from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import render_template

send = pytest.mark.exercise("send-confirmation")
as_text = pytest.mark.exercise("confirm-txt")
as_html = pytest.mark.exercise("confirm-html")

TOKEN = "eyJ0.eyJ1.c2ln"


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
        assert given, "the template auth/email/confirm was never used"
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
        f"Grace got {len(to_grace)} mails, {to_grace}; it should be the welcome and one more"
    )


@send
def test_token_is_good(app, db, User, register, confirmation):
    """The token in the mail confirms the new member, and nobody else."""
    register()
    token = confirmation().get("token")

    with app.app_context():
        user = User.by_email("grace@example.com")
        assert user is not None, "Grace registered and is not in the database"
        assert token, "the template was given no token"
        said = user.confirm(token)
    assert said, "the token in the mail does not confirm the member who was just saved"


@send
def test_each_member_has_a_token(app, User, register, confirmation):
    """The next member gets a token of their own."""
    register()
    first = confirmation()["token"]
    register("Linus", "linus@example.com")

    assert confirmation()["token"] != first, "two new members got the same token"


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

    assert links, "there is no link that begins with http:// or https:// in the text"
    assert urlsplit(links[0]).hostname, f"the link has no host: {links[0]}"


@as_text
def test_text_link_leads_to_confirm(mail_text):
    """The link leads to the confirm view and carries the token."""
    paths = [urlsplit(link).path for link in _links(mail_text("txt"))]

    assert f"/auth/confirm/{TOKEN}" in paths, f"the links in the text lead to {paths}"


@as_text
def test_text_greets(mail_text):
    """The mail greets its reader by name."""
    assert "Ada" in mail_text("txt"), "the name Ada is not in the text"


@as_text
def test_text_asks(mail_text):
    """The mail says in words of its own what it asks for."""
    words = [word for word in mail_text("txt").split() if "://" not in word]

    assert len(words) >= 8, f"besides the link the text has only {len(words)} words"
    assert "Your text here" not in " ".join(words), "the placeholder is still in the text"


@as_html
def test_html_has_a_link(mail_text):
    """The HTML version holds the same link, ready to be clicked."""
    page = BeautifulSoup(mail_text("html"), "html.parser")
    targets = [urlsplit(tag["href"]) for tag in page.find_all("a", href=True)]

    good = [one for one in targets if one.path == f"/auth/confirm/{TOKEN}"]
    assert good, f"the links of the HTML version lead to {[one.path for one in targets]}"
    assert good[0].scheme and good[0].netloc, "the link of the HTML version has no scheme and host"


@as_html
def test_html_link_has_words(mail_text):
    """The link says in words where it leads."""
    page = BeautifulSoup(mail_text("html"), "html.parser")
    words = [tag.get_text().strip() for tag in page.find_all("a", href=True)]

    assert any(word and "://" not in word for word in words), f"the links read {words}"


@as_html
def test_html_escapes_the_name(mail_text):
    """A name that looks like HTML is shown as it is, not obeyed."""
    page = mail_text("html", "<i>Eve</i>")

    assert "<i>Eve</i>" not in page, "the name <i>Eve</i> became part of the page"
    assert "&lt;i&gt;Eve" in page, "the name does not appear in the HTML version"


@as_html
@pytest.mark.parametrize("version", ["text", "html"])
def test_link_from_the_mail_confirms(app, User, register, visitor, password, inbox, version):
    """The link as it arrives, read from the mail, confirms its reader after a login."""
    register()
    mail = inbox.wait(to="grace@example.com", subject="onfirm")
    links = _links(mail.text) if version == "text" else _targets(mail.html)
    browser = visitor()
    browser.log_in("grace@example.com", password)

    assert links, f"the {version} version of the mail that arrived holds no link"
    browser.click(links[0])

    with app.app_context():
        confirmed = User.by_email("grace@example.com").confirmed
    assert confirmed, f"the link in the {version} version was followed, and Grace is not confirmed"


def _links(text):
    return [word.strip("<>().,") for word in text.split() if word.lstrip("<(").startswith("http")]


def _targets(html):
    page = BeautifulSoup(html or "", "html.parser")
    return [tag["href"] for tag in page.find_all("a", href=True) if "/confirm/" in tag["href"]]
