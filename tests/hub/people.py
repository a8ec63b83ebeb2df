"""Learners as a Jupyter server sees them: a browser's cookies, and a kernel."""

import json
import re
import time
import uuid
from dataclasses import dataclass, field

import httpx
import websocket

from confirmlab.site.visitor import Visitor

PATIENCE = 120  # seconds, on a machine that is busy with others
IDLE = 10


@dataclass
class Ran:
    """What a cell printed and showed."""

    printed: str = ""
    shown: list[dict] = field(default_factory=list)  # by MIME type, in order
    trace: str = ""

    @property
    def html(self):
        return "\n".join(data.get("text/html", "") for data in self.shown)


class Browser(Visitor):
    """Opens pages with the cookies of a user who is logged in at Jupyter."""

    def __init__(self, client):
        super().__init__(str(client.base_url))
        self._client.close()
        self._client = client


class Kernel:
    """Runs cells of one notebook over REST and a websocket, as JupyterLab does."""

    def __init__(self, client, base, notebook):
        self.client, self.base = client, base
        made = {"path": notebook, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
        self.id = self.post("api/sessions", made)["kernel"]["id"]
        self.socket = None
        self.connect()

    def connect(self):
        self.close()
        origin = str(self.client.base_url).rstrip("/")
        url = f"{origin.replace('http', 'ws', 1)}{self.base}api/kernels/{self.id}/channels"
        seen = self.client.build_request("GET", self.base)
        self.socket = websocket.create_connection(
            url, cookie=seen.headers.get("Cookie"), origin=origin, timeout=PATIENCE
        )
        self.used = time.monotonic()

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def post(self, path, data):
        names = [c for c in self.client.cookies.jar if c.name == "_xsrf" and c.path == self.base]
        headers = {"X-XSRFToken": names[0].value} if names else {}
        answer = self.client.post(f"{self.base}{path}", json=data, headers=headers)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json()

    def restart(self):
        self.post(f"api/kernels/{self.id}/restart", {})
        self.connect()

    def send(self, source):
        """Send a cell to the kernel."""
        # Between cells nothing here answers the server's pings, so it disconnects.
        if time.monotonic() > self.used + IDLE:
            self.connect()
        header = {
            **{"msg_id": uuid.uuid4().hex, "session": "tests", "username": "tests"},
            **{"msg_type": "execute_request", "version": "5.3", "date": "2026-01-01T00:00:00Z"},
        }
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self.socket.send(json.dumps({**message, "channel": "shell", "buffers": []}))
        return header["msg_id"]

    def receive(self, number):
        """Wait until a cell has finished, and return its output."""
        ran, replied, idle = Ran(), False, False
        while not (replied and idle):
            message = json.loads(self.socket.recv())
            if message["parent_header"].get("msg_id") != number:
                continue
            kind, content = message["msg_type"], message["content"]
            replied |= kind == "execute_reply"
            idle |= kind == "status" and content["execution_state"] == "idle"
            if kind == "stream":
                ran.printed += content["text"]
            elif kind in ("display_data", "execute_result"):
                ran.shown.append(content["data"])
            elif kind == "error":
                ran.trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))
        self.used = time.monotonic()
        return ran


class Learner:
    """A user of one Jupyter server, with a browser and the notebook of lesson 6."""

    def __init__(self, client, base, home, hub=None):
        self.client, self.base, self.home, self.hub = client, base, home, hub
        self.browser = Browser(client)
        self.kernel = Kernel(client, base, "confirmlab/notebooks/06_register_and_receive.ipynb")
        self.open_lesson()

    def open_lesson(self):
        self.run("%load_ext confirmlab")
        self.run("%lesson 7")  # with all blanks filled that a mail needs
        self.run("site.start()")

    def run(self, source):
        ran = self.kernel.receive(self.kernel.send(source))
        assert not ran.trace, ran.trace
        return ran

    def ask(self, expression):
        """Return the value of an expression in the kernel, as JSON."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))").printed)

    def link(self, path="/"):
        return self.ask(f"site.link({path!r})")

    def letter(self, to):
        """Return the link in the confirmation mail: as written, and as it opens."""
        self.run(f"mail = inbox.wait(to={to!r}, subject='confirm', timeout=30)")
        card = self.run("mail").html
        [written] = self.ask("mail.links")
        [here] = set(re.findall(rf'href="({self.base}confirmlab/[^"]*)"', card))
        assert f">{written}<" in card
        return written, here

    def register(self, email):
        """Fill in the form, through the proxy; return the page after it."""
        page = self.browser.open(self.link("/auth/register"))
        return self.browser.submit(page, name="Ada", email=email, password="cat in a hat")

    def log_in(self, email):
        page = self.browser.open(self.link("/auth/login"))
        return self.browser.submit(page, email=email, password="cat in a hat")

    def log_out(self):
        action = self.link("/auth/logout")
        return self.browser.submit(self.browser.open(self.link()).form(action=action))

    def confirmed(self, email):
        query = f"User.query.filter_by(email={email!r}).one().confirmed"
        return self.run(f"%%shell\nprint({query})").printed.split()[-1] == "True"

    def cookies(self):
        """Return the names of the app's cookies in the browser."""
        names = {c.name for c in self.client.cookies.jar if "/confirmlab/" in c.path}
        assert names, "the app has set no cookie below its prefix"
        return names

    def close(self):
        self.kernel.close()
        self.client.close()


def new_client(origin):
    return httpx.Client(base_url=origin, follow_redirects=False, trust_env=False, timeout=PATIENCE)
