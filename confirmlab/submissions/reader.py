"""Read one learner's submission, without running it: the text of each blank, and notes."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from confirmlab.base.errors import SubmissionError
from confirmlab.base.version import __version__
from confirmlab.course import blanks, lessons, skeleton
from confirmlab.course.results import Effort
from confirmlab.processes.messages import Send
from confirmlab.submissions import archives, learner_record, merge
from confirmlab.submissions.bounded_files import BoundedFiles, listed, shown

MANIFEST = "confirmlab.json"  # holds the version of the kit that packed the submission
SENTENCES = 40  # notes about one submission

# The course's own answers, in the submission of a learner who hands in the whole kit.
_NOT_THE_LEARNERS = {"solutions", "app_skeleton"}

# Files that learning platforms add to a submission.
_PLATFORM = re.compile(
    r"onlinetext\.html|(?:.*_)?(?:text|link)\.html|timestamp\.txt|comments\.txt"
    r"|(?:.* - )?prompt_\d+\.txt|.*(?:submission|feedback)Text\.html|.*_attempt_[\d-]+\.txt"
)


@dataclass(frozen=True)
class Submission:
    """The graded part of one learner's work: the text of each filled blank, and notes."""

    learner: str
    fills: dict[str, str]
    damage: tuple[str, ...]  # notes about the files
    status: str  # ok, no-submission or unreadable
    earlier: dict[str, str] = field(default_factory=dict)  # texts of blanks before a refill
    efforts: Mapping[str, Effort] = field(default_factory=dict)  # by exercise

    def __repr__(self) -> str:
        return f"<Submission of {shown(self.learner)}: {self.status}, {len(self.fills)} fills>"


def read(*paths: Path, learner: str = "") -> Submission:
    """Return what a learner's folders, zips and notebooks hold; damaged ones get a status."""
    if not paths:
        return Submission(learner, {}, ("No file was handed in.",), "no-submission")
    # Not Path.is_dir: it raises an error where the folder around may not be read.
    learner = learner or (paths[0].name if os.path.isdir(paths[0]) else paths[0].stem)
    try:
        with archives.open_submission(*paths) as files:
            return _read(learner, files)
    except SubmissionError as error:
        return Submission(learner, {}, (str(error),), "unreadable")


def send_submission(task: dict[str, Any], send: Send) -> None:
    """Read the `paths` of a `learner` in a child process, and send what they hold."""
    submission = read(*map(Path, task["paths"]), learner=task["learner"])
    for exercise_id, text in submission.fills.items():
        send({"fill": exercise_id, "text": text})
    for exercise_id, text in submission.earlier.items():
        send({"earlier": exercise_id, "text": text})
    for exercise_id, effort in submission.efforts.items():
        send({"effort": exercise_id, **asdict(effort)})
    send({"status": submission.status, "damage": list(submission.damage)})


def from_messages(learner: str, messages: Sequence[dict[str, Any]]) -> Submission:
    """Return the submission that `send_submission` sent."""
    fills = {m["fill"]: m["text"] for m in messages if "fill" in m}
    earlier = {m["earlier"]: m["text"] for m in messages if "earlier" in m}
    names = Effort.__dataclass_fields__
    efforts = {m["effort"]: Effort(**{n: m[n] for n in names}) for m in messages if "effort" in m}
    last = messages[-1]
    return Submission(learner, fills, tuple(last["damage"]), last["status"], earlier, efforts)


def _read(learner: str, files: BoundedFiles) -> Submission:
    names, notes = _without_given(files.names)
    notes += _version(files)
    app = merge.from_app(files, names)
    notebooks = merge.from_notebooks(files, names)
    fills, differences = _chosen(app.texts, notebooks.texts, app.of_this_course)
    notes += [*app.problems, *notebooks.problems, *differences]
    if app.of_this_course or notebooks.of_this_course:
        earlier = {
            exercise_id: text
            for exercise_id, text in notebooks.earlier.items()
            if not blanks.same(text, fills[exercise_id])
        }
        efforts = learner_record.efforts(files, merge.record_name(names))
        damage = _shortened(notes + files.problems)
        return Submission(learner, fills, damage, "ok", earlier, efforts)
    # Unreadable files were still handed in, which differs from handing in nothing.
    learners_own = [name for name in names if not _PLATFORM.fullmatch(name.rpartition("/")[2])]
    status = "unreadable" if learners_own or files.problems else "no-submission"
    damage = _shortened([_nothing_readable(learners_own), *notes, *files.problems])
    return Submission(learner, {}, damage, status)


def _chosen(
    app: Mapping[str, str], notebooks: Mapping[str, str], has_app: bool
) -> tuple[dict[str, str], list[str]]:
    """Return the fill of each blank: that of my_app, or the notebook's where my_app has none."""
    fills, notes = {}, []
    for exercise in lessons.load().exercises:
        in_app, in_notebook = app.get(exercise.id), notebooks.get(exercise.id)
        if in_app is not None and not skeleton.is_stub(exercise.id, in_app):
            fills[exercise.id] = blanks.normal(in_app)
            if in_notebook is not None and not blanks.same(in_app, in_notebook):
                notes.append(f"{exercise.id!r} differs in the notebook and my_app; my_app counts.")
        elif in_notebook is not None:
            fills[exercise.id] = in_notebook
            if has_app:
                notes.append(f"{exercise.id!r} is open in my_app; the notebook's text counts.")
    return fills, notes


def _version(files: BoundedFiles) -> list[str]:
    manifests = [name for name in files.names if name.rpartition("/")[2] == MANIFEST]
    if not manifests:
        return []
    version = str(files.json_object(manifests[0]).get("confirmlab", "unknown"))
    if version == __version__:
        return []
    return [
        f"The submission was packed with version {shown(version)} of the kit; this is "
        f"{__version__}."
    ]


def _without_given(names: list[str]) -> tuple[list[str], list[str]]:
    kept = [name for name in names if not _NOT_THE_LEARNERS & set(name.split("/")[:-1])]
    if len(kept) == len(names):
        return kept, []
    return kept, ["Files in 'solutions' and 'app_skeleton' are the course's and were not read."]


def _nothing_readable(names: list[str]) -> str:
    if not names:
        return "No file was handed in."
    return (
        f"Handed in, but nothing of this course could be read in it: it holds {listed(names)}. "
        "A submission needs the notebooks, or the zip that %submit makes."
    )


def _shortened(notes: list[str]) -> tuple[str, ...]:
    sentences = list(dict.fromkeys(notes))
    more = len(sentences) - SENTENCES
    return (*sentences[:SENTENCES], *([f"And {more} more notes."] if more > 0 else []))
