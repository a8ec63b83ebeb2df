"""A folder whose files are restored after each use."""

import os
from pathlib import Path

from confirmlab.checks.sandbox import cleanup

State = dict[str, tuple[int, ...]]


class KeptFiles:
    """The present files of a folder, and the scratch files beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = _state(folder)
        self.scratch = cleanup.scratch_files()
        found = (path for path in folder.rglob("*") if path.is_file())
        self.contents = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in found}

    def put_back(self) -> None:
        """Remove all files that are new, and rewrite those that were changed."""
        cleanup.clear(cleanup.scratch_files() - self.scratch)
        if _state(self.folder) == self.state:
            return
        cleanup.clear(str(path) for path in self.folder.iterdir())
        for path, (content, changed) in self.contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, ns=(changed, changed))  # else Python would compile it anew
        self.state = _state(self.folder)


def _state(folder: Path) -> State:
    """Return values that show any change of files and folders; nobody can set back st_ctime."""
    found: State = {}
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names, "."):
            path = os.path.join(place, name)
            seen = os.lstat(path)
            found[path] = (seen.st_ino, seen.st_ctime_ns, seen.st_mode)
    return found
