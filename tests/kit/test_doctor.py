"""Facts about the doctor's findings on a machine."""

import ast
import errno
import importlib.metadata
import importlib.util
import socket
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from confirmlab import doctor
from confirmlab.base import paths
from confirmlab.doctor import Finding


def refuse(*_args, **_kwargs):
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 1), (4, 0, 0)])
def test_a_python_from_3_11_on_is_good(version):
    """3.11 is the oldest Python that runs the kit."""
    assert doctor.python(version).good


def test_an_older_python_is_reported():
    """The finding on an old Python says what to install, and how make finds it."""
    assert doctor.python((3, 10, 14)) == Finding(
        False,
        "Python 3.10.14 is too old; install 3.11 or newer and name it, as in: "
        "make lab PYTHON=python3.12",
    )


def test_an_old_python_is_the_only_finding(monkeypatch):
    """If Python is too old, there are no further findings."""
    old = Finding(False, "too old")
    monkeypatch.setattr(doctor, "python", lambda: old)

    assert doctor.examine() == [old]


def test_an_old_python_can_import_the_doctor():
    """The modules that the doctor needs have no syntax or annotation that Python 3.8 refuses."""
    code = "import sys; from confirmlab import doctor; print(*sys.modules)"
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=paths.ROOT, text=True)
    names = [name for name in printed.split() if name.startswith("confirmlab")]
    files = [Path(importlib.util.find_spec(name).origin) for name in names]

    assert "confirmlab.base.files" in names
    assert [path.name for path in files if needs_newer_python(path)] == []


def needs_newer_python(path):
    """Return whether Python 3.8 would evaluate an annotation with | or brackets."""
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    if "from __future__ import annotations" in map(ast.unparse, tree.body):
        return False
    nodes = list(ast.walk(tree))
    found = [node.annotation for node in nodes if isinstance(node, ast.arg | ast.AnnAssign)]
    found += [node.returns for node in nodes if isinstance(node, ast.FunctionDef)]
    parts = [part for one in found if one is not None for part in ast.walk(one)]
    return any(isinstance(part, ast.BinOp | ast.Subscript) for part in parts)


def test_this_machine_is_fine(tmp_path):
    """On a machine that runs these tests, every finding is good."""
    findings = doctor.examine(tmp_path / "my_app")

    assert [finding.sentence for finding in findings if not finding.good] == []
    assert len(findings) == 7


def test_installed_packages_are_counted():
    """All packages that are installed and new enough share one finding."""
    assert list(doctor.packages(["click>=8.1", "pytest >= 7"])) == [
        Finding(True, "2 packages are installed and new enough.")
    ]


@pytest.fixture
def in_venv(monkeypatch):
    """Run as the Python of the clone's .venv."""
    monkeypatch.setattr(sys, "prefix", str(paths.in_kit(".venv")))


def test_a_missing_package_is_named(in_venv):
    """A missing package is named, and the others are still examined."""
    missing, rest = doctor.packages(["no-such-thing>=1.0", "click>=8.1", "pytest>=7"])

    assert missing == Finding(
        False, "The package 'no-such-thing' is missing; run make lab to install it."
    )
    assert rest.good and rest.sentence.startswith("2 packages")


def test_an_old_package_is_named(in_venv, monkeypatch):
    """A package that is too old is named with both versions, compared by number."""
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "2.9.3rc1")

    assert next(doctor.packages(["pyjwt>=2.15"])) == Finding(
        False, "pyjwt 2.9.3rc1 is older than 2.15; run make lab to update it."
    )
    assert next(doctor.packages(["pyjwt>=2.9"])).good


def test_another_python_is_mended_by_pip(monkeypatch):
    """In an image or a conda environment, which make lab does not change, pip installs packages."""
    monkeypatch.setattr(sys, "prefix", "/opt/conda")
    missing, old, _ = doctor.packages(["no-such-thing>=1.0", "click>=99"])

    assert missing.sentence.endswith(
        "run python -m pip install 'no-such-thing>=1.0' to install it."
    )
    assert old.sentence.endswith("run python -m pip install 'click>=99' to update it.")


def test_a_kit_that_is_not_installed_is_reported(monkeypatch):
    """Without the kit's metadata, the one finding says how to install it."""

    def missing():
        raise importlib.metadata.PackageNotFoundError("confirmlab")

    monkeypatch.setattr(doctor, "requirements", missing)

    assert list(doctor.packages()) == [
        Finding(False, "The kit is not installed in this Python; run make lab to install it.")
    ]


def test_every_requirement_can_be_looked_up():
    """All requirements in the kit's metadata can be parsed."""
    project = tomllib.loads(paths.in_kit("pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert len(doctor.requirements()) == len(project["dependencies"]) > 10
    assert all(finding.good for finding in doctor.packages())


def test_a_port_can_be_opened():
    """A port of this machine can be opened and reached, and is closed again."""
    assert doctor.port() == Finding(True, "Programs on this machine can listen on a port.")


@pytest.mark.parametrize("step", ["create_server", "create_connection"])
def test_a_refused_port_is_reported(monkeypatch, step):
    """If no port can be opened, the finding says what needs one."""
    monkeypatch.setattr(socket, step, refuse)
    finding = doctor.port()

    assert not finding.good
    assert finding.sentence == (
        "No port can be opened on 127.0.0.1 ([Errno 13] Permission denied); the site and the "
        "inbox need two. Check the firewall of this machine."
    )


def test_a_folder_can_be_written_to(tmp_path):
    """A writable folder is good, and no file is left in it."""
    assert doctor.writable(tmp_path).good
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_folder_is_reported(tmp_path, monkeypatch):
    """The finding on a read-only folder has its full path, and says what to do."""
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)

    assert doctor.writable(tmp_path) == Finding(
        False,
        f"The folder {str(tmp_path)!r} cannot be written to (Permission denied); "
        "copy the kit to a folder of your own.",
    )


def test_a_full_disk_is_reported_as_such(tmp_path, monkeypatch):
    """If the app's disk is full, the finding suggests making room, not another folder."""

    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", full)
    found = doctor.writable(tmp_path)

    assert not found.good
    assert found.sentence.endswith("(No space left on device); make room there.")


@pytest.mark.parametrize(
    ("allowed", "words"), [(400_000_000, "may have 400 MB of memory here"), (-1, "may have the")]
)
def test_a_limit_on_memory_is_reported(monkeypatch, allowed, words):
    """A memory limit that is too low is named, with the command that raises it."""
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, -1))
    found = doctor.memory_limit()

    assert words in found.sentence
    assert found.good == (allowed == -1)


def test_a_temporary_folder_with_room_is_good():
    """If temporary files can be written, their folder is named."""
    assert repr(tempfile.gettempdir()) in doctor.temporary().sentence
    assert doctor.temporary().good


def test_a_full_temporary_folder_is_reported(monkeypatch):
    """A full disk for temporary files is reported, with two ways out."""

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)

    assert doctor.temporary() == Finding(
        False,
        "No temporary file can be written (No space left on device); make room there, "
        "or set TMPDIR to a folder of yours.",
    )


def test_a_file_that_hides_a_package_is_named(tmp_path):
    """A jwt.py beside the notebooks is named, with what to do."""
    (tmp_path / "notebooks").mkdir()
    hiding = tmp_path / "notebooks" / "jwt.py"
    hiding.touch()

    assert list(doctor.shadows(tmp_path)) == [
        Finding(
            False,
            f"The file {str(hiding)!r} hides the package 'jwt'; rename it, then restart the "
            "kernel.",
        )
    ]


def test_the_app_itself_is_looked_at(tmp_path):
    """If the learner's app exists, its folder is examined, or else the next one that exists."""
    folder = tmp_path / "my_app"
    assert repr(tmp_path.name) in doctor.examine(tmp_path / "new" / "my_app")[-1].sentence
    assert repr(tmp_path.name) in doctor.examine(folder)[-1].sentence

    folder.mkdir()
    assert "'my_app'" in doctor.examine(folder)[-1].sentence


def test_the_python_asked_about_is_this_one():
    """Without an argument, the doctor examines the Python that runs it."""
    assert ".".join(map(str, sys.version_info[:3])) in doctor.python().sentence


def test_extras_are_no_requirements(monkeypatch):
    """Requirements of extras are not examined."""
    listed = ["flask>=3.1", 'dask>=2024.8; extra == "cluster"']
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda name: listed)

    assert doctor.requirements() == ["flask>=3.1"]


def test_a_system_without_fork_is_named():
    """If no process can be forked, the finding names WSL."""
    assert doctor.system(can_fork=True).good
    assert not doctor.system(can_fork=False).good and "WSL" in doctor.system(False).sentence
