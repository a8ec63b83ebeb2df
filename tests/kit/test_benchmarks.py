"""Facts about the benchmarks: their arithmetic, and that the report matches the results."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "benchmarks"


@pytest.fixture(scope="module", autouse=True)
def modules():
    """Make the benchmarks' modules importable."""
    sys.path.insert(0, str(HERE))
    yield
    sys.path.remove(str(HERE))


def entry(name, seconds, **more):
    return {"group": "grading", "name": name, "seconds": seconds, **more}


@pytest.mark.parametrize(
    ("bound", "value", "met"),
    [
        ({"at_most": 0.5}, 0.5, True),
        ({"at_most": 0.4}, 0.5, False),
        ({"times_as_fast": 2}, 2.0, True),
        ({"times_as_fast": 3}, 2.0, False),
    ],
)
def test_a_goal_is_met_or_missed(bound, value, met):
    """A goal compares medians: a time, or the ratio of the other's time to the kit's."""
    import report

    goal = report.Goal("It is fast", "grading", "kit", of="peer", **bound)
    entries = [entry("kit", [1.0, 0.5, 9.0]), entry("peer", [2.0])]

    reached = report.reached(goal, entries)

    assert (reached, report.is_met(goal, reached)) == (value, met)


def test_what_was_not_measured_is_neither_met_nor_missed():
    """Without the kit's or the peer's value, a goal is neither met nor missed."""
    import report

    goal = report.Goal("It is fast", "grading", "kit", of="peer", at_most=1)

    assert report.reached(goal, [entry("kit", [1.0])]) is None
    assert report.reached(goal, [entry("peer", [1.0])]) is None


def test_figures_of_another_machine_name_it():
    """After a run on another machine, older rows name theirs, and no goal or ratio uses them."""
    import report

    run = {
        "commit_info": {"id": "abcdef0123456"},
        "datetime": "2026-11-27T05:00:00",
        "machine_info": {"cpu": {}, "processor": "new", "system": "Linux", "python_version": "3"},
        "benchmarks": [
            {
                "group": "checks",
                "stats": {"data": [0.1]},
                "extra_info": {"name": report.WARM, "command": "check", "size": 1},
            }
        ],
    }
    old = {"group": "checks", "command": "check", "commit": "1234567", "date": "2026-01-01"}
    floor = old | {"name": "floor: a fresh Python, the imports, one test", "seconds": [1.0]}
    entries = [old | {"name": report.COLD, "seconds": [9.0]}, floor]
    merged = report.merge({"machine": "an old one", "entries": entries}, run)
    lines = report.text(merged).splitlines()
    [goal] = [line for line in lines if line.startswith("| A cold check takes at most")]
    [cold] = [line for line in lines if line.startswith(f"| {report.COLD} |")]
    [warm] = [line for line in lines if line.startswith(f"| {report.WARM} |")]

    assert "not measured" in goal
    assert cold.endswith("| 1234567, 2026-01-01, an old one |")
    assert warm == f"| {report.WARM} | 0.1 s |  |  |  | abcdef0, 2026-11-27 |"


def test_a_run_replaces_what_it_measured_and_nothing_else():
    """Merging divides by the size, and keeps the entries that the run did not measure."""
    import report

    run = {
        "commit_info": {"id": "abcdef0123456"},
        "datetime": "2026-11-27T05:00:00",
        "machine_info": {"cpu": {}, "processor": "x", "system": "Linux", "python_version": "3.11"},
        "benchmarks": [
            {
                "group": "grading",
                "stats": {"data": [8.0, 4.0]},
                "extra_info": {"name": "kit", "command": "grade", "size": 4, "cpu": [2.0]},
            }
        ],
    }
    earlier = {"entries": [entry("kit", [9.0]), entry("peer", [3.0])]}

    kit, peer = report.merge(earlier, run)["entries"]

    assert (kit["seconds"], kit["cpu"], kit["commit"]) == ([2.0, 1.0], [0.5], "abcdef0")
    assert peer["seconds"] == [3.0]


def test_peers_get_as_many_checks():
    """There is a plain assert cell for each of lesson 03's tests."""
    import notebooks

    text = (ROOT / "tests/lesson/test_03_the_user_model.py").read_text("utf-8")
    cases = text.count("\ndef test_") + 1  # one runs in two time zones

    assert len(notebooks.checks()) == cases


def test_the_report_is_what_was_measured():
    """RESULTS.md is generated from the stored results, character by character."""
    import report

    results = json.loads((HERE / "results.json").read_text(encoding="utf-8"))

    assert (HERE / "RESULTS.md").read_text(encoding="utf-8") == report.text(results)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="It forks for each submission.")
def test_a_floor_whose_worker_was_killed_has_failed(tmp_path):
    """The floor of grading ends with status 1 if one of its workers was killed."""
    (tmp_path / "class.json").write_text("[]")
    # Both workers import flask_login; this one kills the first that does.
    killing = (
        "import os, signal\n"
        "try:\n    os.mkdir('killed')\nexcept FileExistsError:\n    pass\n"
        "else:\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (tmp_path / "flask_login.py").write_text(killing)
    command = [sys.executable, str(HERE / "inside" / "fork_floor.py"), "2", "class.json"]
    variables = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, timeout=60)

    assert (tmp_path / "killed").exists() and done.returncode == 1, done.stderr
