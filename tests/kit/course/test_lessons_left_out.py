"""A course without some of its lessons works."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from confirmlab.base import paths

LEFT_OUT = ("08", "09")
# Runs in a process of its own, on the shorter course: what is cached here is the full one.
SCRIPT = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from confirmlab import release
from confirmlab.checks import runner
from confirmlab.course import lessons, mutants, skeleton, solutions
from confirmlab.notebook import progress
from confirmlab.notebook.workspace import Workspace

release.write()
drift = release.out_of_date()
app = skeleton.build(Path.cwd() / "reference" / "my_app", solutions.fills())
judged = runner.judge(app, [lessons.load().exercise("gate")])["gate"]
workspace = Workspace(Path.cwd() / "learner" / "my_app")
workspace.ensure()
sys.path.insert(0, str(workspace.folder))
import app as learners_app
print(json.dumps({
    "drift": drift,
    "gate": [judged.status, *(asdict(test) for test in judged.tests if test.outcome != "passed")],
    "mutants": sorted({name for m in mutants.faulty() for name in m.blanks}),
    "trials": list(mutants.mutation_tasks()),
    "next": progress.next_step(progress.read(workspace)).onward.number,
    "factory": learners_app.create_app({"TESTING": True}).name,
}))
"""


@pytest.fixture(scope="module")
def shorter(tmp_path_factory):
    """Copy the kit without some lessons, release it, and return its folder and what was seen."""
    folder = tmp_path_factory.mktemp("shorter")
    for name in ("confirmlab", "app_skeleton", "tests/lesson", "tests/mutants"):
        shutil.copytree(paths.in_kit(*name.split("/")), folder / name)
    for path in paths.in_kit("solutions").glob("*.ipynb"):
        (folder / "solutions").mkdir(exist_ok=True)
        shutil.copy(path, folder / "solutions")
    entries = re.split(r"(?m)^(?=\[\[lesson\]\]$)", paths.in_kit("course.toml").read_text("utf-8"))
    kept = [entry for entry in entries if not re.search(f'name = "({"|".join(LEFT_OUT)})_', entry)]
    (folder / "course.toml").write_text("".join(kept), "utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return folder, json.loads(ended.stdout.splitlines()[-1])


def test_the_shorter_course_is_up_to_date(shorter):
    """After a release of the shorter course no file is out of date."""
    assert shorter[1]["drift"] == []


def test_the_learners_app_runs_and_the_reference_passes(shorter):
    """The shorter course's app can be imported, and its reference passes a check."""
    assert (shorter[1]["factory"], shorter[1]["gate"]) == ("app", ["passed"])


def test_only_blanks_of_the_course_are_left(shorter):
    """Neither the app nor the faulty apps contain a blank of an exercise that is left out."""
    folder, seen = shorter
    text = "\n".join(
        path.read_text("utf-8")
        for path in (folder / "solutions" / "app").rglob("*")
        if path.suffix in (".py", ".html", ".txt")
    )

    assert set(re.findall(r"(?<!end)region ([a-z-]+)", text)) == set(
        re.findall(r'^id = "(.+)"', (folder / "course.toml").read_text("utf-8"), re.MULTILINE)
    )
    assert "region token-key" not in text and "Your code here" not in text
    assert "token-key" not in seen["mutants"] and seen["trials"] == ["confirmation-tests"]
    assert not (folder / "solutions" / "app" / "tests" / "test_hardening.py").exists()


def test_no_notebook_leads_to_one_that_is_left_out(shorter):
    """The notebooks that are left out do not exist, and no link leads to them."""
    folder, _ = shorter
    notebooks = list((folder / "notebooks").rglob("*.ipynb"))
    text = "\n".join(path.read_text("utf-8") for path in notebooks)

    assert not any(path.name.startswith(LEFT_OUT) for path in notebooks)
    assert set(re.findall(r"\]\((?:\.\./)?(\d\d)_", text)).isdisjoint(LEFT_OUT)
    assert "go further than the usual course:" not in text
