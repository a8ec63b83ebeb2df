"""Facts about the site: the learner's app beside the notebook."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

from confirmlab.base import jupyter_proxy
from confirmlab.base.errors import SiteError
from confirmlab.course import solutions
from confirmlab.mail.inbox import Inbox
from confirmlab.notebook.workspace import Workspace
from confirmlab.site import server
from confirmlab.site.server import Site

TOKEN = "generate-token"


@pytest.fixture(autouse=True)
def no_jupyter(monkeypatch, tmp_path):
    """Run as outside of Jupyter, whatever runs these tests."""
    for name in ("JUPYTERHUB_SERVICE_PREFIX", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))


@pytest.fixture
def inbox(folder):
    with Inbox(folder / ".confirmlab" / "mail") as inbox:
        yield inbox


@pytest.fixture
def open_site(folder, inbox):
    """Make sites on the workspace, and end them."""
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
    """Fake the file that a Jupyter server writes about itself."""

    def jupyter(text):
        (tmp_path / "runtime").mkdir(exist_ok=True)
        (tmp_path / "runtime" / "jpserver-77.json").write_text(text)
        monkeypatch.setenv("JPY_PARENT_PID", "77")

    return jupyter


def add(folder, lines):
    """Write lines at the end of a file of the app, as by hand."""
    with open(folder / "app" / "main" / "views.py", "a", encoding="utf-8") as file:
        file.write(lines)


def status(site, path="/"):
    with site.visitor() as visitor:
        return visitor.open(path).status


def answers(port):
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def test_a_started_site_answers(site):
    """A site that was started shows the app, and says where."""
    assert status(site.start()) == 200
    assert repr(site) == f"<Site at http://127.0.0.1:{site.port}>"


@pytest.mark.parametrize("use", [lambda site: site.url, lambda site: site.link("/")])
def test_a_site_that_does_not_run_says_so(site, use):
    """Asking for an address before the start is answered with what to do."""
    with pytest.raises(SiteError, match=r"start it with site\.start\(\)"):
        use(site)


def test_a_new_start_keeps_the_port(site):
    """A site that is started anew shows what was filled, at the port it had."""
    port = site.start().port
    Workspace(site.folder).fill("welcome-line", "<p>Coo!</p>")
    site.reload()

    with site.visitor() as visitor:
        assert "Coo!" in visitor.open("/").text
    assert (site.port, site.notice) == (port, "")


def test_a_site_that_was_not_started_is_left_alone(site):
    """Filling a blank does not start a site that nobody started."""
    site.reload()

    assert not site.running


def test_a_stopped_site_frees_its_port(site):
    """A site that was stopped answers no more, and may be stopped again."""
    port = site.start().port
    site.stop()
    site.stop()

    assert not answers(port)


def test_a_taken_port_is_replaced(site):
    """When another program took the port meanwhile, the site gets a new one and says so."""
    port = site.start().port
    site.stop()
    with socket.create_server(("127.0.0.1", port)):
        site.start()

    assert site.port != port
    assert f"Port {port} was taken by another program" in site.notice
    assert status(site) == 200


def test_the_newest_site_takes_over(open_site):
    """Of two sites on one workspace the newest has the port, and both say how it stands."""
    first, second = open_site().start(), open_site()
    second.start()

    assert second.notice == "Another notebook ran this site; this one has taken it over."
    assert second.port == first.port
    assert (first.running, second.running) == (False, True)


def test_the_one_before_may_take_it_back(open_site):
    """A fill in the notebook whose site was taken over takes it back."""
    first, second = open_site().start(), open_site().start()
    first.reload()

    assert "taken it over" in first.notice
    assert (first.running, second.running) == (True, False)


def test_another_program_is_never_ended(site, folder):
    """A noted number that belongs to another program by now is left alone."""
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
    """A note of pid and port that makes no sense counts as none."""
    (folder / ".confirmlab" / "site.json").write_text(note)

    assert site.start().notice == ""


def test_a_crash_at_start_is_shown(site, folder):
    """An app that cannot be imported is told with the lines of the app that led there."""
    Workspace(folder).fill(TOKEN, "x = 1\nunheard_of")
    with pytest.raises(SiteError) as caught:
        site.start()

    said = str(caught.value)
    assert said.startswith("The app does not start: NameError: name 'unheard_of' is not defined")
    assert "models.py" in said and "site-packages" not in said
    assert not site.running


def test_an_exit_at_start_is_no_taken_port(site, folder):
    """An app that calls sys.exit() while it is imported is told by that line."""
    port = site.start().port
    Workspace(folder).fill(TOKEN, "import sys\nsys.exit('enough')")
    with pytest.raises(SiteError, match=r"(?s)SystemExit: enough.*sys\.exit\('enough'\)"):
        site.start()

    Workspace(folder).restore(TOKEN, 0)
    assert site.start().port == port


def test_a_hard_exit_at_start_is_told(site, folder):
    """An app that ends the process while it is imported is told in a sentence."""
    Workspace(folder).fill(TOKEN, "import os\nos._exit(0)")

    with pytest.raises(SiteError, match=r"does something call exit\(\)"):
        site.start()


def test_an_endless_start_is_told(site, folder, monkeypatch):
    """An app that never comes up is ended, and the sentence asks for the loop."""
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
    """A view that raises answers 500, its traceback is in the log, and the site goes on."""
    add(folder, "\n\n@main.route('/broken')\ndef broken():\n    return 1 / 0\n")
    site.start()

    assert (status(site, "/broken"), status(site)) == (500, 200)
    assert "ZeroDivisionError: division by zero" in site.log()


def test_an_exit_in_a_view_can_be_mended(site, folder):
    """A view that ends the whole process takes the site down, and a new start brings it back."""
    add(folder, "\n\n@main.route('/gone')\ndef gone():\n    import os\n    os._exit(0)\n")
    port = site.start().port
    with pytest.raises(SiteError):
        status(site, "/gone")

    assert (site.start().port, status(site)) == (port, 200)


def test_a_lagging_database_is_told(site, folder):
    """A column that only the model has is told at the start, with the way out."""
    Workspace(folder).fill("confirmed-column", solutions.fill("confirmed-column"))
    site.start()

    assert "The database lags behind the model: it has no user.confirmed yet." in site.notice


def test_a_deleted_app_does_not_start(site, folder):
    """A site whose folder was deleted while it ran ends with a sentence at its next start."""
    site.start()
    shutil.rmtree(folder)

    with pytest.raises(SiteError, match="The app does not start: ModuleNotFoundError"):
        site.start()


def test_apps_of_one_host_do_not_share_cookies(site):
    """The session cookie is named after the workspace, since cookies know nothing of ports."""
    with urlopen(f"{site.start().url}/auth/login") as answer:
        cookies = answer.headers.get_all("Set-Cookie")

    assert cookies and all(cookie.startswith("pigeon_") for cookie in cookies)


def test_the_log_shows_requests(site):
    """The log names each request and its answer, without times that differ from run to run."""
    status(site.start(), "/nowhere")

    assert site.log(1) == "GET /nowhere -> 404"


def test_the_app_keeps_words_out_of_its_log(site):
    """A filter that the app puts on its server's logger holds for the site's log too."""
    hide = "[str(one).replace('s3cret', '...') for one in record.args]"
    add(
        site.folder,
        f"\n\ndef hush(record):\n    record.args = tuple({hide})\n    return True\n\n\n"
        "import logging\nlogging.getLogger('werkzeug').addFilter(hush)\n",
    )
    site.start().visitor().open("/s3cret")

    assert site.log(1) == "GET /... -> 404"


def test_without_a_start_there_is_no_log(site):
    """The log of a site that never ran says so."""
    assert site.log() == "Nothing yet: the site was never started."


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
    """Cookies and authorisations that an app prints are left out of the log."""
    log = site.folder / ".confirmlab" / "site.log"
    log.write_text(f"before\n{printed}\nafter\n")

    assert "s3cret" not in site.log()
    assert "(not shown)" in site.log()
    assert site.log().startswith("before") and site.log().endswith("after")


def test_a_huge_log_is_read_from_its_end(site):
    """Of a log of megabytes the last lines are shown."""
    log = site.folder / ".confirmlab" / "site.log"
    log.write_text("coo\n" * 1_000_000 + "the end\n")

    assert site.log(2) == "coo\nthe end"


def test_without_jupyter_a_link_is_the_bare_port(site):
    """Outside of Jupyter a link leads to the port itself."""
    assert jupyter_proxy.base_url() is None
    assert site.start().link("/a") == f"http://127.0.0.1:{site.port}/a"


def test_a_path_may_lack_its_slash(site):
    """A path without its first slash does not run into the port."""
    assert site.start().link("auth/login") == f"http://127.0.0.1:{site.port}/auth/login"


def test_below_a_jupyter_server_links_go_through_its_proxy(jupyter, site):
    """The base of the Jupyter server is read from the file that it wrote."""
    jupyter('{"base_url": "/lab/", "token": "s3cret"}')

    assert site.start().link("/a?b=1") == f"/lab/proxy/absolute/{site.port}/a?b=1"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_a_damaged_runtime_file_counts_as_none(jupyter, text):
    """A runtime file that makes no sense leads to the bare port."""
    jupyter(text)

    assert jupyter_proxy.base_url() is None


def test_on_a_hub_the_hub_names_the_base(jupyter, monkeypatch):
    """On a JupyterHub its own variable counts."""
    jupyter('{"base_url": "/"}')
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/")

    assert jupyter_proxy.base_url() == "/user/alice/"


def through(folder, link):
    """Ask for a link as jupyter-server-proxy does, at the relay."""
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
    """Behind Jupyter's relay a site is shown below a name, which a new start keeps."""
    site = open_site()
    link = site.start().link("/auth/login")
    status, text, headers = through(relay, link)

    assert link == f"/user/ann/confirmlab/site-{jupyter_proxy.mark(site.folder)}/auth/login"
    assert (status, f'action="{link}"' in text or site.link("/static/") in text) == (200, True)
    assert "script-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Set-Cookie"].endswith(f"Path={site.link('')[:-1]}")
    site.start()
    assert site.link("/auth/login") == link and through(relay, link)[0] == 200
    site.stop()
    assert through(relay, link)[0] == 502


def test_code_reaches_a_site_behind_the_relay(relay, site):
    """At its port the site answers code of the same user, and mails with either address open."""
    shown = site.start().link("/auth/login")

    assert status(site, "/auth/login") == 200
    assert status(site, f"https://hub.example{shown}") == 200
    assert site.opens(f"{site.url}/auth/login") == site.opens(f"https://x.example{shown}") == shown
    assert site.opens(f"https://hub.example{shown}".replace("site-", "site-0")) is None


def test_the_database_is_for_its_owner(site):
    """Nobody else may read what the app writes while it runs."""
    (site.folder / "instance" / "secret_key").unlink(missing_ok=True)
    site.start()

    assert (site.folder / "instance" / "secret_key").stat().st_mode & 0o077 == 0


@pytest.fixture
def opens(inbox, folder, monkeypatch):
    """Ask where a link opens, for a site on port 5000 below /user/alice/."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/")
    site = Site(inbox, folder)
    site.port = 5000
    return site.opens


PROXY = "/user/alice/proxy/absolute/5000"


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000"])
def test_a_local_link_opens_through_the_proxy(opens, host):
    """A link that code made opens in the browser through the proxy, with all its parts."""
    assert opens(f"http://{host}/auth/confirm/a.b?c=1#d") == f"{PROXY}/auth/confirm/a.b?c=1#d"


def test_a_link_with_the_prefix_opens_at_this_host(opens):
    """A link that was made in a request through the proxy keeps its prefix, once."""
    assert opens(f"https://hub.example{PROXY}/a?b=1") == f"{PROXY}/a?b=1"


@pytest.mark.parametrize(
    "link",
    [
        "https://pigeons.example/a",
        "http://127.0.0.1:5001/a",
        "http://127.0.0.1/a",
        f"https://evil.example//evil.example{PROXY}/a",
        "https://hub.example/user/bob/proxy/absolute/5000/a",
        "http://127.0.0.1:99999/",
        "http://[broken/",
        "",
    ],
)
def test_foreign_links_do_not_open_here(opens, link):
    """A link to another site, another learner or nowhere is not made one of ours."""
    assert opens(link) is None


def test_a_bare_link_opens_as_it_is(inbox, folder):
    """Outside of Jupyter a link to the site opens as it was written."""
    site = Site(inbox, folder)
    site.port = 5000

    assert site.opens("http://localhost:5000/a") == "http://127.0.0.1:5000/a"
    assert site.opens("https://x.example/proxy/absolute/5000/a") is None


def test_the_log_begins_anew_when_it_is_long(site, monkeypatch):
    """A log that has grown too long is thrown away at the next start."""
    monkeypatch.setattr(server, "_LOG_LIMIT", 10)
    log = site.folder / ".confirmlab" / "site.log"
    log.write_text("older than the site\n")
    site.start()

    assert "older" not in site.log()
    assert os.path.getsize(log) < 10


def test_a_visitor_outlives_a_restart(session):
    """Who opened a page before the site was restarted is let in afterwards, too."""
    visitor = session.site.start().visitor()
    before = session.site._owner_key
    session.site.start()

    assert session.site._owner_key != before
    assert visitor.open("/").status == 200
