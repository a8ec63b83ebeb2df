"""Read one learner's submission: the text of the blanks, and what is damaged; nothing is run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confirmlab.base.errors import SubmissionError
from confirmlab.base.version import __version__
from confirmlab.course import blanks, lessons, skeleton
from confirmlab.processes.messages import Send
from confirmlab.submissions import archives, merge
from confirmlab.submissions.bounded_files import Parcel, listed, shown

MANIFEST = "confirmlab.json"  # says which version of the kit packed it
SENTENCES = 40

# The course's own answers: a learner who hands in the whole kit did not write these.
_GIVEN = {"solutions", "app_skeleton"}


# What learning platforms lay beside what was handed in.
_PLATFORM = re.compile(
    r"onlinetext\.html|(?:.*_)?(?:text|link)\.html|timestamp\.txt|comments\.txt"
    r"|(?:.* - )?prompt_\d+\.txt|.*(?:submission|feedback)Text\.html|.*_attempt_[\d-]+\.txt"
)


@dataclass(frozen=True)
class Submission:
    """What counts of one learner's work: a text for each exercise that is not open."""

    learner: str
    fills: dict[str, str]
    damage: tuple[str, ...]
    status: str  # ok, no-submission or unreadable
    earlier: dict[str, str] = field(default_factory=dict)  # before a blank was filled anew

    def __repr__(self) -> str:
        return f"<Submission of {shown(self.learner)}: {self.status}, {len(self.fills)} fills>"


def read(*paths: Path, learner: str = "") -> Submission:
    """Read a learner's folders, zips and notebooks; the result always has a status."""
    if not paths:
        return Submission(learner, {}, ("No file was handed in.",), "no-submission")
    learner = learner or (paths[0].name if paths[0].is_dir() else paths[0].stem)
    try:
        with archives.opened(*paths) as opened:
            return _read(learner, opened)
    except SubmissionError as error:
        return Submission(learner, {}, (str(error),), "unreadable")


def tell(task: dict[str, Any], send: Send) -> None:
    """Read the `paths` of a `learner`, and say what counts of them; the work of a child."""
    found = read(*map(Path, task["paths"]), learner=task["learner"])
    for exercise_id, text in found.fills.items():
        send({"fill": exercise_id, "text": text})
    for exercise_id, text in found.earlier.items():
        send({"earlier": exercise_id, "text": text})
    send({"status": found.status, "damage": list(found.damage)})


def _read(learner: str, opened: Parcel) -> Submission:
    names, said = _without_given(opened.names)
    said += _version(opened)
    app = merge.from_app(opened, names)
    cells = merge.from_notebooks(opened, names)
    fills, differences = _counting(app.texts, cells.texts, app.ours)
    said += [*app.problems, *cells.problems, *differences]
    if app.ours or cells.ours:
        earlier = {
            exercise_id: text
            for exercise_id, text in cells.earlier.items()
            if not blanks.same(text, fills[exercise_id])
        }
        return Submission(learner, fills, _short(said + opened.problems), "ok", earlier)
    # What was handed in was handed in, also where nothing of it can be graded.
    own = [name for name in names if not _PLATFORM.fullmatch(name.rpartition("/")[2])]
    status = "unreadable" if own or opened.problems else "no-submission"
    return Submission(learner, {}, _short([_missing(own), *said, *opened.problems]), status)


def _counting(
    app: Mapping[str, str], cells: Mapping[str, str], has_app: bool
) -> tuple[dict[str, str], list[str]]:
    """Choose between my_app and the notebooks: my_app counts if it has any fill."""
    fills, said = {}, []
    for exercise in lessons.load().exercises:
        here, there = app.get(exercise.id), cells.get(exercise.id)
        if here is not None and not skeleton.is_stub(exercise.id, here):
            fills[exercise.id] = blanks.normal(here)
            if there is not None and not blanks.same(here, there):
                said.append(f"{exercise.id!r} differs in the notebook and my_app; my_app counts.")
        elif there is not None:
            fills[exercise.id] = there
            if has_app:
                said.append(f"{exercise.id!r} is open in my_app; the notebook's text counts.")
    return fills, said


def _version(opened: Parcel) -> list[str]:
    manifests = [name for name in opened.names if name.rpartition("/")[2] == MANIFEST]
    if not manifests:
        return []
    version = str(opened.notes(manifests[0]).get("confirmlab", "unknown"))
    if version == __version__:
        return []
    return [f"It was packed with version {shown(version)} of the kit; this is {__version__}."]


def _without_given(names: list[str]) -> tuple[list[str], list[str]]:
    kept = [name for name in names if not _GIVEN & set(name.split("/")[:-1])]
    if len(kept) == len(names):
        return kept, []
    return kept, ["What lies in 'solutions' or 'app_skeleton' is the course's, and was not read."]


def _missing(names: list[str]) -> str:
    if not names:
        return "No file was handed in."
    return (
        f"Handed in, but nothing of this course could be read in it: it holds {listed(names)}. "
        "Ask for the notebooks, or for the zip of confirmlab submit."
    )


def _short(said: list[str]) -> tuple[str, ...]:
    sentences = list(dict.fromkeys(said))
    more = len(sentences) - SENTENCES
    return (*sentences[:SENTENCES], *([f"And {more} sentences more."] if more > 0 else []))
