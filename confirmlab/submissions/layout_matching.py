"""Match the files of a download against the table of layouts."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from confirmlab.submissions import name_parts
from confirmlab.submissions.file_entries import FileEntry
from confirmlab.submissions.name_layout import Layout, ParsedName

NamedEntry = tuple[ParsedName, FileEntry]
_GROUP = re.compile(r"\d|\s")  # in the name of a group: Group 1, Default group


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
        fitting += [
            (named, first if layout.shared else entry)
            for first, found in matches
            for named, entry, _ in found
        ]
        left = [entry for entry in left if entry.name not in names]
    return _with_moments(_without_groups(_with_whole_logins(fitting))), left


def _matches(
    layout: Layout, folder: FileEntry, entries: Sequence[FileEntry]
) -> list[tuple[FileEntry, list[tuple[ParsedName, FileEntry, bool]]]]:
    """Return for each entry the paths at or below it that match the layout.

    The folder itself may be the first part of the layout's path.
    """
    inside = len(layout.parts) > 1 and layout.parts[0].fullmatch(folder.name)
    if any(entry.name == folder.name for entry in entries):
        inside = None  # `folder` is a zip that was made of the folder of its name
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
    shared = _shared_start(logins)
    corrected = []
    for named, entry in fitting:
        task = _assignment(named.task, logins, shared) if named.layout == "blackboard" else ""
        start = named.task.removeprefix(f"{task}_")
        if task != named.task and task and not re.search(r"\s", start):  # no login has spaces
            login = f"{start}_{named.login}"
            named = replace(named, task=task, who=login, login=login)
        corrected.append((named, entry))
    return corrected


def _with_moments(fitting: list[NamedEntry]) -> list[NamedEntry]:
    """Return the entries with dates such as 01-03-2026 read, if another date tells the order."""
    order = name_parts.day_first(named.written for named, _ in fitting)
    return [
        (replace(named, when=name_parts.moment(named.written, order)), entry)
        if named.undated
        else (named, entry)
        for named, entry in fitting
    ]


def _without_groups(fitting: list[NamedEntry]) -> list[NamedEntry]:
    """Return the entries without the group's name, which Moodle puts before the learner's.

    All names of the download then have one; a double name such as Anne-Marie is left alone.
    """
    learners = {named.learner for named, _ in fitting if named.layout == "moodle"}
    groups = Counter(who.partition("-")[0] if "-" in who else "" for who, _ in learners)
    sure = any(members > 1 or re.search(r"\d", group) for group, members in groups.items())
    if len(learners) < 2 or not sure or not all(map(_GROUP.search, groups)):
        return fitting
    return [
        (replace(named, who=named.who.partition("-")[2]), entry)
        if named.layout == "moodle"
        else (named, entry)
        for named, entry in fitting
    ]


def _assignment(task: str, logins: Mapping[str, set[str]], shared: str) -> str:
    """Return the part of a task's name that is the assignment's; the rest begins a login."""
    few = len(logins[task])
    for end in (place for place, letter in enumerate(task) if letter == "_"):
        start = task[:end]
        if start == shared:
            return start
        # Two assignments of a whole class may begin alike, too.
        if start in logins and (few == 1 or 2 * few <= len(logins[start])):
            return start
    return task


def _shared_start(logins: Mapping[str, set[str]]) -> str:
    """Return the start that all tasks share, if the rests differ by learner as logins do; or ""."""
    everybody = set().union(*logins.values())
    pairs = sum(map(len, logins.values()))
    by_learner = (
        2 * (pairs - len(everybody)) < pairs
        and 2 * len(logins) > len(everybody) > 1
        and 2 * sum(len(each) == 1 for each in logins.values()) > len(logins)
    )
    start = os.path.commonprefix([f"{task}_" for task in logins])
    return start.rpartition("_")[0] if by_learner else ""
