"""Every solved notebook runs from the first cell to the last, and says what it said."""

from nbval_run import named, run

from confirmlab import release


def test_solved_notebooks_say_what_they_said(tmp_path):
    """Each cell of the solved notebooks, run in order, prints what is stored with it."""
    finished = run(tmp_path, "-x", "--nbval", *named("solutions"), CONFIRMLAB_STRICT="1")

    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_nothing_generated_has_drifted():
    """The learner's notebooks and the finished app are what a release makes, byte for byte."""
    assert release.drift() == []
