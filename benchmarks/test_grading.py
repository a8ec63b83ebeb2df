"""How fast is a class graded, and in how much memory?

A class hands in lesson 03: half right, half wrong in plausible ways, in forty one syntax error and
one endless loop. Times are of whole commands, divided by the submissions. Everybody judges by 24
checks; nbgrader and otter by plain asserts in a notebook. nbgrader gets 2 s per cell, since an
endless loop costs the kit as much; otter has no limit, so its class has no loop, and is small.
nbgrader and otter isolate nothing here; the kit grades in its sandbox, and runs what fails again,
alone, in the finished app. The floor forks a warm process for each submission and runs the same 24
plain checks by pytest: nothing is read, isolated or run again.

Thirty times nbgrader would leave two tenths of a second of processor time per submission. One run
of the 24 tests by pytest takes all of that, and 40 submissions need 66 runs. Small classes also pay
for the start of the sandboxes and for one endless loop.
"""

import csv
import json
import os
import shutil
import sys

import pytest
from commands import HERE, ROOT, run

from notebooks import hand_in, write_nbgrader_course, write_otter_course

pytestmark = pytest.mark.benchmark(group="grading")
SIZE = 40
ONE, TWO = "one at a time", "two at a time"


@pytest.mark.parametrize("workers", [2, 1])
@pytest.mark.parametrize("submissions", [SIZE, 400, 4000])
def test_confirmlab(measure, kit, request, quick, submissions, workers, tmp_path):
    """confirmlab"""
    full = request.config.getoption("full")
    if submissions > (SIZE if quick else 4000 if full else 400):
        pytest.skip("not in this run")
    size = 4 if quick else submissions
    folder = tmp_path / "class"
    kit("class", size, folder)
    command = [sys.executable, "-m", "confirmlab", "grade", folder]
    command += ["--out", tmp_path / "out", "--workers", workers]
    measure(
        lambda: run(command, cwd=ROOT, memory=True),
        f"confirmlab grade class-{size} --workers {workers}",
        {SIZE: 3, 400: 2}.get(submissions, 1),
        size=size,
        setup=lambda: shutil.rmtree(tmp_path / "out", ignore_errors=True),
    )
    _assert_right_ones_have_all_points(tmp_path / "out" / "grades.csv", size)


@pytest.mark.parametrize("workers", [2, 1])
def test_floor(measure, kit, quick, workers, tmp_path):
    """floor: fork and pytest"""
    size = 4 if quick else SIZE
    learners = tmp_path / "class.json"
    learners.write_text(json.dumps(kit("answers", size)), encoding="utf-8")
    command = [sys.executable, HERE / "inside" / "fork_floor.py", workers, learners]
    shown = f"python benchmarks/inside/fork_floor.py {workers} class.json"
    measure(lambda: run(command, memory=True), shown, 3, size=size)


@pytest.mark.parametrize("how", [ONE, TWO])
def test_nbgrader(measure, kit, nbgrader, quick, how, tmp_path):
    """nbgrader autograde"""
    learners = kit("answers", 4 if quick else SIZE)
    course, program = tmp_path / "course", nbgrader / "nbgrader"
    env = {"PATH": f"{nbgrader}{os.pathsep}{os.environ['PATH']}", "JUPYTER_PLATFORM_DIRS": "1"}

    def lay_out():
        shutil.rmtree(course, ignore_errors=True)
        write_nbgrader_course(course, learners[0][1])
        run([program, "generate_assignment", "model"], cwd=course, env=env)
        hand_in(course, learners)

    grade = [program, "autograde", "model"]
    shares = [[*grade, "--student", which] for which in ("*-[rs]*", "*-[wl]*")]
    commands = [grade] if how == ONE else shares
    measure(
        lambda: run(*commands, cwd=course, env=env, good=(0, 1), memory=True),
        "nbgrader autograde model" + (" --student … &" if how == TWO else ""),
        2,
        size=len(learners),
        setup=lay_out,
    )
    run([program, "export"], cwd=course, env=env)
    with open(course / "grades.csv", encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"] or 0) for row in csv.DictReader(file)}
    lost = [name for name, _ in learners if "right" in name and scores.get(name, 0) < 24]
    assert len(lost) <= 1, lost  # two at once: a kernel's port may be taken, a known fault


@pytest.mark.parametrize("how", [ONE, TWO])
def test_otter(measure, kit, otter, quick, how, tmp_path):
    """otter run"""
    # otter has no limit of time, so nobody hands in an endless loop.
    learners = kit("answers", 2 if quick else 4 if how == ONE else 8, "no-loops")
    write_otter_course(tmp_path, learners)
    generate = [otter / "otter", "generate", "-t", "tests", "--no-requirements", "--no-environment"]
    run(generate, cwd=tmp_path)
    script = [otter / "python", HERE / "inside" / "otter_class.py", 2]
    script += [f"{name}.ipynb" for name, _ in learners]
    one_by_one = f"for f in *.ipynb; do {otter}/otter run $f -a autograder.zip --no-logo; done"
    command = ["sh", "-ec", one_by_one] if how == ONE else script
    shown = "otter run … -a autograder.zip" if how == ONE else "otter.api.grade_submission"
    measure(lambda: run(command, cwd=tmp_path, memory=True), shown, 2, size=len(learners))


def _assert_right_ones_have_all_points(path, size):
    with open(path, encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == size
    assert not [row for row in rows if "right" in row["learner"] and row["total"] != "10"]
