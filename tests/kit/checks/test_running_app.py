"""Facts about the app under test while it runs."""

import pytest

from confirmlab.checks.app.running_app import as_sqlite


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (5, "1970-01-01 00:00:05.000000"),
        (5.25, "1970-01-01 00:00:05.250000"),
        (5.9999999, "1970-01-01 00:00:06.000000"),
    ],
)
def test_a_moment_is_rounded_to_microseconds(moment, text):
    """A timestamp is written for the database to the nearest microsecond."""
    assert as_sqlite(moment) == text
