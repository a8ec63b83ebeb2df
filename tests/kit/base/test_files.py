"""Facts about reading and writing the learner's files."""

import os
from pathlib import Path

import pytest

from confirmlab.base import files
from confirmlab.base.errors import WorkspaceError


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "my_app" / "app" / "models.py"
    files.write(path, "old\n")
    return path


def refuse(error):
    def refused(*_args, **_kwargs):
        raise error

    return refused


def test_a_text_comes_back_as_it_was_written(path):
    """Line ends and all characters are kept; missing folders are created."""
    text = "a\r\nb\nc\rd Zoë ✉\u2028\n"
    files.write(path, text)

    assert files.read(path) == text
    assert path.read_bytes() == text.encode()


def test_a_write_leaves_one_file(path):
    """After a write, the folder contains the file and nothing else."""
    files.write(path, "new\n")

    assert [entry.name for entry in path.parent.iterdir()] == ["models.py"]


def test_the_mode_of_a_file_is_kept(path):
    """A file that only its owner may read keeps that mode."""
    path.chmod(0o640)
    files.write(path, "new\n")

    assert path.stat().st_mode & 0o777 == 0o640


def test_a_missing_file_is_named_with_the_way_back(path):
    """The error gives the path of a missing file from my_app on, and says how to restore it."""
    path.unlink()
    with pytest.raises(WorkspaceError) as caught:
        files.read(path)

    assert str(caught.value) == (
        "The file 'my_app/app/models.py' is missing; run the %lesson cell at the top to restore it."
    )


def test_another_encoding_is_named(path):
    """The error for a file that is not UTF-8 names the first invalid byte."""
    path.write_bytes("name = 'Zoë'".encode("latin-1"))
    with pytest.raises(WorkspaceError) as caught:
        files.read(path)

    assert str(caught.value) == (
        "The file 'my_app/app/models.py' is not UTF-8 (byte 10); save it as UTF-8."
    )


def test_a_folder_in_place_of_a_file_is_named(tmp_path):
    """If a file cannot be read for another reason, the error quotes the system's message."""
    with pytest.raises(WorkspaceError, match=r"Could not read '.*' \(.+\), so nothing was changed"):
        files.read(tmp_path)


def test_a_read_only_file_is_left_alone(path, monkeypatch):
    """A read-only file keeps its text, and the error says which permission is missing."""
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    with pytest.raises(WorkspaceError) as caught:
        files.write(path, "new\n")

    assert files.read(path) == "old\n"
    assert str(caught.value) == (
        "Could not write 'my_app/app/models.py' (it is read-only), so nothing was changed; "
        "change its permissions and run the cell again."
    )


def test_a_failed_write_leaves_nothing_behind(path, monkeypatch):
    """If the last step fails, the old text remains, and no half-written file."""
    monkeypatch.setattr(os, "replace", refuse(PermissionError(13, "Permission denied")))
    with pytest.raises(WorkspaceError, match=r"\(Permission denied\), so nothing was changed"):
        files.write(path, "new\n")

    assert files.read(path) == "old\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["models.py"]


def test_a_read_only_folder_is_reported(path, monkeypatch):
    """A folder in which no file can be created raises a WorkspaceError, too."""
    monkeypatch.setattr("tempfile.mkstemp", refuse(PermissionError(13, "Permission denied")))
    with pytest.raises(WorkspaceError, match="Could not write 'my_app/app/models.py'"):
        files.write(path, "new\n")


def test_a_full_disk_is_not_blamed_on_permissions(path, monkeypatch):
    """An error other than a missing permission gets other advice."""
    monkeypatch.setattr(os, "replace", refuse(OSError(28, "No space left on device")))
    with pytest.raises(WorkspaceError) as caught:
        files.write(path, "new\n")

    assert str(caught.value) == (
        "The disk that holds 'my_app/app/models.py' is full, so this file is as it was; "
        "delete what you do not need there and run the cell again."
    )


def test_a_scanner_that_holds_a_file_is_waited_for(path, monkeypatch):
    """A file that another program locks for a moment, as on Windows, is replaced afterwards."""
    held, real = [1, 2], os.replace

    def replace(*names):
        if held:
            held.pop()
            raise PermissionError(13, "Permission denied")
        real(*names)

    monkeypatch.setattr(os, "replace", replace)
    files.write(path, "new\n")

    assert path.read_text() == "new\n"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("home/ann/my_app/app/models.py", "my_app/app/models.py"),
        ("my_app/my_app/app.py", "my_app/app.py"),
        ("elsewhere/models.py", "models.py"),
    ],
)
def test_files_are_named_from_the_app_on(path, shown):
    """A file outside of any my_app is shown by its file name."""
    assert files.display_path(Path(path)) == shown
