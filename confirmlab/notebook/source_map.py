"""Name places in files as the learner knows them: by cell, and by paths from my_app on."""

import re
from contextlib import suppress
from dataclasses import replace

from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.course.results import TestResult
from confirmlab.notebook.workspace import Workspace


class SourceMap:
    """Which lines of which file came from which cell."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def __repr__(self) -> str:
        return f"<SourceMap of {self.workspace.folder.name}>"

    def in_test(self, test: TestResult) -> TestResult:
        """Add the cell's line to the place of a failed test."""
        match = re.match(r"(\S+), line (\d+)", test.where)
        cell = self._cell_line(match[1], int(match[2])) if match else ""
        return replace(test, where=f"{cell} ({test.where})") if cell else test

    def in_trace(self, trace: str) -> str:
        """Add the cells' lines to a traceback."""

        def pointed(match: re.Match[str]) -> str:
            cell = self._cell_line(match[1], int(match[2]))
            return f"{match[0]} ({cell})" if cell else match[0]

        name = re.escape(self.workspace.folder.name)
        return re.sub(rf'"{name}/(.+)", line (\d+)', pointed, self.local(trace))

    def local(self, output: str) -> str:
        """Shorten paths in a text to begin with my_app."""
        return output.replace(f"{self.workspace.folder.parent}/", "")

    def _cell_line(self, file: str, line: int) -> str:
        for exercise in lessons.load().exercises:
            if exercise.file != file:
                continue
            with suppress(KitError):  # a blank whose markers are gone has no cell
                blank = self.workspace.blank_of(exercise)
                # A blank as it came, say of a later lesson, is the app's own code to a learner.
                if blank.first <= line <= blank.last and not self.workspace.is_open(exercise.id):
                    return f"line {line - blank.first + 2} of the cell of {exercise.id}"
        return ""
