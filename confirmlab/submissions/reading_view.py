"""The text that `confirmlab grade --dry-run` and `--layout help` print."""

from collections.abc import Iterator

from confirmlab.submissions.bounded_files import shown
from confirmlab.submissions.discovery import FOLDERS, FoundClass
from confirmlab.submissions.lms_names import LAYOUTS

_MOST_FILES = 6


def lines(found: FoundClass) -> Iterator[str]:
    """Yield lines that list for each learner the files that count and those that are skipped."""
    count = len(found.learners)
    yield f"{count} learner{'s' * (count != 1)}, read as {', '.join(found.layouts)}."
    for source in found.learners:
        details = [
            f"number {source.number}" if source.number else "",
            f"login {source.login}" if source.login else "",
            f"{source.when:%Y-%m-%d %H:%M}" if source.when else "",
            "late" if source.late else "",
        ]
        about = ", ".join(filter(None, details))
        yield f"\n{shown(source.learner)}{f' ({about})' if about else ''}"
        yield f"    counts: {_listed(source.files) or 'nothing'}"
        if source.passed_over:
            yield f"    passed over: {_listed(source.passed_over)}"
        if source.note:
            yield f"    {source.note}"


def table() -> Iterator[str]:
    """Yield a line for each layout: the name that --layout takes, the platform, an example."""
    width = max(len(row.name) for row in LAYOUTS)
    for row in LAYOUTS:
        yield f"  {row.name:{width}} {row.title}, such as {next(iter(row.examples))}"
    yield f"  {FOLDERS:{width}} a folder, zip or notebook for each learner, by its name"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_FILES:,} more" if len(names) > _MOST_FILES else ""
    return ", ".join(map(shown, names[:_MOST_FILES])) + more
