"""Read an instructor's hidden tests, which travel as texts: no grader has them as files."""

from pathlib import Path

from confirmlab.base.errors import KitError
from confirmlab.submissions.bounded_files import shown


def read(folder: Path | None) -> dict[str, str]:
    """Give the text of each file of hidden tests by its name; nothing without a folder.

    Raises:
        KitError: there are none in the folder, or they cannot be read.
    """
    if folder is None:
        return {}
    try:
        found = {p.name: p.read_text(encoding="utf-8") for p in sorted(folder.glob("test_*.py"))}
    except (OSError, ValueError) as error:
        raise KitError(f"Could not read the hidden tests ({error}); mend that file.") from None
    if not found:
        raise KitError(
            f"No hidden tests lie in {shown(str(folder))}; give a folder with files test_*.py."
        )
    return found
