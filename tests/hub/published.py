"""Publish the course in a git repository, as an instructor does."""

import os
import shutil
import subprocess

from confirmlab.base import paths

# What a learner fetches; the kit itself is installed for all, as in the image of a hub.
PARTS = ("course.toml", "notebooks", ".gitignore")


def git(folder, *arguments):
    """Run git without anybody's own settings; give what it prints."""
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
    """Commit all that is in a folder."""
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", f"--message={message}")


def publish(folder):
    """Make the repository."""
    folder.mkdir()
    for name in PARTS:
        source = paths.in_kit(name)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "the course")
    return folder
