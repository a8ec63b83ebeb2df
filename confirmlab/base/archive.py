"""Write zip files atomically and reproducibly: the same files give the same bytes."""

import os
import zipfile
from collections.abc import Container, Mapping
from pathlib import Path

from confirmlab.base import files

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def write(
    target: Path, held: Mapping[str, bytes], scripts: Container[str] = (), mode: int = 0o644
) -> None:
    """Write a zip of files (name → content); those named in `scripts` are executable.

    Raises:
        OSError: it cannot be written; an earlier file is left as it was.
    """
    with files.replacing(target) as temporary:
        with zipfile.ZipFile(temporary, "w") as archive:
            for name, data in held.items():
                entry = zipfile.ZipInfo(name, _FIXED_TIME)
                entry.external_attr = (0o755 if name in scripts else 0o644) << 16
                entry.create_system = 3  # Unix; otherwise the bytes differ on Windows
                archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)
        os.chmod(temporary, mode)
