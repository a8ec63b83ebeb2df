"""Errors that a person can cause; each message is one sentence for that person."""

from __future__ import annotations

NO_FORK = (
    "Checks need Linux, macOS or WSL, where a process can be forked; "
    "on Windows install WSL and start JupyterLab there."
)


class KitError(Exception):
    """Base class: the message says what happened, where, and what to do next."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines instead of a traceback through the kit's own code.
        return [f"{type(self).__name__}: {self}"]


class BlankError(KitError):
    """A blank does not exist, was damaged, or cannot take a fill."""


class CourseError(KitError):
    """A file of the course is invalid."""


class WorkspaceError(KitError):
    """A file or folder of the workspace is missing or cannot be written."""


class SubmissionError(KitError):
    """A submission cannot be packed or read."""


class ExportError(KitError):
    """A grade cannot be exported to another platform."""


class SiteError(KitError):
    """The site does not start or is not running."""


class MailError(KitError):
    """An expected mail did not arrive."""


class CommandFailed(KitError):
    """A command failed; `output` holds what it printed."""

    def __init__(self, problem: str, output: str = "") -> None:
        super().__init__(problem)
        self.output = output


class CheckFailed(KitError):
    """A fill does not meet a requirement yet."""
