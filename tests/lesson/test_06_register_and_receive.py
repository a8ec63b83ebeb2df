"""Graded tests of lesson 06: the mail at registration, its two templates, its link."""

import random
import re
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count, cycle
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup

from confirmlab.checks.app.app_errors import AppError, attempted, unless_error
from confirmlab.checks.app.app_values import Member
from confirmlab.checks.text import leaks
from confirmlab.checks.text.common_words import (
    asks_to_confirm,
    has_common_word,
    is_greeting,
    lacks_name,
    words_of,
)
from confirmlab.checks.text.foreign_addresses import (
    all_texts,
    foreign_addresses,
    mails_with_token_to_others,
    own_part,
    possible_tokens,
    sent_elsewhere,
    with_part,
)
from confirmlab.checks.text.random_words import bypass_fields, random_domain, random_word
from confirmlab.mail.message import Mail
from confirmlab.site.pages.page import Page, path_of
from confirmlab.site.pages.page_actions import own_actions
from confirmlab.site.pages.style_sheets import inline_styles
from confirmlab.site.pages.visibility import is_empty, is_hidden, is_speck

send = partial(pytest.mark.exercise, "send-confirmation")
as_text = partial(pytest.mark.exercise, "confirm-txt")
as_html = partial(pytest.mark.exercise, "confirm-html")

VAGUE = {"", "here", "click here", "this", "link", "this link"}
_LONGEST = 60  # characters of an address, or of a link's words, in a message


@pytest.fixture
def register(app, crowd, inbox, own_sites):
    """Return a function that registers at a learner's own site, and returns the new member."""
    sites = cycle(own_sites)

    def register(email="", password="", name=""):
        name, own = app.person(name)
        form = {"name": name, "email": email or own, "password": password or app.password}
        elsewhere = dict.fromkeys(("to", "recipient", "mail"), f"{random_word()}@mallory.example")
        hints = bypass_fields(confirmed="1", **elsewhere)
        asked = f"/auth/register?{urlencode(hints | {'email': elsewhere['to']})}"
        try:
            app.ask(asked, data=hints | form, cookies=hints, host=next(sites))
        except AppError:
            if not inbox.to(email or own):  # else it is about what comes after the mail
                raise
        return _member(app, name, email or own)

    return register


@pytest.fixture
def register_later(app, register, seen):
    """Return a function that registers in another month, weekday and hour each time.

    With the newcomer before them, six are on all days of the week.
    """
    dates = seen("dates", partial(_dates, app.now()))

    def register_later(**values):
        app.clock(next(dates), tick=True)
        return register(**values)

    return register_later


def _dates(now):
    """Yield moments that are seven weeks and a day apart, at six hours of the day in turn."""
    day = datetime.fromtimestamp(now).replace(minute=30)
    hours = cycle(random.sample(range(0, 24, 4), 6))
    for place in count(1):
        later = day + timedelta(days=50 * place)
        yield later.replace(hour=next(hours)).timestamp()


def _member(app, name, email):
    rows = app.database.ask("SELECT id FROM user WHERE email = ?", email)
    return Member(rows[0][0] if rows else 0, name, email)


@pytest.fixture
def newcomer(app, visitor, crowd, inbox, tokens, confirmation_mails, is_confirmed, seen):
    """Return a function that registers in a browser for all tests; it returns what it sees."""

    def newcomer():
        name, email = app.person()
        end = attempted(visitor().register, name=name, email=email, password=app.password)
        member = _member(app, name, email)
        own, all_tokens = tokens(member), tokens()
        if not own:
            unless_error(end)
        astray = _astray(confirmation_mails())
        return Newcomer(member, end, list(inbox), own, all_tokens, astray, is_confirmed(member))

    return lambda: seen("newcomer", newcomer)


class Newcomer(NamedTuple):
    """A new member, the page or the error after the form, all mails, and the tokens in them.

    Astray are the addresses to which somebody else's confirmation mail went.
    """

    member: Member
    end: Page | AppError
    mails: list[Mail]
    own_tokens: list[str]
    all_tokens: list[str]
    astray: list[str]
    is_confirmed: bool

    @property
    def token(self):
        return _token_in_mail(self.own_tokens, self.astray)

    @property
    def keeper(self):
        """The address of the keeper of the club, who is told of each new member."""
        readers = [reader for mail in self.mails for reader in mail.to]
        return next((reader for reader in readers if reader != self.member.email), "")


@pytest.fixture
def mailed(tokens, confirmation_mails):
    """Return a function that returns the token that a new member was mailed."""
    return lambda member: _token_in_mail(tokens(member), _astray(confirmation_mails()))


def _astray(mails):
    return [reader for mail in mails for reader in mail.to if reader != mail.user]


def _token_in_mail(found, astray):
    assert found, (
        "the new member was mailed nothing from the templates auth/email/confirm"
        f"{_wrong_recipients(astray)}"
    )
    return found[-1]


def _wrong_recipients(addresses):
    """Name whom the app wrote to instead, for the end of a message."""
    if not addresses:
        return ""
    asks = "" if "@" in addresses[-1] else ", which is no address: which argument comes first?"
    return f"; a mail was sent to {addresses[-1][:_LONGEST]!r}{asks}"


@pytest.fixture
def letter(app, varied_member, inbox):
    """Return a function that sends the confirmation mail; it returns mail, reader and token."""

    def letter(site="", **values):
        app.ask("/")  # the first request wakes whatever delivers mails
        ada = varied_member(**{"at": random_domain()} | values)
        token = app.token(ada)
        app.call(
            "app.email:send_email",
            args=[ada.email, "Confirm your address", "auth/email/confirm"],
            named={"user": {"member": ada.id}, "token": token},
            end="commit",  # as a later request may do: what a template changed would be kept
            within=app.request_context(
                None, f"/auth/{random.choice(('register', 'resend'))}", "POST", host=site
            ),
        )
        (mail,) = inbox.to(ada.email) or [None]
        assert mail, "the mail made from the templates auth/email/confirm did not arrive"
        confirmed = app.is_confirmed(ada)
        app.watched.drop(ada)  # the link may be used from now on
        assert not confirmed, (
            "the mail was only sent, and its reader is confirmed already; a template should only "
            "show things, so what in it changes the user?"
        )
        shown = app.leak(f"{mail.text}{mail.html}", reader=ada)
        assert not shown, f"the mail shows {shown}"
        return mail, ada, token

    return letter


@pytest.fixture
def letter_and_site(app, letter, seen):
    """Return a function that sends one mail for all tests, and returns it and the site's name."""
    return lambda: seen("letter", lambda: (letter(), app.host.name))


@pytest.fixture
def same_letter(letter_and_site):
    """Return a function that returns one mail for all tests, with its reader and its token."""
    return lambda: letter_and_site()[0]


@pytest.fixture
def letters_at_home(app, letter, own_sites, seen):
    """Return a function that sends mails at a learner's own site, once for all tests.

    It returns each with the site's name. One goes to a host where many readers are, and one to
    the site's first member.
    """

    def letters():
        one, other = own_sites
        popular = letter(one, at="gmail.com")
        first = letter(other, at="example.com", id=app.free_first_number())
        return [(popular, one), (first, other)]

    return lambda: seen("letters at home", letters)


# The mail at registration


@send(required=True)
def test_token_is_good(app, register_later, newcomer, mailed):
    """A new member gets a mail, and the token in it confirms them."""
    seen = newcomer()

    assert seen.token and seen.member.id, (
        "a member registered and is not in the database: was the user saved?"
    )
    for mark in (".", "+"):  # in the address; at both names of the learner's own site
        grace = register_later(email=app.person(between=mark)[1])
        token = mailed(grace)
        app.switch_process()
        confirmed = app.call_confirm(grace, token).is_true
        app.switch_process()
        assert confirmed, (
            "the token in the mail does not confirm the new member: was it made by `user`?"
        )


@send()
def test_page_after_the_form(newcomer):
    """The new member sees a page after the form was sent."""
    page = unless_error(newcomer().end)

    assert page.status == 200, f"registering ended with status {page.status}"
    assert all(path_of(form.action) != "/auth/logout" for form in page.forms), (
        "the new member is logged in already, and whoever registers a known address is not: so "
        "the answer tells which addresses have an account"
    )


@send(points=2)
def test_one_mail_is_sent(app, register, inbox):
    """A new member gets one confirmation mail, with a subject, at the given address."""
    grace = register()

    subjects = [mail.subject for mail in inbox.to(grace.email)]
    assert len(subjects) == 2, (
        f"the new member got these mails: {subjects}; it should be the welcome and one more"
    )
    assert all(subjects), "the mail has no subject"
    subjects = [mail.subject for mail in inbox if app.password in all_texts(mail)]
    assert not subjects, f"the mail {subjects[0]!r} tells the new member's password"


@send(grave="dead-on-arrival")
def test_token_lives_long_enough(app, register, mailed):
    """The token in the mail lives long enough to be read and clicked, and not for weeks."""
    grace = register()
    token, sent = mailed(grace), app.now()
    app.clock(sent + random.randrange(15, 90) * 86400, tick=True)
    with suppress(AppError):
        assert not app.call_confirm(grace, token, "rollback").is_true, (
            "weeks after the registration the mailed link still confirms; who will find it by then?"
        )
    app.clock(sent + random.randrange(600, 1800), tick=True)

    assert app.call_confirm(grace, token).is_true, (
        "half an hour after the registration the mailed link has expired; who reads mail so soon?"
    )


@send(grave="token-to-others")
def test_token_goes_to_nobody_else(newcomer):
    """No mail to anybody else holds the new member's token."""
    seen = newcomer()
    token, address = seen.token, seen.member.email

    readers = [reader for mail in seen.mails if token in all_texts(mail) for reader in mail.to]
    others = set(readers) - {address}
    assert not others, f"the token of the new member went to {', '.join(others)} as well"
    other_tokens = len(seen.all_tokens) - len(seen.own_tokens)
    assert not other_tokens, "a confirmation mail with another token went to somebody else"
    assert not mails_with_token_to_others(seen.mails, address, token), (
        "a mail to somebody else holds part of the token"
    )
    others = {reader for mail in seen.mails for reader in mail.to} - {address}
    assert len(others) <= 1, (  # the keeper of the club
        f"one registration wrote to {', '.join(sorted(others))}, besides the new member"
    )


@send(grave="token-on-page")
def test_token_is_not_shown(app, newcomer, member, mailed):
    """No page or cookie shows the token: only somebody who reads the mail can have it."""
    seen = newcomer()
    name, email = app.person()
    new = {"name": name, "email": email, "password": app.password}
    answer = None
    with suppress(AppError):  # another test checks how the view ends
        answer = app.ask("/auth/register", data=new)
    token = mailed(Member(0, name, email))

    html = "" if isinstance(seen.end, AppError) else seen.end.html
    assert seen.token not in html, "the page after the registration shows the token"
    assert answer is None or token not in answer.all_text, (
        "the answer to the registration holds the token, in a header or in a cookie"
    )
    disguised = [*leaks.disguised(html), *(answer.disguised if answer else ())]
    assert not disguised, (
        f"the answer to the registration holds {disguised[0][:20]!r}…, which may be the token in "
        "another spelling"
    )
    members_page = app.ask("/members", member(confirmed=True)).text
    assert not with_part([members_page], own_part(token)), (
        "other members see the token of the new member on /members, or part of it"
    )
    pages = [html, answer.all_text if answer else ""]
    assert not with_part(pages[:1], own_part(seen.token)) + with_part(pages[1:], own_part(token)), (
        "the answer to the registration holds part of the token"
    )


@send(grave="confirms-by-itself")
def test_new_member_is_not_confirmed(app, newcomer, register_later, mailed, is_confirmed):
    """A new member is not confirmed before the link is used."""
    seen = newcomer()
    assert seen.token, "the new member was mailed no token"

    confirmed = seen.is_confirmed or is_confirmed(seen.member)  # then, or by now
    assert not confirmed, "a member registered and was confirmed at once"
    app.put_members_aside()  # so the first one is the first of the site
    for host in ("gmail.com", "pigeonpost.example", app.mail_host()):  # anybody can type these
        name = "Admin" if host == "pigeonpost.example" else ""
        other = register_later(email=app.person(at=host)[1], name=name)
        mailed(other)
        assert not is_confirmed(other), f"{other.email} registered and was confirmed at once"
    app.crowd(other, 1200)  # from now on the site is a large one
    other = register_later(email=seen.keeper)  # an address that anybody can type as well
    mailed(other)
    assert not is_confirmed(other), (
        f"{other.email} registered as one of many members, and was confirmed at once"
    )


@send(grave="wrong-user")
def test_each_member_has_a_token(newcomer, register, mailed, confirmation_mails):
    """The next member gets a token of their own."""
    seen, grace = newcomer(), register()
    assert seen.token != mailed(grace), "two new members got the same token"
    user = confirmation_mails(grace)[-1].user
    assert user == grace.email, _wrong_user(user)


@send()
def test_new_member_can_log_in(app, register, visitor):
    """The new member is saved: logging in with the password works."""
    grace = register()
    page = visitor().log_in(grace.email, app.password)

    assert page.path != "/auth/login", "a member registered and cannot log in"
    kept = str(app.database.ask("SELECT * FROM user WHERE id = ?", grace.id))
    assert app.password not in kept, "the database holds the new member's password as it was typed"


@send()
def test_refused_form_sends_nothing(register, inbox):
    """An invalid registration form sends no mail; a valid one does."""
    register(password="short")
    assert len(inbox) == 0, f"a refused registration sent {inbox.latest.subject!r}"
    assert inbox.to(register().email), "a registration sent no mail"


@send()
def test_known_address(newcomer, register, member, tokens):
    """Registering with a known address sends no confirmation link to anybody."""
    assert newcomer().token, "the new member was mailed no token"
    before = len(tokens())
    register(email=member().email)

    assert len(tokens()) == before, "a known address was sent a new link"


def _wrong_user(user):
    if not user:
        return "the templates see no `user`: was it passed by that name?"
    found = f"another one, {user[:_LONGEST]}" if "@" in user else f"of type {user}"
    return f"what the templates get as `user` is {found}: pass the new member, who has a name"


# The text version


@as_text(required=True)
def test_text_link_leads_to_confirm(same_letter):
    """The text holds a link that leads to the confirm view and carries the token."""
    mail, _, token = same_letter()
    paths = _paths(_links(mail.text))

    assert f"/auth/confirm/{token}" in mail.text, (
        f"the link should lead to /auth/confirm/ and the token, and there is "
        f"{_listed(paths)}{_unrendered_call_hint(mail.text)}{_missing_token_hint(paths)}"
    )


@as_text(grave="dead-link")
def test_text_has_a_whole_link(same_letter, letters_at_home):
    """The text holds a whole link, with scheme and host."""
    mail, _, token = same_letter()
    links = _links(mail.text)

    assert links, (
        "nothing in the text begins with http:// or https://, "
        "so a mail program shows nothing to click"
    )
    assert f"/auth/confirm/{token}" in _paths(links), (
        f"the whole links of the text lead to {_listed(_paths(links))}"
    )
    for (mail, ada, token), site in letters_at_home():
        is_whole = f"/auth/confirm/{token}" in _paths(_links(mail.text))
        assert is_whole, _dead_for(ada, site)


@as_text()
def test_text_greets(same_letter):
    """The mail greets its reader."""
    mail, ada, _ = same_letter()

    assert _greets(mail.text, ada.name), (
        f"the text begins with {_first_line(mail.text)[:60]!r}; {_greeting_hint(mail.text)}"
    )


@as_text(points=4)
def test_text_asks(same_letter):
    """The mail says in a sentence or two what it asks for."""
    mail, ada, _ = same_letter()
    # Addresses, tokens and names are no words that the template's author has written.
    words = words_of(re.sub(r"<[^<>]*>", " ", mail.text).replace(ada.name, " "))

    rest = f"only {' '.join(words)!r}" if words else "nothing"
    assert len(words) >= 4, (
        f"besides the link the text says {rest}. Would you click it? "
        "Say in a sentence or two what the mail is about, and why it came"
    )
    assert has_common_word(words), (
        f"the check does not recognise a sentence in {' '.join(words[:9])!r}: it looks for common "
        "words of many languages; say a little more in yours"
    )
    assert "Your text here" not in mail.text, "the placeholder is still in the text"
    assert "lorem ipsum" not in mail.text.lower(), "the text says nothing: it is filled with Latin"


@as_text()
def test_text_has_no_tags(same_letter):
    """The text version contains no HTML tags, since mail programs would show them as text."""
    mail, _, _ = same_letter()
    tags = re.findall(r"</?(?:a|p|br|b|strong|div|html|body)\b[^>]*>", mail.text, re.IGNORECASE)

    assert not tags, f"the text holds the tag {tags[0][:60]!r}"


# The HTML version


@as_html(required=True)
def test_html_has_a_link(same_letter):
    """The HTML version holds the same link, ready to be clicked."""
    mail, _, token = same_letter()
    path = f"/auth/confirm/{token}"

    # Some mail programs make a link of an address in the text; another test asks for a link.
    assert path in _paths(_targets(mail.html)) or path in _paths(_addresses_to_copy(mail.html)), (
        _no_link_to_click(mail.html, token)
    )
    by_itself = own_actions(mail.html or "")
    assert not by_itself, f"the mail may act before anybody clicks: {by_itself[0][:80]!r}"


@as_html(grave="dead-link")
def test_html_link_is_whole(letter_and_site, letters_at_home):
    """The link of the HTML version has a scheme and a host."""
    (mail, _, token), site = letter_and_site()
    own = [urlsplit(link) for link in _targets(mail.html) if token in link]

    assert own, _no_link_to_click(mail.html, token)
    assert all(one.scheme in ("http", "https") and one.netloc for one in own), (
        "the link has no scheme and host"
    )
    decoys = _misleading_links(mail.html, token, site)
    assert not decoys, (
        f"the link {decoys[0]} leads to another site, and the reader who clicks it is not "
        "confirmed; which link of the mail should a reader find first?"
    )
    for (mail, ada, token), own_site in letters_at_home():
        is_whole = any("://" in link and token in link for link in _targets(mail.html))
        assert is_whole, _dead_for(ada, own_site)


@as_html()
def test_html_link_has_words(letter_and_site):
    """The text of the link says where it leads."""
    (mail, _, token), site = letter_and_site()
    page = BeautifulSoup(mail.html or "", "html.parser")
    links = [tag for tag in page.find_all("a", href=True) if token in tag["href"]]
    assert links, _no_link_to_click(mail.html, token)
    words = [_words_of(tag) for tag in links if not _is_folded_away(tag)]

    good = [text for text in words if "://" not in text and text.lower().strip(".!") not in VAGUE]
    assert good, (
        f"the links say {_listed(words)}; write words that tell where the link leads"
        f"{_missing_alt_hint(links)}"
    )
    lying = [one for one in _addresses_in_words(page) if one != site]
    assert not lying, f"the words of a link name {lying[0]!r}, and it leads somewhere else"


@as_html()
def test_html_escapes_the_name(app, letter):
    """The HTML version greets its reader, and a name that looks like HTML is escaped."""
    name = app.person()[0]
    mail, _, _ = letter(name=f"<i>{name}</i>")
    html = mail.html or ""

    assert f"<i>{name}</i>" not in html, f"the name <i>{name}</i> became part of the page"
    words = BeautifulSoup(html, "html.parser").body or ""
    assert _greets(words and words.get_text("\n"), name), (
        "the HTML version does not greet its reader: it holds neither the name nor a line such as "
        "'Good day,'"
    )


# Both


@pytest.mark.parametrize(
    "version",
    [
        pytest.param("text", marks=as_text(grave="hard-wired-host")),
        pytest.param("html", marks=as_html(grave="hard-wired-host")),
    ],
)
def test_link_leads_to_this_site(app, letter, letter_and_site, letters_at_home, version):
    """The link leads to the host that sent the mail, whatever its name is."""
    (mail, _, token), site = letter_and_site()
    own = _own_links(mail, token, version)
    schemes = {urlsplit(link).scheme for link in own} - {"http", ""}

    assert own, f"the {version} version holds no link with the token"
    letters = [((mail, _, token), site), *letters_at_home()]
    for (sent, _, its_token), its_site in letters:
        wrong = [host for host in _apparent_hosts(sent, its_token, version) if host != its_site]
        assert not wrong, (
            f"the link leads to {wrong[0]!r}, and the site is at {its_site!r}: "
            "url_for with _external=True knows the host"
        )
    assert not schemes, f"the link begins with {min(schemes)}://, and the site is at http://{site}"
    if version == "html":
        elsewhere = random_domain()
        spoilt, *_ = letter(name=f'<a href="http://{elsewhere}/">{app.person()[0]}</a>')
        assert not any(elsewhere in link for link in _targets(spoilt.html)), (
            "a member's name was HTML with a link, and the mail has this link, too; does Jinja "
            "escape the name there?"
        )
    specks = _specks(mail.html) if version == "html" else []
    assert not specks, f"a picture that nobody sees tells who has opened the mail: {specks[0][:80]}"
    sent = _sent_elsewhere(mail, site, version)
    leaks = with_part(sent, token)
    odd = possible_tokens(sent)
    if odd:  # what is the same in two mails holds no token
        other, *_ = letter(id=random.randrange(10**7, 10**9))  # the site's first may be the reader
        leaks += set(odd) - set(_sent_elsewhere(other, app.host.name, version))
    assert not leaks, f"the {version} version tells another site the token: {leaks[0][:80]!r}"


def _own_links(mail, token, version):
    """List the addresses in a mail that hold its token."""
    links = [link for link in _all_links(mail, version) if token in link]
    if version == "html":
        links += [value for value in _attributes(mail.html) if token in value and "//" in value]
    return links


def _apparent_hosts(mail, token, version):
    """List the hosts to which a reader is led: by the token's links, and by ones that look so."""
    # Other sites may be linked, but a page like the site's own elsewhere would get the clicks, too.
    parts = map(urlsplit, _all_links(mail, version))
    alike = [one.netloc for one in parts if one.path.startswith("/auth/") and one.netloc]
    return [*(urlsplit(link).netloc for link in _own_links(mail, token, version)), *alike]


def _all_links(mail, version):
    return _links(mail.text) if version == "text" else _targets(mail.html)


def _sent_elsewhere(mail, site, version):
    if version == "html":
        return sent_elsewhere(mail.html or "", site)
    return foreign_addresses(mail.text, site)


@pytest.mark.parametrize(
    "version", [pytest.param("text", marks=as_text()), pytest.param("html", marks=as_html())]
)
def test_link_from_the_mail_confirms(app, letter, visitor, is_confirmed, version):
    """The link in the mail that arrived confirms its reader after a login."""
    mail, ada, token = letter()
    found = _links(mail.text) if version == "text" else _targets(mail.html)
    own = [urlsplit(link).path for link in found if token in link]
    assert own, f"the {version} version of the mail that arrived holds no link to confirm"
    app.switch_process()
    browser = visitor()
    browser.log_in(ada.email, app.password)
    browser.click(own[0])

    assert is_confirmed(ada), (
        f"the link in the {version} version was followed, and its reader is not confirmed"
    )


def _dead_for(reader, site):
    return (
        f"the mail to {reader.email}, asked for at http://{site}, has no whole link with the "
        "token, and another mail has one; what differs?"
    )


def _greets(text, name):
    """Return whether a mail names its reader, or has a line such as "Good day," at its top."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return name in text or any(map(is_greeting, lines[:3]))


def _greeting_hint(text):
    """Return what to do about a text without a greeting, for the end of a message."""
    is_empty = lacks_name(_first_line(text))
    return "is the name in it empty?" if is_empty else "it should be a greeting"


def _unrendered_call_hint(text):
    """Return a hint on a call outside of braces, for the end of a message; "" if there is none."""
    slipped = "url_for" in text
    return "; the mail shows `url_for` as you typed it: put it in {{ … }}" if slipped else ""


def _no_link_to_click(html, token):
    paths = _paths(_targets(html))
    return (
        f"an <a href> should lead to /auth/confirm/ and the token, and there is {_listed(paths)}"
        f"{_unlinked_address_hint(html, token)}{_missing_token_hint(paths)}"
    )


def _missing_token_hint(paths):
    """Return a hint on a link without a token, for the end of a message; "" if there is none."""
    if "/auth/confirm/token" in paths:
        return "; does `token` stand there in quotes?"
    return "; is `token` empty there?" if "/auth/confirm" in paths else ""


def _unlinked_address_hint(html, token):
    """Return a hint on an address that is no link, for the end of a message; "" without one."""
    page = BeautifulSoup(html or "", "html.parser")
    own = [tag for tag in page.find_all(href=True) if token in tag["href"]]
    if own and all(map(is_empty, own)):
        return "; the <a href> to it has no words inside, so there is nothing to click"
    if token not in (html or "") or own:
        return ""
    return '; the address is in the page, but in no <a href="…">: look at the tag and the quotes'


def _missing_alt_hint(links):
    """Return a hint on a picture without words, for the end of a message; "" if there is none."""
    pictures = [one for tag in links for one in tag.find_all("img")]
    needs_alt = any(not one.get("alt") for one in pictures)
    return ', or give the picture an alt="…" that does' if needs_alt else ""


def _first_line(text):
    return text.strip().partition("\n")[0].strip()


def _links(text):
    found = re.findall(r"https?://[^\s<>\"'\[\]{}|\\^`]+", text or "")
    return [link.rstrip(").,;:!?*_。，、：；！？）」』”’»") for link in found]


def _targets(html):
    return [tag["href"].strip() for tag in _visible_links(html)]


def _visible_links(html):
    page = BeautifulSoup(html or "", "html.parser")
    inline_styles(page)
    links = page.find_all("a", href=True)
    return [tag for tag in links if not (is_empty(tag) or is_hidden(tag, paper="white"))]


def _addresses_to_copy(html):
    """List the whole addresses in the words that a reader sees."""
    page = BeautifulSoup(html or "", "html.parser")
    inline_styles(page)
    for tag in page.find_all(partial(is_hidden, paper="white")):
        tag.extract()
    # Browsers show nothing of a tag whose quote never ends; the parser here takes it as text.
    shown, *_ = re.split(r"<\w+ [\w-]+=", page.get_text(" "))
    return _links(shown)


def _misleading_links(html, token, site):
    """List the words of links to other sites that readers take for the link to confirm.

    Such a link asks to confirm, and the mail's own link comes later or does not ask. Questions,
    such as "Why confirm?", lead to help pages.
    """
    links = _visible_links(html)
    own = [token in tag["href"] for tag in links]
    words = [_words_of(tag) for tag in links]
    own_asks = any(mine and asks_to_confirm(text) for mine, text in zip(own, words, strict=True))
    found = []
    for place, tag in enumerate(links):
        is_before = not any(own[:place])
        asks = asks_to_confirm(words[place]) and not words[place].endswith("?")
        is_foreign = not own[place] and foreign_addresses(tag["href"], site)
        if is_foreign and asks and (is_before or not own_asks):
            found.append(repr(words[place][:60]))
    return found


def _is_folded_away(tag):
    """Return whether an element is in a part that is closed until somebody opens it."""
    closed = [one for one in tag.find_parents("details") if not one.has_attr("open")]
    return bool(closed) and tag.find_parent("summary") is None


def _specks(html):
    """List the pictures from elsewhere that are too small to see."""
    page = BeautifulSoup(html or "", "html.parser")
    inline_styles(page)
    pictures = page.find_all("img", src=re.compile("^(https?:)?//"))
    return [str(tag) for tag in pictures if is_speck(tag) or is_hidden(tag)]


def _addresses_in_words(page):
    """List the hosts that the words of links name."""
    words = " ".join(tag.get_text(" ") for tag in page.find_all("a", href=True))
    found = re.findall(r"(?:https?://|\bwww\.)[\w.:-]+", words)
    return [one.partition("//")[2] or one for one in found]


def _attributes(html):
    """List the values of all attributes: a browser may send each address to its host."""
    page = BeautifulSoup(html or "", "html.parser")
    return [str(value) for tag in page.find_all(True) for value in tag.attrs.values()]


def _paths(links):
    return [path_of(link) for link in links]


def _short(text):
    """Cut the middle of a long text, such as an address with a token in it."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 12]}…{text[-10:]}"


def _words_of(tag):
    """What somebody hears of a link: its text, its label, or what stands for its pictures."""
    pictures = " ".join(one.get("alt", "") for one in tag.find_all("img"))
    label = tag.get("aria-label") or f"{tag.get_text(' ')} {pictures}"
    return " ".join((label.strip() or tag.get("title", "")).split())


def _listed(found):
    return ", ".join(repr(_short(one)) for one in found) or "no link"
