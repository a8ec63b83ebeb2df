#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image of the autograder.
set -eu
cd "${AUTOGRADER_SOURCE:-/autograder/source}"

export DEBIAN_FRONTEND=noninteractive
apt-get update
# Isolation for learners' code, where the machine allows it.
apt-get install -y bubblewrap || true

# The kit needs Python 3.11 or newer, which not every image has.
for python in python3.13 python3.12 python3.11; do
    apt-get install -y "$python" "$python-venv" || true
    if "$python" -m venv venv; then break; fi
done
venv/bin/python -m pip install --quiet --requirement kit/requirements.txt

# Learners' code runs as another user, who may read the kit but no hidden test.
chmod -R a+rX kit venv
if [ -d hidden ]; then chmod -R go-rwx hidden; fi

# Measure the reference now. Otherwise each submission has to, which takes longer.
export PYTHONPATH="$PWD/kit" PYTHONDONTWRITEBYTECODE=1
venv/bin/python -P -m confirmlab.grading.exports.gradescope prepare "$PWD" || true
