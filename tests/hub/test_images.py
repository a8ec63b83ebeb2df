"""Facts about the files from which images are built: Binder, hubs, VS Code, GitHub."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from confirmlab.base import paths

PROJECT = tomllib.loads(paths.in_kit("pyproject.toml").read_text(encoding="utf-8"))["project"]
FIRST = "notebooks/00_start_here.ipynb"
OF_THE_HUB = '{"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}}'


def read(*parts):
    return paths.in_kit(*parts).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Run postBuild as Binder does: in a Python with the packages, and in a new home."""
    if os.name != "posix":
        pytest.skip("Images are made on Linux; postBuild is a script for bash.")
    folder = tmp_path_factory.mktemp("image")
    venv.create(folder / "env", with_pip=False)
    layout = {"base": str(folder / "env"), "platbase": str(folder / "env")}
    packages = sysconfig.get_path("purelib", "venv", layout)
    Path(packages, "kit.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    )
    (folder / "home").mkdir()
    settings = folder / "env" / "share" / "jupyter" / "lab" / "settings"
    settings.mkdir(parents=True)
    (settings / "overrides.json").write_text(OF_THE_HUB)
    path = [folder / "env" / "bin", Path(sys.executable).parent, "/usr/bin", "/bin"]
    told = {"HOME": str(folder / "home"), "PATH": os.pathsep.join(map(str, path))}
    done = subprocess.run(
        ["bash", paths.in_kit("postBuild")],
        **{"cwd": folder, "env": told, "capture_output": True, "text": True, "timeout": 120},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_the_build_finds_the_machine_well(image):
    """The doctor, which postBuild runs last, finds nothing missing."""
    _, output = image
    found = [line.split()[0] for line in output.splitlines()[-4:]]

    assert found == ["ok"] * 4


@pytest.mark.parametrize("name", ["notebooks", "solutions"])
def test_the_build_trusts_every_notebook(image, name):
    """Each notebook is signed for the user who will open it."""
    folder, output = image
    wanted = [f"{name}/{path.name}" for path in paths.in_kit(name).glob("*.ipynb")]

    assert wanted and all(f"notebook: {one}" in output for one in wanted)
    assert (folder / "home" / ".local" / "share" / "jupyter" / "nbsignatures.db").exists()


def test_the_build_keeps_the_news_question_away(image):
    """A JupyterLab started by other means has the settings of `confirmlab lab`."""
    folder, _ = image
    settings = folder / "env" / "share" / "jupyter" / "lab" / "settings"
    added = settings / "overrides.d" / "confirmlab.json"

    assert added.read_text() == read("confirmlab", "lab_settings", "overrides.json")


def test_the_build_keeps_the_settings_of_the_hub(image):
    """An overrides.json of whoever runs the hub stays as it is."""
    folder, _ = image
    settings = folder / "env" / "share" / "jupyter" / "lab" / "settings"

    assert (settings / "overrides.json").read_text() == OF_THE_HUB


def test_binder_finds_its_files():
    """Both files of Binder are at the root, and no folder there hides them."""
    assert os.access(paths.in_kit("postBuild"), os.X_OK)
    assert paths.in_kit("environment.yml").exists()
    assert not paths.in_kit("binder").exists() and not paths.in_kit(".binder").exists()


def test_a_conda_environment_that_is_updated_is_named():
    """Commands that update an environment name it; if not, conda takes the name in the file."""
    commands = re.findall(r"`(mamba env update [^`]*)`", read("docs", "hub.md"))

    assert commands and all("--name " in command for command in commands)


def test_the_build_installs_nothing_of_its_own():
    """postBuild needs only packages of environment.yml, and installs at most the kit."""
    installs = re.findall(r"pip install (.*)", read("postBuild"))

    assert installs == ["--quiet --no-deps --editable ."]
    assert "conda" not in read("postBuild").replace("environment.yml", "")


def test_the_link_for_hubs_opens_the_first_notebook():
    """The link of nbgitpuller fetches the repository and opens an existing notebook."""
    [link] = {*re.findall(r"https://HUB\S+", read("docs", "hub.md") + read("README.md"))}
    asked = {name: value for name, [value] in parse_qs(urlsplit(link).query).items()}

    assert urlsplit(link).path == "/hub/user-redirect/git-pull"
    assert asked["repo"] == "https://github.com/OWNER/confirmlab"
    assert asked["urlpath"] == f"lab/tree/confirmlab/{FIRST}"
    assert paths.in_kit(FIRST).exists()


def test_the_link_for_binder_opens_the_first_notebook():
    """On Binder the repository is the home, so the notebook's path begins there."""
    [link] = re.findall(r"https://mybinder\S+", read("docs", "hub.md"))

    assert parse_qs(urlsplit(link).query) == {"urlpath": [f"lab/tree/{FIRST}"]}


def test_the_container_of_vs_code_makes_the_kit():
    """The container creates .venv as `make lab` does, and forwards JupyterLab's port."""
    told = json.loads(read(".devcontainer", "devcontainer.json"))
    python = told["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]

    assert told["postCreateCommand"] == "make .venv/ready"
    assert python.endswith("/.venv/bin/python")
    assert told["forwardPorts"] == [8888]
    assert re.search(r"--port.*?default=8888", read("confirmlab", "cli", "learner.py"), re.DOTALL)


def test_actions_run_the_command_of_the_readme():
    """GitHub runs `make test` on three systems and all supported Pythons, without rights."""
    text = read(".github", "workflows", "test.yml")
    [systems] = re.findall(r"system: \[(.*)\]", text)
    pythons = re.findall(r'"(3\.\d+)"', text)

    assert systems == "ubuntu-latest, macos-latest"
    assert f">={pythons[0]}" == PROJECT["requires-python"] and len(pythons) == 3
    assert "run: make test" in text
    assert "permissions:\n  contents: read\n" in text
