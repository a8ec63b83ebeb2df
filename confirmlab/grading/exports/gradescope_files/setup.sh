#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image of the autograder.
set -eu
cd "${AUTOGRADER_SOURCE:-/autograder/source}"

export DEBIAN_FRONTEND=noninteractive
apt-get update
# Isolation for learners' code, where the machine allows it.
apt-get install -y bubblewrap || true

# The image's own Python is taken if it is new enough; Ubuntu 22.04 has an older one.
for python in python3 python3.13 python3.12 python3.11; do
    apt-get install -y "$python" "$python-venv" || true
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' &&
        "$python" -m venv --clear venv; then
        break
    fi
done
if ! venv/bin/python -c ''; then
    echo "No Python 3.11 or newer can be installed here; choose Ubuntu 22.04 or newer as the base image." >&2
    exit 1
fi
venv/bin/python -m pip install --quiet --requirement kit/requirements.txt
# Compiled now, since a submission may not write into the kit.
venv/bin/python -m compileall -q kit/confirmlab kit/tests

# Learners' code runs as another user, who may read the kit but no hidden test.
chmod -R a+rX kit venv
if [ -d hidden ]; then chmod -R go-rwx hidden; fi

# Measure the reference now. Otherwise each submission has to, which takes longer. If it fails a
# test here, the build of the image fails as well: no grade would be right.
export PYTHONPATH="$PWD/kit" PYTHONDONTWRITEBYTECODE=1
venv/bin/python -P -m confirmlab.grading.exports.gradescope prepare "$PWD"
