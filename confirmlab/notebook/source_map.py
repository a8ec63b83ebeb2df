"""Map lines of the app's files to lines of the cells that filled them."""

import re
from contextlib import suppress
from dataclasses import replace

from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.course.results import TestResult
from confirmlab.notebook.workspace import Workspace


class SourceMap:
    """Names places as learners know them: by cell, and by paths that begin with my_app."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def __repr__(self) -> str:
        return f"<SourceMap of {self.workspace.folder.name}>"

    def in_test(self, test: TestResult) -> TestResult:
        """Return a failed test with the cell's line added to its place."""
        match = re.match(r"(\S+), line (\d+)", test.where)
        cell = self._cell_line(match[1], int(match[2])) if match else ""
        return replace(test, where=f"{cell} ({test.where})") if cell else test

    def in_trace(self, trace: str) -> str:
        """Return a traceback with the cell and line number of each of the app's lines added."""

        def with_cell(match: re.Match[str]) -> str:
            cell = self._cell_line(match[1], int(match[2]))
            return f"{match[0]} ({cell})" if cell else match[0]

        name = re.escape(self.workspace.folder.name)
        return re.sub(rf'"{name}/(.+)", line (\d+)', with_cell, self.local(trace))

    def local(self, output: str) -> str:
        """Return a text with the app's paths shortened to begin with my_app."""
        return output.replace(f"{self.workspace.folder.parent}/", "")

    def _cell_line(self, file: str, line: int) -> str:
        for exercise in lessons.load().exercises:
            if exercise.file != file:
                continue
            with suppress(KitError):  # a blank without its markers has no cell
                blank = self.workspace.blank_of(exercise)
                # To the learner an untouched blank, say of a later lesson, is code of the app.
                if blank.first <= line <= blank.last and not self.workspace.is_open(exercise.id):
                    return f"line {line - blank.first + 2} of the cell of {exercise.id}"
        return ""
