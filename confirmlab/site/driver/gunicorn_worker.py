"""Make a process of the app look like a worker of gunicorn, as a public site runs it.

Otherwise an app could work correctly only where `flask run` serves it.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

_MODULES = ("gunicorn", "gunicorn.app", "gunicorn.app.wsgiapp", "gunicorn.arbiter")
_TERMINALS = ("FLASK_RUN_FROM_CLI", "JPY_PARENT_PID", "SHELL", "TERM")
_FIRST = 1  # number of the first process of a container, which is gunicorn's own


def become_worker() -> Callable[[], None]:
    """Change this process's modules, arguments, variables and parent to those of a worker.

    Return a function that changes them back.
    """
    main, environment, parent = sys.modules["__main__"], dict(os.environ), os.getppid
    before = sys.argv, sys.orig_argv, main.__file__

    def undo() -> None:
        for name in _MODULES:
            sys.modules.pop(name, None)
        sys.argv, sys.orig_argv, main.__file__ = before
        os.environ.clear()
        os.environ.update(environment)
        os.getppid = parent

    sys.modules.update((name, ModuleType(name)) for name in _MODULES)
    sys.argv = [str(Path(sys.executable).with_name("gunicorn")), "app:create_app()"]
    sys.orig_argv = [sys.executable, *sys.argv]
    main.__file__ = sys.argv[0]
    for name in _TERMINALS:
        os.environ.pop(name, None)
    os.environ["SERVER_SOFTWARE"] = "gunicorn/23.0.0"
    os.getppid = lambda: _FIRST
    return undo
