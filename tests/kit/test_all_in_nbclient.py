"""Every notebook of a learner runs in nbclient, which stops where nbval shrugs.

This is a file of its own, so that it runs beside the other notebooks: these two take longest.
"""

from test_all_notebooks import notebooks, run, workspace  # noqa: F401  (a fixture)


def test_unfilled_notebooks_pass_nbclient(workspace):  # noqa: F811
    """The learner's notebooks, with no blank filled, run to their last cells under nbclient."""
    program = "import sys; from confirmlab import release; release.execute(sys.argv[1:])"
    run(["-c", program, *notebooks("notebooks")])

    assert workspace.exists()
