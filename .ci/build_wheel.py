"""Build dist/confirmlab-*.whl with the course inside; the clone stays as it is.

With --without-solutions the solved notebooks are left out. The reference fills are packed, since
checks need them; %solution does not show them.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from confirmlab import release
from confirmlab.course import solutions as reference

ROOT = Path(__file__).resolve().parents[1]
PARTS = (
    *("app_skeleton", "course.toml", "requirements.txt", "solutions"),
    *("tests/lesson", "tests/mutants"),
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "instance", ".*_cache", ".ipynb_checkpoints")


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, without caches and other generated files."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=LEFT_OUT)
    else:
        shutil.copyfile(source, target)


def main(out: Path, solutions: bool = True) -> None:
    """Write the wheel into `out`; it is built from copies in a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        for part in ("confirmlab", "pyproject.toml", "README.md", "LICENSE"):
            copy(ROOT / part, Path(name, part))
        kit = Path(name, "confirmlab", "kit")
        for part in PARTS:
            if solutions or part != "solutions":
                copy(ROOT / part, kit / part)
        # Generated anew, since somebody may have filled the notebooks of the clone.
        for notebook, content in release.learner_notebooks().items():
            path = kit / notebook
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if not solutions:
            (kit / "solutions").mkdir()
            (kit / reference.PACKED).write_bytes(reference.packed())
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--wheel-dir", str(out), name]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "dist")
    parser.add_argument("--without-solutions", action="store_true")
    arguments = parser.parse_args()
    main(arguments.out, not arguments.without_solutions)
