"""How long does `make test` take, without browsers?"""

import sys

import pytest
from commands import ROOT, run

FOLDERS = ("tests/kit", "tests/hub", "tests/hardened")


@pytest.mark.benchmark(group="suite")
def test_suite(measure, request, quick):
    """make test, without browsers"""
    if not (quick or request.config.getoption("full")):
        pytest.skip("not in this run")
    chosen = ["tests/kit/course/test_blanks.py"] if quick else FOLDERS
    words = ["-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, *words, *chosen]
    measure(lambda: run(command, cwd=ROOT), f"pytest -n 2 {' '.join(chosen)}", 1)
