"""Facts about unpacking a class's zip: no file leaves the folder, none fills the disk."""

import stat
import struct
import zipfile
from types import SimpleNamespace

import pytest

from confirmlab.base.errors import SubmissionError
from confirmlab.submissions import bundles, discovery


def packed(path, files, kind=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return path


def unpacked(tmp_path, files, **options):
    """Unpack a zip of these files; return the problems by path, and the unpacked files."""
    target = tmp_path / "deep" / "there"
    problems = bundles.unpack(packed(tmp_path / "class.zip", files, **options), target)
    there = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != "class.zip"
    }
    return {path.relative_to(target).as_posix(): why for path, why in problems.items()}, there


def test_files_come_out_as_they_were(tmp_path):
    """Files and empty folders are unpacked; files of tools are not."""
    problems, there = unpacked(
        tmp_path, [("ada/a.ipynb", "a"), ("bob/", ""), ("ada/.git/x", ""), ("__MACOSX/y", "")]
    )

    assert problems == {}
    assert there == {"deep/there/ada/a.ipynb": b"a"}
    assert (tmp_path / "deep/there/bob").is_dir()


@pytest.mark.parametrize(
    "name", ["../../evil.zip", "/evil.zip", "..\\..\\evil.zip", "a/../evil.zip"]
)
def test_nothing_leads_out_of_the_place(tmp_path, name):
    """An entry with a path outside leaves an empty file inside, and a sentence."""
    problems, there = unpacked(tmp_path, [(name, "evil")])

    assert set(problems.values()) == {"its path leads out of the zip, so it was not unpacked"}
    assert set(there.values()) == {b""}
    assert all(path.startswith("deep/there/") for path in there)


def test_links_are_not_made(tmp_path):
    """A symbolic link becomes an empty file, so nothing is written through it."""
    link = zipfile.ZipInfo("ada")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    problems, there = unpacked(tmp_path, [(link, str(tmp_path)), ("ada/evil", "evil")])

    assert problems["ada"] == "links are not followed"
    assert there == {"deep/there/ada": b""}
    assert problems["ada/evil"].startswith("it cannot be written (")


def test_a_bomb_stays_packed(tmp_path, monkeypatch):
    """A file that unpacks to much more than its packed size is left out; others are not."""
    monkeypatch.setattr(bundles, "_ALWAYS_ALLOWED", 1000)
    problems, there = unpacked(tmp_path, [("ada.ipynb", "0" * 10**7), ("bob.ipynb", "0" * 900)])

    assert problems == {"ada.ipynb": "it is larger than a submission may be"}
    assert [len(data) for data in there.values()] == [0, 900]


def test_the_whole_has_a_limit(tmp_path, monkeypatch):
    """A zip whose files are too large together is refused with advice."""
    monkeypatch.setattr(bundles, "UNPACKED", 100)

    with pytest.raises(SubmissionError, match="unpack it yourself, and give the folder"):
        unpacked(tmp_path, [("ada.ipynb", "0" * 90), ("bob.ipynb", "0" * 90)])


def test_the_room_is_that_of_the_place_where_it_is_unpacked(tmp_path, monkeypatch):
    """The error gives the free space of the disk to which files are unpacked, not of the zip's."""
    measured = []

    def disk_usage(place):
        measured.append(place)
        return SimpleNamespace(free=3 * 10**9)

    monkeypatch.setattr(bundles.shutil, "disk_usage", disk_usage)
    monkeypatch.setattr(bundles, "UNPACKED", 10)
    with pytest.raises(SubmissionError, match="3 GB"):
        unpacked(tmp_path, [("ada.ipynb", "0" * 90)])

    assert measured == [tmp_path / "deep"]


def test_unusual_compression_is_refused(tmp_path):
    """An entry whose compression may need gigabytes of memory is left out."""
    problems, _ = unpacked(tmp_path, [("ada.ipynb", "a")], kind=zipfile.ZIP_LZMA)

    assert problems == {"ada.ipynb": "it cannot be unpacked (its compression method is unusual)"}


def test_a_broken_file_harms_no_other(tmp_path):
    """A damaged entry is reported, and the next one is unpacked."""
    path = packed(tmp_path / "class.zip", [("ada.txt", "a"), ("bob.txt", "b")], zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(b"ada.txt") + 7] ^= 1
    path.write_bytes(data)
    problems = bundles.unpack(path, tmp_path / "there")

    assert list(problems.values()) == ["it cannot be unpacked (Bad CRC-32 for file 'ada.txt')"]
    assert (tmp_path / "there" / "bob.txt").read_text() == "b"


def test_very_long_names_are_shortened(tmp_path):
    """A name that is too long for the disk is cut in its middle."""
    problems, there = unpacked(tmp_path, [(f"a{'é' * 300}z.ipynb", "a")])
    (name,) = there

    assert problems == {}
    assert name.startswith("deep/there/aé") and name.endswith("éz.ipynb")


def test_the_learner_is_told_what_was_left_out(tmp_path):
    """The note on a file that was left out is given to its learner."""
    path = packed(tmp_path / "class.zip", [("ada/a.ipynb", "a"), ("../bob.ipynb", "b")])

    with discovery.open_class(path) as reading:
        ada, bob = reading.learners
        assert ada.note == ""
        assert bob.note == "'bob.ipynb': its path leads out of the zip, so it was not unpacked."


def test_a_list_of_contents_has_a_limit(tmp_path):
    """A zip whose directory is too large is not read."""
    path = packed(tmp_path / "class.zip", [("ada.ipynb", "a")])
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<L", 2**31)
    path.write_bytes(data)

    with pytest.raises(SubmissionError):
        bundles.names(path)
