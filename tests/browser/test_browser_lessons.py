"""Every notebook runs in JupyterLab from top to bottom, and looks as intended."""

import axe
import looks
import pytest

from confirmlab.course import lessons

NAMES = [le.name for le in (*lessons.load().lessons, *lessons.load().short_way)]
OURS = ".jp-Notebook .jp-MarkdownOutput, .jp-Notebook .jp-OutputArea-output"  # not Lab's own


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_looks_well(notebook, name):
    """A notebook with no blank filled runs to its last cell, and is shown completely."""
    opened = notebook(name)
    opened.run_all()
    looks.spread(opened.page)
    looks.keep(opened.page, name.replace("/", "-"))

    assert (opened.not_run(), opened.errors()) == ([], [])
    assert looks.faults(opened.page) + looks.empty_frames(opened.page) == []
    assert axe.findings(opened.page, OURS) == []

    opened.colours("dark")
    assert axe.findings(opened.page, OURS) == []

    opened.page.set_viewport_size({**opened.page.viewport_size, "width": 800})
    assert looks.faults(opened.page) == []
