"""How soon can a learner begin, and how much memory does a learner take?

A kernel is started as Jupyter starts one, and the clock stops when its first cell is done: `1 + 1`
in an empty notebook, `%load_ext confirmlab` and `%lesson 3` in a lesson. Pages of memory that the
processes of one learner share count once (PSS); learners share nothing.
"""

import secrets
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import psutil
import pytest
from commands import memory_of

pytestmark = pytest.mark.benchmark(group="learner")
LESSON = "%load_ext confirmlab\n%lesson 3"
WORK = """\
%load_ext confirmlab
%lesson 7
site.start()
page = site.visitor().register(name="Ada", email="ada@example.com", password="coo coo coo")
inbox
%check confirm-view
"""


@pytest.mark.parametrize("cell", ["a lesson", "a lesson with no my_app yet", "an empty notebook"])
def test_first_cell(measure, kernel, cell, tmp_path):
    """first cell done"""
    code = "1 + 1" if "empty" in cell else LESSON
    if cell == "a lesson":
        kernel().run(LESSON)

    def open_notebook():
        folder = tmp_path / secrets.token_hex(4) if "no my_app" in cell else tmp_path
        kernel(folder).run(code)

    measure(open_notebook, code.replace("\n", " / "), 7)


def test_memory(measure, benchmark, kernel, tmp_path):
    """JupyterLab's server, a kernel, the inbox, the warm parents and the site, after a check"""
    port, token = _free_port(), secrets.token_hex(16)
    words = (
        f"--no-browser --allow-root --ip=127.0.0.1 --port={port} --IdentityProvider.token={token}"
    )
    command = [sys.executable, "-m", "jupyterlab", *words.split(), f"--notebook-dir={tmp_path}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/lab?token={token}")
            notebook = kernel()
            measure(lambda: notebook.run(WORK), "confirmlab lab; %lesson 7, site, %check", 1)
            benchmark.extra_info["memory"] = memory_of(
                [psutil.Process(server.pid), *notebook.processes()]
            )
        finally:
            server.kill()


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait_for(url):
    for _ in range(300):
        try:
            urlopen(url, timeout=10).read()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("JupyterLab does not answer")
