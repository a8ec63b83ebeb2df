"""Facts about the learner's version of a notebook, and about the format of its file."""

import json

import pytest

from confirmlab.base.errors import CourseError
from confirmlab.course import notebook_format

STUBS = {"gate": "# Your code here.\nreturn None"}


def code(source, name="a-cell", tags=(), **more):
    output = {"output_type": "stream", "name": "stdout", "text": "seen"}
    cell = {"cell_type": "code", "id": name, "source": source, "metadata": {"tags": list(tags)}}
    return {**cell, "outputs": [output], "execution_count": 7, **more}


def text(source, name="a-text", tags=(), **more):
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": "markdown", "id": name, "source": source, "metadata": metadata, **more}


def learner(*cells):
    return notebook_format.learner_version({"cells": list(cells), "metadata": {}}, STUBS)["cells"]


def test_an_answer_becomes_its_stub():
    """In the learner's version, the fill cell of an exercise contains the stub of its blank."""
    [cell] = learner(code("%%fill gate\nif unconfirmed():\n    stop()", "ex-gate-fill"))

    assert cell["source"] == "%%fill gate\n# Your code here.\nreturn None"


def test_a_refill_cell_becomes_the_command():
    """A cell that refills an earlier blank becomes %refill."""
    [cell] = learner(code("%%fill gate\nbetter", "ex-other-refill-gate"))

    assert cell["source"] == "%refill gate"


def test_a_draft_stays():
    """Other cells that fill the same blank are kept."""
    [cell] = learner(code("%%fill gate\ndraft", "draft-fill"))

    assert cell["source"] == "%%fill gate\ndraft"


def test_lines_after_the_marker_are_removed():
    """In a cell tagged `solution` the lines from the marker on are removed."""
    [cell] = learner(code("given = 1\n# solution\nfound = 2\n", tags=["solution", "slow"]))

    assert cell["source"] == "given = 1\n# Your code here."
    assert cell["metadata"] == {"tags": ["slow"]}


def test_without_a_marker_the_cell_is_emptied():
    """A cell with the tag but without the marker is emptied and kept."""
    [cell] = learner(code("found = 2", tags=["solution"]))

    assert cell["source"] == "# Your code here."
    assert cell["metadata"] == {}


def test_a_marker_without_the_tag_is_a_comment():
    """Without the tag, the marker is an ordinary comment."""
    [cell] = learner(code("# solution\nx = 1"))

    assert cell["source"] == "# solution\nx = 1"


def test_a_tagged_text_cell_is_removed():
    """A text cell with the tag is removed; others are kept unchanged."""
    cells = learner(text("Why it works", tags=["solution"]), text("Your task"))

    assert cells == [text("Your task")]


def test_outputs_and_counts_are_removed():
    """Outputs and execution counts are removed; the cells keep their ids."""
    cells = learner(code("1 + 1", "sum"), code("%%fill gate\nx", "ex-gate-fill"))

    assert [cell["id"] for cell in cells] == ["sum", "ex-gate-fill"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)


def test_the_solved_notebook_is_left_alone():
    """Deriving the learner's version does not change the solved notebook."""
    solved = {"cells": [code("%%fill gate\nx", "ex-gate-fill")], "metadata": {}}
    before = json.dumps(solved)
    notebook_format.learner_version(solved, STUBS)

    assert json.dumps(solved) == before


@pytest.mark.parametrize("source", ["%%fill gaet\nx", "x = 1", "%%fill"])
def test_an_answer_without_a_blank_is_reported(source):
    """A cell with the id of an answer that fills no blank is an error."""
    with pytest.raises(CourseError) as caught:
        learner(code(source, "ex-gate-fill"))

    assert str(caught.value) == (
        "The cell 'ex-gate-fill' fills no blank of the skeleton; "
        "begin it with %%fill and the blank's id."
    )


def test_a_written_notebook_reads_the_same():
    """Writing, reading and writing again gives the same text."""
    data = {"text/plain": "a\nb", "text/html": ["<p>\n", "</p>"], "application/json": {"a": [1]}}
    shown = {"output_type": "display_data", "data": data, "metadata": {}}
    cells = [text("# Title\n\nZoë ✉"), code("a = 1\nb = 2", tags=["x"], outputs=[shown])]
    written = notebook_format.write({"cells": cells, "metadata": {"vscode": {"x": 1}}})

    assert notebook_format.write(notebook_format.read(written)) == written
    assert notebook_format.read(written)["cells"][1]["source"] == "a = 1\nb = 2"
    assert "Zoë ✉" in written and written.endswith("}\n")


def test_the_written_form_does_not_depend_on_the_writer():
    """Key order, lists of lines and stray metadata do not change the written file."""
    stream = {"output_type": "stream", "name": "stdout", "text": ["se", "en"]}
    one = code("a = 1\nb = 2", outputs=[stream], metadata={"tags": [], "scrolled": True})
    other = dict(reversed(code("a = 1\nb = 2", metadata={}).items()))

    assert notebook_format.write({"cells": [one]}) == notebook_format.write(
        {"cells": [other], "metadata": {}}
    )


def test_pasted_pictures_are_kept():
    """A picture that was pasted into a text cell is kept."""
    picture = {"a.png": {"image/png": "AAAA"}}
    written = notebook_format.write({"cells": [text("![](attachment:a.png)", attachments=picture)]})

    assert notebook_format.read(written)["cells"][0]["attachments"] == picture


def test_the_short_way_has_its_cells_only():
    """The short way has the cells that are tagged for it, without the tags."""
    cells = [text("Long"), text("Brief", tags=["short-only"]), code("x", tags=["short", "slow"])]
    short = notebook_format.short_version({"cells": cells})["cells"]

    assert [cell["source"] for cell in short] == ["Brief", "x"]
    assert [cell["metadata"] for cell in short] == [{}, {"tags": ["slow"]}]


def test_the_short_way_opens_its_lesson():
    """The cell that opens the lesson is kept on the short way."""
    setup = code("%load_ext confirmlab\n%lesson 3", tags=["short"])
    [cell] = notebook_format.short_version({"cells": [setup]})["cells"]

    assert cell["source"] == "%load_ext confirmlab\n%lesson 3 --short"


def test_the_full_notebook_lacks_texts_of_the_short_way():
    """A text that only the short way has is left out of the full notebook."""
    cells = [text("Long"), text("Brief", tags=["short-only"]), text("Both", tags=["short"])]
    full = notebook_format.full_version({"cells": cells})["cells"]

    assert [cell["source"] for cell in full] == ["Long", "Both"]
