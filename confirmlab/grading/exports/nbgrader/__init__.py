"""nbgrader: make an assignment, keep learners' cells, count points."""
