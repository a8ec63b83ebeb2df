"""Facts about the first cell's notice on the front end."""

import pytest

from confirmlab.notebook import front_end


@pytest.mark.parametrize(
    ("server", "environment", "words"),
    [
        (True, {}, ""),
        (True, {"VSCODE_PID": "1"}, ""),
        (False, {}, ""),
        (False, {"VSCODE_PID": "1"}, "run a cell with inbox again"),
    ],
)
def test_only_differences_are_mentioned(server, environment, words):
    """JupyterLab and Notebook 7 get no notice; VS Code without a server does."""
    notice = front_end.notice(server, environment)

    assert words in notice and bool(notice) == bool(words)


def test_a_missing_proxy_is_named(monkeypatch):
    """Without jupyter-server-proxy, the notice says what to install."""
    monkeypatch.setattr(front_end, "find_spec", lambda name: None)

    assert "pip install jupyter-server-proxy" in front_end.notice(True, {})
