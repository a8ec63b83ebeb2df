"""Match the files of a download against the table of layouts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from confirmlab.submissions.file_entries import FileEntry
from confirmlab.submissions.lms_names import Layout, ParsedName

NamedEntry = tuple[ParsedName, FileEntry]


def match(
    layouts: Sequence[Layout], folder: FileEntry, held: Sequence[FileEntry], forced: bool
) -> tuple[list[NamedEntry], list[FileEntry]]:
    """Return the entries that fit a layout, with their parsed names, and the other entries.

    A layout that is not `sure` counts only if all submissions fit it, unless `forced` is set.
    """
    fitting: list[NamedEntry] = []
    left = list(held)
    for layout in layouts:
        matches = _matches(layout, folder, left)
        names = {entry.name for entry, found in matches if found}
        complete = any(ends for _, found in matches for _, _, ends in found)
        if not complete or not (layout.sure or forced or len(names) >= _submissions(left)):
            continue
        fitting += [(named, entry) for _, found in matches for named, entry, _ in found]
        left = [entry for entry in left if entry.name not in names]
    return _with_whole_logins(fitting), left


def _matches(
    layout: Layout, folder: FileEntry, entries: Sequence[FileEntry]
) -> list[tuple[FileEntry, list[tuple[ParsedName, FileEntry, bool]]]]:
    """Return for each entry what fits the layout at or below it.

    The folder itself may be the first part of the layout's path.
    """
    inside = len(layout.parts) > 1 and layout.parts[0].fullmatch(folder.name)
    for before in ([folder.name], []) if inside else ([],):
        matches = [(entry, list(_below(layout, entry, before))) for entry in entries]
        if not before and layout.wrapped:
            # Other folders beside the platform's hold nothing that was handed in.
            matches = [(e, found if any(f[2] for f in found) else []) for e, found in matches]
        if any(ends for _, found in matches for _, _, ends in found):
            break
    return matches


def _submissions(entries: list[FileEntry]) -> int:
    return sum(entry.counts() for entry in entries)


def _below(
    layout: Layout, entry: FileEntry, before: list[str]
) -> Iterator[tuple[ParsedName, FileEntry, bool]]:
    """Yield the entries at or below this one that fit a layout, with their parsed names.

    The third value is whether the entry is the last part of the layout's path.
    """
    path = [*before, entry.name]
    if len(path) > len(layout.parts) or not layout.parts[len(path) - 1].fullmatch(entry.name):
        return
    if len(path) == len(layout.parts):
        named = layout.parse(path)
        if named:
            yield named, entry, True
        return
    matched = False
    for inner in entry.entries() if entry.is_folder else ():
        for match in _below(layout, inner, path):
            matched = True
            yield match
    if not matched and entry.is_folder:
        named = layout.parse(path)
        if named:
            yield named, entry, False


def _with_whole_logins(fitting: list[NamedEntry]) -> list[NamedEntry]:
    """Return the entries with Blackboard logins that contain underscores put together again.

    Blackboard separates the assignment's name and the login by an underscore, too, so the start of
    such a login was read as the end of the assignment's name.
    """
    logins: dict[str, set[str]] = {}
    for named, _ in fitting:
        if named.layout == "blackboard":
            logins.setdefault(named.task, set()).add(named.login)
    corrected = []
    for named, entry in fitting:
        few = len(logins.get(named.task, ()))
        tasks = (
            task
            for task in sorted(logins, key=len)
            # Two assignments of a whole class may begin alike, too.
            if named.task.startswith(f"{task}_") and (few == 1 or 2 * few <= len(logins[task]))
        )
        task = next(tasks, None)
        if named.layout == "blackboard" and task:
            login = f"{named.task.removeprefix(f'{task}_')}_{named.login}"
            named = replace(named, task=task, who=login, login=login)
        corrected.append((named, entry))
    return corrected
