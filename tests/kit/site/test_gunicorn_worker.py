"""Facts about processes that look like workers of gunicorn."""

import os
import sys
from types import ModuleType

from confirmlab.site.driver import gunicorn_worker


def test_a_worker_shows_the_signs_of_gunicorn(monkeypatch):
    """Modules, arguments, variables and the parent's number are those of a worker."""
    monkeypatch.setattr(os, "getppid", os.getppid)
    monkeypatch.setattr(os, "environ", {"TERM": "xterm"})
    monkeypatch.setattr(sys, "argv", ["flask", "run"])
    monkeypatch.setattr(sys, "orig_argv", ["python", "flask", "run"])
    monkeypatch.setattr(sys, "modules", sys.modules | {"__main__": ModuleType("__main__")})
    sys.modules["__main__"].__file__ = "flask"
    undo = gunicorn_worker.become_worker()

    assert "gunicorn" in sys.modules and sys.argv[0].endswith("gunicorn")
    assert sys.modules["__main__"].__file__ == sys.argv[0]
    assert os.getppid() == 1
    assert list(os.environ) == ["SERVER_SOFTWARE"]
    undo()
    assert "gunicorn" not in sys.modules and sys.argv == ["flask", "run"]
    assert os.environ == {"TERM": "xterm"} and os.getppid() != 1
