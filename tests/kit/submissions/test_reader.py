"""Facts about reading a submission: only blanks count, and no input stops a batch."""

import json
import os
import pickle
import shutil
import stat
import zipfile

import pytest

from confirmlab.base import paths
from confirmlab.course import lessons, skeleton, solutions
from confirmlab.course.results import Effort
from confirmlab.notebook import submission_zip
from confirmlab.notebook.workspace import Workspace
from confirmlab.submissions import archives, bounded_files, fills_found, merge, reader

MODELS = "app/models.py"
VIEWS = "app/auth/views.py"
LINE = "<p>Coo.</p>"
INDEX = "app/templates/main/index.html"
STUB = skeleton.stubs()["welcome-line"]
GATE = solutions.fill("gate") + "\n# mine"
MARKED = "{# region welcome-line #}\n" + LINE + "\n{# endregion welcome-line #}\n"


def read(path):
    return reader.read(path)


def cell(exercise_id, text, **fields):
    source = f"%%fill {exercise_id}\n{text}"
    made = {"id": f"ex-{exercise_id}-fill", "cell_type": "code", "source": source}
    return {**made, **fields}


def book(*cells):
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def packed(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def hand_in(tmp_path):
    """Return a function that writes files into a folder and reads it as a submission."""

    def hand_in(files):
        for name, data in files.items():
            path = tmp_path / "ada" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read(tmp_path / "ada")

    return hand_in


@pytest.fixture
def my_app(tmp_path):
    """Return an app with two filled blanks."""
    fills = {"welcome-line": LINE, "gate": GATE}
    return skeleton.build(tmp_path / "ada" / "my_app", fills)


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path / "ada" / "my_app")
    workspace.ensure()
    return workspace


def in_welcome(found):
    return found.fills.get("welcome-line")


# What counts


@pytest.mark.parametrize("nested", ["", "my_app/", "Ada Lovelace/my_app/", "hand-in/"])
def test_the_app_is_found_wherever_it_lies(hand_in, nested):
    """my_app may be the folder itself, inside it, or one folder deeper."""
    found = hand_in({nested + INDEX: MARKED})

    assert (found.learner, found.status, found.fills) == ("ada", "ok", {"welcome-line": LINE})


def test_stubs_are_no_fills(my_app):
    """Only text that differs from the skeleton is a fill; all other blanks are open."""
    found = read(my_app)

    assert found.fills == {"welcome-line": LINE, "gate": GATE}
    assert found.damage == ()


def test_a_zip_reads_like_its_folder(tmp_path, my_app):
    """A zip and the folder that it was made from give the same fills."""
    made = shutil.make_archive(str(tmp_path / "ada"), "zip", my_app.parent)

    assert read(tmp_path / "ada.zip") == read(my_app.parent)
    assert made.endswith("ada.zip")


@pytest.mark.parametrize("beside", ["README.txt", "requirements.txt", "helper.py", "page.html"])
def test_a_zip_beside_a_file_that_is_not_the_courses_is_opened(tmp_path, beside):
    """A submission that was zipped again together with another file is read."""
    inner = packed(tmp_path / "submission.zip", {f"my_app/{INDEX}": MARKED})
    outer = packed(tmp_path / "ada.zip", {beside: "hello", "submission.zip": inner.read_bytes()})

    assert in_welcome(read(outer)) == LINE


def test_a_zip_beside_the_app_stays_closed(tmp_path):
    """Beside a file of the app, an older submission in a zip is not read."""
    old = packed(tmp_path / "old.zip", {f"my_app/{INDEX}": MARKED.replace("Coo", "Caw")})
    outer = packed(tmp_path / "ada.zip", {f"my_app/{INDEX}": MARKED, "old.zip": old.read_bytes()})

    assert in_welcome(read(outer)) == LINE


def test_a_notebook_alone_is_a_submission(tmp_path):
    """One notebook, with an LMS's additions to its name, is read by its cell ids."""
    path = tmp_path / "ada_117_00_start_here-1.ipynb"
    path.write_text(book(cell("welcome-line", LINE)), encoding="utf-8")

    assert read(path).fills == {"welcome-line": LINE}
    assert read(path).damage == ()


def test_several_files_are_one_submission(tmp_path):
    """Loose notebooks, zips and folders of one learner are read together."""
    notebook = tmp_path / "ada_1_2_07_gate_the_unconfirmed.ipynb"
    notebook.write_text(book(cell("gate", "pass")), encoding="utf-8")
    archive = packed(tmp_path / "ada_1_3_work.zip", {INDEX: MARKED})
    found = reader.read(notebook, archive, learner="ada")

    assert (found.learner, found.status) == ("ada", "ok")
    assert found.fills == {"gate": "pass", "welcome-line": LINE}


def test_one_broken_file_of_several_harms_no_other(tmp_path):
    """A broken file is noted and the rest is read; if all are broken, it is unreadable."""
    (tmp_path / "a.zip").write_bytes(b"oh no")
    archive = packed(tmp_path / "b.zip", {INDEX: MARKED})
    found = reader.read(tmp_path / "a.zip", archive)

    assert in_welcome(found) == LINE
    assert any(sentence.startswith("'a.zip' cannot be opened") for sentence in found.damage)
    assert reader.read(tmp_path / "a.zip", tmp_path / "none.zip").status == "unreadable"


def test_several_zips_have_one_limit(tmp_path, monkeypatch):
    """The limit on the number of files is for all zips together."""
    zips = [packed(tmp_path / f"{n}.zip", {"a.txt": "", "b.txt": ""}) for n in range(3)]
    monkeypatch.setattr(archives, "ENTRIES", 5)

    assert not read(zips[0]).damage[0].startswith("The submission holds more")
    assert reader.read(*zips).damage[0].startswith("The submission holds more than 5 files")


NOTEBOOKS = (*lessons.load().lessons, *lessons.load().short_way)


@pytest.mark.parametrize("lesson", NOTEBOOKS, ids=repr)
def test_an_untouched_notebook_holds_no_work(lesson):
    """An untouched notebook gives no notes, and its drafts are not fills."""
    found = read(paths.in_kit("notebooks", f"{lesson.name}.ipynb"))

    assert (found.status, found.fills, found.damage) == ("ok", {}, ())


def test_every_solved_notebook_gives_its_fills(hand_in):
    """Each solved notebook gives its fills."""
    names = [f"{lesson.name}.ipynb" for lesson in lessons.load().lessons]
    found = hand_in({n: paths.in_kit("solutions", n).read_text("utf-8") for n in names})

    assert found.fills == solutions.fills()
    assert found.damage == ()


def test_the_short_way_counts(hand_in):
    """Fills in a notebook of the short way count if the full notebook is untouched."""
    name = "00_start_here.ipynb"
    untouched = paths.in_kit("notebooks", name).read_text("utf-8")
    short = book(cell("welcome-line", LINE))
    found = hand_in({f"notebooks/{name}": untouched, f"notebooks/short/{name}": short})

    assert in_welcome(found) == LINE


def test_the_app_counts_before_the_notebook(hand_in):
    """If my_app and the notebook differ, my_app counts, and a note says so."""
    notebook = book(cell("welcome-line", "<p>Other.</p>"))
    found = hand_in({f"my_app/{INDEX}": MARKED, "00_start_here.ipynb": notebook})

    assert in_welcome(found) == LINE
    assert "'welcome-line' differs in the notebook and my_app; my_app counts." in found.damage


EARLY, LATE = "def confirm(self, token):\n    return 1", "def confirm(self, token):\n    return 2"
REFILLS = [
    cell("confirm-token", text, id=f"ex-{name}-refill-confirm-token")
    for name, text in (("token-key", EARLY), ("spent-tokens", LATE))
]


@pytest.mark.needs_lessons("08")
def test_refilled_text_counts(hand_in):
    """The text of the lesson that refills a blank counts; the earlier one is kept."""
    first = book(cell("generate-token", EARLY), cell("confirm-token", EARLY))
    found = hand_in(
        {"03_the_user_model.ipynb": first, "08_break_your_own_app.ipynb": book(*REFILLS)}
    )

    assert found.fills == {"generate-token": EARLY, "confirm-token": LATE}
    assert found.earlier == {"confirm-token": EARLY}
    assert not any("otherwise" in message or "cells" in message for message in found.damage)


@pytest.mark.needs_lessons("08")
def test_a_hardened_app_is_not_damaged(hand_in, tmp_path):
    """If the app has the refilled text, the earlier text gets no note."""
    skeleton.build(tmp_path / "ada" / "my_app", {"confirm-token": LATE})
    found = hand_in(
        {
            "03_the_user_model.ipynb": book(cell("confirm-token", EARLY)),
            "08_break_your_own_app.ipynb": book(*REFILLS),
        }
    )

    assert (found.fills, found.earlier) == ({"confirm-token": LATE}, {"confirm-token": EARLY})
    assert not any("differs" in message for message in found.damage)


def test_a_cell_that_never_ran_counts(hand_in, my_app):
    """A notebook's text counts if my_app still has the stub."""
    found = hand_in({"07_gate_the_unconfirmed.ipynb": book(cell("unconfirmed-page", LINE))})

    assert found.fills["unconfirmed-page"] == LINE
    assert "'unconfirmed-page' is open in my_app; the notebook's text counts." in found.damage


def test_a_reference_is_not_the_learners_fill(workspace):
    """A blank that %lesson filled with the reference counts as the learner left it."""
    workspace.fill("welcome-line", LINE)
    workspace.use_reference(["welcome-line", "gate"])

    assert read(workspace.folder).fills == {"welcome-line": LINE}


def test_a_manipulated_record_gains_nothing(workspace):
    """A manipulated record does not turn the reference into the learner's own text."""
    workspace.use_reference(["gate"])
    with workspace.record.change() as notes:
        notes["covered"]["gate"] = "a\0b"

    assert read(workspace.folder).fills == {}


@pytest.mark.parametrize("record", [None, "{", "[]", '{"filled": {}}'])
def test_without_a_record_the_text_of_the_reference_is_named(workspace, record):
    """Without a readable record one note names the fills that have the reference's text."""
    workspace.fill("welcome-line", LINE)
    workspace.use_reference(["gate", "confirm-view"])
    workspace.record.path.unlink()
    if record is not None:
        workspace.record.path.write_text(record, encoding="utf-8")
    found = read(workspace.folder)

    assert set(found.fills) == {"welcome-line", "gate", "confirm-view"}
    (note,) = [text for text in found.damage if "reference" in text]
    assert "'.confirmlab/record.json' is missing or damaged" in note
    assert "'gate'" in note and "'confirm-view'" in note and "welcome-line" not in note


def test_a_loose_file_with_the_reference_is_noted(hand_in):
    """A file of the app that was handed in alone has no record, so the note names its fills."""
    text = MARKED.replace(LINE, solutions.fill("welcome-line"))
    (note,) = hand_in({"index.html": text}).damage

    assert "'welcome-line'" in note and "reference" in note


def test_hints_attempts_and_first_passes_are_read(workspace):
    """Hints, attempts and first passes are read from the record; invalid values are ignored."""
    for text in ("<p>HELLO</p>", LINE, LINE):
        workspace.fill("welcome-line", text)
        workspace.store_result("welcome-line", passed=text == LINE)
    with workspace.record.change() as record:
        record["read"] = {"welcome-line": 2, "gate": "many", "confirm-view": 10**9}
        record["first"] |= {"welcome-line": "2026-03-01T10:00:00+00:00", "gate": "yesterday"}
        record["attempts"]["gate"] = -1

    assert read(workspace.folder).efforts == {"welcome-line": Effort(2, 2, "2026-03-01")}


def test_the_courses_solutions_do_not_count(hand_in):
    """If a learner hands in the whole kit, its solutions do not count."""
    stubbed = MARKED.replace(LINE, STUB)
    found = hand_in({f"kit/solutions/app/{INDEX}": MARKED, f"kit/my_app/{INDEX}": stubbed})

    assert (found.status, found.fills) == ("ok", {})
    assert "Files in 'solutions' and 'app_skeleton' are the course's" in found.damage[0]


def test_a_submission_travels(my_app):
    """A submission can be sent to another process; its repr is one line."""
    found = read(my_app)

    assert pickle.loads(pickle.dumps(found)) == found
    assert repr(found) == "<Submission of 'my_app': ok, 2 fills>"


# Damaged notebooks: (cells, the fills that count, the notes)

DAMAGED = {
    "missing": (
        [cell("welcome-lime", LINE, id="x1")],
        None,
        "the cell 'ex-welcome-line-fill' is missing.",
    ),
    "doubled, and the copy ran last": (
        [
            cell("welcome-line", "<p>b</p>", execution_count=3),
            cell("welcome-line", LINE, id="x1", execution_count=7),
        ],
        LINE,
        "'welcome-line' is filled in 2 cells; the one in 'x1' counts, which ran last.",
    ),
    "doubled, and the copy ran first": (
        [
            cell("welcome-line", "<p>b</p>", id="x1", execution_count=3),
            cell("welcome-line", LINE, execution_count=7),
        ],
        LINE,
        "'welcome-line' is filled in 2 cells; 'ex-welcome-line-fill' counts, which ran last.",
    ),
    "doubled": (
        [cell("welcome-line", LINE), cell("welcome-line", "<p>b</p>", id="x1")],
        LINE,
        "'welcome-line' is filled in 2 cells; 'ex-welcome-line-fill' counts.",
    ),
    "doubled, and worked on in the copy": (
        [cell("welcome-line", STUB), cell("welcome-line", LINE, id="x")],
        LINE,
        "'welcome-line' is filled in 2 cells; the one in 'x' counts.",
    ),
    "moved": (
        [cell("welcome-line", LINE), cell("gate", "pass")],
        LINE,
        "the cell 'ex-gate-fill' comes from another notebook.",
    ),
    "retyped": (
        [cell("welcome-line", LINE, cell_type="markdown")],
        LINE,
        "the cell that fills 'welcome-line' is no longer a code cell; its text counts.",
    ),
    "unknown": (
        [cell("welcome-line", LINE), cell("welcome-lime", "x", id="x")],
        LINE,
        "this course has no exercise 'welcome-lime'.",
    ),
    "without its first line": (
        [cell("welcome-line", "", source=LINE)],
        None,
        "the cell 'ex-welcome-line-fill' does not begin with its %%fill line.",
    ),
    "with NUL": ([cell("welcome-line", "a\0b")], None, "holds a NUL character; it does not count."),
    "half a character": ([cell("welcome-line", "\ud800")], None, "holds half of a UTF-16 pair"),
    "markers": ([cell("welcome-line", MARKED)], None, "holds the marker of a blank"),
    "endless": ([cell("welcome-line", "x" * 1_000_001)], None, "is longer than 1,000,000"),
}


@pytest.mark.parametrize(("cells", "counts", "said"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_notebook_is_read_as_far_as_it_goes(hand_in, cells, counts, said):
    """Each damage gets a note with the file's name, and affects no other fill."""
    found = hand_in({"00_start_here.ipynb": book(*cells)})

    assert (found.status, in_welcome(found)) == ("ok", counts)
    assert any(s.startswith("'00_start_here.ipynb': ") and said in s for s in found.damage)


def without_ids(lesson, change=None):
    """Return a solved notebook as Colab saves it: without cell ids, and with added cells."""
    path = paths.in_kit("solutions", f"{lesson.name}.ipynb")
    made = json.loads(path.read_text("utf-8"))
    for cell in made["cells"]:
        del cell["id"]
        cell["metadata"] = {"id": "aXbYcZ"}
    made |= {"nbformat": 4, "nbformat_minor": 0}
    return json.dumps(change(made) if change else made)


@pytest.mark.parametrize(
    "lesson", [one for one in lessons.load().lessons if one.exercises], ids=repr
)
def test_a_notebook_without_ids_reads_like_one_with_ids(lesson):
    """The course's cells are found by place and text, so that no draft counts."""
    with_ids = paths.in_kit("solutions", f"{lesson.name}.ipynb").read_text("utf-8")
    expected = fills_found.in_notebook("n", with_ids, lesson)

    assert fills_found.in_notebook("n", without_ids(lesson), lesson) == expected
    assert fills_found.in_notebook("n", without_ids(lesson), None).texts == expected.texts


def test_a_draft_below_the_answer_does_not_count():
    """A learner's draft that never ran does not replace the answer above it."""
    lesson = lessons.load().lesson(3)
    with_ids = paths.in_kit("solutions", f"{lesson.name}.ipynb").read_text("utf-8")
    expected = fills_found.in_notebook("n", with_ids, lesson).texts

    def draft(made):
        source = ["%%fill confirm-token\n", "def confirm(self, token):\n    return True\n"]
        extra = {"cell_type": "code", "metadata": {}, "source": source, "execution_count": None}
        made["cells"].append({**extra, "outputs": []})
        return made

    found = fills_found.in_notebook("n", without_ids(lesson, draft), lesson)

    assert found.texts == expected
    assert len(found.problems) == 1
    assert "'ex-confirm-token-fill' counts, which ran last" in found.problems[0]


def test_a_draft_of_an_older_version_is_no_rival(hand_in):
    """A draft from an older version of the course does not count, and gets no note."""
    draft = cell("welcome-line", "<p>Draft.</p>", id="draft-old-fill", execution_count=9)
    found = hand_in({"00_start_here.ipynb": book(cell("welcome-line", LINE), draft)})

    assert (in_welcome(found), found.damage) == (LINE, ())


def test_exercises_in_another_order_count():
    """Cells that changed places within a notebook still count."""
    lesson = lessons.load().lesson(6)
    ids = [exercise.id for exercise in lesson.exercises]
    found = fills_found.in_notebook("n", book(*(cell(name, "x") for name in reversed(ids))), lesson)

    assert set(found.texts) == set(ids)
    assert found.problems == ("'n': the exercises are in another order than in the course.",)


def test_the_later_time_stamp_counts(hand_in):
    """Of two attempts at a notebook that bear a platform's time stamps, the later one counts."""
    earlier, later = book(cell("welcome-line", "<p>Hm.</p>")), book(cell("welcome-line", LINE))
    found = hand_in(
        {
            "20260301101010_00_start_here.ipynb": earlier,
            "20260302101010_00_start_here.ipynb": later,
        }
    )

    assert in_welcome(found) == LINE


@pytest.mark.parametrize(("depth", "fill"), [(merge.NESTED, LINE), (merge.NESTED + 1, None)])
def test_a_notebook_may_lie_so_deep(hand_in, depth, fill):
    """A notebook counts in as many folders as the limit allows, and not in one more."""
    name = f"{'folder/' * depth}00_start_here.ipynb"

    assert in_welcome(hand_in({name: book(cell("welcome-line", LINE))})) == fill


def test_the_courses_file_name_has_precedence(hand_in):
    """The notebook with the course's own name counts before a copy."""
    copy = book(cell("welcome-line", "<p>Old.</p>"))
    own = book(cell("welcome-line", LINE))
    found = hand_in({"00_start_here (1).ipynb": copy, "00_start_here.ipynb": own})

    assert in_welcome(found) == LINE
    assert found.damage == (
        "'welcome-line' is filled differently in '00_start_here.ipynb' and "
        "'00_start_here (1).ipynb'; the first counts.",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a notebook"),
        ("{", "is not a notebook"),
        ("[1, 2]", "it has no list of cells"),
        ('{"worksheets": []}', "it has no list of cells"),
        ('{"cells": {}}', "it has no list of cells"),
        ("[" * 200_000, "is nested too deeply"),
        ("9" * 5000, "is not a notebook"),
        ('{"cells": [' + "0," * 200_000 + "0]}", "it has more than 200,000 cells"),
    ],
    ids=["empty", "cut", "list", "old", "mapping", "deep", "number", "cells"],
)
def test_invalid_json_is_unreadable(hand_in, text, said):
    """Invalid JSON gets a sentence and the status unreadable, not no-submission."""
    found = hand_in({"00_start_here.ipynb": text})

    assert (found.status, found.fills) == ("unreadable", {})
    assert said in found.damage[1]


@pytest.mark.parametrize(
    "odd", [None, 7, [], {}, {"source": 5}, {"source": [1, None]}, {"id": [], "source": ["x"]}]
)
def test_cells_of_any_shape_do_no_harm(hand_in, odd):
    """Cells that no notebook would have are ignored, and the next cell counts."""
    found = hand_in({"00_start_here.ipynb": book(odd, cell("welcome-line", LINE))})

    assert (in_welcome(found), found.damage) == (LINE, ())


def test_a_hundred_thousand_cells_are_read(hand_in):
    """Very many cells are read in a moment, with one note."""
    cells = [cell("welcome-line", "x", id="y")] * 50_000 + [cell("welcome-line", LINE)] * 50_000
    found = hand_in({"00_start_here.ipynb": book(*cells)})

    assert in_welcome(found) == LINE
    assert "is filled in 100000 cells" in found.damage[0]


def test_a_notebook_of_another_course_is_none(hand_in):
    """A notebook of another course is unreadable, and the note names what was found."""
    found = hand_in({"week3.ipynb": book({"cell_type": "code", "source": "1 + 1", "id": "a"})})

    assert (found.status, found.fills) == ("unreadable", {})
    assert found.damage == (
        "Handed in, but nothing of this course could be read in it: it holds 'week3.ipynb'. "
        "A submission needs the notebooks, or the zip that %submit makes.",
        "'week3.ipynb' holds no exercise of this course.",
    )


# Damaged apps


def test_a_lost_marker_costs_one_blank(my_app):
    """After a lost marker, the other blanks of the file still count."""
    path = my_app / VIEWS
    path.write_text(path.read_text().replace("# endregion confirm-view\n", ""))
    found = read(my_app)

    assert "gate" in found.fills
    assert "The marker line 'endregion confirm-view' is missing before line" in found.damage[0]
    assert f"'{VIEWS}' has no readable blank 'confirm-view'." in found.damage


def test_a_lost_file_is_noted(my_app):
    """A missing file is noted, and the others count."""
    (my_app / MODELS).unlink()
    found = read(my_app)

    assert set(found.fills) == {"welcome-line", "gate"}
    assert f"The file '{MODELS}' is missing." in found.damage


def test_an_app_without_any_readable_blank_is_unreadable(hand_in):
    """An app without any readable blank is unreadable, and not just open."""
    found = hand_in({MODELS: "x" * 1_000_001})

    assert (found.status, found.fills) == ("unreadable", {})
    assert f"'{MODELS}' is larger than 1 MB, so it was not read." in found.damage


def test_a_blank_in_another_file_counts(my_app):
    """A blank that was moved to another file is found by its id."""
    (my_app / INDEX).rename(my_app / "app/templates/main/home.html")
    found = read(my_app)

    assert in_welcome(found) == LINE
    moved = "The blank 'welcome-line' was moved to 'app/templates/main/home.html'; it counts."
    assert moved in found.damage


def test_an_unknown_blank_is_noted(hand_in):
    """A blank that this course does not have, or no longer has, is noted."""
    found = hand_in({INDEX: MARKED + MARKED.replace("welcome-line", "farewell")})

    assert in_welcome(found) == LINE
    assert f"'{INDEX}': this course has no exercise 'farewell'." in found.damage


@pytest.mark.parametrize(
    ("data", "fill", "said"),
    [
        (MARKED.replace("Coo", "Gurré").encode("latin-1"), "<p>Gurré.</p>", "was read as Latin-1"),
        (MARKED.encode("utf-16"), LINE, "was read as UTF-16"),
        (b"\xef\xbb\xbf" + MARKED.replace("\n", "\r\n").encode(), LINE, ""),
        (MARKED.replace("Coo", "C\0o").encode(), None, "holds a NUL character"),
    ],
)
def test_odd_encodings_are_read_and_noted(hand_in, data, fill, said):
    """A file that is not UTF-8 is read in its likely encoding; one with NUL is not."""
    found = hand_in({INDEX: data})

    assert in_welcome(found) == fill
    assert any(said in sentence for sentence in found.damage)


def test_of_two_apps_my_app_counts(hand_in):
    """Of two apps, the one named my_app counts."""
    found = hand_in({f"my_app/{INDEX}": MARKED, f"old/{INDEX}": MARKED.replace("Coo", "Old")})

    assert in_welcome(found) == LINE
    assert "More than one app: that in 'my_app/' counts, not that in 'old/'." in found.damage


def test_another_version_of_the_kit_is_noted(tmp_path):
    """A zip packed by another version of the kit is read, and both versions are noted."""
    files = {reader.MANIFEST: '{"confirmlab": "0.0.1"}', f"my_app/{INDEX}": MARKED}
    found = read(packed(tmp_path / "ada.zip", files))

    assert in_welcome(found) == LINE
    assert "The submission was packed with version '0.0.1' of the kit" in found.damage[0]


# Hostile submissions


def test_nothing_handed_in_has_its_own_status(tmp_path):
    """Empty folders and zips have the status no-submission; missing ones are unreadable."""
    (tmp_path / "bob").mkdir()

    assert read(tmp_path / "bob").status == "no-submission"
    assert read(packed(tmp_path / "eve.zip", {})).status == "no-submission"
    assert read(tmp_path / "zoe.zip").damage == (
        "'zoe.zip' cannot be opened (No such file or directory); hand in a folder, or the zip "
        "that %submit makes.",
    )


@pytest.mark.parametrize("keep", [0, 1, 30, 0.5, -1, -10])
def test_a_truncated_zip_is_unreadable(tmp_path, keep):
    """A zip that is cut off at any place gets a status and a sentence."""
    whole = packed(tmp_path / "whole.zip", {INDEX: MARKED, MODELS: "x"}).read_bytes()
    path = tmp_path / "ada.zip"
    path.write_bytes(whole[: int(keep * len(whole)) if keep == 0.5 else keep])

    assert read(path).status == "unreadable"
    assert "'ada.zip' cannot be opened" in read(path).damage[0]


def test_spoiled_bytes_cost_one_file(tmp_path):
    """An entry with a wrong checksum is not read; the others are."""
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(INDEX, MARKED)
        archive.writestr(MODELS, "spoil me")
    path.write_bytes(path.read_bytes().replace(b"spoil me", b"SPOIL me"))
    found = read(path)

    assert in_welcome(found) == LINE
    assert any(f"'{MODELS}' cannot be read (Bad CRC-32" in s for s in found.damage)


@pytest.mark.parametrize("place", ["../", "a/../../", "/", "C:/", "..\\", "\\\\host\\share\\"])
def test_names_that_lead_out_are_not_read(tmp_path, place):
    """An entry with '..' or an absolute path is noted, and not read."""
    found = read(packed(tmp_path / "ada.zip", {place + INDEX: MARKED, MODELS: ""}))

    assert (found.status, found.fills) == ("unreadable", {})
    assert any("its path leads out of the zip" in sentence for sentence in found.damage)
    assert [path.name for path in tmp_path.iterdir()] == ["ada.zip"]


def test_backslashes_of_an_old_windows_are_read(tmp_path):
    """A zip whose names have backslashes is read like any other."""
    path = packed(tmp_path / "ada.zip", {"my_app\\" + INDEX.replace("/", "\\"): MARKED})

    assert in_welcome(read(path)) == LINE


def test_links_in_a_folder_are_not_followed(tmp_path):
    """Neither a linked file nor a linked folder is read, and both are noted."""
    secret = skeleton.build(tmp_path / "secret", {"welcome-line": LINE})
    ada = tmp_path / "ada"
    (ada / "my_app/app").mkdir(parents=True)
    (ada / "my_app/app/models.py").symlink_to(secret / MODELS)
    (ada / "my_app/app/templates").symlink_to(secret / "app/templates")
    (tmp_path / "eve").symlink_to(secret)

    assert read(ada).status == "unreadable"
    assert any("links are not followed" in sentence for sentence in read(ada).damage)
    assert read(tmp_path / "eve").status == "unreadable"


def test_links_in_a_zip_are_not_followed(tmp_path):
    """A link in a zip is noted, and its target is not taken for a text."""
    link = zipfile.ZipInfo(INDEX)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    found = read(packed(tmp_path / "ada.zip", {link: MARKED, MODELS: ""}))

    assert (found.status, found.fills) == ("unreadable", {})
    assert f"'{INDEX}': links are not followed." in found.damage


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_does_not_stop_the_reader(tmp_path):
    """A pipe without a writer is skipped, also in the place of the submission."""
    (tmp_path / "ada").mkdir()
    os.mkfifo(tmp_path / "ada" / "00_start_here.ipynb")

    assert read(tmp_path / "ada").status == "no-submission"
    assert read(tmp_path / "ada" / "00_start_here.ipynb").status == "unreadable"


def test_a_zip_bomb_is_read_no_further_than_allowed(tmp_path):
    """A file that unpacks to far more than the limit is skipped; the others count."""
    path = packed(tmp_path / "ada.zip", {MODELS: b"\0" * 50_000_000, INDEX: MARKED})
    found = read(path)

    assert path.stat().st_size < 100_000
    assert in_welcome(found) == LINE
    assert f"'{MODELS}' is larger than 1 MB, so it was not read." in found.damage


def test_a_zip_that_lies_about_sizes_gains_nothing(tmp_path):
    """The unpacked bytes are counted; the sizes stated in the zip are not trusted."""
    path = packed(tmp_path / "ada.zip", {MODELS: b"\0" * 5_000_000, INDEX: MARKED})
    real, lie = (5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(real, lie))

    assert in_welcome(read(path)) == LINE
    assert any(f"'{MODELS}' " in sentence for sentence in read(path).damage)


def test_all_files_together_have_a_limit(tmp_path, monkeypatch):
    """All files together have a limit, too."""
    monkeypatch.setattr(bounded_files, "TOTAL", 3_000_000)
    files = {f"{number}.ipynb": b" " * 1_000_000 for number in range(4)}
    found = read(packed(tmp_path / "ada.zip", files))

    assert found.status == "unreadable"
    assert found.damage[0].startswith("The submission holds more than 3 MB to read")


def test_the_number_of_files_has_a_limit(tmp_path, monkeypatch):
    """Too many files are refused, in a zip and in a folder."""
    monkeypatch.setattr(archives, "ENTRIES", 20)
    ada = tmp_path / "ada"
    ada.mkdir()
    for number in range(21):
        (ada / f"{number}.txt").touch()
    path = packed(tmp_path / "ada.zip", {f"{number}.txt": "" for number in range(21)})

    message = "The submission holds more than 20 files; hand in what %submit makes."
    assert [read(ada).damage, read(path).damage] == [(message,), (message,)]


def test_a_zips_own_list_has_a_limit(tmp_path, monkeypatch):
    """A zip's directory that is too large is refused before it is read."""
    path = packed(tmp_path / "ada.zip", {f"{number}.txt": "" for number in range(50)})
    monkeypatch.setattr(archives, "LISTING", 1000)

    assert read(path).damage[0].startswith("The submission holds more than 20,000 files")


@pytest.mark.parametrize("name", ["huge.bin", MODELS, "03_the_user_model.ipynb"])
def test_two_gigabytes_are_never_read_whole(hand_in, tmp_path, name):
    """A huge sparse file is skipped, and the rest counts."""
    hand_in({INDEX: MARKED, name: ""})
    with open(tmp_path / "ada" / name, "r+b") as file:
        file.truncate(2 * 10**9)

    assert in_welcome(read(tmp_path / "ada")) == LINE


def test_a_locked_zip_is_noted(tmp_path):
    """Entries with a password cannot be read, and the note says so."""
    path = packed(tmp_path / "ada.zip", {"00_start_here.ipynb": book()})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the entry, and in the list of contents
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)

    assert read(path).status == "unreadable"
    assert "is encrypted" in read(path).damage[1]


def test_unusual_packing_is_not_unpacked(tmp_path):
    """Entries whose compression may need gigabytes of memory are not read."""
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("00_start_here.ipynb", book())

    assert "its compression method is unusual" in read(path).damage[1]


def test_a_duplicate_name_is_noted(tmp_path):
    """Of two entries with one name the later counts, and a note says so."""
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(INDEX, MARKED.replace("Coo", "Old"))
        archive.writestr(f"./{INDEX}", MARKED)

    assert in_welcome(read(path)) == LINE
    assert f"'{INDEX}': occurs twice; the later one counts." in read(path).damage


def test_names_cannot_play_tricks(tmp_path):
    """Line ends and right-to-left marks in names are escaped, and long names are cut."""
    names = ["a\nb.ipynb", "x\u202egnp.ipynb", "n" * 300 + ".ipynb"]
    found = read(packed(tmp_path / "ada.zip", dict.fromkeys(names, "{")))
    message = "".join(found.damage)

    assert message.isprintable()
    assert r"'a\nb.ipynb'" in message
    assert r"'x\u202egnp.ipynb'" in message
    assert max(map(len, found.damage)) < 500


def test_damage_without_end_is_cut_short(hand_in):
    """The number and the length of notes are limited."""
    cells = [cell(f"no-{number}", "x", id="x") for number in range(1000)]
    found = hand_in({"00_start_here.ipynb": book(*cells)})

    assert len(found.damage) == reader.SENTENCES + 1
    assert found.damage[-1].startswith("And 9")


@pytest.mark.parametrize(("locked", "status"), [("ada", "unreadable"), ("secret", "ok")])
def test_an_unreadable_folder_is_noted(hand_in, tmp_path, monkeypatch, locked, status):
    """An unreadable folder is noted; the rest of the submission counts."""
    hand_in({INDEX: MARKED, "secret/x.txt": ""})
    scandir = os.scandir

    def refuse(path):
        if os.path.basename(path) == locked:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = read(tmp_path / "ada")

    assert found.status == status
    assert any("(Permission denied)" in sentence for sentence in found.damage)


def test_nothing_is_unpacked_or_run(tmp_path):
    """Reading creates no file, and does not run the code of a fill."""
    trap = "open('trapped', 'w').close()"
    path = packed(tmp_path / "ada.zip", {"a.ipynb": book(cell("gate", trap)), "conftest.py": trap})

    assert read(path).fills == {"gate": trap}
    assert [entry.name for entry in tmp_path.iterdir()] == ["ada.zip"]


def test_a_packed_notebook_shows_nothing(workspace, tmp_path, monkeypatch):
    """Outputs, which may contain live tokens, are removed from a packed notebook."""
    monkeypatch.chdir(tmp_path)
    notebook = json.loads(paths.in_kit("notebooks", "00_start_here.ipynb").read_text("utf-8"))
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code |= {"execution_count": 7, "outputs": [{"output_type": "stream", "text": "s3cret"}]}
    monkeypatch.setattr(submission_zip.paths, "of_learner", tmp_path.joinpath)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_start_here.ipynb").write_text(json.dumps(notebook), "utf-8")
    (tmp_path / "notebooks" / "01_the_wrong_way.ipynb").write_text("s3cret no more", "utf-8")
    submission_zip.pack(tmp_path / "submission.zip", workspace)
    with zipfile.ZipFile(tmp_path / "submission.zip") as packed:
        kept = json.loads(packed.read("notebooks/00_start_here.ipynb"))
        damaged = packed.read("notebooks/01_the_wrong_way.ipynb")

    assert "s3cret" not in json.dumps(kept) and damaged == b"s3cret no more"
    assert not any(c.get("execution_count") for c in kept["cells"])  # to run again changes nothing
    assert [c["source"] for c in kept["cells"]] == [c["source"] for c in notebook["cells"]]


def test_folders_of_one_name_are_both_read(tmp_path):
    """If two downloads have a folder of the same name, the files of both are read.

    Each has a notebook of the same name.
    """
    fills = {"L3": ("welcome-line", LINE), "L5": ("confirmed-column", "confirmed = 1")}
    for week, filled in fills.items():
        path = tmp_path / week / "ada" / "work.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(book(cell(*filled)))

    assert set(reader.read(*(tmp_path / week / "ada" for week in fills)).fills) == {
        "welcome-line",
        "confirmed-column",
    }


@pytest.mark.parametrize(
    "name",
    [
        *("a.IPYNB", "a.ipynb.json", "a.ipynb-1.json", "a.ipynb (1).json", "a.ipynb.json.txt"),
        *("a.ipynb.ipynb", "a.ipynb.download", "a.ipynb (2)", "a-1.ipynb"),
    ],
)
def test_a_notebook_is_known_under_many_names(tmp_path, name):
    """A notebook is recognised with the endings and numbers that others add to its name."""
    (tmp_path / name).write_text(book(cell("welcome-line", LINE)))

    assert reader.read(tmp_path / name).fills == {"welcome-line": LINE}
    assert reader.read(tmp_path).fills == {"welcome-line": LINE}


@pytest.mark.parametrize("name", ["a.ipynb.html", "a.json", "a.ipynb.zip", "ipynb"])
def test_other_files_are_no_notebooks(name):
    """An HTML page of a notebook, or other JSON, is not read as one."""
    assert not bounded_files.is_notebook(name)
