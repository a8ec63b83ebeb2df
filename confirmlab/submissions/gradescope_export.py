"""Names of the learners in a download from Gradescope, whose folders have only numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from confirmlab.submissions.name_layout import ParsedName
from confirmlab.submissions.name_parts import one_spelling
from confirmlab.submissions.own_names import FOLDERS

_METADATA = "submission_metadata.yml"
_LARGEST = 50_000_000  # bytes; it holds the results of the whole class


def learners(folder: Path) -> dict[str, ParsedName]:
    """Return the learner for each entry of the folder, with the student's number.

    A group has the names of all members and no number. Nobody is returned without a readable list.
    """
    path = folder / _METADATA
    if not path.is_file():
        return {}
    import yaml  # here, since few classes have such a list

    try:
        if path.is_symlink() or path.stat().st_size > _LARGEST:
            return {}
        # A base loader makes texts of everything, and ignores the tags of Ruby in the file.
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        entries = yaml.load(path.read_bytes(), Loader=loader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return dict(_named(entries)) if isinstance(entries, dict) else {}


def _named(entries: dict[Any, Any]) -> Iterator[tuple[str, ParsedName]]:
    for entry, about in entries.items():
        people = about.get(":submitters") if isinstance(about, dict) else None
        people = [each for each in people or () if isinstance(each, dict)]
        names = [str(each.get(":name") or each.get(":email") or "") for each in people]
        if any(names):
            who = one_spelling(" and ".join(filter(None, names)))
            alone = people[0] if len(people) == 1 else {}
            login = str(alone.get(":email") or entry)  # distinguishes learners of one name
            yield str(entry), ParsedName(FOLDERS, who, str(alone.get(":sid") or ""), login)
