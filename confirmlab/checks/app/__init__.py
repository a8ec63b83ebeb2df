"""The app under test, as the process of the graded tests sees it."""
