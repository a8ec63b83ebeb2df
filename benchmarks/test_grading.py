"""How fast is a class graded, and in how much memory?

A class hands in lesson 03: half right, half wrong in plausible ways, in forty one syntax error and
one endless loop. Times are of whole commands, divided by the submissions. Everybody judges by 33
checks; nbgrader and otter by plain asserts in a notebook. nbgrader gets 2 s per cell, since an
endless loop costs the kit as much; otter has no limit, so its class has no loop, and is small.
nbgrader and otter isolate nothing here; the kit grades in its sandbox, and runs what fails again,
alone, in the finished app. The floor forks a warm process for each submission and runs the same 33
plain checks by pytest: nothing is read, isolated or run again.

The kit runs equal apps once in a class. Where "no two equal" is said, each learner's text differs
by a comment, so nothing is shared but what is run alone; in the other classes the same few answers
come again and again. A real class is between the two. In the class of the core lessons, too, no
two texts are equal, and every other learner has one mistake.
"""

import csv
import json
import os
import shutil
import sys

import pytest
from commands import HERE, ROOT, run

from notebooks import checks, hand_in, write_nbgrader_course, write_otter_course

pytestmark = pytest.mark.benchmark(group="grading")
SIZE, CORE_SIZE = 40, 12
CHECKS = len(checks())


@pytest.mark.parametrize("workers", [2, 1])
@pytest.mark.parametrize("submissions", [SIZE, 400, 4000])
def test_confirmlab(measure, kit, request, quick, submissions, workers, tmp_path):
    """confirmlab"""
    full = request.config.getoption("full")
    if submissions > (SIZE if quick else 4000 if full else 400):
        pytest.skip("not in this run")
    size = 4 if quick else submissions
    kit("class", size, tmp_path / "class")
    rounds = {(SIZE, 2): 5, (SIZE, 1): 2, (400, 2): 3}
    again = rounds.get((submissions, workers), 1)
    _grade(measure, tmp_path, f"class-{size}", workers, size, again, "--lesson", "03")
    _assert_right_ones_have_all_points(tmp_path / "out" / "grades.csv", size)


def test_no_two_equal(measure, kit, quick, tmp_path):
    """confirmlab, no two equal"""
    size = 4 if quick else SIZE
    kit("class", size, tmp_path / "class", "own")
    _grade(measure, tmp_path, f"own-{size}", 2, size, 5, "--lesson", "03")
    _assert_right_ones_have_all_points(tmp_path / "out" / "grades.csv", size)


def test_core_lessons(measure, kit, quick, tmp_path):
    """confirmlab, core lessons"""
    size = 2 if quick else CORE_SIZE
    kit("core", size, tmp_path / "class")
    _grade(measure, tmp_path, f"core-{size}", 2, size, 5)
    _assert_right_ones_have_all_points(tmp_path / "out" / "grades.csv", size, "47")


@pytest.mark.parametrize("workers", [2, 1])
def test_floor(measure, kit, quick, workers, tmp_path):
    """floor: fork and pytest"""
    size = 4 if quick else SIZE
    learners = tmp_path / "class.json"
    learners.write_text(json.dumps(kit("answers", size)), encoding="utf-8")
    command = [sys.executable, HERE / "inside" / "fork_floor.py", workers, learners]
    shown = f"python benchmarks/inside/fork_floor.py {workers} class.json"
    measure(lambda: run(command, memory=True), shown, 3, size=size)


def test_nbgrader(measure, kit, nbgrader, quick, tmp_path):
    """nbgrader autograde, two at a time"""
    learners = kit("answers", 4 if quick else SIZE)
    course, program = tmp_path / "course", nbgrader / "nbgrader"
    env = {"PATH": f"{nbgrader}{os.pathsep}{os.environ['PATH']}", "JUPYTER_PLATFORM_DIRS": "1"}

    def lay_out():
        shutil.rmtree(course, ignore_errors=True)
        write_nbgrader_course(course, learners[0][1])
        run([program, "generate_assignment", "model"], cwd=course, env=env)
        hand_in(course, learners)

    grade = [program, "autograde", "model", "--student"]
    measure(
        lambda: run(
            *([*grade, which] for which in ("*-[rs]*", "*-[wl]*")),
            cwd=course,
            env=env,
            good=(0, 1),
            memory=True,
        ),
        "nbgrader autograde model --student … &",
        2,
        size=len(learners),
        setup=lay_out,
    )
    run([program, "export"], cwd=course, env=env)
    with open(course / "grades.csv", encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"] or 0) for row in csv.DictReader(file)}
    lost = [name for name, _ in learners if "right" in name and scores.get(name, 0) < CHECKS]
    assert len(lost) <= 1, lost  # two at once: a kernel's port may be taken, a known fault


def test_otter(measure, kit, otter, quick, tmp_path):
    """otter run, two at a time"""
    # otter has no limit of time, so nobody hands in an endless loop.
    learners = kit("answers", 2 if quick else 8, "no-loops")
    write_otter_course(tmp_path, learners)
    generate = [otter / "otter", "generate", "-t", "tests", "--no-requirements", "--no-environment"]
    run(generate, cwd=tmp_path)
    script = [otter / "python", HERE / "inside" / "otter_class.py", 2]
    script += [f"{name}.ipynb" for name, _ in learners]
    measure(
        lambda: run(script, cwd=tmp_path, memory=True),
        "otter.api.grade_submission",
        3,
        size=len(learners),
    )


def _assert_right_ones_have_all_points(path, size, points="10"):
    with open(path, encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == size
    assert not [row for row in rows if "right" in row["learner"] and row["total"] != points]


def _grade(measure, place, named, workers, size, rounds, *words):
    out = place / "out"
    words = ["--workers", str(workers), *words]
    command = [sys.executable, "-m", "confirmlab", "grade", place / "class", "--out", out, *words]
    measure(
        lambda: run(command, cwd=ROOT, memory=True),
        f"confirmlab grade {named} {' '.join(words)}",
        rounds,
        size=size,
        setup=lambda: shutil.rmtree(out, ignore_errors=True),
    )
