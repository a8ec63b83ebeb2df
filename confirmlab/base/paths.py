"""Paths of the kit's own files and of the learner's files."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
# In a clone the course is beside the package; in a wheel it is inside.
ROOT = PACKAGE / "kit" if (PACKAGE / "kit").is_dir() else PACKAGE.parent

KIT_FOLDER = ".confirmlab"  # in the app's folder: what the kit keeps there about the learner's work
RECORD = f"{KIT_FOLDER}/record.json"  # fills, checks and hints


def in_kit(*parts: str | Path) -> Path:
    """Return a path in the kit's own tree, which has the layout of a clone."""
    if parts[:1] == ("confirmlab",):
        return PACKAGE.joinpath(*parts[1:])
    return ROOT.joinpath(*parts)


def in_package(*parts: str) -> Path:
    """Return a path beside the kit's own modules, where its templates and scripts are."""
    return PACKAGE.joinpath(*parts)


def of_learner(*parts: str) -> Path:
    """Return a path among the learner's files, which may be apart from the kit.

    On a hub the kit may be part of an image, and each learner has a copy of the notebooks at home.
    The copy that contains the current folder is used.
    """
    here = Path.cwd()
    for place in (here, *here.parents):
        if (place / "notebooks").is_dir() and _owned(place / "course.toml"):
            return place.joinpath(*parts)
    home = Path.home()
    if os.environ.get("JUPYTERHUB_USER") and home not in (ROOT, *ROOT.parents):
        return home.joinpath("confirmlab", *parts)  # files in the image are lost on restart
    return in_kit(*parts)


def workspace_folder() -> Path:
    """Return the folder of the learner's app: my_app, or what CONFIRMLAB_WORKSPACE names."""
    return Path(os.environ.get("CONFIRMLAB_WORKSPACE") or of_learner("my_app")).resolve()


def _owned(path: Path) -> bool:
    """Return whether a file exists and is this user's; others may put one into a shared folder."""
    try:
        # Windows reports 0 as the owner of every file.
        return path.stat().st_uid == (os.getuid() if hasattr(os, "getuid") else 0)
    except OSError:
        return False
