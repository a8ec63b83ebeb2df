"""How long does it take to score a learner's own tests on faulty apps?

The tests are the reference's of lesson 04, which catch every faulty app. The kit's time also pays
for the correct apps, on which the tests must pass; it is divided by the faulty apps only. The plain
runs stop at the first failure, as the kit does, two at a time, without pytest's plugin autoload.
"""

import re
import sys

import pytest
from commands import run

pytestmark = pytest.mark.benchmark(group="scoring")
EXERCISE = "confirmation-tests"


def test_scoring(measure, kernel, fills, kit, tmp_path):
    """%check confirmation-tests"""
    faulty = kit("apps", tmp_path / "apps")
    notebook = kernel()
    notebook.run("%load_ext confirmlab\n%lesson 4")
    notebook.run(f"%%fill {EXERCISE}\n{fills[EXERCISE]}")
    notebook.run(f"%check {EXERCISE}")  # waits for the imports of the warm parent
    measure(lambda: notebook.run(f"%check {EXERCISE}"), f"%check {EXERCISE}", 9, size=faulty)


def test_a_pytest_process_each(measure, kit, quick, tmp_path):
    """a pytest process for each faulty app, two at a time"""
    kit("apps", tmp_path)
    words = f"{sys.executable} -m pytest -x -q -p no:cacheprovider tests/test_confirmation.py"
    apps = sorted(tmp_path.iterdir())[: 2 if quick else None]
    shares = [" ; ".join(f"cd {app} && {words}" for app in apps[start::2]) for start in (0, 1)]
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TZ": "America/New_York"}
    done = measure(
        # Status 1 says that a test failed, as each must.
        lambda: run(*(["sh", "-c", share] for share in shares), env=env, good=(1,)),
        "pytest -x -q -p no:cacheprovider tests/test_confirmation.py",
        3,
        size=len(apps),
    )
    assert len(re.findall(r"^FAILED ", done.output, re.MULTILINE)) >= len(apps)
