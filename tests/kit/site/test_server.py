"""Facts about the site: the learner's app beside the notebook."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
from urllib.request import ProxyHandler, build_opener

import pytest

from confirmlab.base import jupyter_proxy, ports
from confirmlab.base.errors import SiteError
from confirmlab.course import solutions
from confirmlab.mail.inbox import Inbox
from confirmlab.notebook.workspace import Workspace
from confirmlab.site import server
from confirmlab.site.server import Site

TOKEN = "generate-token"


@pytest.fixture(autouse=True)
def no_jupyter(monkeypatch, tmp_path):
    """Remove the variables of a Jupyter server that may run these tests."""
    for name in ("JUPYTERHUB_SERVICE_PREFIX", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))


@pytest.fixture
def inbox(folder):
    with Inbox(folder / ".confirmlab" / "mail") as inbox:
        yield inbox


@pytest.fixture
def open_site(folder, inbox):
    """Return a function that makes sites on the workspace; end them afterwards."""
    opened = []

    def open_site():
        opened.append(Site(inbox, folder))
        return opened[-1]

    yield open_site
    for site in opened:
        site.stop()


@pytest.fixture
def site(open_site):
    return open_site()


@pytest.fixture
def jupyter(monkeypatch, tmp_path):
    """Write the file that a Jupyter server would write about itself."""

    def jupyter(text):
        (tmp_path / "runtime").mkdir(exist_ok=True)
        (tmp_path / "runtime" / "jpserver-77.json").write_text(text)
        monkeypatch.setenv("JPY_PARENT_PID", "77")

    return jupyter


def add(folder, lines):
    """Append lines to a file of the app, as by hand."""
    with open(folder / "app" / "main" / "views.py", "a", encoding="utf-8") as file:
        file.write(lines)


def status(site, path="/"):
    with site.visitor() as visitor:
        return visitor.open(path).status


def answers(port):
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def test_a_started_site_answers(site):
    """A started site serves the app, and shows its address."""
    assert status(site.start()) == 200
    assert repr(site) == f"<Site at http://127.0.0.1:{site.port}>"


@pytest.mark.parametrize("use", [lambda site: site.url, lambda site: site.link("/")])
def test_a_site_that_does_not_run_says_so(site, use):
    """Asking for an address before the start raises an error that says what to do."""
    with pytest.raises(SiteError, match=r"start it with site\.start\(\)"):
        use(site)


def test_a_new_start_keeps_the_port(site):
    """A restarted site shows the new fill, on the same port."""
    port = site.start().port
    Workspace(site.folder).fill("welcome-line", "<p>Coo!</p>")
    site.reload()

    with site.visitor() as visitor:
        assert "Coo!" in visitor.open("/").text
    assert (site.port, site.notice) == (port, "")


def test_a_site_that_was_not_started_is_left_alone(site):
    """Filling a blank does not start the site."""
    site.reload()

    assert not site.running


def test_a_stopped_site_frees_its_port(site):
    """A stopped site no longer answers, and may be stopped again."""
    port = site.start().port
    site.stop()
    site.stop()

    assert not answers(port)


def test_a_taken_port_is_replaced(site):
    """If another program took the port meanwhile, the site gets a new one and says so."""
    port = site.start().port
    site.stop()
    with socket.create_server(("127.0.0.1", port)):
        site.start()

    assert site.port != port
    assert f"Port {port} was taken by another program" in site.notice
    assert status(site) == 200


def test_the_newest_site_takes_over(open_site):
    """Of two sites on one workspace the newer has the port, and both say so."""
    first, second = open_site().start(), open_site()
    second.start()

    assert second.notice == "Another notebook ran this site; this one has taken it over."
    assert second.port == first.port
    assert (first.running, second.running) == (False, True)


def test_an_earlier_site_can_take_over_again(open_site):
    """A fill in the notebook whose site was taken over takes it back."""
    first, second = open_site().start(), open_site().start()
    first.reload()

    assert "taken it over" in first.notice
    assert (first.running, second.running) == (True, False)


def test_another_program_is_never_ended(site, folder):
    """If a stored pid now belongs to another program, that is not killed."""
    words = [sys.executable, "-c", "input()", "multiprocessing"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as other:
        note = folder / ".confirmlab" / "site.json"
        note.write_text(json.dumps({"pid": other.pid, "port": 0}))
        assert site.start().notice == ""
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize(
    "note",
    ["", "[]", "{", '{"pid": "x", "port": null}', '{"pid": -1, "port": 99999}', '{"pid": 1}'],
)
def test_a_damaged_note_does_no_harm(site, folder, note):
    """An invalid file with pid and port is ignored."""
    (folder / ".confirmlab" / "site.json").write_text(note)

    assert site.start().notice == ""


def test_a_crash_at_start_is_shown(site, folder):
    """If the app cannot be imported, the error shows the app's lines that led there."""
    Workspace(folder).fill(TOKEN, "x = 1\nunheard_of")
    with pytest.raises(SiteError) as caught:
        site.start()

    message = str(caught.value)
    assert message.startswith("The app does not start: NameError: name 'unheard_of' is not defined")
    assert "models.py" in message and "site-packages" not in message
    assert not site.running


def test_an_exit_at_start_is_no_taken_port(site, folder):
    """If the app calls sys.exit() during its import, the error shows that line."""
    port = site.start().port
    Workspace(folder).fill(TOKEN, "import sys\nsys.exit('enough')")
    with pytest.raises(SiteError, match=r"(?s)SystemExit: enough.*sys\.exit\('enough'\)"):
        site.start()

    Workspace(folder).restore(TOKEN, 0)
    assert site.start().port == port


def test_a_hard_exit_at_start_is_reported(site, folder):
    """If the app ends the process during its import, a sentence says so."""
    Workspace(folder).fill(TOKEN, "import os\nos._exit(0)")

    with pytest.raises(SiteError, match=r"does something call exit\(\)"):
        site.start()


def test_an_endless_start_is_reported(site, folder, monkeypatch):
    """An app that never finishes starting is ended, and the error suggests a loop."""
    monkeypatch.setattr(server, "_START_SECONDS", 0.3)
    Workspace(folder).fill(TOKEN, "while True:\n    pass")

    with pytest.raises(SiteError, match="is there an endless loop"):
        site.start()
    assert not site.running


def test_threads_do_not_hold_a_crashed_app(site, folder):
    """An app that crashes with a thread running leaves no process behind."""
    fill = "import threading\nthreading.Thread(target=threading.Event().wait).start()\n1 / 0"
    Workspace(folder).fill(TOKEN, fill)

    with pytest.raises(SiteError, match="ZeroDivisionError"):
        site.start()
    assert not site.running


def test_an_error_in_a_view_stays_in_the_view(site, folder):
    """A view that raises answers 500 and logs its traceback, and the site goes on."""
    add(folder, "\n\n@main.route('/broken')\ndef broken():\n    return 1 / 0\n")
    site.start()

    assert (status(site, "/broken"), status(site)) == (500, 200)
    assert "ZeroDivisionError: division by zero" in site.log()


def test_an_exit_in_a_view_can_be_mended(site, folder):
    """A view that ends the process stops the site, and a restart brings it back."""
    add(folder, "\n\n@main.route('/gone')\ndef gone():\n    import os\n    os._exit(0)\n")
    port = site.start().port
    with pytest.raises(SiteError):
        status(site, "/gone")

    assert (site.start().port, status(site)) == (port, 200)


def test_a_lagging_database_is_reported(site, folder):
    """A column that only the model has is reported at the start, with advice."""
    Workspace(folder).fill("confirmed-column", solutions.fill("confirmed-column"))
    site.start()

    assert "The database lags behind the model: it has no user.confirmed yet." in site.notice


def test_a_deleted_app_does_not_start(site, folder):
    """If the folder was deleted while the site ran, its next start reports that."""
    site.start()
    shutil.rmtree(folder)

    with pytest.raises(SiteError, match="The app does not start: ModuleNotFoundError"):
        site.start()


def test_apps_of_one_host_do_not_share_cookies(site):
    """The session cookie is named after the workspace, since cookies ignore ports."""
    without_proxy = build_opener(ProxyHandler({}))
    with without_proxy.open(f"{site.start().url}/auth/login", timeout=30) as answer:
        cookies = answer.headers.get_all("Set-Cookie")

    assert cookies and all(cookie.startswith("pigeon_") for cookie in cookies)


def test_the_log_shows_requests(site):
    """The log has each request and its status, without times that vary between runs."""
    status(site.start(), "/nowhere")

    assert site.log(1) == "GET /nowhere -> 404"


def test_the_app_keeps_words_out_of_its_log(site):
    """A filter that the app adds to its server's logger also applies to the site's log."""
    hide = "[str(one).replace('s3cret', '...') for one in record.args]"
    add(
        site.folder,
        f"\n\ndef hush(record):\n    record.args = tuple({hide})\n    return True\n\n\n"
        "import logging\nlogging.getLogger('werkzeug').addFilter(hush)\n",
    )
    site.start().visitor().open("/s3cret")

    assert site.log(1) == "GET /... -> 404"


def test_a_log_that_cannot_be_written_is_reported(site, capfd):
    """If the log cannot be written, the site does not start, and the error names the file."""
    (site.folder / ".confirmlab" / "site.log").mkdir(parents=True)

    with pytest.raises(SiteError, match=r"Could not write '.*site\.log' .* run the cell again"):
        site.start()
    assert "Traceback" not in capfd.readouterr().err


def test_a_full_disk_is_reported(site, monkeypatch):
    """If the app's process ends in the middle and the disk is full, the error says so."""
    monkeypatch.setattr(server.files, "is_full", lambda folder: True)
    (site.folder / "app" / "__init__.py").write_text("import os\nos._exit(1)\n")

    with pytest.raises(SiteError, match="the disk that holds it is full; delete what you do not"):
        site.start()


def test_without_a_start_there_is_no_log(site):
    """The log of a site that never ran says so."""
    assert site.log() == "Nothing yet: the site was never started."


def test_the_log_is_for_its_owner_only(site):
    """Other users of the machine cannot read the app's log."""
    site.start()

    assert (site.folder / ".confirmlab" / "site.log").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "printed",
    [
        "Cookie: own=s3cret",
        "set-cookie: own=s3cret; Path=/",
        "  Authorization: token s3cret",
        "{'Host': 'x', 'Cookie': 'own=s3cret'}",
        "EnvironHeaders([('Authorization', 'token s3cret'), ('Host', 'x')])",
        "{'HTTP_COOKIE': \"own='s3cret'\", 'HTTP_AUTHORIZATION': 'it\\'s s3cret'}",
    ],
)
def test_the_log_shows_no_secrets(site, printed):
    """Cookies and authorisations that an app prints are removed from the log."""
    log = site.folder / ".confirmlab" / "site.log"
    log.write_text(f"before\n{printed}\nafter\n")

    assert "s3cret" not in site.log()
    assert "(not shown)" in site.log()
    assert site.log().startswith("before") and site.log().endswith("after")


def test_a_huge_log_is_read_from_its_end(site):
    """Only the last lines of a log of megabytes are shown."""
    log = site.folder / ".confirmlab" / "site.log"
    log.write_text("coo\n" * 1_000_000 + "the end\n")

    assert site.log(2) == "coo\nthe end"


def test_a_cookie_is_hidden_where_reading_begins(site):
    """A cookie is removed from the log, too, if the part that is read begins in its line."""
    log = site.folder / ".confirmlab" / "site.log"
    log.write_text("Cookie: own=s3cret\n" + "x\n" * ((server._LOG_SHOWN - 10) // 2))

    assert "s3cret" not in site.log(10**6)


def test_no_lines_of_the_log_are_no_text(site):
    """Without any lines asked for, the log is an empty text."""
    log = site.folder / ".confirmlab" / "site.log"
    log.write_text("coo\n")

    assert site.log(0) == ""


def test_without_jupyter_a_link_is_the_bare_port(site):
    """Outside of Jupyter a link leads to the port itself."""
    assert jupyter_proxy.base_url() is None
    assert site.start().link("/a") == f"http://127.0.0.1:{site.port}/a"


def test_a_path_may_lack_its_slash(site):
    """A path may be given without its leading slash."""
    assert site.start().link("auth/login") == f"http://127.0.0.1:{site.port}/auth/login"


def test_below_a_jupyter_server_links_go_through_its_proxy(jupyter, site):
    """The base path of the Jupyter server is read from the file that it wrote."""
    jupyter('{"base_url": "/lab/", "token": "s3cret"}')

    assert site.start().link("/a?b=1") == f"/lab/proxy/absolute/{site.port}/a?b=1"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_a_damaged_runtime_file_counts_as_none(jupyter, text):
    """With an invalid runtime file, a link leads to the bare port."""
    jupyter(text)

    assert jupyter_proxy.base_url() is None


def test_on_a_hub_the_hub_names_the_base(jupyter, monkeypatch):
    """On a JupyterHub, the hub's own variable sets the base path."""
    jupyter('{"base_url": "/"}')
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/")

    assert jupyter_proxy.base_url() == "/user/alice/"


def through(folder, link):
    """Request a link at the relay as jupyter-server-proxy does."""
    call = http.client.HTTPConnection("hub.example", timeout=10)
    call.sock = socket.socket(socket.AF_UNIX)
    call.sock.connect(str(folder / jupyter_proxy.RELAY))
    try:
        call.request("GET", link, headers={"X-Forwarded-Proto": "https"})
        answer = call.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        call.close()


def test_at_the_relay_the_site_has_a_name_that_stays(relay, open_site):
    """At Jupyter's relay a site's address has a name that a restart keeps."""
    site = open_site()
    link = site.start().link("/auth/login")
    status, text, headers = through(relay, link)

    assert link == f"/user/ann/confirmlab/site-{jupyter_proxy.path_hash(site.folder)}/auth/login"
    assert (status, f'action="{link}"' in text or site.link("/static/") in text) == (200, True)
    assert "script-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Set-Cookie"].endswith(f"Path={site.link('')[:-1]}")
    site.start()
    assert site.link("/auth/login") == link and through(relay, link)[0] == 200
    site.stop()
    assert through(relay, link)[0] == 502


def test_code_reaches_a_site_behind_the_relay(relay, site):
    """The port still answers the user's own code, and both forms of mailed links open."""
    shown = site.start().link("/auth/login")

    assert status(site, "/auth/login") == 200
    assert status(site, f"https://hub.example{shown}") == 200
    assert site.opens(f"{site.url}/auth/login") == site.opens(f"https://x.example{shown}") == shown
    assert site.opens(f"https://hub.example{shown}".replace("site-", "site-0")) is None


def test_the_database_is_for_its_owner(site):
    """Other users cannot read the files that the running app writes."""
    (site.folder / "instance" / "secret_key").unlink(missing_ok=True)
    site.start()

    assert (site.folder / "instance" / "secret_key").stat().st_mode & 0o077 == 0


@pytest.fixture
def opens(inbox, folder, monkeypatch):
    """Return where a link opens, for a site on port 5000 below /user/alice/."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/")
    site = Site(inbox, folder)
    site.port = 5000
    return site.opens


PROXY = "/user/alice/proxy/absolute/5000"


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000"])
def test_a_local_link_opens_through_the_proxy(opens, host):
    """A link made by code opens in the browser through the proxy, with all its parts."""
    assert opens(f"http://{host}/auth/confirm/a.b?c=1#d") == f"{PROXY}/auth/confirm/a.b?c=1#d"
    assert opens(f"http://{host}/a..b/..c?to=../d") == f"{PROXY}/a..b/..c?to=../d"


def test_a_link_with_the_prefix_opens_at_this_host(opens):
    """A link made in a request through the proxy has its prefix once."""
    assert opens(f"https://hub.example{PROXY}/a?b=1") == f"{PROXY}/a?b=1"


@pytest.mark.parametrize(
    "link",
    [
        "https://pigeons.example/a",
        "http://127.0.0.1:5001/a",
        "http://127.0.0.1/a",
        f"https://evil.example//evil.example{PROXY}/a",
        "https://hub.example/user/bob/proxy/absolute/5000/a",
        "http://127.0.0.1:5000/../../9999/",
        "http://127.0.0.1:5000/a/%2e%2E/%2e.",
        "http://127.0.0.1:5000/.\t./a\\..\\b",
        f"https://evil.example{PROXY}/../9999/",
        "http://127.0.0.1:99999/",
        "http://[broken/",
        "",
    ],
)
def test_foreign_links_do_not_open_here(opens, link):
    """A link to another site or learner, out of the app, or an invalid one, is not rewritten."""
    assert opens(link) is None


def test_a_bare_link_opens_as_it_is(inbox, folder):
    """Outside of Jupyter a link to the site opens as it was written."""
    site = Site(inbox, folder)
    site.port = 5000

    assert site.opens("http://localhost:5000/a") == "http://127.0.0.1:5000/a"
    assert site.opens("https://x.example/proxy/absolute/5000/a") is None


def test_a_fresh_kernel_knows_links_of_the_last_one(relay, site, folder):
    """Behind the relay, a link to the port that an earlier kernel noted belongs to the app."""
    ports.save(folder / ".confirmlab" / "site.json", 41234, pid=1)

    assert site.opens("http://127.0.0.1:41234/auth/confirm/x") == (
        f"/user/ann/confirmlab/site-{jupyter_proxy.path_hash(folder)}/auth/confirm/x"
    )
    assert site.opens("http://127.0.0.1:41235/auth/confirm/x") is None


def test_without_the_relay_a_noted_port_may_be_anyones(site, folder):
    """Without the relay, a link to a noted port is foreign until the site has started."""
    ports.save(folder / ".confirmlab" / "site.json", 41234, pid=1)

    assert site.opens("http://127.0.0.1:41234/auth/confirm/x") is None


def test_the_log_begins_anew_when_it_is_long(site, monkeypatch):
    """A log that has grown too long is deleted at the next start."""
    monkeypatch.setattr(server, "_LOG_LIMIT", 10)
    log = site.folder / ".confirmlab" / "site.log"
    log.write_text("older than the site\n")
    site.start()

    assert "older" not in site.log()
    assert os.path.getsize(log) < 10


def test_a_visitor_outlives_a_restart(session):
    """A visitor made before a restart of the site can still visit it afterwards."""
    visitor = session.site.start().visitor()
    before = session.site._owner_key
    session.site.start()

    assert session.site._owner_key != before
    assert visitor.open("/").status == 200
