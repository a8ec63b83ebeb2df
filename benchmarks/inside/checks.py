"""Time %check in a notebook's kernel: `checks.py warm|cold FOLDER`; run by the kit's Python.

The clock runs at the front: from sending a cell to the kernel's word that it is done.
"""

import json
import os
import sys
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

from confirmlab.course import solutions

EXERCISES = ("confirmed-column", "generate-token", "confirm-token")


def main(how: str, folder: str) -> None:
    """Fill and check lesson 03, and print what each check took."""
    os.environ["CONFIRMLAB_WORKSPACE"] = str(Path(folder, "my_app"))
    fills = solutions.fills("03")
    manager, client = start_new_kernel(cwd=folder)
    try:
        if how == "cold":
            name = EXERCISES[-1]
            filled = f"%%fill {name}\n{fills[name]}"
            both = timed(client, "%load_ext confirmlab") + timed(client, filled)
            print(json.dumps({"seconds": [both + timed(client, f"%check {name}")]}))
            return
        timed(client, "%load_ext confirmlab\n%lesson 3")
        for name in EXERCISES:  # once each, unmeasured: this also waits for the warm parent
            timed(client, f"%%fill {name}\n{fills[name]}")
            timed(client, f"%check {name}")
        alone, both = [], []
        for _ in range(3):
            for name in EXERCISES:
                filling = timed(client, f"%%fill {name}\n{fills[name]}")
                checking = timed(client, f"%check {name}")
                alone.append(checking)
                both.append(filling + checking)
        print(json.dumps({"seconds": alone, "seconds with the fill": both}))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def timed(client, code: str) -> float:
    """Run a cell and say how long it took; it must not raise."""
    began = time.perf_counter()
    reply = client.execute_interactive(code, output_hook=lambda message: None, timeout=120)
    seconds = time.perf_counter() - began
    if reply["content"]["status"] != "ok":
        raise SystemExit(f"{code.splitlines()[0]}: {reply['content'].get('evalue')}")
    return seconds


main(*sys.argv[1:])
