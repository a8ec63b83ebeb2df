"""Facts about the files that set up a machine: they agree with each other and the README."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from confirmlab.base import paths
from confirmlab.cli import main
from confirmlab.course import lessons
from confirmlab.notebook.reminder import CELL_COMMANDS, LINE_COMMANDS

PROJECT = tomllib.loads(paths.in_kit("pyproject.toml").read_text(encoding="utf-8"))["project"]
RANGES = dict(re.fullmatch(r"([\w-]+)(>=[\w.]+)", d).groups() for d in PROJECT["dependencies"])
DEVELOPMENT = dict(
    re.fullmatch(r"([\w-]+)(>=[\w.]+)", d).groups() for d in PROJECT["optional-dependencies"]["dev"]
)
PINS = paths.in_kit("requirements.txt").read_text(encoding="utf-8").splitlines()
CONDA = paths.in_kit("environment.yml").read_text(encoding="utf-8")
README = paths.in_kit("README.md").read_text(encoding="utf-8")
PAGES = [*paths.in_kit().glob("*.md"), *paths.in_kit("docs").glob("*.md")]

PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)(?: ; (?P<marker>.+))?")
# Packages with another name on conda-forge than on PyPI; so far there are none.
CONDA_NAMES: dict[str, str] = {}


def numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)]


def pins():
    """Return the pinned lines by name; a package may have two, with markers."""
    found = {}
    for line in PINS:
        match = PIN.fullmatch(line)
        found.setdefault(match["name"], []).append(match)
    return found


def conda_ranges():
    listed = CONDA.partition("\ndependencies:\n")[2]
    return dict(re.findall(r"^  - ([\w-]+)(>=[\w.]+)?$", listed, re.MULTILINE))


def test_every_line_of_the_requirements_is_a_pin():
    """Each line is a name, an exact version and a marker: no index, option or file."""
    assert [line for line in PINS if not PIN.fullmatch(line)] == []


@pytest.mark.parametrize("name", ["hub", "nbgrader"])
def test_what_lies_beside_the_kit_is_pinned_once(name):
    """Packages installed beside the kit are pinned, too, and none of them twice."""
    lines = paths.in_kit(f"requirements-{name}.txt").read_text(encoding="utf-8").splitlines()
    beside = [PIN.fullmatch(line)["name"] for line in lines]
    wanted = [re.match(r"[\w-]+", d)[0] for d in PROJECT["optional-dependencies"][name]]

    assert set(wanted) <= set(beside)
    assert not set(beside) & set(pins())


@pytest.mark.parametrize("name", RANGES | DEVELOPMENT)
def test_every_dependency_is_pinned_within_its_range(name):
    """Each dependency in pyproject.toml is pinned within its range, for all machines."""
    [pin] = pins()[name]

    assert pin["marker"] is None or name == "psutil"
    assert numbers(pin["version"]) >= numbers((RANGES | DEVELOPMENT)[name])


def test_pins_hold_on_every_system():
    """The pins are for all systems: markers name Windows and macOS."""
    markers = " ".join(pin["marker"] or "" for found in pins().values() for pin in found)

    assert "sys_platform == 'win32'" in markers
    assert "sys_platform == 'darwin'" in markers
    assert "python_full_version < '3.12'" in markers


def test_nothing_that_a_package_needs_is_left_out():
    """The pins include all indirect dependencies, except one that would cost two seconds."""
    extras = ("browser", "cluster", "dev")
    wanted = [Requirement(d) for name in extras for d in PROJECT["optional-dependencies"][name]]
    wanted += [Requirement(d) for d in PROJECT["dependencies"]]
    missing, seen = set(), set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if name not in pins():
            missing.add(name)
            continue
        asked = {(name, extra) for extra in ("", *requirement.extras)} - seen
        seen |= asked
        for needed in map(Requirement, metadata.requires(name) or ()) if asked else ():
            if not needed.marker or any(needed.marker.evaluate({"extra": x}) for _, x in asked):
                wanted.append(needed)

    assert missing == {"rfc3987-syntax"}


def test_a_package_that_is_pinned_twice_has_markers():
    """Two pins of one package are for different machines."""
    doubled = [found for found in pins().values() if len(found) > 1]

    assert all(pin["marker"] for found in doubled for pin in found)


def test_conda_gets_the_same_ranges():
    """environment.yml has the ranges of pyproject.toml, and only Python and pip besides."""
    wanted = {CONDA_NAMES.get(name, name): least for name, least in RANGES.items()}

    assert conda_ranges() == {"pip": "", **wanted}


def test_conda_gets_one_python_that_will_do():
    """environment.yml names one Python, since Binder would take the oldest of a range."""
    [named] = re.findall(r"^  - python=(3\.\d+)\b", CONDA, re.MULTILINE)

    assert numbers(named) >= numbers(PROJECT["requires-python"])


def test_conda_takes_the_kit_itself_from_this_folder():
    """The only channel is conda-forge, and pip installs only the kit."""
    assert "channels:\n  - conda-forge\ndependencies:" in CONDA
    assert CONDA.endswith("  - pip:\n      - --editable .\n")
    assert "://" not in CONDA


def test_the_python_range_is_the_same_everywhere():
    """pyproject.toml, ruff, the doctor and the README name the same oldest Python."""
    oldest = PROJECT["requires-python"].removeprefix(">=")
    ruff = tomllib.loads(paths.in_kit("pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    doctor = paths.in_kit("confirmlab", "doctor.py").read_text(encoding="utf-8")

    assert ruff["target-version"] == f"py{oldest.replace('.', '')}"
    assert f"version >= ({oldest.replace('.', ', ')})" in doctor
    assert f"install {oldest} or newer" in doctor
    assert f"Python {oldest} or newer" in README


def test_the_kit_needs_what_builds_it():
    """The build tool is among the pins, for an editable install without a network."""
    assert "flit-core" in DEVELOPMENT


@pytest.mark.parametrize("command", ["make lab", "make test"])
def test_the_two_commands_are_in_the_readme(command):
    """The README gives the two commands, and the Makefile has them."""
    target = command.split()[1]
    makefile = paths.in_kit("Makefile").read_text(encoding="utf-8")

    assert re.search(rf"^\$ {command}\b", README, re.MULTILINE)
    assert f"\n{target}: .venv/ready" in makefile


@pytest.fixture
def make(tmp_path):
    """Return a function that makes a target in a copy of the clone, with few programs around."""
    if shutil.which("make") is None:
        pytest.skip("There is no make here.")
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(paths.in_kit(name), tmp_path)
    (tmp_path / "confirmlab").symlink_to(paths.in_kit("confirmlab"))
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "mkdir").symlink_to(shutil.which("mkdir"))

    def run(*words):
        command = [shutil.which("make"), *words]
        variables = {"PATH": str(tmp_path / "programs")}
        return subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60
        )

    return run


def test_npm_is_tried_again_where_it_was_missing(make, tmp_path):
    """An installation by npm that failed does not count as done."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "ready").touch()
    make(".venv/axe/ready")

    assert not (tmp_path / ".venv" / "axe" / "ready").exists()


def test_without_npm_the_other_tests_still_run(make, tmp_path):
    """Where npm is missing, make test says so and goes on."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "ready").touch()
    done = make(".venv/axe/ready")

    assert done.returncode == 0, done.stderr
    assert "so pages are not checked for accessibility" in done.stdout


def test_an_old_python_makes_no_environment(make, tmp_path):
    """With a Python that is too old, make lab says what to install, and creates no .venv."""
    old = tmp_path / "programs" / "old"
    code = "import sys; sys.version_info = (3, 9, 18); exec(sys.argv[2])"
    old.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{code}' \"$@\"\n")
    old.chmod(0o755)
    done = make("lab", "PYTHON=old")

    assert done.stderr.startswith("Python 3.9.18 is too old; install 3.11 or newer")
    assert not (tmp_path / ".venv").exists()


def test_ci_runs_the_command_of_the_readme():
    """CI runs `make test`, and its file is executable."""
    script = paths.in_kit(".ci", "run")

    assert script.read_text(encoding="utf-8").splitlines()[-1] == "make test"
    assert script.stat().st_mode & 0o100


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_in_the_readme(command):
    """Each command of the terminal is in the README."""
    assert f"`confirmlab {command}" in README


@pytest.mark.parametrize("lesson", lessons.load().lessons, ids=repr)
def test_every_lesson_is_in_the_readme(lesson):
    """Each notebook of the course is in the README."""
    assert f"`{lesson.name}`" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_the_pages_work(page):
    """Files that the README and the pages of docs/ link to are there."""
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_architecture_names_what_exists():
    """Each module and folder that ARCHITECTURE.md names exists."""
    page = paths.in_kit("ARCHITECTURE.md").read_text(encoding="utf-8")
    named = [name for name in re.findall(r"`([\w/.]+/[\w/.]*)`", page) if "my_app" not in name]
    places = {name: [paths.in_kit(name), paths.in_kit("confirmlab", name)] for name in named}
    places = {name: [*found, found[1].with_suffix(".py")] for name, found in places.items()}

    assert len(named) > 20
    assert [name for name, found in places.items() if not any(p.exists() for p in found)] == []


@pytest.mark.parametrize("name", LINE_COMMANDS + CELL_COMMANDS)
def test_every_command_of_the_notebook_is_documented(name):
    """docs/commands.md explains each command of the notebook."""
    page = paths.in_kit("docs", "commands.md").read_text(encoding="utf-8")

    assert re.search(rf"`%{{1,2}}{name}[ `]", page)


def test_the_files_that_run_first_exist():
    """Each file in the list of the slowest test files exists."""
    tests = paths.in_kit("tests")
    listed = set(re.findall(r'"(test_\w+)"', (tests / "conftest.py").read_text()))

    assert listed and listed <= {path.stem for path in tests.rglob("test_*.py")}
