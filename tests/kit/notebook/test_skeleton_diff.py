"""Facts about the diff of a learner's fills."""

from confirmlab.notebook import skeleton_diff
from confirmlab.notebook.views.registry import as_html, as_text
from confirmlab.notebook.workspace import Workspace

LINE = '<p class="lead">Coo.</p>'


def test_what_was_written_is_shown_against_the_skeleton(folder):
    """The diff shows each of the learner's lines and the skeleton's line that it replaced."""
    workspace = Workspace(folder)
    workspace.fill("welcome-line", LINE)
    found = skeleton_diff.save(workspace)
    lines = as_text(found).splitlines()

    assert lines[:2] == [
        "--- skeleton/app/templates/main/index.html",
        "+++ my_app/app/templates/main/index.html",
    ]
    assert f"+{LINE}" in lines and '-<p class="lead">Welcome, stranger.</p>' in lines
    assert "main/index.html: 1 line of yours</summary>" in as_html(found)
    assert f"+{LINE}" in (folder / skeleton_diff.NAME).read_text("utf-8")


def test_reference_fills_are_left_out(folder):
    """Reference fills are left out, and an untouched app has an empty diff."""
    workspace = Workspace(folder)
    workspace.use_reference(["gate"])

    assert skeleton_diff.diff(workspace).text == ""
    assert as_text(skeleton_diff.save(workspace)).startswith("Nothing yet")
