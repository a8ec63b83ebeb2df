"""Find each learner's submission in a class download, by file and folder names only."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from confirmlab.base.errors import SubmissionError
from confirmlab.submissions import (
    bundles,
    file_entries,
    gradescope_export,
    layout_matching,
    learner_files,
    own_names,
)
from confirmlab.submissions.bounded_files import listed, reason, shown
from confirmlab.submissions.class_size import DEEPEST, ClassSize
from confirmlab.submissions.file_entries import FileEntry
from confirmlab.submissions.learner_files import FoundFile, LearnerFiles, SubmissionSource
from confirmlab.submissions.lms_names import LAYOUTS
from confirmlab.submissions.name_layout import Layout, ParsedName
from confirmlab.submissions.own_names import FOLDERS


@dataclass(frozen=True)
class FoundClass:
    """The learners of a download with their files, sorted by unique names, and the other files."""

    learners: tuple[SubmissionSource, ...]
    passed_over: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<FoundClass of {len(self.learners)} learners>"

    @property
    def layouts(self) -> list[str]:
        """Return the layouts that were recognised, the most frequent first."""
        counts = Counter(source.layout for source in self.learners)
        return [name for name, _ in counts.most_common()]


def layout_names() -> list[str]:
    """Return the names that --layout takes."""
    return [layout.name for layout in LAYOUTS] + [FOLDERS]


@contextmanager
def open_class(path: Path, layout: str = "") -> Iterator[FoundClass]:
    """Yield what learners handed in; zips of a class are unpacked into a temporary folder.

    With `layout`, only that layout is tried.

    Raises:
        SubmissionError: the path cannot be read, holds no submission, or mixes submissions of
            learners with folders of a class.
    """
    with ExitStack() as stack:
        yield _Search(layout, stack).read(_top(path))


def find(path: Path, layout: str = "") -> FoundClass:
    """Return what learners handed in, without unpacking zips of a class.

    Raises:
        SubmissionError: the path cannot be read, holds no submission, or mixes submissions of
            learners with folders of a class.
    """
    return _Search(layout, None).read(_top(path))


class _Search:
    """One search; with a stack, it unpacks zips into folders that exist until the stack closes."""

    def __init__(self, layout: str, stack: ExitStack | None) -> None:
        self.layouts = [row for row in LAYOUTS if layout in ("", row.name)]
        self.by_folders = layout in ("", FOLDERS)
        self.forced = bool(layout)
        self.stack = stack
        self.size = ClassSize(self.layouts, opens_zips=stack is not None)
        self.learners: dict[tuple[str, str], LearnerFiles] = {}
        self.passed_over: list[str] = []
        self.problems: dict[Path, str] = {}  # why files could not be unpacked

    def read(self, top: FileEntry) -> FoundClass:
        is_file = not top.is_folder and not (self.stack and self._is_class_zip(top))
        if not is_file and not self.forced and self.size.has_unnamed_copies(top):
            raise SubmissionError(_unnamed(top))
        if not self.forced and (is_file or self._is_one_learner(top)):
            self._add(own_names.named(top.stem), top, "")
        elif is_file:
            raise SubmissionError(_no_layout(top, self.layouts))
        else:
            self._search(top, "", 0)
        if not self.learners:
            error = _no_layout(top, self.layouts) if self.forced else _no_submission(top)
            raise SubmissionError(error)
        anew = {row.name for row in LAYOUTS if row.numbered_anew}
        people = learner_files.joined(self.learners.values(), anew)
        sources = learner_files.sources(people, self.problems)
        return FoundClass(tuple(sources), tuple(self.passed_over))

    def _is_one_learner(self, top: FileEntry) -> bool:
        return own_names.is_one_learner(top.entries()) and len(self.size.names_in(top)) < 2

    def _search(self, top: FileEntry, download: str, depth: int) -> None:
        """Add the learners in a folder or zip of a class."""
        top = self._unpacked(top)
        held = top.entries()
        nbgrader = [e for e in held if e.is_folder and e.name in ("inbound", "submitted")]
        if nbgrader and not self.forced:  # `top` is the root of a course of nbgrader
            self._pass_over(held, nbgrader[-1:])
            self._search(nbgrader[-1], download, depth + 1)
            return
        if self._add_by_layout(top, held, download):
            return
        submissions = [entry for entry in held if entry.counts()]
        classes = self.size.classes(submissions) if depth < DEEPEST else []
        if self.forced and not self.by_folders:
            classes = [entry for entry in submissions if entry.is_folder or entry.is_zip]
            submissions = classes
        if classes and len(classes) == len(submissions):
            self._pass_over(held, submissions)
            for entry in classes:
                self._search(entry, f"{download}{entry.stem}/", depth + 1)
        elif classes and not self.forced:
            raise SubmissionError(_class_among_others(classes, submissions))
        elif self.by_folders:
            self._pass_over(held, submissions)
            known = own_names.of_clones(top.name, submissions)
            known |= gradescope_export.learners(top.path) | own_names.after_lessons(submissions)
            for entry in submissions:
                named = known.get(entry.name) or own_names.parse(entry, self.forced)
                self._add(named, entry, download)

    def _add_by_layout(self, top: FileEntry, held: list[FileEntry], download: str) -> bool:
        """Add the entries that match a platform's layout; return False if none match.

        Other entries count as submissions named by their file or folder if no platform layout was
        chosen; the rest go to `passed_over`.
        """
        fitting, left = layout_matching.match(self.layouts, top, held, self.forced)
        if not fitting:
            return False
        for named, entry in fitting:
            if file_entries.is_junk(named.rest):
                self.passed_over.append(entry.name)
            else:
                self._add(named, entry, download)
        names = {named.layout for named, _ in fitting}
        wrapped = any(row.wrapped and row.name in names for row in self.layouts)
        for entry in left:
            if entry.counts() and self.by_folders and not (wrapped and entry.is_folder):
                self._add(own_names.parse(entry, self.forced), entry, download)
            else:
                self.passed_over.append(entry.name)
        return True

    def _add(self, named: ParsedName, entry: FileEntry, download: str) -> None:
        key = named.learner
        new = LearnerFiles(named.who, named.number, named.login)
        self.learners.setdefault(key, new).files.append(FoundFile(named, entry, download))

    def _pass_over(self, held: list[FileEntry], submissions: list[FileEntry]) -> None:
        names = {entry.name for entry in submissions}
        self.passed_over += [entry.name for entry in held if entry.name not in names]

    def _is_class_zip(self, top: FileEntry) -> bool:
        return top.is_zip and self.size.learners_in(top, alone=True) > 1

    def _unpacked(self, top: FileEntry) -> FileEntry:
        """Return the folder into which a zip is unpacked; a folder is returned as it is."""
        if top.is_folder or self.stack is None:
            return top
        made = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="confirmlab-"))
        path = Path(made).resolve() / "class"
        self.problems |= bundles.unpack(top.path, path)
        folder = FileEntry(top.stem, path, True)
        inside = folder.entries()
        if (
            len(inside) == 1
            and inside[0].is_folder
            and not self.size.names_in(folder)
            and not own_names.is_one_learner(inside[0].entries())
        ):
            return inside[0]  # the zip was made of this folder
        return folder


def _top(path: Path) -> FileEntry:
    try:
        root = path.resolve(strict=True)
        if root.is_dir():
            os.scandir(root).close()
    except (OSError, RuntimeError) as error:  # Python 3.12 and older: RuntimeError for a link loop
        why = reason(error)
        raise SubmissionError(
            f"{shown(path.name)} cannot be read ({why}); give the folder with the submissions."
        ) from None
    return FileEntry(root.name, root, root.is_dir())


def _unnamed(top: FileEntry) -> str:
    return (
        f"{shown(top.name)} holds many copies of one notebook, and no file name tells whose each "
        "is; download it with learners' names in file names, or put each into a folder of its own."
    )


def _no_submission(top: FileEntry) -> str:
    return (
        f"No submission was found in {shown(top.name)}; give the folder that holds a folder, a "
        "zip or a notebook for each learner."
    )


def _class_among_others(classes: list[FileEntry], submissions: list[FileEntry]) -> str:
    others = [entry.name for entry in submissions if entry not in classes]
    hold = "holds the work of a whole class, and lies" if len(classes) == 1 else "are whole classes"
    return (
        f"{listed([entry.name for entry in classes])} {hold} beside {listed(others)}; give one of "
        f"them alone, or --layout {FOLDERS} to read each as one learner's."
    )


def _no_layout(top: FileEntry, layouts: list[Layout]) -> str:
    name = layouts[0].name if layouts else FOLDERS
    example = next(iter(layouts[0].examples), "") if layouts else ""
    shape = f", such as {shown(example)}" if example else ""
    return (
        f"Nothing in {shown(top.name)} has a name of --layout {name}{shape}; leave --layout out, "
        "or give another."
    )
