"""Write each faulty app of lesson 04 into a folder of its own: `mutant_apps.py FOLDER`."""

import json
import sys
from pathlib import Path

from confirmlab.course import skeleton, solutions
from confirmlab.course.mutants import TRIALS

trial = TRIALS["confirmation-tests"]
target = Path(sys.argv[1])
suite = {"confirmation-tests": solutions.fill("confirmation-tests")}
skeleton.build(target / "reference", trial.model | suite)
for mutant in trial.faulty:
    skeleton.build(target / mutant.id, trial.model | suite | dict(mutant.fills))
print(json.dumps({"count": [len(trial.faulty)]}))
