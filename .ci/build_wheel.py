"""Build dist/confirmlab-*.whl with the course inside; the clone stays as it is."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("app_skeleton", "course.toml", "notebooks", "solutions", "tests/lesson", "tests/mutants")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "instance", ".*_cache", ".ipynb_checkpoints")


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, without what running it leaves behind."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=LEFT_OUT)
    else:
        shutil.copyfile(source, target)


def main(out: Path) -> None:
    """Copy the package and the course into a folder of their own, and build there."""
    with tempfile.TemporaryDirectory() as name:
        for part in ("confirmlab", "pyproject.toml", "README.md", "LICENSE"):
            copy(ROOT / part, Path(name, part))
        for part in PARTS:
            copy(ROOT / part, Path(name, "confirmlab", "kit", part))
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--wheel-dir", str(out), name]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist"))
