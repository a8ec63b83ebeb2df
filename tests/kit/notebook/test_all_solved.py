"""Every solved notebook runs from the first cell to the last, with its stored outputs."""

from nbval_run import halves, run, run_at_once, solved_short_way

from confirmlab import release


def test_solved_notebooks_print_their_stored_outputs(tmp_path):
    """Each cell of the solved notebooks, run in order, prints its stored output."""
    parts = halves("solutions")

    for finished in run_at_once(tmp_path, parts, "-x", "--nbval", CONFIRMLAB_STRICT="1"):
        assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_solved_short_way_runs(tmp_path):
    """With the solved cells of the short way alone, in order, each cell runs and each check passes.

    What they print differs from what is stored: fewer cells have run before.
    """
    finished = run(
        *(tmp_path, "-x", "--nbval-lax", "--rootdir", str(tmp_path)),
        *solved_short_way(tmp_path),
        CONFIRMLAB_STRICT="1",
    )

    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_generated_files_are_up_to_date():
    """The learner's notebooks and the finished app equal what a release generates."""
    assert release.out_of_date() == []
