"""Time the way from opening a notebook to its first cell done: `kernel.py FOLDER CODE`.

A kernel of its own is started, as Jupyter starts one, and the clock stops when the cell is done.
"""

import json
import os
import sys
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

if __name__ == "__main__":
    folder, code = sys.argv[1], sys.argv[2].replace("\\n", "\n")
    os.environ["CONFIRMLAB_WORKSPACE"] = str(Path(folder, "my_app"))
    began = time.perf_counter()
    manager, client = start_new_kernel(cwd=folder)
    reply = client.execute_interactive(code, output_hook=lambda message: None, timeout=120)
    seconds = time.perf_counter() - began
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    if reply["content"]["status"] != "ok":
        raise SystemExit(str(reply["content"]))
    print(json.dumps({"seconds": [seconds]}))
