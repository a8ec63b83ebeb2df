"""Put tests among the graded ones whose ends are known, and see that no test was bent.

Whoever switches asserts off, or makes every test pass, makes those pass too that must fail. Their
names are drawn anew for each run, so that no code can know them.
"""

import builtins
import random
import secrets
from collections.abc import Iterable
from typing import Any

import _pytest.python
import _pytest.runner
import pytest

from confirmlab.seal import Say

_ENDS = ("failed", "failed", "failed", "passed", "passed")
_TOUCHED = "it changed how tests are run"
_BENT = "a test that must fail passed, or one that must pass failed, in its company"
_MISSING = "a test was said to have passed that was not run to its end"


def drawn() -> dict[str, str]:
    """Draw names for this run's canaries; each is to end as its value says."""
    ends = random.sample(_ENDS, len(_ENDS))
    return {f"test_{secrets.token_hex(6)}": end for end in ends}


def alarms(messages: Iterable[dict[str, Any]], names: dict[str, str], done: bool) -> list[str]:
    """Say in what a run was bent, from what it told about the canaries and about itself."""
    told = list(messages)
    said = [message["alarm"] for message in told if "alarm" in message]
    ended = {message["ended"] for message in told if "ended" in message}
    for message in told:
        if "outcome" not in message:
            continue
        name = message["name"].rpartition("::")[2]
        # Before and after its body a test stands on the learner's app, which may be broken.
        if message["when"] == "call" and names.get(name, message["outcome"]) != message["outcome"]:
            said.append(_BENT)
        if message["outcome"] == "passed" and message["name"] not in ended:
            said.append(_MISSING)
    seen = {message["name"].rpartition("::")[2] for message in told if "outcome" in message}
    if done and seen and not set(names) <= seen:
        said.append(_BENT)
    return list(dict.fromkeys(said))


class Canaries:
    """Run the graded tests with canaries among them, and look for changes after each."""

    def __init__(self, say: Say, names: dict[str, str]) -> None:
        self.say = say
        self.names = names
        self.prints: dict[str, Any] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the canaries at random places among the tests."""
        if not items:
            return
        for name, end in self.names.items():
            parent = random.choice(items).parent
            canary = pytest.Function.from_parent(parent, name=name, callobj=_canary(end))
            items.insert(random.randrange(len(items) + 1), canary)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what the tests and the tools are made of, before the app is imported."""
        self.items = {item.nodeid: (item.obj, item.obj.__code__) for item in session.items}
        self.prints = _fingerprints()

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Call the test that was collected, and say that it came to its end."""
        function, code = self.items[pyfuncitem.nodeid]
        wanted = pyfuncitem._fixtureinfo.argnames
        untouched = pyfuncitem.obj is function or pyfuncitem.obj == function
        if not untouched or function.__code__ is not code:
            self.say({"alarm": _TOUCHED})
        function(**{name: pyfuncitem.funcargs[name] for name in wanted})
        self.say({"ended": pyfuncitem.nodeid})
        return True

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Any:
        """Look for changes after each test."""
        yield
        if any(now is not self.prints[name] for name, now in _fingerprints().items()):
            self.say({"alarm": _TOUCHED})


def _canary(end: str) -> Any:
    """Make a test of its own shape, so that none can be told by its code."""
    left, right = random.sample(range(1000), 2)
    if end == "passed":
        right = left
    shapes = [
        f"def canary():\n    assert {left} == {right}, 'seen: {left}'",
        f"def canary():\n    seen = {left}\n    assert seen == {right}",
        f"def canary():\n    seen = [{left}]\n    assert {right} in seen, str(seen)",
        f"def canary():\n    if {left} != {right}:\n        raise AssertionError({left})",
    ]
    made: dict[str, Any] = {}
    exec(random.choice(shapes), made)
    return made["canary"]


def _fingerprints() -> dict[str, Any]:
    """Name the functions that bending a test would have to replace."""
    tools = {
        "call": _pytest.runner.CallInfo.from_call,
        "protocol": _pytest.runner.runtestprotocol,
        "run": _pytest.python.Function.runtest,
        "setup": _pytest.python.Function.setup,
        "report": _pytest.runner.TestReport.from_item_and_call,
        "raises": pytest.raises,
        "fail": pytest.fail,
    }
    tools = {name: getattr(tool, "__func__", tool) for name, tool in tools.items()}
    return tools | {
        f"builtin {name}": thing for name, thing in vars(builtins).items() if name != "_"
    }
