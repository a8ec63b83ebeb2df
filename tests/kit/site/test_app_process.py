"""Facts about the app behind Jupyter's proxy."""

import pytest
from flask import Flask, redirect, request, url_for
from werkzeug.test import Client

from confirmlab.site.app_process import Prefixed, pin

PORT = "5000"
ALICE = "/user/al%20ice/"
SHOWN = f"{ALICE}proxy/absolute/{PORT}"


@pytest.fixture
def client():
    """Ask an app as Jupyter's proxy does, below the prefix of a learner named "al ice"."""
    app = Flask("pigeons")
    app.secret_key = "coo"

    @app.route("/")
    def home():
        return f"{url_for('there', _external=True)} {request.path}"

    @app.route("/seen")
    def seen():
        return [request.cookies, request.headers.get("Authorization")]

    @app.route("/where")
    def where():
        return request.url

    @app.route("/there")
    def there():
        response = redirect(url_for("home"))
        response.set_cookie("own", "1")
        response.set_cookie("deep", "2", path="/deep")
        return response

    return Client(Prefixed(app.wsgi_app, ALICE))


def ask(client, path, **headers):
    return client.get(path, base_url=f"http://127.0.0.1:{PORT}", headers=headers)


def test_links_carry_the_prefix(client):
    """A link that the app makes carries the prefix as it stands in the browser."""
    assert ask(client, f"{SHOWN}/").text == f"http://127.0.0.1:{PORT}{SHOWN}/there /"


@pytest.mark.parametrize("path", [SHOWN, f"{SHOWN}/"])
def test_the_prefix_alone_is_the_home_page(client, path):
    """The prefix with and without its last slash is the app's first page."""
    assert ask(client, path).status_code == 200


def test_redirects_carry_the_prefix(client):
    """A redirect leads to a page below the prefix."""
    assert ask(client, f"{SHOWN}/there").headers["Location"] == f"{SHOWN}/"


def test_cookies_stay_below_the_prefix(client):
    """A cookie for the whole site is one for the prefix, quoted as the browser sends it."""
    own, deep = ask(client, f"{SHOWN}/there").headers.getlist("Set-Cookie")

    assert own == f"own=1; Path={SHOWN}"
    assert deep == "deep=2; Path=/deep"


def test_the_bare_port_is_untouched(client):
    """At the bare port links, redirects and cookies are as the app makes them."""
    answer = ask(client, "/there")

    assert ask(client, "/").text == f"http://127.0.0.1:{PORT}/there /"
    assert answer.headers["Location"] == "/"
    assert "own=1; Path=/" in answer.headers.getlist("Set-Cookie")


@pytest.mark.parametrize(
    "path", [f"{SHOWN}0/", "/proxy/absolute/5000/", f"{ALICE}proxy/absolute/5001/"]
)
def test_other_prefixes_are_pages_of_the_app(client, path):
    """What only resembles the prefix is an address of the app's own, which has no such page."""
    assert ask(client, path).status_code == 404


@pytest.mark.parametrize(
    ("said", "scheme"),
    [("https,http", "https"), ("https", "https"), ("http", "http"), ("gopher", "http")],
)
def test_the_browsers_scheme_counts(client, said, scheme):
    """Behind several proxies the first scheme is the browser's; an odd one is not believed."""
    answer = ask(client, f"{SHOWN}/", **{"X-Forwarded-Proto": said})

    assert answer.text.startswith(f"{scheme}://")


def test_the_browsers_host_counts(client):
    """A proxy that asks under a name of its own says which one the browser used."""
    answer = ask(client, f"{SHOWN}/", **{"X-Forwarded-Host": "pigeons.example, inner:80"})

    assert answer.text.startswith(f"http://pigeons.example{SHOWN}/")


@pytest.mark.parametrize(
    "header", [{"X-Forwarded-Proto": "https"}, {"X-Forwarded-Host": "evil.example"}]
)
def test_proxies_are_not_believed_at_the_bare_port(client, header):
    """At the bare port no proxy stands before the app, so what they say means nothing."""
    assert ask(client, "/", **header).text.startswith(f"http://127.0.0.1:{PORT}/")


JUPYTERS = ("_xsrf", "jupyterhub-user-ada", "username-127-0-0-1-8888", "jupyterhub-session-id")


@pytest.mark.parametrize("path", ["/seen", f"{SHOWN}/seen"])
def test_jupyters_own_keys_stay_outside(client, path):
    """The app gets its own cookies, and none of those that open a learner's whole account."""
    for name in ("own", *JUPYTERS):
        client.set_cookie(name, "5", domain="127.0.0.1")
    answer = ask(client, path, Authorization="token s3cret")

    assert answer.json == [{"own": "5"}, None]


def test_an_apps_own_authorization_is_left(client):
    """What is not Jupyter's passes, and so does a request without any cookie."""
    assert ask(client, "/seen", Authorization="Bearer a.b.c").json == [{}, "Bearer a.b.c"]


def test_the_whole_address_is_quoted_once(client):
    """The address of a page, as the app sees it, is what stands in the browser."""
    assert ask(client, f"{SHOWN}/where").text == f"http://127.0.0.1:{PORT}{SHOWN}/where"


# An app that knows its own host


@pytest.fixture
def pinned():
    """Serve an app that trusts one host, and names one, as the kit serves it."""
    app = Flask("pigeons")
    app.config.update(SERVER_NAME="pigeons.example", TRUSTED_HOSTS=["pigeons.example"])
    app.add_url_rule("/", "home", lambda: f"{url_for('home', _external=True)} {request.is_secure}")
    host = f"127.0.0.1:{PORT}"
    assert pin(app, host)
    return Client(Prefixed(app.wsgi_app, ALICE, host))


def test_a_pinned_app_is_told_where_it_is(pinned):
    """An app with a host of its own answers at the port where it is served, and links there."""
    assert ask(pinned, "/").text == f"http://127.0.0.1:{PORT}/ False"


def test_a_pinned_app_answers_through_the_proxy(pinned):
    """Behind the proxy, under the name of any hub, links lead to the port, below the prefix."""
    hub = {"Host": "hub.example", "X-Forwarded-Proto": "https"}

    assert ask(pinned, f"{SHOWN}/", **hub).text == f"http://127.0.0.1:{PORT}{SHOWN}/ False"


def test_a_pinned_app_refuses_other_names(pinned):
    """At the bare port a foreign name is refused, as the app wants it."""
    assert ask(pinned, "/", Host="evil.example").status_code == 400


def test_an_app_without_a_host_is_left_as_it_is():
    """An app that pins nothing is told nothing."""
    app = Flask("pigeons")

    assert not pin(app, "127.0.0.1:5000")
    assert (app.config["SERVER_NAME"], app.config["TRUSTED_HOSTS"]) == (None, None)
