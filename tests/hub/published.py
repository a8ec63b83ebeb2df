"""Publish the course in a git repository, as an instructor does."""

import os
import shutil
import subprocess

from confirmlab.base import paths

# Files that a learner fetches; the kit itself is installed for all, as in a hub's image.
PARTS = ("course.toml", "notebooks", ".gitignore")


def git(folder, *arguments):
    """Run git without the user's settings; return what it prints."""
    people = {f"GIT_{who}_NAME": "Keeper" for who in ("AUTHOR", "COMMITTER")}
    people |= {f"GIT_{who}_EMAIL": "keeper@loft.example" for who in ("AUTHOR", "COMMITTER")}
    bare = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env={**os.environ, **people, **bare},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit(folder, message):
    """Commit all files in a folder."""
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", f"--message={message}")


def publish(folder):
    """Create the repository."""
    folder.mkdir()
    for name in PARTS:
        source = paths.in_kit(name)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "the course")
    return folder
