"""Facts about the untouched app that learners get: it runs, and has no faults by accident."""

import importlib
import logging.config
import os
import re
import secrets
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from flask import abort
from werkzeug.security import generate_password_hash

from confirmlab.base import paths
from confirmlab.course import blanks

SKELETON = paths.in_kit("app_skeleton")
SENT = "Thank you! A letter is on its way to you. You can log in now."
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def package():
    """Import the skeleton's package, and forget it afterwards: every copy is called `app`."""
    sys.path.insert(0, str(SKELETON))
    parts = ("config", "email", "extensions", "models")
    try:
        app = importlib.import_module("app")
        modules = {part: importlib.import_module(f"app.{part}") for part in parts}
        yield SimpleNamespace(create_app=app.create_app, **modules)
    finally:
        sys.path.remove(str(SKELETON))
        for name in [name for name in sys.modules if name.split(".")[0] == "app"]:
            del sys.modules[name]


@pytest.fixture
def bare(package, monkeypatch):
    """Return an app with an empty database and a fast password hash."""

    def cheap_hash(password):
        return generate_password_hash(password, method="pbkdf2:sha256:1")

    monkeypatch.setattr(package.models, "generate_password_hash", cheap_hash)
    app = package.create_app(
        {
            "TESTING": True,
            "SECRET_KEY": secrets.token_hex(64),
            "SQLALCHEMY_DATABASE_URI": "sqlite://",
        }
    )
    yield app
    with app.app_context():
        package.extensions.db.engine.dispose()


@pytest.fixture
def app(bare, package):
    with bare.app_context():
        package.extensions.db.create_all()
    return bare


@pytest.fixture
def browser(app):
    return Browser(app)


@pytest.fixture
def outbox(package, app):
    with package.extensions.mail.record_messages() as messages:
        yield messages


class Browser:
    """Use the site as a person does: each form is loaded before it is sent."""

    def __init__(self, app):
        self.client = app.test_client()

    def open(self, path):
        """Open a page, and follow where it leads."""
        return self.client.get(path, follow_redirects=True, buffered=True)

    def submit(self, path, page=None, **fields):
        """Load the page with the form (at the same path, if none is named), and send it."""
        form = soup(self.open(page or path)).select_one("[name=csrf_token]")
        fields["csrf_token"] = form["value"]
        return self.client.post(path, data=fields, follow_redirects=True)

    def register(self, name="Ada", email="ada@example.com", password=PASSWORD):
        """Register as somebody."""
        return self.submit("/auth/register", name=name, email=email, password=password)

    def log_in(self, email="ada@example.com", password=PASSWORD, page="/auth/login"):
        """Log in as somebody."""
        return self.submit(page, email=email, password=password)


def soup(response):
    return BeautifulSoup(response.text, "html.parser")


def flashes(response):
    return [item.get_text(strip=True) for item in soup(response).select(".flashes li")]


def users(app, package):
    with app.app_context():
        query = package.extensions.db.select(package.models.User)
        return package.extensions.db.session.scalars(query).all()


# Pages


@pytest.mark.parametrize(
    "path", ["/", "/auth/login", "/auth/register", "/auth/forgotten", "/static/style.css"]
)
def test_public_pages_open(browser, path):
    """Everybody can open the home page, both forms and the static files."""
    assert 200 == browser.open(path).status_code


@pytest.mark.parametrize("path", ["/profile", "/profile/edit", "/profile/address", "/members"])
def test_members_pages_ask_for_a_login(browser, path):
    """A stranger who opens a page for members gets the login page, with a reason."""
    page = browser.open(path)

    assert "/auth/login" == page.request.path
    assert ["Please log in first: this page is for members."] == flashes(page)


@pytest.mark.parametrize("path", ["/auth/confirm/x", "/auth/unconfirmed"])
def test_untouched_views_lead_home(browser, path):
    """The views that the learner has not written yet lead to the home page."""
    assert "/" == browser.open(path).request.path


def test_untouched_resend_leads_home(browser):
    """Until the learner writes it, resend takes a POST and leads to the home page."""
    browser.register()
    browser.log_in()

    assert "/" == browser.submit("/auth/resend", page="/").request.path
    assert 405 == browser.open("/auth/resend").status_code


def test_untouched_blanks_hold_nobody_up(browser, app, package):
    """Until the learner writes the rules, every letter may go, and no account is stale."""
    browser.register()
    with app.app_context():
        user = package.extensions.db.session.get(package.models.User, 1)
        answers = [user.may_get_letter() for _ in range(3)]
    result = app.test_cli_runner().invoke(args=["auth", "drop-stale", "--days", "0"])

    assert [True] * 3 == answers
    assert "Accounts deleted: 0\n" == result.output
    assert ["Ada"] == [user.name for user in users(app, package)]


@pytest.mark.parametrize("days", ["-1", "800000"])
def test_impossible_days_delete_nobody(app, days):
    """The command that deletes stale accounts takes no days below 0, and none beyond a century."""
    result = app.test_cli_runner().invoke(args=["auth", "drop-stale", "--days", days])

    assert 2 == result.exit_code
    assert "0<=x<=36500" in result.output


def test_no_id_is_given_twice(app, package):
    """The id of a deleted account is not reused, so its cookies log in nobody else."""
    db, ids = package.extensions.db, []
    with app.app_context():
        for _ in range(2):
            user = package.models.User(name="Ada", email="ada@example.com", password_hash="")
            db.session.add(user)
            db.session.commit()
            ids.append(user.id)
            db.session.delete(user)
            db.session.commit()

    assert ids[0] != ids[1]


def test_unknown_url_is_404(browser):
    """An unknown address shows the app's own page for 404."""
    page = browser.open("/nope")

    assert 404 == page.status_code
    assert "Return to sender" == soup(page).h1.text


def test_a_visit_to_an_address_for_forms_has_a_page_of_its_own(browser):
    """A GET of an address that takes only forms shows the app's own page, which says so."""
    page = browser.open("/auth/logout")

    assert 405 == page.status_code
    assert "This address takes a form, and no visit." in soup(page).text
    assert "POST" in page.headers["Allow"] and soup(page).nav


def test_forbidden_has_a_page_of_its_own(bare):
    """A view that refuses with 403 shows the app's own page."""
    bare.add_url_rule("/secret", view_func=lambda: abort(403))
    page = Browser(bare).open("/secret")

    assert 403 == page.status_code
    assert "This loft is locked" == soup(page).h1.text


def test_errors_have_a_page_of_their_own(browser, app, package):
    """A broken database shows the app's own page for 500, also to logged-in members."""
    browser.register()
    browser.log_in()
    with app.app_context():
        package.extensions.db.drop_all()
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as on a real site
    page = browser.open("/profile")

    assert 500 == page.status_code
    assert "A feather in the works" == soup(page).h1.text


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/auth/login", "/auth/register", "/auth/forgotten", "/nope"),
        *("/profile/edit", "/profile/address"),
    ],
)
def test_pages_are_accessible(browser, path):
    """Each page has a language, one h1, a skip link that works, and labels."""
    if path.startswith("/profile"):
        browser.register()
        browser.log_in()
    page = soup(browser.open(path))
    labelled = {label["for"] for label in page.select("label")}
    fields = page.select("textarea, input:not([type=hidden], [type=submit])")

    assert "en" == page.html["lang"]
    assert 1 == len(page.select("h1"))
    assert page.find(id=page.select_one("a.skip")["href"].lstrip("#"))
    assert {field["id"] for field in fields} <= labelled


# Accounts


def test_registration_saves_a_user(browser, app, package):
    """A registration saves the address in lower case, and no readable password."""
    browser.register(email="  Ada@Example.COM ")
    (user,) = users(app, package)

    assert ("Ada", "ada@example.com") == (user.name, user.email)
    assert PASSWORD not in user.password_hash


@pytest.mark.parametrize(
    ("email", "reason"),
    [("ada@club.test", "special-use or reserved name"), ("ada", "must have an @-sign")],
)
def test_a_refused_address_gets_a_reason(browser, app, package, email, reason):
    """The form says what is wrong with an address that it refuses."""
    page = browser.register(email=email)

    assert reason in soup(page).get_text(" ", strip=True)
    assert users(app, package) == []


def test_registration_does_not_log_in(browser):
    """After a registration the visitor sees the login page, and is not logged in."""
    page = browser.register()

    assert ("/auth/login", [SENT]) == (page.request.path, flashes(page))
    assert "/auth/login" == browser.open("/profile").request.path


def test_registration_sends_two_mails(browser, outbox):
    """A registration mails a welcome to the user and a notice to the keeper, as text and HTML."""
    browser.register(name="A & B")

    assert [["ada@example.com"], ["keeper@pigeonpost.example"]] == [m.recipients for m in outbox]
    assert "A & B" not in outbox[0].body  # nobody has confirmed that this is the member's name
    assert "Name: A & B" in outbox[1].body
    assert "Name: A &amp; B<br>" in outbox[1].html


def test_known_address_gets_the_same_answer(browser, app, package):
    """Registering a known address changes nothing, and the page looks as for a new one."""
    new = browser.register()
    known = browser.register(name="Eve", email="ADA@example.com", password="another password")

    assert (new.status_code, new.request.path) == (known.status_code, known.request.path)
    assert flashes(new) == flashes(known) == [SENT]
    assert ["Ada"] == [user.name for user in users(app, package)]


def test_known_address_is_told_by_mail(browser, outbox):
    """The owner of a known address is told by mail that somebody tried to register with it."""
    browser.register()
    outbox.clear()
    browser.register(name="Eve")

    assert [["ada@example.com"]] == [message.recipients for message in outbox]
    assert "You have an account already" == outbox[0].subject
    assert "Eve" not in outbox[0].body


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"name": "x" * 65},
        {"email": "ada"},
        {"email": "ada@localhost"},
        {"email": "ädä@example.com"},
        {"password": "short"},
    ],
)
def test_bad_registration_is_refused(browser, app, package, fields):
    """An empty name, a bad address or a short password gets an error beside its field."""
    page = browser.register(**fields)
    field = soup(page).select_one("[aria-invalid]")

    assert [field["name"]] == list(fields)
    assert soup(page).find(id=field["aria-describedby"].split()[-1]).text
    assert [] == users(app, package)


def test_login_does_not_reveal_registered_addresses(browser):
    """A wrong password and an unknown address get the same answer."""
    browser.register()
    wrong = browser.log_in(password="wrong")
    unknown = browser.log_in(email="nobody@example.com")

    assert flashes(wrong) == flashes(unknown)
    assert "do not belong together" in flashes(wrong)[0]


def test_login_and_logout(browser):
    """A member can log in, whatever the case of the address, and out again."""
    browser.register()
    browser.log_in(email="ADA@example.com")
    inside = browser.open("/profile").request.path
    browser.submit("/auth/logout", page="/")

    assert "/profile" == inside
    assert "/auth/login" == browser.open("/profile").request.path


def test_logout_is_a_post(browser):
    """A link cannot log anybody out."""
    assert 405 == browser.open("/auth/logout").status_code


def test_next_survives_a_login(browser):
    """A visitor who was sent to the login page gets to the requested page afterwards."""
    browser.register()
    browser.open("/members?page=2")

    assert "/members" == browser.log_in().request.path


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "https:evil.example"],
)
def test_foreign_next_is_not_followed(browser, target):
    """A foreign target in the address of the login page is not followed."""
    browser.register()
    page = browser.log_in(page=f"/auth/login?next={target}")

    assert ("localhost", "/") == (page.request.host, page.request.path)


@pytest.mark.parametrize(
    "path",
    [
        *("/auth/login", "/auth/register", "/auth/logout", "/auth/resend", "/auth/forgotten"),
        *("/profile/edit", "/profile/address"),
    ],
)
def test_forms_need_a_csrf_token(browser, path):
    """A form without a CSRF token of this site is refused."""
    page = browser.client.post(path, data={"email": "ada@example.com", "password": PASSWORD})

    assert 400 == page.status_code
    assert "This form came back unread" == soup(page).h1.text


def test_session_cookie_is_guarded(browser):
    """Scripts cannot read the session cookie, and forms of other sites do not send it."""
    cookie = browser.open("/auth/login").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_login_can_be_kept(browser):
    """With "remember me", a login outlives the session; without it, it does not."""
    browser.register()
    browser.log_in()
    without = browser.client.get_cookie("remember_token")
    browser.submit("/auth/logout", page="/")
    browser.submit("/auth/login", email="ada@example.com", password=PASSWORD, remember="y")
    browser.client.delete_cookie("session")

    assert without is None
    assert "/profile" == browser.open("/profile").request.path
    assert "Lax" == browser.client.get_cookie("remember_token").same_site


# A new password


@pytest.fixture
def letter(browser, outbox):
    """Register Ada, and return the link from the letter for a new password."""
    browser.register()
    browser.submit("/auth/forgotten", email="ADA@example.com")
    return re.search(r"http://localhost(/auth/reset/\S+)", outbox[-1].body)[1]


def test_forgotten_password_is_replaced(browser, outbox, letter):
    """The link from the letter leads to a form for a new password, which then works."""
    browser.submit(letter, password="battery staple")
    old = flashes(browser.log_in())
    new = flashes(browser.log_in(password="battery staple"))

    assert ["ada@example.com"] == outbox[-1].recipients
    assert letter in outbox[-2].html  # the last one is the notice
    assert ["This address and this password do not belong together."] == old
    assert ["Good to see you, Ada."] == new


def test_reset_link_works_once(browser, letter):
    """The link stops working once the password has changed."""
    browser.submit(letter, password="battery staple")
    page = browser.open(letter)

    assert ("/auth/forgotten", 200) == (page.request.path, page.status_code)
    assert ["This link is not valid, or it is too old."] == flashes(page)


def test_reset_link_dies_with_the_address(browser, letter):
    """The link stops working once the address has changed."""
    browser.log_in()
    browser.submit("/profile/address", email="new@example.com", password=PASSWORD)

    assert "/auth/forgotten" == browser.open(letter).request.path


@pytest.mark.parametrize("token", ["coo", "a.b.c", "%ff", "e" * 5000])
def test_odd_reset_link_is_refused(browser, token):
    """A made-up link leads to the form that requests another letter."""
    assert "/auth/forgotten" == browser.open(f"/auth/reset/{token}").request.path


def test_reset_page_keeps_its_address(browser, letter):
    """The Referrer-Policy hides the page's address, which holds the token, from other sites."""
    assert "strict-origin" == browser.open(letter).headers["Referrer-Policy"]


def test_forgotten_tells_nothing(browser, outbox):
    """An unknown address gets the same answer, and no letter."""
    browser.register()
    outbox.clear()
    known = browser.submit("/auth/forgotten", email="ada@example.com")
    unknown = browser.submit("/auth/forgotten", email="eve@example.com")

    assert (known.request.path, flashes(known)) == (unknown.request.path, flashes(unknown))
    # The second one is written, so that both answers take as long, and read by nobody.
    nobody = "nobody@pigeonpost.example"
    assert [["ada@example.com"], [nobody]] == [message.recipients for message in outbox]


# The club


def test_profile_can_be_edited(browser):
    """A member can change name and text, which are shown as text and never as HTML."""
    browser.register()
    browser.log_in()
    page = browser.submit("/profile/edit", name="Ada L", about="<b>Two</b> birds")

    assert ("/profile", ["Your profile is saved."]) == (page.request.path, flashes(page))
    assert "<b>Two</b> birds" in soup(page).get_text()


def test_address_can_be_changed(browser, outbox, app, package):
    """With the password a member can change the address; both addresses are notified."""
    browser.register()
    browser.log_in()
    outbox.clear()
    page = browser.submit("/profile/address", email=" New@example.com", password=PASSWORD)
    (user,) = users(app, package)

    assert "new@example.com" == user.email and user.moved_at
    assert "A letter is on its way to new@example.com." in flashes(page)[0]
    assert [["new@example.com"], ["ada@example.com"]] == [m.recipients for m in outbox]
    assert "new@example.com" in outbox[1].body


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "wrong"},
        {"password": ""},
        {"email": "new"},
    ],
)
def test_address_is_not_changed(browser, outbox, app, package, fields):
    """Without the password, or to an invalid address, nothing changes."""
    browser.register()
    browser.register(name="Grace", email="grace@example.com")
    browser.log_in()
    outbox.clear()
    page = browser.submit(
        "/profile/address", **{"email": "new@example.com", "password": PASSWORD} | fields
    )

    assert ("/profile/address", 200) == (page.request.path, page.status_code)
    assert ["ada@example.com", "grace@example.com"] == [u.email for u in users(app, package)]
    assert [] == outbox


def test_members_are_listed_without_addresses(browser):
    """Members see each other's names, and no addresses."""
    browser.register()
    browser.register(name="Grace", email="grace@example.com")
    browser.log_in()
    page = browser.open("/members")

    assert ["Ada", "Grace"] == [h2.text for h2 in soup(page).select("h2")]
    assert "@example.com" not in page.text


# Settings, database and files


def test_secret_key_is_made_once(package, tmp_path):
    """The secret key is random, long, stored, and readable by its owner only."""
    key = package.config.kept_secret_key(tmp_path / "instance")
    again = package.config.kept_secret_key(tmp_path / "instance")
    other = package.config.kept_secret_key(tmp_path)

    assert key == again != other
    assert 128 == len(key)
    if os.name == "posix":
        assert 0o600 == stat.S_IMODE((tmp_path / "secret_key").stat().st_mode)


def test_secret_key_is_one_for_all(package, tmp_path):
    """Apps that start at the same time agree on one key, and leave no temporary files."""
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(package.config.kept_secret_key, [tmp_path] * 32))

    assert 1 == len(keys)
    assert ["secret_key"] == [path.name for path in tmp_path.iterdir()]


def test_secret_key_needs_no_links(package, tmp_path, monkeypatch):
    """The secret key can be stored on a disk without hard links."""

    def refuse(*_):
        raise PermissionError("no links here")

    monkeypatch.setattr(package.config.os, "link", refuse)
    key = package.config.kept_secret_key(tmp_path)

    assert key == package.config.kept_secret_key(tmp_path)


def test_given_secret_key_makes_no_file(package, app, monkeypatch):
    """If the settings give a secret key, it is used, and no file is read or written."""

    def refuse(folder):
        raise AssertionError("asked for the kept key")

    monkeypatch.setitem(package.create_app.__globals__, "kept_secret_key", refuse)
    app = package.create_app({"SECRET_KEY": "given", "SQLALCHEMY_DATABASE_URI": "sqlite://"})

    assert "given" == app.secret_key


def test_first_migration_makes_the_models_tables(package, bare, monkeypatch):
    """After `flask db upgrade` the tables match the untouched models."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from flask_migrate import upgrade

    # Alembic's file would set up the logging of this whole process anew.
    monkeypatch.setattr(logging.config, "fileConfig", lambda *_, **__: None)
    db = package.extensions.db
    with bare.app_context():
        upgrade(SKELETON / "migrations")
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})

            assert [] == compare_metadata(context, db.metadata)
            columns = [column["name"] for column in db.inspect(connection).get_columns("user")]
            assert "joined_at" in columns
            assert "confirmed" not in columns


def test_nothing_refers_to_the_missing_flag():
    """Outside the blanks no code uses `confirmed`, which users do not have yet."""
    for path in (SKELETON / "app").rglob("*"):
        if path.suffix in (".py", ".html", ".txt"):
            text = path.read_text("utf-8")
            for blank_id in blanks.find(text):
                text = blanks.replace(text, blank_id, "")

            assert ".confirmed" not in text, path.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_readable(scheme):
    """Each text colour has a contrast of at least 4.5 to its background."""
    css = (SKELETON / "app/static/style.css").read_text("utf-8")
    light, dark = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.+?)\}", css, re.DOTALL)
    ]
    colours = {"light": light, "dark": dark}[scheme]
    pairs = [(ink, on) for ink in ("ink", "soft", "accent", "error") for on in ("page", "card")]

    for ink, on in [*pairs, ("ink", "note"), ("on-accent", "accent")]:
        assert contrast(colours[ink], colours[on]) >= 4.5, f"{ink} on {on}"


def contrast(one, other):
    """Compute the contrast of two colours as in the Web Content Accessibility Guidelines."""
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
