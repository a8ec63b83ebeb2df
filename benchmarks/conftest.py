"""Fixtures of the benchmarks: sizes, a scratch folder, the kernel, nbgrader and otter."""

import json
import os
import subprocess
import sys

import pytest
from commands import BUILD, HERE, ROOT, Result, adopt_orphans, run
from kernel import Kernel

os.environ.pop("PYTHONPATH", None)  # names the folder of pytest-benchmark: not for the measured
adopt_orphans()


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="tiny sizes, to try the benchmarks")
    parser.addoption("--full", action="store_true", help="also grade 4,000, and run the suite")


def pytest_benchmark_update_machine_info(config, machine_info):
    """Remove the machine's name from the results."""
    machine_info.pop("node", None)


@pytest.fixture
def quick(request):
    return request.config.getoption("quick")


@pytest.fixture
def measure(benchmark, request, quick):
    """Return a function that measures something a few times and stores command and size."""

    def repeat(action, command, rounds, size=1, **setup):
        benchmark.extra_info |= {"name": _name(request.node), "command": command, "size": size}
        found = []

        def act(*arguments):
            found.append(action(*arguments))

        benchmark.pedantic(act, rounds=1 if quick else rounds, iterations=1, **setup)
        ended = [one for one in found if isinstance(one, Result)]
        if ended:
            benchmark.extra_info["cpu"] = [one.cpu for one in ended]
            benchmark.extra_info["memory"] = max(one.memory for one in ended)
        return found[-1]

    return repeat


@pytest.fixture(scope="session")
def kit():
    """Return a function that runs inside/kit_data.py and returns what it printed."""

    def ask(*words):
        script = [sys.executable, str(HERE / "inside" / "kit_data.py"), *map(str, words)]
        return json.loads(subprocess.check_output(script, text=True, cwd=ROOT))

    return ask


@pytest.fixture(scope="session")
def fills(kit):
    """Return the reference solution: exercise → code."""
    return kit("fills")


@pytest.fixture
def kernel(tmp_path):
    """Yield a function that starts a kernel with a workspace in a folder; all end with the test."""
    kernels = []

    def start(folder=tmp_path):
        folder.mkdir(parents=True, exist_ok=True)
        kernels.append(Kernel(folder))
        return kernels[-1]

    yield start
    for one in kernels:
        one.stop()


@pytest.fixture(scope="session")
def nbgrader():
    return _peer("nbgrader")


@pytest.fixture(scope="session")
def otter():
    return _peer("otter")


def _name(test):
    """Return a test's docstring with its parameters, which the report shows."""
    parts = [test.function.__doc__]
    for name, value in test.callspec.params.items() if hasattr(test, "callspec") else ():
        parts.append(f"{name} {value}" if isinstance(value, int) else value)
    return ", ".join(parts)


def _peer(name):
    """Return the folder of a peer's programs; install them first, from its requirements file."""
    folder, wanted = BUILD / name, HERE / f"requirements-{name}.txt"
    ready, text = folder / "ready", wanted.read_text(encoding="utf-8")
    if not ready.exists() or ready.read_text(encoding="utf-8") != text:
        pip = [folder / "bin" / "pip", "install", "--quiet", "--no-deps", "--requirement", wanted]
        try:
            run([sys.executable, "-m", "venv", "--clear", folder])
            run(pip)
        except RuntimeError as error:
            pytest.skip(f"{name} could not be installed: {error}")
        ready.write_text(text, encoding="utf-8")
    return folder / "bin"
