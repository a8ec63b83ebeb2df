"""A zip of feedback pages with the file names by which Canvas and Moodle return them."""

from collections.abc import Callable, Iterable
from pathlib import Path

from confirmlab.base import archive
from confirmlab.base.errors import ExportError
from confirmlab.grading.grades import Grade
from confirmlab.grading.reports import feedback
from confirmlab.submissions.learner_files import SubmissionSource

NAME = "feedback.html"


def _canvas(source: SubmissionSource) -> str:
    # name_userid_attachmentid_file: generate_comments_from_files in app/models/assignment.rb of
    # https://github.com/instructure/canvas-lms reads the two numbers.
    return source.prefix + NAME


def _moodle(source: SubmissionSource) -> str:
    # name_id_assignsubmission_file_/file: mod/assign/feedback/file/importziplib.php of
    # https://github.com/moodle/moodle splits it.
    return f"{source.prefix.rstrip('_')}_/{NAME}"


NAMES: dict[str, Callable[[SubmissionSource], str]] = {"canvas": _canvas, "moodle": _moodle}


def write(
    target: Path, platform: str, sources: Iterable[SubmissionSource], grades: Iterable[Grade]
) -> int:
    """Write the zip, and return the number of pages in it.

    Raises:
        ExportError: it cannot be written.
    """
    layouts = (platform, f"{platform}-anonymous")
    known = {each.learner: each for each in sources if each.layout in layouts}
    pages = {
        NAMES[platform](known[grade.learner]): feedback.page(grade).encode()
        for grade in grades
        if grade.learner in known
    }
    try:
        archive.write(target, pages, mode=0o600)  # grades are private
    except OSError as error:
        raise ExportError(
            f"Could not write {target.name!r} ({error.strerror}); give another folder with --out."
        ) from None
    return len(pages)
