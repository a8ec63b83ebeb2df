"""Facts about the bench: its arithmetic, its verdicts, and that the report is what was measured."""

import importlib
import json
import sys
from types import SimpleNamespace

import pytest

from confirmlab.base import paths

HERE = paths.in_kit("benchmarks")


@pytest.fixture(scope="module")
def bench():
    """Import the bench's modules as its own programs do, and forget them afterwards."""
    known = set(sys.modules)
    sys.path.insert(0, str(HERE))
    try:
        names = ("figures", "profiling", "report", "rivals")
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    finally:
        sys.path.remove(str(HERE))
        for name in set(sys.modules) - known:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(HERE)):
                del sys.modules[name]


def series(bench, name, rounds, question="grading"):
    return bench.figures.Series(question, name, "seconds", tuple(map(tuple, rounds)))


def test_the_median_is_of_all_values(bench):
    """A series' median is the middle of all values, whatever rounds they come from."""
    one = series(bench, "kit", [[1.0, 9.0], [2.0]])

    assert one.median == 2.0


def test_the_spread_is_the_middle_four_fifths(bench):
    """One wild value among eleven is not in the spread."""
    one = series(bench, "kit", [[float(n) for n in range(10)] + [1000.0]])

    assert one.spread == (1.0, 9.0)


def test_one_value_is_its_own_spread(bench):
    """A single round has a spread of nothing."""
    assert series(bench, "kit", [[3.0]]).spread == (3.0, 3.0)


def test_ratios_are_taken_round_by_round(bench):
    """A round in which the machine was slow for both weighs no more than another."""
    ours = series(bench, "kit", [[1.0], [10.0], [1.0]])
    peer = series(bench, "peer", [[2.0], [20.0], [2.0]])

    found = bench.figures.ratio(ours, peer)

    assert (found.median, found.low, found.high) == (0.5, 0.5, 0.5)


def test_rounds_that_only_one_has_are_left_out(bench):
    """A peer that is too slow for all rounds is compared in those it has."""
    ours = series(bench, "kit", [[1.0], [50.0]])
    peer = series(bench, "peer", [[3.0]])

    assert bench.figures.ratio(ours, peer, inverse=True).median == 3.0


@pytest.mark.parametrize(
    ("bounds", "met"),
    [({"at_most": 0.5}, True), ({"at_most": 0.4}, False), ({"at_least": 0.6}, False)],
)
def test_a_goal_is_met_or_missed(bench, bounds, met):
    """A verdict holds the value against the bound of the goal."""
    found = [series(bench, "kit", [[1.0]]), series(bench, "peer", [[2.0]])]
    goal = bench.figures.Goal("It is fast", "grading", "kit", of="peer", **bounds)

    verdict = bench.figures.judged(goal, found)

    assert (verdict.value, verdict.met) == (0.5, met)


def test_without_a_value_nobody_knows(bench):
    """What was not measured is neither met nor missed."""
    goal = bench.figures.Goal("It is fast", "grading", "kit", of="peer", at_most=1)

    assert bench.figures.judged(goal, [series(bench, "kit", [[1.0]])]).met is None


def test_a_profile_counts_what_works(bench):
    """Looks at functions that wait count for nothing; the others are shares of the rest."""
    raw = 'process 1:"x; y";main (a.py:1);work (a.py:2) 3\nmain (a.py:1);wait (threading.py:5) 9\n'

    lines = bench.profiling.table(raw).splitlines()

    assert "100.0% 100.0%  work (a.py)" in lines


def test_peers_get_as_many_checks(bench):
    """There is a plain assert cell for each of lesson 03's tests, of the same exercise."""
    text = paths.in_kit("tests", "lesson", "test_03_the_user_model.py").read_text("utf-8")
    cases = text.count("\ndef test_") + 1  # one runs in two time zones

    assert len(bench.rivals.checks()) == cases


@pytest.mark.skipif(not (HERE / "results.json").exists(), reason="nothing was measured yet")
def test_the_report_is_what_was_measured(bench):
    """RESULTS.md and its plot are what the stored figures give, letter by letter."""
    results = json.loads((HERE / "results.json").read_text(encoding="utf-8"))

    assert (HERE / "RESULTS.md").read_text(encoding="utf-8") == bench.report.text(results)
    series = bench.figures.loaded(results)
    drawn = bench.report.plot.draw(series, bench.report.QUESTIONS)
    assert (HERE / "RESULTS.svg").read_text(encoding="utf-8") == drawn
