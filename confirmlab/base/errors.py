"""One family of errors for everything that a person can cause."""


class KitError(Exception):
    """Say what happened, where, and what to do next, in one sentence."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines in place of a traceback through the kit's own code.
        return [f"{type(self).__name__}: {self}"]


class BlankError(KitError):
    """Report a blank that does not exist, was damaged, or cannot take a fill."""


class CourseError(KitError):
    """Report a course file that contradicts itself."""


class WorkspaceError(KitError):
    """Report a file or folder of the workspace that is missing or refuses to be written."""


class SubmissionError(KitError):
    """Report what a learner hands in when it cannot be packed or read."""


class ExportError(KitError):
    """Report a grade that cannot be given to another platform."""


class SiteError(KitError):
    """Report a site that does not start or is not running."""


class MailError(KitError):
    """Report a mail that did not come."""


class CommandFailed(KitError):
    """Report a command that failed, with what it had printed."""

    def __init__(self, problem: str, output: str = "") -> None:
        super().__init__(problem)
        self.output = output


class CheckFailed(KitError):
    """Report a requirement that a fill does not meet yet."""
