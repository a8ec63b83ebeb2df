"""Make the process in which the tests run the app look like one that serves it.

An app could otherwise behave only where it is tested: it would look for pytest among the modules,
or for a variable of the kit's.
"""

import os
import random
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from confirmlab.base import paths

_TESTS_ONLY = frozenset(
    [
        *("confirmlab", "pytest", "_pytest", "pluggy", "iniconfig", "time_machine", "unittest"),
        *("aiosmtpd", "bs4", "soupsieve", "httpx", "httpcore", "h11", "anyio", "doctest", "pdb"),
    ]
)
_KITS = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONSAFEPATH", "PYTHONUTF8", "FLASK_SKIP_DOTENV")
_TERMINALS = {
    "FLASK_RUN_FROM_CLI": "true",
    "SHELL": "/bin/bash",
    "TERM": "xterm-256color",
    "USER": "pigeon",
    "LOGNAME": "pigeon",
}
kept: dict[str, ModuleType] = {}  # what is still in use, though no longer in sys.modules


def become_plain(folder: Path) -> None:
    """Change this process's modules, arguments, variables and files to those of `flask run`.

    Links to the files in `folder` are made in the current folder.
    """
    import time_machine  # noqa: F401  (it loads pytest, so not at the top)

    tests = str(paths.in_kit("tests")) + os.sep
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None) or ""
        if name.partition(".")[0] in _TESTS_ONLY or place.startswith(tests):
            kept[name] = sys.modules.pop(name)
    sys.argv = [str(Path(sys.executable).with_name("flask")), "run"]
    for name in list(os.environ):
        if name in _KITS or name.startswith("CONFIRMLAB_"):
            del os.environ[name]
    os.environ.update(_TERMINALS, PWD=os.getcwd())
    if random.random() < 0.5:
        os.environ["JPY_PARENT_PID"] = str(random.randrange(100, 30_000))
    for path in folder.iterdir():
        with suppress(OSError):
            os.symlink(path, path.name)
