"""How long does it take to score a learner's own tests on faulty apps?"""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

import peers
import watching
from figures import Goal
from plans import Contestant, Plan, fresh, inside

TITLE = "Scoring tests on faulty apps (per faulty app)"
OURS, PLAIN = "confirmlab", "a pytest process for each faulty app"
GOALS = [
    Goal("All of lesson 04's faulty apps are scored within 1.5 s", "mutants", OURS,
         "seconds for all", at_most=1.5),
    Goal("Scoring is 10 × faster than a pytest process each", "mutants", OURS, of=PLAIN,
         inverse=True, at_least=10),
]  # fmt: skip
NOTES = """\
The tests are the reference's of lesson 04 and catch every faulty app. The kit's time also pays for
the correct variants, on which the tests must pass: those come first, and again hidden among the
faulty ones; it is divided by the faulty apps alone. The plain runs stop at the first failure
(`-x`) as the kit does, two at a time, with pytest's plugin autoload off. mutmut makes its own
faults in the same app/models.py, tests them with the same tests in two children, and its time is
divided by the faults that its tests reach; it pays once for finding out which tests reach what."""
WHY = """\
Of the 30 runs for the 19 faulty apps 11 prove that the tests pass on correct ones: once before,
so that nobody's invalid tests are scored, and once more hidden among the faulty apps. Each is a
fork that has the app from its parent and runs the learner's tests by pytest, most of the time in
SQLAlchemy, for users that are saved, confirmed and deleted; none of it is ours to leave out."""

_SETTINGS = """[mutmut]
source_paths=app
only_mutate=app/models.py
also_copy=
    app
    pytest.ini
pytest_add_cli_args_test_selection=tests/test_confirmation.py
"""


def contestants(plan: Plan, folder: Path) -> list[Contestant]:
    """List what is measured."""
    apps = folder / "apps"
    return [
        Contestant(OURS, "%check confirmation-tests", partial(inside, "mutants.py", 3)),
        Contestant(PLAIN, "pytest -x -q -p no:cacheprovider tests/test_confirmation.py",
                   partial(_plain, apps), rounds=plan.slow_rounds + 1),
        Contestant("mutmut", "mutmut run --max-children 2", partial(_mutmut, folder),
                   rounds=plan.slow_rounds + 1),
    ]  # fmt: skip


def profiled(folder: Path) -> list[str]:
    """Give the command whose profile shows where the time goes."""
    return [str(peers.kit()), str(peers.HERE / "inside" / "mutants.py"), "3"]


def _plain(apps: Path) -> dict[str, list[float]]:
    inside("mutant_apps.py", fresh(apps))
    faulty = sorted(path for path in apps.iterdir() if path.name != "reference")
    # Two at a time, since the kit has two children as well; 1 says that a test failed.
    words = "pytest -x -q -p no:cacheprovider tests/test_confirmation.py".split()
    shares = [faulty[0::2], faulty[1::2]]
    commands = [
        ["sh", "-c", " ; ".join(f"cd {app} && {peers.kit()} -m {' '.join(words)}" for app in share)]
        for share in shares
    ]
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TZ": "America/New_York"}
    done = watching.run(*commands, env=env, memory=False, good=(1,))
    if len(re.findall(r"^FAILED ", done.output, re.MULTILINE)) < len(faulty):
        raise watching.Failed(f"some faulty apps were not caught: {done.output[-300:]}")
    return done.measures(len(faulty))


def _mutmut(folder: Path) -> dict[str, list[float]]:
    inside("mutant_apps.py", fresh(folder / "mutmut"))
    place = folder / "mutmut" / "reference"
    (place / "setup.cfg").write_text(_SETTINGS, encoding="utf-8")
    program, env = str(peers.program("mutmut", "mutmut")), peers.path("mutmut")
    done = watching.run([program, "run", "--max-children", "2"], cwd=place, env=env, memory=False)
    watching.run([program, "export-cicd-stats"], cwd=place, env=env, memory=False)
    told = json.loads((place / "mutants" / "mutmut-cicd-stats.json").read_text())
    tried = told["total"] - told["no_tests"] - told["skipped"]
    if not tried:
        raise watching.Failed("mutmut tried no fault")
    return done.measures(tried) | {"count": [tried]}
