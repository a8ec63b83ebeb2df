"""Links from cards to notebooks, which JupyterLab opens only relative to the notebook shown."""

import os
from pathlib import Path
from urllib.parse import quote

from confirmlab.base import paths


def notebook_link(name: str, exercise: str = "") -> str:
    """Return a relative link to a notebook, or to an exercise in it."""
    path = Path(os.path.relpath(paths.of_learner("notebooks", f"{name}.ipynb"))).as_posix()
    return quote(path) + (f"#cell-id=ex-{exercise}" if exercise else "")
