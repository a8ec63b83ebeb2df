"""Facts about the Maildir."""

import mailbox as standard
import os
import shutil

import pytest

from confirmlab.mail import maildir, maildir_names
from confirmlab.mail.maildir import Maildir


@pytest.fixture
def box(tmp_path):
    made = Maildir(tmp_path / "mail")
    made.make()
    return made


def kept(box):
    return [box.read(entry) for entry in box.mails()]


def test_added_mails_are_listed(box):
    """Mails are listed newest first, with unchanged bytes, and are unread."""
    box.add(b"\x00one\r\n")
    box.add(b"two")

    assert kept(box) == [b"two", b"\x00one\r\n"]
    assert all(entry.unread for entry in box.mails())


def test_names_that_begin_with_a_dot_are_no_mails(box, monkeypatch):
    """Files and folders whose names begin with a dot are neither listed nor counted."""
    monkeypatch.setattr(maildir, "MAX_MAILS", 2)
    for kind in ("new", "cur"):
        (box.folder / kind / ".nfs000001").write_bytes(b"x")
        (box.folder / kind / ".ipynb_checkpoints").mkdir()
    box.add(b"one")
    box.add(b"two")

    assert kept(box) == [b"two", b"one"]
    assert (len(box), box.size()) == (2, 6)


def test_adding_does_not_list_the_folder(box, monkeypatch):
    """Adding a mail to a full folder does not list the folder each time."""
    box.add(b"first")
    monkeypatch.setattr(os, "scandir", None)
    monkeypatch.setattr(os, "listdir", None)

    for number in range(20):
        box.add(b"%d" % number)


def test_the_cap_knows_of_other_programs(box, monkeypatch):
    """Two programs that add to one folder keep to one limit; the oldest mails are deleted."""
    monkeypatch.setattr(maildir, "MAX_MAILS", 4)
    other = Maildir(box.folder)
    for number in range(12):
        (box, other)[number % 2].add(b"%d" % number)

    assert kept(box) == [b"11", b"10", b"9", b"8"]


def test_the_largest_mail_is_deleted_first(box, monkeypatch):
    """If there are too many bytes, the largest earlier mail is deleted, and counted."""
    monkeypatch.setattr(maildir, "MAX_BYTES", 1000)
    for data in (b"small", b"x" * 900, b"other", b"y" * 900, b"last"):
        box.add(data)

    assert kept(box) == [b"last", b"y" * 900, b"other", b"small"]
    assert box.removed == 1


def test_mails_deleted_by_others_are_not_counted(box, monkeypatch):
    """After another program has emptied the folder, nothing is deleted to make room."""
    monkeypatch.setattr(maildir, "MAX_MAILS", 2)
    box.add(b"1")
    box.add(b"2")
    Maildir(box.folder).clear()
    box.add(b"3")
    box.add(b"4")

    assert kept(box) == [b"4", b"3"]


def test_the_oldest_goes_even_if_it_is_unread(box, monkeypatch):
    """The oldest mail is deleted first, whichever mails were read."""
    monkeypatch.setattr(maildir, "MAX_MAILS", 2)
    box.add(b"1")
    box.mark(box.add(b"2"))
    box.add(b"3")

    assert kept(box) == [b"3", b"2"]


def test_read_mails_count_towards_the_limit(box, monkeypatch):
    """A read mail counts towards the limit like any other."""
    monkeypatch.setattr(maildir, "MAX_MAILS", 2)
    box.mark(box.add(b"1"))
    box.add(b"2")
    box.add(b"3")

    assert kept(box) == [b"3", b"2"]


def test_a_change_unnoticed_by_the_clock_is_found(box, monkeypatch):
    """Even if the folder's times do not change, the limit is kept a little later."""
    monkeypatch.setattr(maildir, "MAX_MAILS", 3)
    monkeypatch.setattr(maildir, "_RESCAN", 4)
    monkeypatch.setattr(Maildir, "_modified", lambda self: (1,))
    other = Maildir(box.folder)
    for number in range(8):
        other.add(b"x")
        box.add(b"%d" % number)

    assert len(box) <= 3 + 4


def test_a_folder_removed_comes_back(box):
    """If the folder was deleted, the next mail is stored in a new one."""
    box.add(b"1")
    shutil.rmtree(box.folder)
    box.add(b"2")

    assert kept(box) == [b"2"]


def test_seen_is_a_flag_of_the_maildir(box):
    """Marking a mail as read moves it to cur with the standard flag, and back."""
    name = box.add(b"Subject: x\n\n")
    box.mark(name)
    (message,) = standard.Maildir(box.folder, create=False)
    assert (message.get_subdir(), message.get_flags()) == ("cur", "S")
    assert [(entry.id, entry.unread) for entry in box.mails()] == [(name, False)]

    box.mark(name, seen=False)
    assert [(entry.id, entry.unread) for entry in box.mails()] == [(name, True)]


def test_other_flags_stay(box):
    """Flags that a mail reader has set are kept when the mail is opened here."""
    name = box.add(b"x")
    os.rename(box.folder / "new" / name, box.folder / "cur" / f"{name}:2,FR")
    box.mark(name)

    assert os.listdir(box.folder / "cur") == [f"{name}:2,FRS"]


def test_windows_has_no_colons(box, monkeypatch):
    """On Windows another character precedes the flags; both are understood everywhere."""
    monkeypatch.setattr(maildir_names, "_COLON", "!")
    name = box.add(b"x")
    box.mark(name)

    assert os.listdir(box.folder / "cur") == [f"{name}!2,S"]
    assert [(entry.id, entry.unread) for entry in Maildir(box.folder).mails()] == [(name, False)]


def test_a_moved_mail_is_still_read(box):
    """A mail that is marked between being listed and being read is still read."""
    box.add(b"x")
    (entry,) = box.mails()
    box.mark(entry.id)
    assert box.read(entry) == b"x"

    box.clear()
    assert box.read(entry) is None


def test_marking_a_deleted_mail_does_nothing(box):
    """Marking or removing a deleted mail does nothing."""
    name = box.add(b"x")
    box.remove(name)
    box.remove(name)
    box.mark(name)

    assert len(box) == 0


def test_clearing_keeps_later_mails(box):
    """Clearing up to a mail keeps those that arrived after it."""
    box.add(b"1")
    newest = box.add(b"2")
    box.add(b"3")
    box.clear(newest)

    assert kept(box) == [b"3"]


def test_the_version_tells_of_every_change(box):
    """The version changes when a mail arrives, is marked or is deleted, and only then."""
    seen = [box.version()]
    name = box.add(b"x")
    for step in (lambda: box.add(b"y"), lambda: box.mark(name), lambda: box.remove(name)):
        seen.append(box.version())
        assert box.version() == seen[-1]
        step()

    assert len({*seen, box.version()}) == 5


def test_a_missing_folder_is_empty(tmp_path):
    """A folder that does not exist yet holds no mails."""
    box = Maildir(tmp_path / "nowhere")

    assert (len(box), box.mails(), box.size()) == (0, [], 0)
