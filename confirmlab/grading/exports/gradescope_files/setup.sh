#!/usr/bin/env bash
# Gradescope runs this once, as root, while it builds the image of the autograder.
set -eu
cd "${AUTOGRADER_SOURCE:-/autograder/source}"

export DEBIAN_FRONTEND=noninteractive
apt-get update
# The walls around learners' code, where the machine lets them stand.
apt-get install -y bubblewrap || true

# The kit takes Python 3.11 or newer, which not every image has from the start.
for python in python3.13 python3.12 python3.11; do
    apt-get install -y "$python" "$python-venv" || true
    if "$python" -m venv venv; then break; fi
done
venv/bin/python -m pip install --quiet --requirement kit/requirements.txt

# Learners' code runs as a user who must find the kit, and no hidden test.
chmod -R a+rX kit venv
if [ -d hidden ]; then chmod -R go-rwx hidden; fi
