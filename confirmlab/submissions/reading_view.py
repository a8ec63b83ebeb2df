"""Text renderings of what was found among submissions, and of the table of layouts."""

from collections.abc import Iterator

from confirmlab.submissions.bounded_files import shown
from confirmlab.submissions.discovery import FOLDERS, Reading
from confirmlab.submissions.lms_names import LAYOUTS

_MOST_FILES = 6


def lines(reading: Reading) -> Iterator[str]:
    """Yield who handed in what, what counts of it, and what was passed over."""
    count = len(reading.learners)
    yield f"{count} learner{'s' * (count != 1)}, read as {', '.join(reading.layouts)}."
    for each in reading.learners:
        told = [each.number and f"number {each.number}", each.login and f"login {each.login}"]
        told += [f"{each.when:%Y-%m-%d %H:%M}" if each.when else "", "late" if each.late else ""]
        about = ", ".join(str(part) for part in told if part)
        yield f"\n{shown(each.learner)}{f' ({about})' if about else ''}"
        yield f"    counts: {_listed(each.files) or 'nothing'}"
        if each.passed_over:
            yield f"    passed over: {_listed(each.passed_over)}"
        if each.note:
            yield f"    {each.note}"
    if reading.passed_over:
        yield f"\nNobody's work, passed over: {_listed(reading.passed_over)}"


def table() -> Iterator[str]:
    """Yield a line for each layout: what --layout takes, the platform, an example."""
    for row in LAYOUTS:
        yield f"  {row.name:17} {row.title}, such as {next(iter(row.examples))}"
    yield f"  {FOLDERS:17} a folder, zip or notebook for each learner, by its name"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_FILES:,} more" if len(names) > _MOST_FILES else ""
    return ", ".join(map(shown, names[:_MOST_FILES])) + more
