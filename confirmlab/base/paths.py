"""Where the kit's own files and the learner's files are."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
# In a clone the course is beside the package; a wheel brings it inside.
ROOT = PACKAGE / "kit" if (PACKAGE / "kit").is_dir() else PACKAGE.parent


def in_kit(*parts: str | Path) -> Path:
    """Return a path in the kit's own tree, as a clone has it."""
    if parts[:1] == ("confirmlab",):
        return PACKAGE.joinpath(*parts[1:])
    return ROOT.joinpath(*parts)


def in_package(*parts: str) -> Path:
    """Return a path beside the kit's own modules, where its templates and scripts are."""
    return PACKAGE.joinpath(*parts)


def of_learner(*parts: str) -> Path:
    """Return a path among the learner's own files, which may lie apart from the kit.

    On a hub the kit is often part of the image, one for all, and each learner has a copy of the
    notebooks at home: the copy that holds the notebook counts.
    """
    here = Path.cwd()
    for place in (here, *here.parents):
        if (place / "notebooks").is_dir() and _owned(place / "course.toml"):
            return place.joinpath(*parts)
    home = Path.home()
    if os.environ.get("JUPYTERHUB_USER") and home not in (ROOT, *ROOT.parents):
        return home.joinpath("confirmlab", *parts)  # the image loses everything when it restarts
    return in_kit(*parts)


def workspace_folder() -> Path:
    """Return the folder of the learner's app: my_app, or what CONFIRMLAB_WORKSPACE names."""
    return Path(os.environ.get("CONFIRMLAB_WORKSPACE") or of_learner("my_app")).resolve()


def _owned(path: Path) -> bool:
    """Return whether the file exists and is ours: in a shared folder anybody can put a copy."""
    try:
        # Windows reports 0 as the owner of every file.
        return path.stat().st_uid == (os.getuid() if hasattr(os, "getuid") else 0)
    except OSError:
        return False
