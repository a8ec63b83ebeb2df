"""Every learner's notebook runs to its last cell with no blank filled.

It is a separate file, so that it runs in parallel with test_all_solved: these two take longest.
"""

import json

import pytest
from nbval_run import halves, run, run_at_once, short_way

from confirmlab.course import lessons


@pytest.fixture
def not_in_browser(request):
    """Skip a test whose notebooks all run in JupyterLab too, in the same run of pytest.

    There `test_a_notebook_runs_and_looks_well` opens one after the other in one workspace, and
    fails with a cell that is not run or that shows an error which is not meant.
    """
    wanted = {f"test_a_notebook_runs_and_looks_well[{le.name}]" for le in lessons.load().lessons}
    if wanted <= {item.name for item in request.session.items}:
        import chromium  # only if the browser tests are part of the same run

        if chromium.installed():
            pytest.skip("The browser tests run these notebooks.")


def test_unfilled_notebooks_pass_nbval(tmp_path, not_in_browser):
    """With no blank filled, only cells that are meant to fail do so."""
    for finished in run_at_once(tmp_path, halves("notebooks"), "-x", "--nbval-lax"):
        assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_unfilled_short_way_passes_nbval(tmp_path):
    """On the short way, with no blank filled, only cells that are meant to fail do so."""
    finished = run(tmp_path, "-x", "--nbval-lax", *short_way())

    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_a_magic_that_is_not_there_fails(tmp_path):
    """A cell with an unknown magic, which IPython only prints, counts as failed."""
    code = {"cell_type": "code", "source": "%nonsense", "outputs": [], "execution_count": None}
    cells = [code | {"id": "one", "metadata": {}}]
    cells.append(code | {"id": "two", "metadata": {"tags": ["raises-exception"]}})
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "nonsense.ipynb"
    path.write_text(json.dumps(notebook))

    finished = run(tmp_path, "--nbval-lax", "--rootdir", str(tmp_path), str(path))

    assert "1 failed, 1 passed" in finished.stdout
    assert "The kernel says that this cell failed" in finished.stdout
