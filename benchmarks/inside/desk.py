"""Open a learner's whole desk in JupyterLab's server, work at it, weigh it: `desk.py FOLDER`."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
from jupyter_client import BlockingKernelClient

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from watching import memory_of

WORK = """\
%load_ext confirmlab
%lesson 7
site.start()
page = site.visitor().register(name="Ada", email="ada@example.com", password="coo coo coo")
inbox
%check confirm-view
"""


def main(folder: Path) -> None:
    """Start the server, open a kernel on a notebook, work, and print what each part holds."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    token, runtime = secrets.token_hex(16), folder / "runtime"
    env = os.environ | {
        "CONFIRMLAB_WORKSPACE": str(folder / "my_app"), "JUPYTER_RUNTIME_DIR": str(runtime),
    }  # fmt: skip
    words = ["-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    words += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    server = subprocess.Popen(
        [sys.executable, *words, f"--notebook-dir={folder}"],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/", params={"token": token}) as web:
        _answers(web)
        web.get("lab").raise_for_status()
        session = {
            "path": "a.ipynb",
            "name": "a",
            "type": "notebook",
            "kernel": {"name": "python3"},
        }
        kernel = web.post("api/sessions", json=session, timeout=60).raise_for_status().json()
        name = kernel["kernel"]["id"]
        client = BlockingKernelClient(connection_file=str(runtime / f"kernel-{name}.json"))
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        reply = client.execute_interactive(WORK, output_hook=lambda message: None, timeout=120)
        if reply["content"]["status"] != "ok":
            raise SystemExit(str(reply["content"])[:2000])
        print(json.dumps(weighed(server.pid)))
        client.stop_channels()
    for process in [*psutil.Process(server.pid).children(recursive=True), server]:
        process.kill()


def weighed(pid: int) -> dict[str, list[float]]:
    """Weigh each part, by what its processes are."""
    parts: dict[str, list[psutil.Process]] = {}
    whole = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in whole:
        parts.setdefault(_part(process, pid), []).append(process)
    found = {"memory": [memory_of(whole)]}
    return found | {f"memory of the {name}": [memory_of(some)] for name, some in parts.items()}


def _part(process: psutil.Process, server: int) -> str:
    words = " ".join(process.cmdline())
    if process.pid == server:
        return "server"
    if "ipykernel" in words:
        return "kernel with the inbox"
    if "forkserver" in words:
        parent = process.parent()
        forked = parent is not None and "forkserver" in " ".join(parent.cmdline())
        return "site" if forked else "warm parent"
    return "rest"


def _answers(web: httpx.Client) -> None:
    for _ in range(600):
        try:
            if web.get("api").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
