"""Run the graded tests on apps that are built from fills."""

from confirmlab.checks import runner
from confirmlab.course import skeleton
from confirmlab.processes import jobs


def results(folder, apps):
    """Build each app in a folder of its own and return its results by exercise.

    `apps` is name → (fills, exercises to judge), and the answer name → {exercise id: result}.
    """
    names = list(apps)
    asked = []
    for number, (fills, exercises) in enumerate(apps.values()):
        app = skeleton.build(folder / str(number) / "my_app", fills)
        asked.append(runner.job(app, exercises, seconds=60))
    return {
        names[place]: runner.read_results(apps[names[place]][1], finished)
        for place, finished in jobs.run_all(asked)
    }
