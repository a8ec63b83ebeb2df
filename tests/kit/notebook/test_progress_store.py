"""Facts about the progress file beside the learner's app."""

import pytest

from confirmlab.base.errors import WorkspaceError
from confirmlab.notebook.progress_store import ProgressStore


@pytest.fixture
def record(tmp_path):
    return ProgressStore(tmp_path / ".confirmlab" / "record.json")


def test_notes_come_back(record):
    """What one store wrote, another one reads."""
    with record.change() as notes:
        notes["filled"]["gate"] = "x = 'Zoë'"

    assert ProgressStore(record.path).read()["filled"] == {"gate": "x = 'Zoë'"}
    assert repr(record) == "<ProgressStore record.json>"


def test_a_new_record_is_empty(record):
    """Without a file, each kind of entry exists and is empty."""
    kinds = {"filled", "covered", "passed", "failed", "hints", "solutions", "attacks"}
    kinds |= {"attempts", "first", "read", "opened", "before", "way", "good"}

    assert record.read() == {kind: {} for kind in kinds}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"\xff\xfe", b'{"filled": 3}'])
def test_a_damaged_record_counts_as_empty(record, content):
    """An invalid file is read as empty, and the next change replaces it."""
    record.path.parent.mkdir()
    record.path.write_bytes(content)

    assert not any(record.read().values())
    with record.change() as notes:
        notes["hints"]["gate"] = 1
    assert record.read()["hints"] == {"gate": 1}


def test_good_parts_of_a_damaged_record_count(record):
    """If one kind of entry is missing or invalid, the others are still read."""
    record.path.parent.mkdir()
    record.path.write_text('{"passed": [], "hints": {"gate": 2}, "unknown": {"a": 1}}')

    assert record.read()["hints"] == {"gate": 2}
    assert record.read()["passed"] == {}


def test_a_change_that_fails_is_not_noted(record):
    """If an error occurs during a change, the stored progress is not changed."""
    with pytest.raises(RuntimeError):
        with record.change() as notes:
            notes["hints"]["gate"] = 1
            raise RuntimeError

    assert not record.path.exists()


def test_notes_of_one_reading_do_not_leak(record):
    """Values changed outside of `change` do not appear in a later reading."""
    record.read()["filled"]["gate"] = "x"

    assert record.read()["filled"] == {}


def test_an_unwritable_record_is_reported(record, monkeypatch):
    """If the folder cannot be written, a WorkspaceError says so."""

    def refused(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refused)
    with pytest.raises(WorkspaceError, match="Could not write 'record.json'"):
        with record.change():
            pass
