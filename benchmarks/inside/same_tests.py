"""Run the graded tests of confirm-token in this fresh Python: `same_tests.py MY_APP`."""

import os
import sys

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

from confirmlab.checks import runner  # noqa: E402

told: list = []
task = {"app": sys.argv[1], "ids": ["confirm-token"]}
lesson = runner.course.folder("tests", "lesson", "test_03_the_user_model.py")
runner.run_tests(task | {"files": [str(lesson)]}, told.append)
sys.exit(not all(one["outcome"] == "passed" for one in told if "outcome" in one))
