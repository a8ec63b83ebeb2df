"""A notebook's kernel, used as JupyterLab uses it: send a cell, wait until it is done."""

import os
from pathlib import Path

import psutil
from jupyter_client.manager import start_new_kernel


class Kernel:
    """An IPython kernel whose workspace is `my_app` in a folder."""

    def __init__(self, folder: Path) -> None:
        env = os.environ | {"CONFIRMLAB_WORKSPACE": str(folder / "my_app")}
        self._manager, self._client = start_new_kernel(cwd=str(folder), env=env)

    def run(self, code: str) -> None:
        """Run a cell; it must not raise."""
        reply = self._client.execute_interactive(code, output_hook=lambda _: None, timeout=120)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"{code.splitlines()[0]}: {reply['content'].get('evalue')}")

    def processes(self) -> list[psutil.Process]:
        """List the kernel and its children."""
        own = psutil.Process(self._manager.provisioner.pid)
        return [own, *own.children(recursive=True)]

    def stop(self) -> None:
        """End the kernel."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
