"""Facts about learners behind a real Jupyter: on a hub, and at servers below any path.

All is asked the way a browser asks, with the cookies of somebody who is logged in, and a kernel
runs the cells.
"""

import json
import os
import re
import shutil
import subprocess

import psutil
import pytest
from people import new_client
from published import commit, git

# At any Jupyter server


def test_a_link_leads_through_the_proxy(learner):
    """The link of the site is a path on the learner's host, below their server."""
    assert re.fullmatch(rf"{learner.base}confirmlab/site-[0-9a-f]{{8}}/", learner.link())


def test_the_site_opens_from_its_link(learner):
    """The link opens the front page, whose links all lead below the same prefix."""
    page = learner.browser.open(learner.link())
    inner = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.html)

    assert (page.status, page.title) == (200, "Home · Pigeon Post")
    assert inner and all(link.startswith(learner.link()) for link in inner)


def test_static_files_come_through_the_proxy(learner):
    """The style sheet that a page names can be loaded."""
    page = learner.browser.open(learner.link())
    [sheet] = re.findall(r'rel="stylesheet" href="([^"]+)"', page.html)
    answer = learner.client.get(sheet)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/css")


def test_redirects_stay_below_the_prefix(learner):
    """A page for members redirects strangers to the login, below the prefix."""
    page = learner.browser.open(learner.link("/profile"))

    assert page.status == 200
    assert page.path == learner.link("/auth/login")


def test_registering_through_the_proxy(learner):
    """The form with its hidden token is accepted, and the next page has the message."""
    page = learner.register("flash@loft.example")

    assert page.status == 200 and page.path == learner.link("/auth/login")
    assert page.flashes


def test_a_form_without_its_token_is_refused(learner):
    """The CSRF protection works behind the proxy, too."""
    answer = learner.client.post(learner.link("/auth/register"), data={"name": "Eve"})

    assert answer.status_code == 400


def test_a_letter_from_the_browser_opens_as_written(learner):
    """After a registration in the browser, the mailed link has the host of the address line."""
    learner.register("browser@loft.example")
    written, here = learner.letter("browser@loft.example")
    origin = str(learner.client.base_url).rstrip("/")

    assert written == f"{origin}{here}"
    assert here.startswith(learner.link("/auth/confirm/"))


def test_a_letter_from_a_cell_opens_as_shown(learner):
    """A link mailed after a registration by code has the port; the inbox shows one that opens."""
    learner.run("_ = site.visitor().register('Cell', 'cell@loft.example', 'cat in a hat')")
    written, here = learner.letter("cell@loft.example")

    assert written.startswith(f"http://127.0.0.1:{learner.ask('site.port')}/auth/confirm/")
    assert here.startswith(learner.link("/auth/confirm/"))
    assert learner.browser.open(here).status == 200


def test_the_letters_link_confirms(learner):
    """A logged-in member who opens the link as the inbox shows it is confirmed."""
    learner.register("whole@loft.example")
    _, here = learner.letter("whole@loft.example")
    learner.log_in("whole@loft.example")
    page = learner.browser.click(here)
    learner.log_out()

    assert page.status == 200 and page.flashes
    assert learner.confirmed("whole@loft.example")


def test_behind_tls_forms_still_pass(learner):
    """If the browser uses https, links have https, and forms must come from this host."""
    page, written, here = register_from(learner, "https", "")

    assert page.status == 200 and page.flashes
    assert written == str(learner.client.base_url.copy_with(scheme="https", path=here))


def test_behind_another_name_forms_still_pass(learner):
    """If a proxy uses another host name, links have the one that the browser used."""
    page, written, here = register_from(learner, "https", "pigeons.example")

    assert page.status == 200 and page.flashes
    assert written == f"https://pigeons.example{here}"


def register_from(learner, scheme, host):
    """Register through a further proxy; return the page, and both forms of the mailed link."""
    link, email = learner.link("/auth/register"), f"{scheme}{host}@loft.example"
    referer = learner.client.base_url.copy_with(scheme=scheme, path=link)
    headers = {"X-Forwarded-Proto": scheme, "Referer": str(referer)}
    if host:
        headers |= {"X-Forwarded-Host": host, "Referer": f"{scheme}://{host}{link}"}
    form = learner.browser.open(link, headers).form("email")
    data = {one.name: "".join(one.values) for one in form.fields}  # with the hidden token
    data |= {"name": "Ada", "email": email, "password": "cat in a hat"}
    return learner.browser.request("POST", link, data, headers), *learner.letter(email)


def test_the_inbox_has_a_page_behind_the_proxy(learner):
    """The inbox page opens with its script, and its list has the newest mail."""
    learner.register("page@loft.example")
    learner.letter("page@loft.example")
    page = learner.ask("inbox.page")
    pieces = [learner.client.get(page + name) for name in ("", "inbox.js", "inbox.css")]
    listed = learner.client.get(f"{page}mails").json()["mails"]

    assert re.fullmatch(rf"{learner.base}confirmlab/inbox-[0-9a-f]{{8}}/", page)
    assert [piece.status_code for piece in pieces] == [200] * 3
    assert ["page@loft.example"] in [mail["to"] for mail in listed]


def test_a_letter_on_the_inboxes_page_opens(learner):
    """The page shows the link as written, and as it opens below the prefix."""
    learner.register("open@loft.example")
    written, here = learner.letter("open@loft.example")
    page, number = learner.ask("[inbox.page, mail.id]")
    mail = learner.client.get(f"{page}mails/{number}").json()
    letter = learner.client.get(f"{page}mails/{number}/page").text

    assert [(link["written"], link["opens"]) for link in mail["links"]] == [(written, here)]
    assert f'href="{here}"' in letter


def test_a_restarted_kernel_keeps_the_links(learner):
    """After a restart of the kernel, site and inbox page have the same addresses."""
    learner.register("late@loft.example")
    _, here = learner.letter("late@loft.example")
    before = learner.ask("[site.link(), inbox.page, inbox.port]")
    learner.kernel.restart()
    learner.open_lesson()

    assert learner.ask("[site.link(), inbox.page, inbox.port]") == before
    assert learner.browser.open(here).status == 200
    assert learner.client.get(before[1]).status_code == 200
    assert learner.letter("late@loft.example")[1] == here


# Two learners on one host


def test_everything_of_two_learners_is_apart(ada, ben):
    """Two learners have different ports, folders, cookies and prefixes, and separate mails."""
    ada.register("one@ada.example")
    ben.register("one@ben.example")
    ada.letter("one@ada.example")
    ben.letter("one@ben.example")
    facts = "[site.port, inbox.port, str(site.folder), site.link()]"
    receivers = "[one for mail in inbox for one in mail.to]"

    assert not set(ada.ask(facts)) & set(ben.ask(facts))
    assert not set(ada.cookies()) & set(ben.cookies())
    assert "one@ben.example" not in ada.ask(receivers)
    assert "one@ada.example" not in ben.ask(receivers)


def test_the_app_lies_in_each_home(people):
    """Each learner's app is in the copy of the course in their own home."""
    for learner in people:
        assert learner.ask("str(site.folder)") == str(learner.home / "confirmlab" / "my_app")
        assert (learner.home / "confirmlab" / "my_app" / "app" / "models.py").exists()


def test_two_learners_check_at_one_time(ada, ben):
    """If two learners check the reference at the same time, both get a card that it passed."""
    cell = "%solution generate-token --anyway\n%check generate-token"
    begun = [learner.kernel.send(cell) for learner in (ada, ben)]
    ended = [one.kernel.receive(number) for one, number in zip((ada, ben), begun, strict=True)]

    assert [ran.trace for ran in ended] == ["", ""]
    assert all("✓ Passed</span> A token for this user" in ran.html for ran in ended)


def test_a_neighbour_is_refused_by_the_hub(ada, ben):
    """The hub lets only its owner through to a site; others get 403."""
    answer = ben.hub.visit(ben.client, ada.link())

    assert answer.status_code == 403
    assert "Pigeon Post" not in answer.text


def test_a_stranger_is_sent_to_the_hubs_login(ada, hub):
    """A visitor who is not logged in at the hub gets its login page."""
    with new_client(hub.origin) as client:
        answer = hub.visit(client, ada.link())

    assert answer.url.path == "/hub/login"
    assert "Pigeon Post" not in answer.text


def test_no_port_of_a_neighbour_shows_the_site(ada, ben):
    """A neighbour gets nothing at the port of the site, by any path through the proxy."""
    port = ada.ask("site.port")
    for way in ("", "absolute/"):
        answer = ben.client.get(f"{ben.base}proxy/{way}{port}/")
        assert answer.status_code == 403 and "Pigeon Post" not in answer.text


def test_the_bare_port_does_not_show_the_site(ada):
    """The site is not shown at its bare port, where scripts and cookies are not contained."""
    port = ada.ask("site.port")

    assert ada.client.get(f"{ada.base}proxy/{port}/").status_code == 403
    assert ada.client.get(f"{ada.base}proxy/absolute/{port}/").status_code == 403


def test_a_site_runs_no_script_in_the_hubs_origin(learner):
    """Pages of the site have a policy, and its cookies are limited to its paths."""
    answer = learner.client.get(learner.link("/auth/login"))
    policy = answer.headers["Content-Security-Policy"]
    paths = {c.path for c in learner.client.cookies.jar if c.name.startswith("pigeon_")}

    assert "script-src 'none'" in policy
    assert paths == {learner.link().rstrip("/")}


def test_a_stopped_site_is_explained(zoe):
    """While nothing serves the site, its address says how to start it again."""
    link = zoe.link()
    zoe.run("site.stop()")
    answer = zoe.client.get(link)
    zoe.run("site.start()")

    assert answer.status_code == 502 and "site.start()" in answer.text
    assert zoe.client.get(link).status_code == 200


def test_the_inboxes_page_is_for_its_owner(ada, ben):
    """The hub refuses a neighbour, and the page uses no port that others could reach."""
    page = ada.ask("inbox.page")
    own = ben.ask("inbox.page").rsplit("/confirmlab/")[0]
    there = ben.client.get(f"{own}/confirmlab/{page.rsplit('/', 2)[1]}/")

    assert ben.hub.visit(ben.client, page).status_code == 403
    assert there.status_code == 502


STRANGER = """
import json, socket, sys
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener
told = json.loads(sys.argv[1])
opener = build_opener(ProxyHandler({}))
for port in told["ports"]:
    for path in told["paths"]:
        try:
            with opener.open(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
                print("page", port, path, answer.read()[:200])
        except HTTPError as error:
            print("refused", port, error.code, error.read()[:200])
        except (OSError, HTTPException):
            break  # no server of pages
for name in told["sockets"]:
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(name)
            print("socket", name)
        except OSError:
            pass
for folder in told["folders"]:
    try:
        print("folder", [str(one) for one in Path(folder).iterdir()])
    except OSError:
        pass
"""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid(), reason="only root can be others")
def test_another_user_of_the_host_gets_nothing(ada):
    """Another user of the host can read no page, mail, file or cookie of Ada's."""
    ada.register("private@ada.example")
    ada.letter("private@ada.example")
    page, link, port, box = ada.ask("[inbox.page, site.link(), site.port, str(inbox.folder)]")
    sockets = ada.ask("str(__import__('confirmlab.base.jupyter_proxy', fromlist=['x']).sockets())")
    kernel = psutil.Process(ada.ask("__import__('os').getpid()"))
    family = [kernel, *kernel.children(recursive=True)]
    lines = [line for one in family for line in one.net_connections("tcp")]
    ports = {line.laddr.port for line in lines if line.status == "LISTEN"} | {port}
    names = ["relay-of-jupyter", page.rsplit("/", 2)[1], link.rsplit("/", 2)[1]]
    told = {
        "ports": [number for number in ports if number != ada.ask("inbox.port")],
        "paths": ["/", "/auth/login", "/mails", page, link],
        "sockets": [f"{sockets}/{name}" for name in names],
        "folders": [sockets, box, str(ada.home / "confirmlab" / "my_app")],
    }
    done = subprocess.run(
        [shutil.which("python3", path="/usr/bin:/bin"), "-I", "-c", STRANGER, json.dumps(told)],
        **{"user": 65534, "group": 65534, "extra_groups": [], "cwd": "/"},
        **{"capture_output": True, "text": True, "timeout": 60},
    )
    refused = f"refused {port} 403 b'This site answers only to the user who runs it;"

    assert (done.returncode, done.stderr) == (0, "")
    assert port in told["ports"] and os.path.exists(told["sockets"][0])
    assert refused in done.stdout
    assert [line for line in done.stdout.splitlines() if not line.startswith("refused")] == []


def test_letters_and_keys_are_for_their_owner(ada):
    """Other users of the machine cannot read mails, the log or the key of the app."""
    folder = ada.home / "confirmlab" / "my_app"
    secret = [folder, folder / "instance", folder / "instance" / "secret_key"]
    secret += [folder / ".confirmlab" / "site.log", *(folder / ".confirmlab").glob("*.json")]
    boxes = [folder / ".confirmlab" / "mail" / name for name in ("new", "cur", "tmp")]

    assert [path.name for path in secret + boxes if path.stat().st_mode & 0o077] == []


def test_git_sees_nothing_of_the_learners_work(ada):
    """git shows no changes for the app, its database and submissions."""
    ada.run("%submit")

    assert (ada.home / "confirmlab" / "submission.zip").exists()
    assert git(ada.home / "confirmlab", "status", "--porcelain") == ""


def test_the_course_can_be_updated(ada, repository):
    """A link of nbgitpuller fetches a new version, and does not change the learner's app."""
    mine = (ada.home / "confirmlab" / "my_app" / "app" / "models.py").read_bytes()
    (repository / "NEWS.md").write_text("A pigeon came.\n")
    commit(repository, "news")
    ada.hub.pull(ada.client, ada.base, repository)

    assert (ada.home / "confirmlab" / "NEWS.md").exists()
    assert (ada.home / "confirmlab" / "my_app" / "app" / "models.py").read_bytes() == mine


@pytest.mark.needs_lessons("08", "09")
def test_a_pinned_host_works_on_a_hub(ada):
    """The hardened app of lesson 8 answers through the hub, and its mailed links open there."""
    ada.run("%lesson 9")
    ada.run("site.start()")
    page = ada.register("pinned@loft.example")
    written, here = ada.letter("pinned@loft.example")
    ada.log_in("pinned@loft.example")
    clicked = ada.browser.click(here)

    assert page.status == 200 and page.flashes
    assert written.startswith(f"http://127.0.0.1:{ada.ask('site.port')}/")
    assert clicked.status == 200 and ada.confirmed("pinned@loft.example")
