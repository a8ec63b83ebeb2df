"""Run a real JupyterHub, and a Jupyter server below any path, on free ports of this machine."""

import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, unquote

from people import PATIENCE, Learner, new_client

# They would show themselves in each learner's JupyterLab, so they are elsewhere; `make test` puts
# them there.
APART = Path(sys.prefix, "hub")
PROXY = APART / "node_modules" / ".bin" / "configurable-http-proxy"
_CONFIG = APART / "etc" / "jupyter"  # switches nbgitpuller on

_HUB = """
c.JupyterHub.bind_url = "http://127.0.0.1:{0}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{1}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{2}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.environment = {environment!r}
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
"""


def environment(**more):
    """Return the environment of a server, without variables of another Jupyter."""
    foreign = ("JUPYTER", "JPY_", "CONFIRMLAB_", "COV_", "PYTEST_")
    found = {name: v for name, v in os.environ.items() if not name.startswith(foreign)}
    path = [str(APART), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**found, "PYTHONPATH": os.pathsep.join(path), **more}


@contextmanager
def running(command, ready, folder, variables):
    """Run a server until the block ends; begin when it prints that it is ready."""
    process = subprocess.Popen(
        *(command,),
        **{"cwd": folder, "env": variables, "stdin": subprocess.DEVNULL, "text": True},
        **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "start_new_session": True},
    )
    printed, there = [], threading.Event()

    def read():
        for line in process.stdout:
            printed.append(line)
            if re.search(ready, line):
                there.set()
        there.set()  # it has ended

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert there.wait(PATIENCE) and process.poll() is None, "".join(printed)
        yield printed
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        reader.join(5)
        process.stdout.close()


@contextmanager
def jupyter_server(base, root, folder):
    """Run `jupyter server` below a path, with the homes of a learner as its root."""
    folder.mkdir()
    token = secrets.token_hex(16)
    arguments = {
        **{"ip": "127.0.0.1", "port": "0", "base_url": base, "root_dir": str(root)},
        **{"open_browser": "False", "allow_root": "True"},
    }
    command = [sys.executable, "-m", "jupyter_server"]
    command += [f"--ServerApp.{name}={value}" for name, value in arguments.items()]
    own = {"JUPYTER_TOKEN": token, "HOME": str(root), "JUPYTER_RUNTIME_DIR": str(folder)}
    ready = r"http://127\.0\.0\.1:(\d+)"
    with running(command, ready, folder, environment(**own)) as printed:
        port = re.search(ready, "".join(printed))[1]
        client = new_client(f"http://127.0.0.1:{port}")
        client.get(base, params={"token": token})  # sets the browser's cookies
        learner = Learner(client, base, root)
        yield learner
        learner.close()


class Hub:
    """The addresses of a JupyterHub, and logins there."""

    def __init__(self, origin, password, homes):
        self.origin, self.password, self.homes = origin, password, homes

    def log_in(self, name):
        """Fill in the hub's login form; return the client with the cookies."""
        client = new_client(self.origin)
        client.get("/hub/login")
        [token] = {c.value for c in client.cookies.jar if c.name == "_xsrf"}
        form = {"username": name, "password": self.password, "_xsrf": token}
        assert client.post("/hub/login", data=form).status_code == 302
        return client

    def start_server(self, client, name):
        """Start a user's server, and wait until it answers; return its base URL."""
        name = quote(name, safe="@~")  # as the hub spells it in paths
        client.get("/hub/home")
        [token] = {c.value for c in client.cookies.jar if c.name == "_xsrf" and "hub" in c.path}
        headers = {"X-XSRFToken": token, "Referer": f"{self.origin}/hub/home"}
        answer = client.post(f"/hub/api/users/{name}/server", headers=headers)
        assert answer.is_success, answer.text
        with client.stream("GET", f"/hub/api/users/{name}/server/progress") as settings:
            assert any('"ready": true' in line for line in settings.iter_lines())
        base = f"/user/{name}/"
        self.visit(client, f"{base}lab")
        return base

    def pull(self, client, base, repository):
        """Fetch a course into a home, or update it, as a link of nbgitpuller does."""
        asked = {"repo": f"file://{repository}", "branch": "main"}
        page = self.visit(client, "/hub/user-redirect/git-pull", asked)
        assert page.url.path == f"{unquote(base)}git-pull" and page.status_code == 200, page.text
        settings = client.get(f"{base}git-pull/api", params=asked).text
        assert '"phase": "finished"' in settings, settings

    def visit(self, client, path, asked=None):
        """Open a page as a browser that navigates; the hub authorises known users."""
        headers = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
        return client.get(path, params=asked, headers=headers, follow_redirects=True)


@contextmanager
def jupyterhub(homes, folder):
    """Run a JupyterHub with its usual proxy, where every learner has a home and a server."""
    folder.mkdir()
    homes.mkdir()
    ports, password = free_ports(3), secrets.token_hex(16)
    values = {"password": password, "proxy": [str(PROXY)], "homes": f"{homes}/{{username}}"}
    settings = {"PYTHONPATH": environment()["PYTHONPATH"], "JUPYTER_CONFIG_PATH": str(_CONFIG)}
    python = {"python": sys.executable, "environment": settings}
    config = folder / "jupyterhub_config.py"
    config.write_text(_HUB.format(*ports, **values, **python))
    command = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
    with running(command, "JupyterHub is now running", folder, environment()):
        yield Hub(f"http://127.0.0.1:{ports[0]}", password, homes)


def free_ports(count):
    """Return several different free ports."""
    held = []
    # Below those that a system hands out by itself, so that nobody gets one before it is used.
    for port in random.sample(range(20_000, 32_000), 200):
        with suppress(OSError):
            held.append(socket.create_server(("127.0.0.1", port)))
        if len(held) == count:
            break
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
