"""Generate notebooks/ and solutions/app/ from the solved notebooks and the skeleton."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from confirmlab.base import paths
from confirmlab.base.errors import KitError
from confirmlab.course import lessons, notebook_format, skeleton, solutions
from confirmlab.site import app_commands

_LESSON = "[0-9][0-9]_*.ipynb"


def build() -> dict[str, bytes]:
    """Return the content of every generated file by its path in the kit; nothing is written.

    Raises:
        KitError: there are no solved notebooks, or the finished app cannot be migrated.
    """
    if not _solved():  # all notebooks of learners would be stale
        raise KitError(
            "The solved notebooks are missing in 'solutions', so nothing was generated or deleted; "
            "use a complete clone of the kit."
        )
    return learner_notebooks() | _finished_app()


def write() -> list[str]:
    """Write the generated files, delete stale ones, and return what changed."""
    made = build()
    changed = out_of_date(made)
    for name in changed:
        path = paths.in_kit(name)
        if name in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made[name])
        else:
            path.unlink()
    return changed


def out_of_date(made: dict[str, bytes] | None = None) -> list[str]:
    """Return the generated files that are out of date."""
    made = build() if made is None else made
    present = {name: paths.in_kit(name).read_bytes() for name in _present()}
    names = sorted(made.keys() | present.keys())
    return [name for name in names if made.get(name) != present.get(name)]


def run(names: Iterable[str] = ()) -> list[str]:
    """Run solved notebooks in order, in one fresh workspace, and save their new outputs.

    With names, only those are saved. The notebooks before them still run, since members and
    their numbers carry over from one notebook to the next.

    Raises:
        CourseError: there is no such lesson.
        KitError: a notebook does not run to its end.
    """
    stems = {lessons.load().lesson(name).name for name in names}
    solved = _solved()
    chosen = [path for path in solved if not stems or path.stem in stems]
    with _fresh_workspace() as workspace:
        for path in solved[: solved.index(chosen[-1]) + 1] if chosen else []:
            text = execute([str(path)])[0]
            if path not in chosen:
                continue
            # Outputs name the temporary workspace; write the paths that learners see.
            text = text.replace(os.path.relpath(workspace.parent, path.parent), "..")
            notebook = notebook_format.read(text.replace(str(workspace), "my_app"))
            path.write_text(notebook_format.write(notebook), encoding="utf-8", newline="\n")
    return [path.name for path in chosen]


def execute(names: Iterable[str]) -> list[str]:
    """Run notebooks one after the other; return them as text, with their outputs.

    Raises:
        KitError: a file is no notebook, or a cell raised an exception that its tags do not allow.
    """
    import nbclient
    import nbformat

    done = []
    for path in map(Path, names):
        place = {"metadata": {"path": str(path.parent)}}
        try:
            notebook = nbformat.read(path, as_version=4)
            nbclient.NotebookClient(notebook, timeout=120, resources=place).execute()
        except Exception as error:
            raise KitError(f"{path.name!r} does not run to its end: {error}") from None
        done.append(nbformat.writes(notebook))
    return done


@contextmanager
def _fresh_workspace() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="confirmlab-") as name:
        before = os.environ.get("CONFIRMLAB_WORKSPACE")
        folder = Path(name).resolve() / "my_app"
        os.environ["CONFIRMLAB_WORKSPACE"] = str(folder)
        try:
            yield folder
        finally:
            os.environ.pop("CONFIRMLAB_WORKSPACE")
            if before is not None:
                os.environ["CONFIRMLAB_WORKSPACE"] = before


def _solved() -> list[Path]:
    names = [f"{lesson.name}.ipynb" for lesson in lessons.load().lessons]
    return [path for name in names if (path := paths.in_kit("solutions", name)).exists()]


def learner_notebooks() -> dict[str, bytes]:
    """Return the content of every notebook for learners by its path in the kit."""
    made = {}
    for path in _solved():
        solved = notebook_format.load(path)
        learner = notebook_format.learner_version(solved, skeleton.stubs())
        names = [lesson.name for lesson in lessons.load().lessons]
        learner = notebook_format.without_links_to_others(learner, names)
        versions = {path.name: notebook_format.full_version(learner)}
        if lessons.load().lesson(path.stem).short_minutes:
            versions[f"{lessons.SHORT_FOLDER}/{path.name}"] = notebook_format.short_version(learner)
        for name, version in versions.items():
            made[f"notebooks/{name}"] = notebook_format.write(version).encode()
    return made


def _finished_app() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="confirmlab-") as name:
        app = skeleton.build(Path(name) / "my_app", solutions.finished())
        _migrate(app, "finished app")
        skeleton.build(app, solutions.fills())
        _migrate(app, "hardened app")
        names = skeleton.app_files(app)
        return {f"solutions/app/{n.as_posix()}": (app / n).read_bytes() for n in names}


def _migrate(app: Path, name: str) -> None:
    """Create the Flask-Migrate revision for the app as it is now."""
    for command in (["db", "upgrade"], ["db", "migrate", "-m", name]):
        finished = app_commands.run_flask(app, command, mail_port=0)
        problem = app_commands.failed(finished)
        if problem:
            raise KitError(
                f"'flask {' '.join(command)}' failed on the finished app. {problem} "
                f"Read its output below, and check the fills in solutions/.\n\n{finished.output}"
            )


def _present() -> list[str]:
    # Other names are notebooks that somebody made for notes or trials.
    names = [f"notebooks/{path.name}" for path in paths.in_kit("notebooks").glob(_LESSON)]
    short = paths.in_kit("notebooks", lessons.SHORT_FOLDER).glob(_LESSON)
    names += [f"notebooks/{lessons.SHORT_FOLDER}/{path.name}" for path in short]
    app = paths.in_kit("solutions", "app")
    return names + [f"solutions/app/{name.as_posix()}" for name in skeleton.app_files(app)]
