"""Facts about pages behind Jupyter's proxy."""

import pytest
from flask import Flask, redirect, request, url_for
from werkzeug.test import Client

from confirmlab.base import jupyter_proxy
from confirmlab.base.jupyter_proxy import Prefixed

PORT = "5000"
ALICE = "/user/al%20ice/"
SHOWN = f"{ALICE}confirmlab/site-0123abcd"
QUOTED_TWICE = "/user/al%2520ice/confirmlab/site-0123abcd"  # as some versions of the proxy ask


@pytest.fixture
def client():
    """Return a test client that requests pages as Jupyter's proxy does, for a user "al ice"."""
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

    @app.route("/says", methods=["POST"])
    def says():
        return "", 200, request.get_json()

    return Client(Prefixed(app.wsgi_app, SHOWN, contain=True))


def ask(client, path, **headers):
    return client.get(path, base_url=f"http://127.0.0.1:{PORT}", headers=headers)


def test_links_carry_the_prefix(client):
    """A link that the app makes begins with the prefix as the browser spells it."""
    assert ask(client, f"{SHOWN}/").text == f"http://127.0.0.1:{PORT}{SHOWN}/there /"


@pytest.mark.parametrize("path", [SHOWN, f"{SHOWN}/", QUOTED_TWICE, f"{QUOTED_TWICE}/"])
def test_the_prefix_alone_is_the_home_page(client, path):
    """The prefix, with or without its last slash, leads to the app's front page."""
    assert ask(client, path).status_code == 200


def test_redirects_carry_the_prefix(client):
    """A redirect leads to a page below the prefix."""
    assert ask(client, f"{SHOWN}/there").headers["Location"] == f"{SHOWN}/"


def test_cookies_stay_below_the_prefix(client):
    """A cookie for the whole site is limited to the prefix, quoted as the browser sends it."""
    own, deep = ask(client, f"{SHOWN}/there").headers.getlist("Set-Cookie")

    assert own == f"own=1; Path={SHOWN}"
    assert deep == f"deep=2; Path={SHOWN}/deep"


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        "path=/",
        "PATH=/",
        " path = / ",
        "Path=/x; Path=/",
        "Path=/user/",
        "Path=/user/al%20ice/confirmlab/site-0123abcdef",
        f"Path={SHOWN}/../..",
        "Path=",
        "Path=nothing",
        "Domain=example.com",
        "domain=127.0.0.1; path=/",
    ],
)
def test_no_cookie_leaves_its_page(client, attributes):
    """A cookie that names other paths or hosts is still sent to this page only."""
    answer = request_with(client, {"Set-Cookie": f"a=1; {attributes}; HttpOnly"})
    pair, *kept = answer.headers["Set-Cookie"].split("; ")

    assert pair == "a=1" and "HttpOnly" in kept
    [path] = [one for one in kept if one.lower().startswith("path")]
    assert path == f"Path={SHOWN}" or path.startswith(f"Path={SHOWN}/user/")
    assert not any(one.lower().startswith("domain") for one in kept)


def test_a_cookie_may_know_its_prefix(client):
    """A cookie path that already begins with the prefix is not changed."""
    answer = request_with(client, {"Set-Cookie": f"a=1; path={SHOWN}/deep"})

    assert answer.headers["Set-Cookie"] == f"a=1; Path={SHOWN}/deep"


@pytest.mark.parametrize("name", ["_xsrf", " _xsrf ", "jupyterhub-session-id", "username-x"])
def test_no_app_sets_jupyters_cookies(client, name):
    """A cookie with the name of one of Jupyter's cookies is dropped."""
    assert "Set-Cookie" not in request_with(client, {"Set-Cookie": f"{name}=1; path=/x"}).headers


def test_no_script_runs_in_jupyters_origin(client):
    """Behind the proxy a page runs no scripts of its own, and cannot affect other pages."""
    harmful = {"Clear-Site-Data": '"*"', "Service-Worker-Allowed": "/", "Alt-Svc": "x"}
    answer = request_with(
        client, {"Content-Security-Policy": "img-src 'self'", "X-Own": "1", **harmful}
    )
    policies = answer.headers.getlist("Content-Security-Policy")

    assert "script-src 'none'" in policies[0] and policies[1] == "img-src 'self'"
    assert answer.headers["X-Own"] == "1" and harmful.keys().isdisjoint(answer.headers.keys())


def request_with(client, headers):
    """Request a page with these headers."""
    return client.post(f"{SHOWN}/says", base_url=f"http://127.0.0.1:{PORT}", json=headers)


def test_the_bare_port_is_untouched(client):
    """At the bare port, links, redirects and cookies are not changed."""
    answer = ask(client, "/there")

    assert ask(client, "/").text == f"http://127.0.0.1:{PORT}/there /"
    assert answer.headers["Location"] == "/"
    assert "own=1; Path=/" in answer.headers.getlist("Set-Cookie")


@pytest.mark.parametrize(
    "path", [f"{SHOWN}0/", "/proxy/absolute/5000/", f"{ALICE}confirmlab/site-0123abce/"]
)
def test_other_prefixes_are_pages_of_the_app(client, path):
    """A path that only resembles the prefix is passed to the app, which answers with 404."""
    assert ask(client, path).status_code == 404


@pytest.mark.parametrize(
    ("said", "scheme"),
    [("https,http", "https"), ("https", "https"), ("http", "http"), ("gopher", "http")],
)
def test_the_browsers_scheme_counts(client, said, scheme):
    """Behind several proxies the first scheme is the browser's; an invalid one is ignored."""
    answer = ask(client, f"{SHOWN}/", **{"X-Forwarded-Proto": said})

    assert answer.text.startswith(f"{scheme}://")


def test_the_browsers_host_counts(client):
    """A proxy that uses a host name of its own reports the one that the browser used."""
    answer = ask(client, f"{SHOWN}/", **{"X-Forwarded-Host": "pigeons.example, inner:80"})

    assert answer.text.startswith(f"http://pigeons.example{SHOWN}/")


@pytest.mark.parametrize(
    "header", [{"X-Forwarded-Proto": "https"}, {"X-Forwarded-Host": "evil.example"}]
)
def test_proxies_are_not_believed_at_the_bare_port(client, header):
    """At the bare port there is no proxy, so the headers of proxies are ignored."""
    assert ask(client, "/", **header).text.startswith(f"http://127.0.0.1:{PORT}/")


JUPYTERS = ("_xsrf", "jupyterhub-user-ada", "username-127-0-0-1-8888", "jupyterhub-session-id")


@pytest.mark.parametrize("path", ["/seen", f"{SHOWN}/seen"])
def test_the_app_does_not_get_jupyters_keys(client, path):
    """The app gets its own cookies, and none that give access to the learner's account."""
    for name in ("own", *JUPYTERS):
        client.set_cookie(name, "5", domain="127.0.0.1")
    answer = ask(client, path, Authorization="token s3cret")

    assert answer.json == [{"own": "5"}, None]


def test_an_apps_own_authorization_is_left(client):
    """Headers that are not Jupyter's are passed on, also in a request without cookies."""
    assert ask(client, "/seen", Authorization="Bearer a.b.c").json == [{}, "Bearer a.b.c"]


def test_the_whole_address_is_quoted_once(client):
    """The address of a page, as the app sees it, equals the one in the browser."""
    assert ask(client, f"{SHOWN}/where").text == f"http://127.0.0.1:{PORT}{SHOWN}/where"


def test_a_user_may_have_any_name():
    """If a user name has a space or an umlaut, both spellings of the prefix are accepted."""
    for name in ("zo%C3%AB", "al%20ice", "ben%40uni.example"):
        shown = jupyter_proxy.prefix(f"/user/{name}/", 5000)
        once, twice = jupyter_proxy.unquote(shown, encoding="latin-1"), shown
        assert [jupyter_proxy.rest_after_prefix(f"{one}/a", shown) for one in (once, twice)] == [
            "/a",
            "/a",
        ]


def test_the_folder_of_sockets_is_private(relay):
    """Nobody else may enter the socket folder; a folder that others may enter is not used."""
    assert relay.stat().st_mode & 0o777 == 0o700
    assert jupyter_proxy.sockets() == relay

    relay.chmod(0o755)
    assert jupyter_proxy.sockets() is None


def test_without_a_relay_there_are_no_sockets(relay, monkeypatch):
    """If the Jupyter server has no running relay, pages are served on ports."""
    (relay / jupyter_proxy.RELAY).unlink()
    jupyter_proxy.listen(relay / jupyter_proxy.RELAY).close()
    assert jupyter_proxy.sockets() is None

    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert jupyter_proxy.sockets() is None
