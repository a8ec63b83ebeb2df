"""Facts about the visitor, a browser for code."""

import socket
import threading

import flask
import pytest
from flask import Flask, abort, flash, redirect, request, session
from flask_wtf import CSRFProtect, FlaskForm
from werkzeug.serving import make_server
from wtforms import BooleanField, EmailField, PasswordField, StringField, SubmitField

from confirmlab.base.errors import SiteError
from confirmlab.site.visitor import Visitor

LAYOUT = """<title>{{ title }}</title>
<header>{% if session.email %}<form method="post" action="/auth/logout">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><button>Log out</button></form>
{% endif %}</header>
{% for message in get_flashed_messages() %}<p class="flash">{{ message }}</p>{% endfor %}
<main>{% if form %}<form method="post">{{ form.hidden_tag() }}
{% for field in form if field.name != 'csrf_token' %}{{ field() }}{% endfor %}</form>{% endif %}
{{ body|safe }}</main>"""


class Register(FlaskForm):
    name = StringField()
    email = EmailField()
    password = PasswordField()
    again = PasswordField()
    submit = SubmitField("Register")


class Login(FlaskForm):
    email = EmailField()
    password = PasswordField()
    remember = BooleanField()
    submit = SubmitField("Log in")


def show(title, form=None, body=""):
    return flask.render_template_string(LAYOUT, title=title, form=form, body=body)


def make_app():
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "pigeons" * 10
    CSRFProtect(app)
    app.sent = []
    add_accounts(app)
    add_oddities(app)
    return app


def add_accounts(app):
    @app.route("/")
    def index():
        return show("Home", body=f"<p>Hello, {session.get('email', 'stranger')}.</p>")

    @app.route("/auth/register", methods=["GET", "POST"])
    def register():
        form = Register()
        if form.validate_on_submit():
            app.sent.append(form.data)
            flash("Registered.")
            return redirect("/auth/login")
        return show("Register", form)

    @app.route("/auth/login", methods=["GET", "POST"])
    def login():
        form = Login()
        if form.validate_on_submit():
            app.sent.append(form.data)
            session["email"] = form.email.data
            return redirect("/")
        return show("Log in", form)

    @app.route("/auth/logout", methods=["POST"])
    def logout():
        session.clear()
        return redirect("/")


def add_oddities(app):
    @app.route("/crash")
    def crash():
        raise LookupError("no pigeon")

    @app.route("/gone")
    def gone():
        abort(404)

    @app.route("/loop")
    def loop():
        return redirect("/loop")

    @app.route("/keep", methods=["GET", "POST"])
    def keep():
        return redirect("/echo", 307)

    @app.route("/echo", methods=["GET", "POST"])
    def echo():
        seen = [request.method, request.host, request.query_string.decode()]
        seen += [f"{key}={value}" for key, value in request.form.items(multi=True)]
        return flask.Response("\n".join(seen), mimetype="text/plain")

    @app.route("/slash/", methods=["GET", "POST"])
    @app.route("/button", methods=["GET", "POST"])
    def button():
        token = '<input type=hidden name=csrf_token value="{{ csrf_token() }}">'
        forms = "".join(
            f"<form method=post>{token}<button name=do value={word}>{word} it</button></form>"
            for word in request.args.getlist("word")
        )
        done = request.form.get("do", "nothing")
        return show("Button", body=flask.render_template_string(f"<p>{done}</p>{forms}"))

    CSRFProtect().exempt(echo)
    app.extensions["csrf"].exempt(echo)
    app.extensions["csrf"].exempt(keep)


@pytest.fixture(scope="module")
def app():
    return make_app()


@pytest.fixture
def visitor(app):
    app.sent.clear()
    app.testing = False
    with Visitor("http://localhost", app) as one:
        yield one


@pytest.fixture(scope="module")
def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def log_in_and_out(visitor):
    there = visitor.register("Ann", "ann@pigeon.test", "coo coo coo")
    welcome = visitor.log_in("ann@pigeon.test", "coo coo coo")
    return there, welcome, visitor.log_out()


def test_a_visitor_registers_logs_in_and_out(visitor):
    """Forms with CSRF fields are filled in and sent, and cookies are kept."""
    there, welcome, out = log_in_and_out(visitor)

    assert (there.path, there.redirects, there.flashes) == (
        "/auth/login",
        ("/auth/register",),
        ("Registered.",),
    )
    assert ("Hello, ann@pigeon.test." in welcome.text, "stranger" in out.text) == (True, True)


def test_real_http_works_alike(served):
    """The same visit works over a socket."""
    with Visitor(served) as visitor:
        there, welcome, out = log_in_and_out(visitor)

    assert (there.path, welcome.path, out.path) == ("/auth/login", "/", "/")
    assert "ann@pigeon.test" in welcome.text and "stranger" in out.text


def test_a_password_is_repeated(visitor, app):
    """A second password field gets the same password, whatever its name."""
    visitor.register("Ann", "ann@pigeon.test", "coo coo coo")

    assert app.sent[0]["again"] == "coo coo coo"


def test_two_visitors_are_two_people(visitor, app):
    """Visitors do not share cookies."""
    visitor.log_in("ann@pigeon.test", "x")

    assert "stranger" in Visitor("http://localhost", app).open("/").text
    assert "session" in visitor.cookies


@pytest.mark.parametrize(("ticked", "expected"), [(True, True), (False, False), ("y", True)])
def test_boxes_are_ticked(visitor, app, ticked, expected):
    """A checkbox is ticked by True or by its value, and not by False."""
    page = visitor.open("/auth/login")
    visitor.submit(page, email="a@b.c", password="x", remember=ticked)

    assert app.sent[0]["remember"] is expected


def test_a_field_can_be_left_out(visitor, app):
    """None leaves a field out, for example the CSRF token."""
    page = visitor.submit(visitor.open("/auth/login"), email="a@b.c", csrf_token=None)

    assert (page.status, app.sent) == (400, [])


def test_an_unknown_field_is_refused(visitor):
    """The error for an unknown field lists the fields of the form."""
    form = visitor.open("/auth/login").form()
    with pytest.raises(SiteError, match="no field 'nmae'; it has: csrf_token, email"):
        visitor.submit(form, nmae="Ann")


def test_a_button_is_pressed_by_its_words(visitor):
    """Of several forms, the one with the named button is sent, with the button's value."""
    page = visitor.open("/button?word=Keep&word=Drop")

    assert visitor.press(page, "drop it").text.splitlines()[0] == "Drop"


def test_several_forms_are_not_guessed_at(visitor):
    """If two forms fit equally, none is sent."""
    with pytest.raises(SiteError, match="has several forms"):
        visitor.submit(visitor.open("/button?word=Keep&word=Drop"))


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("/button?word=Confirm", "Confirm"),
        ("/slash?word=Confirm", "Confirm"),
        ("/button", "nothing"),
    ],
)
def test_click_presses_the_only_button(visitor, link, said):
    """`click` follows a mailed link, and presses the button if the page has one."""
    visitor.log_in("ann@pigeon.test", "x")

    assert f"\n{said}" in "\n" + visitor.click(link).text


def test_click_leaves_other_forms_alone(visitor, app):
    """A page that asks for more than a button is returned without a press."""
    assert visitor.click("/auth/login").title == "Log in" and app.sent == []


@pytest.mark.parametrize(
    "link",
    [
        "/echo?a=1",
        "{}/echo?a=1#part",
        "http://localhost:{port}/echo?a=1",
        "http://hub.test/user/ann/proxy/absolute/{port}/echo?a=1",
    ],
)
def test_mailed_links_of_the_site_are_opened(served, link):
    """A link may be a path, or begin with one of the site's names or the proxy's address."""
    port = served.rpartition(":")[2]
    with Visitor(served) as visitor:
        page = visitor.open(link.format(served, port=port))

    assert page.text.splitlines() == ["GET", served.removeprefix("http://"), "a=1"]


@pytest.mark.parametrize("link", ["/confirm/a\x00b", "/confirm/a\x7fb", "/confirm/" + "a" * 70_000])
def test_a_link_that_no_request_can_carry_is_refused(visitor, link):
    """The error for a link with a control character, or one that is too long, is a sentence."""
    with pytest.raises(SiteError, match=r"^The link 'http.{1,200}cannot be opened \("):
        visitor.open(link)


def test_an_answer_in_a_wrong_encoding_is_reported():
    """An answer that is not compressed as its header says is an error with its path."""

    def app(_, start):
        start("200 OK", [("Content-Encoding", "gzip")])
        return [b"not compressed"]

    with Visitor("http://localhost", app) as visitor:
        with pytest.raises(SiteError, match="answer to GET '/a' is not in the encoding"):
            visitor.open("/a")


@pytest.mark.parametrize(
    "link",
    [
        *("http://evil.test/", "//evil.test", "\\\\evil.test", "mailto:a@b.c", "http://["),
        *("http://a:b", "http://localhost:8080/"),
    ],
)
def test_other_links_are_refused(visitor, link):
    """A link to another site is not opened."""
    with pytest.raises(SiteError, match="leads away"):
        visitor.open(link)


@pytest.mark.parametrize(
    "target",
    ["http://evil.test/", "//evil.test/", "/\\evil.test/", "\\\\evil.test/", "http:///evil.test/"],
)
def test_a_redirect_that_leads_away_is_shown(target):
    """A redirect to another site is not followed; the page has its address."""

    def app(environ, start_response):
        start_response("302 Found", [("Location", target)])
        return [b""]

    page = Visitor("http://localhost", app).open("/away")

    assert (page.status, page.redirects) == (302, ("/away",))
    assert "evil.test" in page.path


def test_redirects_in_a_circle_end(visitor):
    """An endless redirect raises an error that names the page."""
    with pytest.raises(SiteError, match="never end: /loop -> /loop"):
        visitor.open("/loop")


def test_a_redirect_may_keep_the_method(visitor):
    """After a 307 the same form is sent to the new address."""
    page = visitor.request("POST", "/keep", {"a": "1", "b": ["2", "3"]})

    assert page.text.splitlines() == ["POST", "localhost", "", "a=1", "b=2", "b=3"]


def test_errors_of_the_app_are_raised_in_the_same_process(visitor, app):
    """Without a socket, an exception in a view is raised in the caller."""
    app.testing = True
    with pytest.raises(LookupError, match="no pigeon"):
        visitor.open("/crash")


def test_errors_over_http_are_pages(served, app):
    """Over a socket, an exception in a view is a page with status 500."""
    app.testing = False
    with Visitor(served) as visitor:
        assert visitor.open("/crash").status == 500


def test_other_statuses_are_pages(visitor):
    """A 404 is returned as a page, too."""
    assert visitor.open("/gone").status == 404


def test_head_has_no_body(visitor):
    """HEAD returns no body."""
    page = visitor.head("/auth/login")

    assert (page.status, page.html, page.header("content-type")) == (
        200,
        "",
        "text/html; charset=utf-8",
    )


def test_head_stays_head(app):
    """After a redirect a HEAD request is sent as HEAD again, and its body is not asked for."""
    seen = []

    def watched(environ, start_response):
        seen.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        if environ["PATH_INFO"] == "/old":
            start_response("302 Found", [("Location", "/")])
            return []
        return app(environ, start_response)

    with Visitor("http://localhost", watched) as visitor:
        visitor.head("/old")

    assert seen == ["HEAD /old", "HEAD /"]


def test_headers_can_be_forged(visitor):
    """Extra headers are sent, even a foreign Host."""
    assert visitor.open("/echo", headers={"Host": "evil.test"}).text.splitlines()[1] == "evil.test"


@pytest.mark.parametrize("link", [None, 3, b"/", ("/",)])
@pytest.mark.parametrize("call", ["open", "click"])
def test_a_link_is_text(visitor, call, link):
    """Something else than text is no link, and the error says where the links of a mail are."""
    with pytest.raises(SiteError, match=r"A link is text, .* of a mail is mail\.links"):
        getattr(visitor, call)(link)


def test_a_path_is_no_page(visitor):
    """The error for sending something that is no page says how to get one."""
    with pytest.raises(SiteError, match=r"got '/auth/login'\. open\(\) returns a page"):
        visitor.submit("/auth/login", email="ada@example.com")


def test_headers_of_a_visitor_go_along_everywhere(app):
    """Headers given to the visitor are sent with each request."""
    with Visitor("http://localhost", app, headers={"Host": "evil.test"}) as visitor:
        assert visitor.open("/keep").text.splitlines()[1] == "evil.test"


def test_a_stopped_site_is_reported():
    """The error for a site that does not run says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(SiteError, match=f"'http://127.0.0.1:{port}/'.* site.start"):
        Visitor(f"http://127.0.0.1:{port}").open("/")


def test_a_silent_site_is_reported():
    """A site that never answers raises an error after a time limit."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(SiteError, match=r"No answer to GET '/slow' within 0\.1 s"):
            Visitor(url, timeout=0.1).open("/slow")
