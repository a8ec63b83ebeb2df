"""Facts about starting JupyterLab."""

import json
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from confirmlab import lab
from confirmlab.base import paths
from confirmlab.base.errors import KitError
from confirmlab.notebook import learner_folder


@pytest.fixture
def launched(monkeypatch):
    """Replace JupyterLab: record the arguments, and return status 5."""
    seen = []

    class LabApp:
        @staticmethod
        def launch_instance(arguments):
            seen.extend(arguments)
            return 5

    module = ModuleType("jupyterlab.labapp")
    module.LabApp = LabApp
    monkeypatch.setitem(sys.modules, "jupyterlab", ModuleType("jupyterlab"))
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", module)
    return seen


def test_lab_listens_on_this_machine_only():
    """JupyterLab gets the loopback address, the given port, and the kit as its root."""
    arguments = lab.arguments(9999, True)

    assert "--ServerApp.ip=127.0.0.1" in arguments
    assert "--ServerApp.port=9999" in arguments
    assert f"--ServerApp.root_dir={paths.ROOT}" in arguments


def test_lab_opens_the_first_notebook():
    """The first page is a notebook that exists."""
    [url] = [a for a in lab.arguments(8888, True) if a.startswith("--LabApp.default_url=")]
    path = url.removeprefix("--LabApp.default_url=/lab/tree/")

    assert path == "notebooks/00_start_here.ipynb"
    assert paths.in_kit(path).exists()


def test_a_browser_is_opened_unless_one_says_no():
    """Jupyter opens a browser unless --no-browser is given."""
    assert "--no-browser" not in lab.arguments(8888, True)
    assert "--no-browser" in lab.arguments(8888, False)


@pytest.mark.parametrize(("user", "told"), [(0, True), (1000, False)])
def test_root_is_allowed_where_it_is_root(monkeypatch, user, told):
    """In a container that runs as root, Jupyter gets --allow-root."""
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)

    assert ("--allow-root" in lab.arguments(8888, True)) is told


def test_a_machine_without_users_needs_no_root(monkeypatch):
    """On Windows, which has no user ids, --allow-root is not passed."""
    monkeypatch.delattr(os, "geteuid", raising=False)

    assert "--allow-root" not in lab.arguments(8888, True)


def test_a_codespace_is_let_in(monkeypatch):
    """In a codespace only the browser's own origin is allowed."""
    monkeypatch.setenv("CODESPACE_NAME", "fuzzy-pigeon-7q")
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")

    origin = "https://fuzzy-pigeon-7q-8888.app.github.dev"
    assert f"--ServerApp.allow_origin={origin}" in lab.arguments(8888, False)


def test_elsewhere_only_its_own_origin_is_let_in(monkeypatch):
    """Outside of a codespace, JupyterLab's default for origins is kept."""
    monkeypatch.delenv("CODESPACE_NAME", raising=False)

    assert "allow_origin" not in " ".join(lab.arguments(8888, False))


def test_the_settings_of_lab_are_there():
    """The folder of settings that Lab gets contains valid settings."""
    [argument] = [a for a in lab.arguments(8888, True) if "app_settings_dir" in a]
    settings = Path(argument.partition("=")[2]) / "overrides.json"

    assert json.loads(settings.read_text(encoding="utf-8"))


def test_lab_is_launched_and_its_status_comes_back(launched):
    """JupyterLab runs in this process with these arguments; its status is returned."""
    assert lab.serve(9999, False) == 5
    assert launched == lab.arguments(9999, False)


def test_lab_opens_the_course_of_the_current_folder(launched, tmp_path, monkeypatch):
    """In a folder that confirmlab start made, its own notebooks are opened, not the kit's."""
    learner_folder.start(tmp_path)
    monkeypatch.chdir(tmp_path / "notebooks")
    lab.serve(8888, False)

    assert f"--ServerApp.root_dir={tmp_path.resolve()}" in launched


def test_the_notebooks_of_an_installed_kit_are_not_opened(launched, tmp_path, monkeypatch):
    """Outside of a course, an installed kit does not open the notebooks among its own files."""
    learner_folder.start(tmp_path / "site-packages" / "confirmlab" / "kit")
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "site-packages" / "confirmlab")
    monkeypatch.setattr(paths, "ROOT", paths.PACKAGE / "kit")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KitError, match="no course in this folder; confirmlab start FOLDER makes"):
        lab.serve(8888, False)

    assert launched == []


@pytest.mark.parametrize(
    ("beside", "command"),
    [
        ("app_skeleton", r"git checkout -- notebooks/00_start_here\.ipynb"),
        ("x", "confirmlab start "),
    ],
)
def test_missing_notebooks_are_reported(launched, tmp_path, monkeypatch, beside, command):
    """Without the first notebook nothing is started; the error says how to restore it alone."""
    (tmp_path / beside).mkdir()
    with pytest.raises(KitError, match=f"00_start_here.ipynb' is missing; {command}"):
        lab.serve(8888, True, tmp_path)

    assert launched == []
