"""How fast is a class graded, and how much memory does that take?"""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import peers
import rivals
import watching
from figures import Goal
from plans import Contestant, Plan, fresh, klass

TITLE = "Grading a class (per submission)"
NBGRADER, NBGRADERS = "nbgrader autograde", "nbgrader autograde, two started by hand"
OTTER = "otter run, one at a time"
OTTERS = "otter's Python interface, two processes"
FLOOR, FLOORS = "floor: fork and pytest, 1 worker", "floor: fork and pytest, 2 workers"
WALLED = "floor in the kit's sandbox, 2 workers"
NOTES = """\
Each of the class hands in lesson 03's three answers: half right, half wrong in one of 19 plausible
ways, in forty one syntax error and one endless loop. All times are of whole commands, with the
starting that each tool does for itself, divided by the submissions. Everybody judges by 24 checks;
nbgrader and otter by plain asserts in a notebook, each in a cell or case of its own. An endless
loop costs the kit 1 or 2 s twice, so nbgrader gets 2 s a cell; its default is 30 s. otter has no
limit at all, so its class is without the loop, and as small as its slowness allows. nbgrader and
otter isolate nothing here; the kit grades behind its sandbox (bubblewrap where the versions above
name it, else limits), puts five tests of its own among the others, and judges what fails once more
alone, in the finished app. The floor does none of this: it writes the app, forks a warm process and
runs pytest on lesson 03's own tests there with a limit of 2 s; “in the kit's sandbox” is one
of the kit's own runs for each: tests collected before the fork, in walls, with a guard."""
WHY = """\
Thirty times nbgrader leaves two tenths of a second of the processor for a submission. One run
of lesson 03's 24 tests by pytest, each with rows of its own in a database, takes all of that,
and this class needs 66 runs for 40 submissions, since what fails is judged once more alone. The
floor, which neither reads nor isolates nor judges anything twice, is no nearer. Without pytest
it could be reached, but then what judges a class would not be what learners see on their cards.
Small classes pay for the start of the sandboxes, and for one endless loop in forty. The largest
class is run once, and one of 400 once by `make bench`, twice by `make bench-full`, each at
another time: what the machine does besides weighs on their ratio to one another."""


def ours(workers: object, size: int) -> str:
    """Name a contestant."""
    named = f"{workers} worker{'s' if workers == 2 else ''}" if workers != "Dask" else "Dask, 2"
    return f"confirmlab, {named}, {size:,}"


def _faster(times: int, than: str, rival: str) -> list[Goal]:
    """Make a goal for each size of class; the small one pays most for the kit's own start."""
    return [
        Goal(f"Grading is {times} × as fast as {than} (a class of {size})", "grading",
             ours(2, size), of=rival, inverse=True, at_least=times, floor=FLOORS)
        for size in (40, 400)
    ]  # fmt: skip


GOALS = [
    *_faster(30, "nbgrader", NBGRADER),
    *_faster(30, "two nbgraders that somebody starts side by side", NBGRADERS),
    *_faster(10, "otter", OTTER),
    *_faster(10, "its Python interface in two processes", OTTERS),
    Goal("One worker has 0.6 of the floor's rate", "grading", ours(1, 40), of=FLOOR, inverse=True,
         at_least=0.6),
    Goal("Two workers have 0.6 of the floor's rate", "grading", ours(2, 40), of=FLOORS,
         inverse=True, at_least=0.6),
    Goal("Two workers are 1.8 × as fast as one (400)", "grading", ours(2, 400), of=ours(1, 400),
         inverse=True, at_least=1.8),
    Goal("Two workers are 1.8 × as fast as one (4,000)", "grading", ours(2, 4000),
         of=ours(1, 4000), inverse=True, at_least=1.8),
    Goal("400 take no more memory than 40 (1.1 ×)", "grading", ours(2, 400), "memory",
         of=ours(2, 40), at_most=1.1),
    Goal("4,000 take no more memory than 40 (1.1 ×)", "grading", ours(2, 4000), "memory",
         of=ours(2, 40), at_most=1.1),
    Goal("A submission among 400 takes no longer than among 40 (1.1 ×)", "grading", ours(2, 400),
         of=ours(2, 40), at_most=1.1),
    Goal("A submission among 4,000 takes no longer than among 400 (1.1 ×)", "grading",
         ours(2, 4000), of=ours(2, 400), at_most=1.1),
]  # fmt: skip


def contestants(plan: Plan, folder: Path) -> list[Contestant]:
    """List what is measured: the small classes first, in turns, then the large ones."""
    size = plan.peers_class
    usual = partial(Contestant, rounds=plan.slow_rounds + 1)
    found = [
        usual(
            ours(2, size),
            f"confirmlab grade class-{size} --workers 2",
            partial(_ours, folder, size, 2),
        ),
        usual(
            ours(1, size),
            f"confirmlab grade class-{size} --workers 1",
            partial(_ours, folder, size, 1),
        ),
        usual(
            FLOORS,
            f"python benchmarks/inside/fork_floor.py plain {size} 2",
            partial(_floor, "plain", size, 2),
        ),
        usual(
            FLOOR,
            f"python benchmarks/inside/fork_floor.py plain {size} 1",
            partial(_floor, "plain", size, 1),
        ),
        usual(
            WALLED,
            f"python benchmarks/inside/fork_floor.py sandbox {size} 2",
            partial(_floor, "sandbox", size, 2),
        ),
        Contestant(
            ours("Dask", size),
            f"confirmlab grade class-{size} --dask tcp://…",
            partial(_dask, folder, size),
            2,
        ),
        Contestant(
            OTTERS,
            "python benchmarks/inside/otter_class.py 2 *.ipynb",
            partial(_otters, folder, min(size, 8)),
            plan.slow_rounds,
        ),
        Contestant(
            NBGRADERS,
            "nbgrader autograde model --student '*-[rs]*' & … '*-[wl]*'",
            partial(_nbgrader, folder, size, True),
            plan.slow_rounds,
        ),
        Contestant(
            NBGRADER,
            "nbgrader autograde model",
            partial(_nbgrader, folder, size, False),
            plan.slow_rounds,
        ),
        Contestant(
            OTTER,
            "otter run LEARNER.ipynb -a autograder.zip",
            partial(_otter, folder, min(size, 4)),
            plan.slow_rounds,
        ),
    ]
    for larger in plan.sizes:
        if larger == size:
            continue
        for workers in (2, 1, *(["Dask"] if plan.full_sizes else [])):
            by_dask = workers == "Dask"
            full = by_dask or larger in plan.full_sizes
            how = "--dask tcp://…" if by_dask else f"--workers {workers}"
            grade = (
                partial(_dask, folder, larger)
                if by_dask
                else partial(_ours, folder, larger, workers)
            )
            found.append(
                Contestant(
                    ours(workers, larger),
                    f"confirmlab grade class-{larger} {how}",
                    grade,
                    rounds=2 if plan.full_sizes and not full else 1,
                    full=full,
                    costs=(ours(workers, size), larger),
                )
            )
    return found


def profiled(folder: Path) -> list[str]:
    """Give the command whose profile shows where the time goes."""
    words = [str(peers.kit()), "-m", "confirmlab", "grade", str(_class(folder, 11))]
    return [*words, "--out", str(fresh(folder / "profiled")), "--workers", "1"]


def _ours(folder: Path, size: int, workers: int) -> dict[str, list[float]]:
    place, out = _class(folder, size), fresh(folder / "out")
    words = [str(peers.kit()), "-m", "confirmlab", "grade", str(place), "--out", str(out)]
    done = watching.run([*words, "--workers", str(workers)], cwd=peers.ROOT, limit=7200)
    _all_right(out, size)
    return done.measures(size)


def _dask(folder: Path, size: int) -> dict[str, list[float]]:
    place, out = _class(folder, size), fresh(folder / "out")
    script = peers.HERE / "inside" / "dask_class.py"
    words = [str(peers.kit()), str(script), str(place), str(out), "2"]
    done = watching.run(words, cwd=peers.ROOT, limit=3600)
    _all_right(out, size)
    return done.measures(size)


def _floor(how: str, size: int, workers: int) -> dict[str, list[float]]:
    script = peers.HERE / "inside" / "fork_floor.py"
    words = [str(peers.kit()), str(script), how, str(size), str(workers)]
    return watching.run(words, cwd=peers.ROOT).measures(size)


def _nbgrader(folder: Path, size: int, two: bool) -> dict[str, list[float]]:
    place, everybody = fresh(folder / "nbgrader"), klass(size)
    program, env = str(peers.program("nbgrader", "nbgrader")), peers.path("nbgrader")
    rivals.nbgrader_course(place, everybody[0][1])
    watching.run([program, "generate_assignment", "model"], cwd=place, env=env, memory=False)
    rivals.hand_in(place, everybody)
    grade = [program, "autograde", "model"]
    shares = [[*grade, "--student", which] for which in ("*-[rs]*", "*-[wl]*")]
    done = watching.run(*(shares if two else [grade]), cwd=place, env=env, limit=1800, good=(0, 1))
    watching.run([program, "export"], cwd=place, env=env, memory=False)
    with open(place / "grades.csv", encoding="utf-8") as file:
        scores = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    lost = sum(
        float(scores.get(learner) or 0) < 24 for learner, _ in everybody if "right" in learner
    )
    if lost > 1:  # one is its known fault when two run at once: a kernel's port was taken
        raise watching.Failed(f"{lost} right submissions did not get all their points")
    return done.measures(size)


def _otter(folder: Path, size: int) -> dict[str, list[float]]:
    place, program, env = _otters_course(folder, size)
    (place / "out").mkdir()
    total: dict[str, list[float]] = {}
    for learner, _ in klass(size, loops=False):
        words = [
            program,
            "run",
            f"{learner}.ipynb",
            "-a",
            "autograder.zip",
            "-o",
            "out",
            "--no-logo",
        ]
        for name, values in watching.run(words, cwd=place, env=env).measures().items():
            total.setdefault(name, []).extend(values)
    means = {name: [sum(values) / size] for name, values in total.items()}
    return means | {"memory": [max(total["memory"])]}


def _otters(folder: Path, size: int) -> dict[str, list[float]]:
    place, _, env = _otters_course(folder, size)
    script = str(peers.HERE / "inside" / "otter_class.py")
    names = [f"{learner}.ipynb" for learner, _ in klass(size, loops=False)]
    done = watching.run([str(peers.python("otter")), script, "2", *names], cwd=place, env=env)
    totals = done.output.rpartition("totals ")[2].split()
    if not totals or totals[0] != "24":
        raise watching.Failed(f"otter gave other points than expected: {done.output[-300:]}")
    return done.measures(size)


def _otters_course(folder: Path, size: int) -> tuple[Path, str, dict[str, str]]:
    place, env = fresh(folder / "otter"), peers.path("otter")
    program = str(peers.program("otter", "otter"))
    rivals.otter_course(place, klass(size, loops=False))
    words = [program, "generate", "-t", "tests", "--no-requirements", "--no-environment"]
    watching.run(words, cwd=place, env=env, memory=False)
    return place, program, env


def _class(folder: Path, size: int) -> Path:
    place = folder / f"class-{size}"
    if not place.exists():
        script = str(peers.HERE / "klass.py")
        words = [str(peers.kit()), script, str(size), str(place)]
        watching.run(words, cwd=peers.ROOT, memory=False)
    return place


def _all_right(out: Path, size: int) -> None:
    """Make sure that the right ones got all points: a fast grader that errs is no grader."""
    with open(out / "grades.csv", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    lost = [row["learner"] for row in rows if "right" in row["learner"] and row["total"] != "10"]
    if len(rows) != size or lost:
        raise watching.Failed(f"{len(rows)} of {size} graded, {len(lost)} right ones lost points")
