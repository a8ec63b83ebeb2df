"""Facts about the progress file beside the learner's app."""

import threading

import pytest

from confirmlab.base.errors import WorkspaceError
from confirmlab.notebook import progress_store
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


DAMAGED = [b"", b"{", b"[1]", b"null", b"\xff\xfe", b"[" * 100_000, b"<<<<<<< HEAD\n{}"]


@pytest.mark.parametrize("content", [*DAMAGED, b'{"filled": 3}'])
def test_a_damaged_record_counts_as_empty(record, content):
    """An invalid file is read as empty, and the next change writes a new one."""
    record.path.parent.mkdir()
    record.path.write_bytes(content)

    assert not any(record.read().values())
    with record.change() as notes:
        notes["hints"]["gate"] = 1
    assert record.read()["hints"] == {"gate": 1}


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_record_is_kept(record, content):
    """A file that cannot be read is moved aside before a new one is written."""
    record.path.parent.mkdir()
    record.path.write_bytes(content)
    with record.change() as notes:
        notes["hints"]["gate"] = 1

    assert (record.path.parent / "record.damaged.json").read_bytes() == content
    assert record.take_notice() == (
        "Your progress in 'record.json' could not be read, so it is empty now; the damaged file is "
        "kept as 'record.damaged.json': to get your progress back, fix it (a merge may have left "
        "marks in it) and rename it to 'record.json'."
    )
    assert record.take_notice() == ""


def test_each_damaged_record_is_kept(record):
    """A second damaged file gets a free name."""
    record.path.parent.mkdir()
    for content in ("{1", "{2"):
        record.path.write_text(content)
        record.read()

    kept = sorted(record.path.parent.iterdir())
    assert [path.name for path in kept] == ["record.damaged-2.json", "record.damaged.json"]
    assert [path.read_text() for path in kept] == ["{2", "{1"]


@pytest.mark.parametrize("action", ["read_bytes", "rename"])
def test_a_record_that_cannot_be_moved_is_not_replaced(record, monkeypatch, action):
    """If a damaged file cannot be read or moved, an error says so, and the file is unchanged."""

    def refused(*_args):
        raise PermissionError(13, "Permission denied")

    record.path.parent.mkdir()
    record.path.write_text("{")
    with monkeypatch.context() as patch:
        patch.setattr(f"pathlib.Path.{action}", refused)
        with pytest.raises(
            WorkspaceError, match="Could not .* 'record.json' .*nothing was changed"
        ):
            with record.change():
                pass

    assert record.path.read_text() == "{"


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


def test_changes_of_two_kernels_do_not_mix(record):
    """A change waits until that of another kernel is written, so that neither is lost."""
    other = ProgressStore(record.path)

    def change():
        with other.change() as theirs:
            theirs["hints"]["theirs"] = 1

    with record.change() as mine:
        mine["hints"]["before"] = 1
    thread = threading.Thread(target=change)
    with record.change() as mine:
        thread.start()
        thread.join(0.2)
        waits = thread.is_alive()
        mine["hints"]["mine"] = 1
    thread.join()

    assert waits and record.read()["hints"] == {"before": 1, "mine": 1, "theirs": 1}


def test_a_kernel_that_never_ends_its_change_is_not_waited_for(record, monkeypatch):
    """After a time limit a change goes on without the other kernel."""
    monkeypatch.setattr(progress_store, "_WAIT_SECONDS", 0.1)
    with record.change() as mine:
        mine["hints"]["mine"] = 1
    with record.alone(), ProgressStore(record.path).change() as theirs:
        theirs["hints"]["theirs"] = 1

    assert record.read()["hints"] == {"mine": 1, "theirs": 1}
