"""Make the process of the app under test look like one that serves the app to users.

Otherwise an app could work correctly only in tests: it would look for pytest among the modules,
or for a variable of the kit's.
"""

import os
import random
import sys
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from werkzeug import serving

_TESTS_ONLY = frozenset(
    [
        *("confirmlab", "pytest", "_pytest", "pluggy", "iniconfig", "time_machine", "unittest"),
        *("_time_machine", "dateutil", "py", "ctypes", "_ctypes", "resource", "runpy"),
        *("multiprocessing", "_multiprocessing", "_posixshmem", "__mp_main__"),
    ]
)
_KITS = (
    *("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONSAFEPATH", "PYTHONUTF8", "FLASK_SKIP_DOTENV"),
    *("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR", "TEMP", "TMP"),
)
_TERMINALS = {
    "FLASK_RUN_FROM_CLI": "true",
    "SHELL": "/bin/bash",
    "TERM": "xterm-256color",
    "USER": "pigeon",
    "LOGNAME": "pigeon",
}
hidden_modules: dict[str, ModuleType] = {}  # modules still in use, though no longer in sys.modules
_recorded: set[str] = set()
_of_tests: list[str] = []
_classes: list[type] = []  # the kit's
_moved_codes: list[tuple[FunctionType, CodeType]] = []


def record_modules() -> None:
    """Record which of the modules imported since the last call are only for the tests.

    Before a fork this saves time after it: each module that is looked at is a page to be copied.
    """
    for name, module in list(sys.modules.items()):
        if name not in _recorded:
            if name.partition(".")[0] in _TESTS_ONLY:
                _of_tests.append(name)
            if name.startswith("confirmlab."):
                _look_at_kit(module)
    _recorded.update(sys.modules)


def become_plain(folder: Path) -> None:
    """Change this process's modules, arguments, variables and files to those of `flask run`.

    Links to the files in `folder` are made in the current folder, if that is another one.
    """
    import time_machine  # noqa: F401  (it loads pytest, so not at the top)

    record_modules()
    hidden_modules.update(
        (name, sys.modules.pop(name)) for name in _of_tests if name in sys.modules
    )
    _imitate_server()
    sys.argv = [str(Path(sys.executable).with_name("flask")), "run"]
    sys.modules["__main__"] = ModuleType("__main__")
    sys.modules["__main__"].__file__ = sys.argv[0]
    sys.orig_argv = [sys.executable, *sys.argv]
    for name in list(os.environ):
        if name in _KITS or name.startswith("CONFIRMLAB_"):
            del os.environ[name]
    os.environ.update(_TERMINALS, PWD=os.getcwd())
    if random.random() < 0.5:
        os.environ["JPY_PARENT_PID"] = str(random.randrange(100, 30_000))
    for path in folder.iterdir() if folder != Path.cwd() else ():
        with suppress(OSError):
            os.symlink(path, path.name)


def _imitate_server() -> None:
    """Replace file and name of the kit's modules by those of Werkzeug's server.

    An app that looks at the frames below its own then sees a server there, and not the kit.
    """
    for name, module in hidden_modules.items():
        if name.startswith("confirmlab."):
            vars(module).update(__name__=serving.__name__, __file__=serving.__file__)
    for owner in _classes:
        owner.__module__ = serving.__name__
    for function, code in _moved_codes:
        function.__code__ = code


def _look_at_kit(module: ModuleType) -> None:
    own = [value for value in vars(module).values() if _module_of(value) == module.__name__]
    classes = [value for value in own if isinstance(value, type)]
    methods = [value for owner in classes for value in vars(owner).values()]
    for value in [*own, *methods]:
        function = getattr(value, "__wrapped__", value)
        if isinstance(function, FunctionType):
            _moved_codes.append((function, _with_server_code(function.__code__)))
    _classes.extend(classes)


def _module_of(value: Any) -> str:
    return getattr(value, "__module__", None) or ""


def _with_server_code(code: CodeType) -> CodeType:
    inner = (
        _with_server_code(constant) if isinstance(constant, CodeType) else constant
        for constant in code.co_consts
    )
    name = "execute"  # the name of the function that calls an app there
    return code.replace(
        co_filename=serving.__file__, co_name=name, co_qualname=name, co_consts=tuple(inner)
    )
