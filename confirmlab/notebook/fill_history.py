"""The history of an app: every version of every blank, as numbered text files."""

from pathlib import Path

from confirmlab.base import files


class FillHistory:
    """The kept versions of the blanks of one app, and of files that were replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"<FillHistory {self.folder}>"

    def versions(self, name: str) -> list[Path]:
        """Return the kept versions of a blank or file, oldest first."""
        return sorted((self.folder / name).glob("[0-9][0-9][0-9][0-9]-*.txt"))

    def keep(self, name: str, text: str, kind: str) -> Path:
        """Store a version, unless the newest one is the same; return its path."""
        kept = self.versions(name)
        if kept and files.read(kept[-1]) == text:
            return kept[-1]
        path = self.next_path(name, kind)
        files.write(path, text)
        return path

    def next_path(self, name: str, kind: str) -> Path:
        """Return the path of the next version; its kind says where the text came from."""
        kept = self.versions(name)
        number = number_of(kept[-1]) + 1 if kept else 1
        return self.folder / name / f"{number:04d}-{kind}.txt"


def number_of(version: Path) -> int:
    """Return the number of a kept version."""
    return int(version.name[:4])
