"""Let nbval compare what is said, not how it is drawn; a pytest plugin for `-p`."""

import pytest


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Leave HTML out: the plain form of each display says the same, and holds no addresses."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("text/html",)
