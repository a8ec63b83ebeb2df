"""Facts about the inbox."""

import asyncio
import mailbox as standard
import os
import smtplib
import socket
import subprocess
import sys
import threading
import time
from email.message import EmailMessage

import pytest

from confirmlab.base.errors import KitError, MailError
from confirmlab.mail import inbox as mailbox
from confirmlab.mail import maildir, maildir_names, smtp_server
from confirmlab.mail.inbox import Inbox
from confirmlab.notebook.views.registry import bundle

HOST = "127.0.0.1"


@pytest.fixture
def inbox(tmp_path):
    with Inbox(tmp_path / "mail") as started:
        yield started


def send(port, subject="Hello", to="ann@pigeon.test", text="Coo.\n"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "club@pigeon.test", to, subject
    message.set_content(text)
    with smtplib.SMTP(HOST, port, local_hostname="localhost") as client:
        client.send_message(message)


def send_raw(port, content):
    with smtplib.SMTP(HOST, port, local_hostname="localhost") as client:
        client.sendmail("club@pigeon.test", ["ann@pigeon.test"], content)


def test_a_sent_mail_is_kept(inbox):
    """A mail sent over SMTP is in the inbox as soon as the sender has finished."""
    send(inbox.port, "Hello")

    assert (len(inbox), inbox.latest.subject, inbox.latest.to) == (1, "Hello", ("ann@pigeon.test",))


def test_iteration_is_newest_first(inbox):
    """Mails come newest first, however quickly they arrived."""
    for number in range(20):
        send(inbox.port, f"{number:02d}")

    assert [mail.subject for mail in inbox] == [f"{n:02d}" for n in reversed(range(20))]


@pytest.mark.parametrize("index", [0, -1])
def test_a_mail_that_is_not_there_is_reported(inbox, index):
    """The error for a mail that did not arrive says how many there are, and what to do."""
    with pytest.raises(MailError, match=r"has no mail yet\. .* inbox\.wait\(\) waits"):
        inbox.__getitem__(index)
    send(inbox.port)
    with pytest.raises(MailError, match="has only 1"):
        inbox.__getitem__(7)


def test_a_clock_set_back_does_not_change_the_order(inbox, monkeypatch):
    """A mail that arrived later is newer, even if the clock was set back."""
    send(inbox.port, "first")
    monkeypatch.setattr(maildir_names.time, "time_ns", lambda: 1)
    send(inbox.port, "second")

    assert [mail.subject for mail in inbox] == ["second", "first"]


def test_another_inbox_sees_the_same_mails(inbox):
    """A second or restarted kernel finds the mails in the folder."""
    send(inbox.port)

    assert list(Inbox(inbox.folder)) == list(inbox)


def test_the_folder_is_a_maildir(inbox):
    """The standard library reads the folder as a Maildir."""
    send(inbox.port, "Hello")

    (message,) = standard.Maildir(inbox.folder, create=False)
    assert message["Subject"] == "Hello"


def test_a_mail_marked_as_seen_stays(inbox):
    """A mail that a mail reader has moved to cur, with a flag, is still listed."""
    send(inbox.port)
    before = inbox.latest
    (path,) = (inbox.folder / "new").iterdir()
    path.rename(inbox.folder / "cur" / f"{path.name}:2,S")

    assert inbox.latest == before


def test_wait_finds_an_earlier_mail(inbox):
    """Waiting for a mail that has already arrived returns at once."""
    send(inbox.port, "Confirm your address")

    assert inbox.wait(to="ANN@pigeon.test", subject="confirm", timeout=0).text == "Coo.\n"


def test_wait_wakes_for_a_new_mail(inbox):
    """Waiting ends when the mail arrives, not at the timeout."""
    sender = threading.Timer(0.1, send, [inbox.port, "late"])
    sender.start()

    assert inbox.wait(subject="late", timeout=20).subject == "late"
    sender.join()


def test_wait_is_woken(inbox, monkeypatch):
    """A mail that this process receives wakes a waiting thread, which need not poll."""
    monkeypatch.setattr(mailbox, "_POLL_SECONDS", 60)
    start = time.monotonic()
    sender = threading.Timer(0.1, send, [inbox.port, "late"])
    sender.start()

    assert inbox.wait(subject="late", timeout=60).subject == "late"
    assert time.monotonic() - start < 30
    sender.join()


def test_wait_reads_each_mail_once(inbox, monkeypatch):
    """A waiting thread reads each mail that does not fit only once."""
    seen = []
    for number in range(5):
        send(inbox.port, str(number))
    read = inbox.read
    monkeypatch.setattr(inbox, "read", lambda entry: seen.append(entry.id) or read(entry))
    monkeypatch.setattr(inbox, "_explain", lambda *_: "")
    with pytest.raises(MailError):
        inbox.wait(subject="none", timeout=0.3)

    assert len(seen) == len(set(seen)) == 5


def test_waiting_for_somebody_leaves_other_mail_alone(inbox, monkeypatch):
    """Mails whose envelope names other recipients are not parsed."""
    parsed = []
    for name in ("ann", "bob", "ann"):
        send(inbox.port, name, to=f"{name}@pigeon.test")
    parse = mailbox.parse
    monkeypatch.setattr(mailbox, "parse", lambda *mail: parsed.append(mail) or parse(*mail))

    assert inbox.wait(to=" BOB@pigeon.test", timeout=0).subject == "bob"
    assert len(parsed) == 1


def test_wait_after_skips_earlier_mails(inbox):
    """With `after`, earlier mails are ignored even if they fit."""
    send(inbox.port, "one")
    first = inbox.latest
    with pytest.raises(MailError):
        inbox.wait(after=first, timeout=0)
    send(inbox.port, "two")

    assert inbox.wait(after=first, timeout=0).subject == "two"


def test_wait_notices_what_another_process_wrote(inbox):
    """A closed inbox sees a mail that another inbox receives."""
    onlooker = Inbox(inbox.folder)
    sender = threading.Timer(0.1, send, [inbox.port, "late"])
    sender.start()

    assert onlooker.wait(subject="late", timeout=20).subject == "late"
    sender.join()


def test_a_timeout_lists_the_mails_that_arrived(inbox):
    """The error of a timeout says what was wanted, what arrived, and where to look."""
    send(inbox.port, "Welcome", to="bob@pigeon.test")
    with pytest.raises(MailError) as caught:
        inbox.wait(to="ann@pigeon.test", timeout=0)

    for words in ("'ann@pigeon.test'", "'Welcome' to bob@pigeon.test", f"MAIL_PORT {inbox.port}"):
        assert words in str(caught.value)


def test_a_time_out_of_a_closed_inbox_says_so(tmp_path):
    """The error for waiting at a closed inbox says to start it."""
    with pytest.raises(MailError, match=r"is closed; start it with inbox\.start"):
        Inbox(tmp_path).wait(timeout=0)


def test_wait_can_be_used_inside_a_running_loop(inbox):
    """The inbox works in a thread with a running event loop, as in a notebook."""

    async def cell():
        with Inbox(inbox.folder / "other") as other:
            send(other.port)
            return other.wait(timeout=20).subject

    assert asyncio.run(cell()) == "Hello"


def test_clear_empties_the_inbox(inbox):
    """After clear() there are no mails, and the next one arrives as usual."""
    send(inbox.port)
    inbox.clear()
    assert (len(inbox), inbox.latest) == (0, None)
    send(inbox.port)

    assert len(inbox) == 1


def test_the_oldest_mails_go(inbox, monkeypatch):
    """If there are too many mails, the oldest are deleted."""
    monkeypatch.setattr(maildir, "MAX_MAILS", 3)
    for number in range(5):
        send(inbox.port, str(number))

    assert [mail.subject for mail in inbox] == ["4", "3", "2"]


def test_the_bytes_are_capped_too(inbox, monkeypatch):
    """Large mails cause older ones to be deleted, but the newest is always kept."""
    monkeypatch.setattr(maildir, "MAX_BYTES", 1000)
    for number in range(3):
        send(inbox.port, str(number), text="coo " * 500)

    assert [mail.subject for mail in inbox] == ["2"]


def test_removed_mails_are_mentioned(inbox, monkeypatch):
    """If mails were deleted to make room, the inbox says so wherever it is shown."""
    monkeypatch.setattr(maildir, "MAX_MAILS", 3)
    for number in range(5):
        send(inbox.port, str(number))
    notice = "2 earlier mails were removed to make room: 3 mails or 20 MB are kept."

    assert all(notice in form for form in bundle(inbox).values())
    with pytest.raises(MailError, match=notice[:-1]):
        inbox.wait(subject="0", timeout=0)
    inbox.clear()
    assert inbox.notice == ""


def test_a_taken_port_is_refused_at_once(inbox, tmp_path):
    """A port in use is reported in a sentence, without a wait."""
    started = time.perf_counter()
    with pytest.raises(KitError, match=f"cannot use port {inbox.port}"):
        Inbox(tmp_path / "other", port=inbox.port).start()

    assert time.perf_counter() - started < 2


def test_it_starts_again_on_the_same_port(inbox):
    """A closed inbox starts again on its old port, so that the app still finds it."""
    port = inbox.port
    inbox.close()
    inbox.close()
    inbox.start()
    inbox.start()
    send(port)

    assert (inbox.port, len(inbox)) == (port, 1)


def test_closing_frees_the_port(inbox):
    """After close() the port is free, even if a client was connected."""
    with smtplib.SMTP(HOST, inbox.port, local_hostname="localhost"):
        inbox.close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, inbox.port), timeout=5)


def test_the_program_ends_with_an_open_inbox(tmp_path):
    """A program that never closes its inbox still ends, without output."""
    code = f"from confirmlab.mail.inbox import Inbox; Inbox({str(tmp_path)!r}).start()"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30)

    assert (run.returncode, run.stderr) == (0, b"")


def test_a_long_line_is_taken(inbox):
    """A body of one line of ten megabytes is received unchanged."""
    send_raw(inbox.port, b"Subject: long\r\n\r\n" + b"x" * 10_000_000)

    assert len(inbox.latest.text.strip()) == 10_000_000


def test_a_mail_over_the_limit_is_refused(inbox, monkeypatch, tmp_path):
    """A mail larger than the whole inbox is refused during the transfer."""
    monkeypatch.setattr(maildir, "MAX_BYTES", 1000)
    with Inbox(tmp_path / "small") as small, pytest.raises(smtplib.SMTPException) as caught:
        send_raw(small.port, b"Subject: big\r\n\r\n" + b"x\r\n" * 1000)

    assert "552" in str(caught.value)


def test_hostile_bytes_are_received(inbox):
    """Eight-bit bytes without any header are received as a mail."""
    send_raw(inbox.port, bytes(range(14, 256)) + b"\r\n")

    assert inbox.latest.size > 200 and inbox.latest.subject == ""


def test_many_senders_at_once(inbox):
    """Mails that arrive at the same time are all kept."""
    senders = [threading.Thread(target=send, args=[inbox.port, str(n)]) for n in range(20)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sorted(int(mail.subject) for mail in inbox) == list(range(20))


def test_an_empty_inbox_is_true(inbox):
    """An empty inbox is true, so `if inbox:` does not ask for mails."""
    assert inbox and len(inbox) == 0


def test_repr_is_one_line(inbox):
    """The repr of an inbox has its port and its number of mails."""
    send(inbox.port)

    assert repr(inbox) == f"<Inbox on port {inbox.port}, 1 mail>"


def test_an_impossible_folder_is_named(tmp_path):
    """The error for a folder that cannot be created names it."""
    (tmp_path / "file").write_text("")

    with pytest.raises(KitError, match="cannot keep mails in .*file"):
        Inbox(tmp_path / "file").start()


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_mails_are_private(inbox):
    """Other users of the host cannot read the mails."""
    send(inbox.port)

    assert (inbox.folder / "new").stat().st_mode & 0o077 == 0


def refused(port, to="ann@pigeon.test"):
    """Send a mail, and return the reply that refused it."""
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(port, to=to)
    return caught.value.recipients[to]


def test_a_refusal_is_sent_as_given(inbox):
    """The sender gets a set refusal word by word, and the mail is not kept."""
    inbox.fail("550 5.1.1 no such user")

    assert refused(inbox.port) == (550, b"5.1.1 no such user")
    assert len(inbox) == 0


def test_a_refusal_is_for_one_address(inbox):
    """A refusal for one address does not affect other addresses."""
    inbox.fail("550 no such user", to="Eve@pigeon.test")
    send(inbox.port)

    assert refused(inbox.port, to="eve@pigeon.test")[0] == 550
    assert len(inbox) == 1


def test_a_refusal_ends_after_so_many_times(inbox):
    """A refusal set for two mails refuses two, and the third is accepted."""
    inbox.fail("451 4.3.2 try later", times=2)
    answers = [refused(inbox.port)[0] for _ in range(2)]
    send(inbox.port)

    assert (answers, len(inbox)) == ([451, 451], 1)


def test_a_slow_inbox_takes_its_time(inbox):
    """A slow inbox accepts a mail only after its delay."""
    inbox.slow(0.05)
    start = time.monotonic()
    send(inbox.port)

    assert time.monotonic() - start >= 0.05
    assert len(inbox) == 1


@pytest.fixture
def delayed(monkeypatch):
    """Return an event that is set as soon as the delay of a mail has begun."""
    begun, delay = threading.Event(), smtp_server._delay

    def begin(faults):
        begun.set()
        return delay(faults)

    monkeypatch.setattr(smtp_server, "_delay", begin)
    return begun


def test_the_end_of_a_delay_ends_it_for_a_mail_on_its_way(inbox, delayed):
    """A mail that waits for a slow inbox is accepted when the delay is removed."""
    inbox.slow(1000)
    sender = threading.Thread(target=send, args=[inbox.port], daemon=True)
    sender.start()
    assert delayed.wait(30) and len(inbox) == 0
    inbox.slow(0)
    sender.join(30)

    assert not sender.is_alive() and len(inbox) == 1


def test_an_early_disconnect_leaves_no_mail(inbox, delayed):
    """If a client disconnects before a slow inbox has accepted its mail, nothing is kept."""
    inbox.slow(1000)
    with smtplib.SMTP(HOST, inbox.port, local_hostname="localhost", timeout=30) as client:
        client.ehlo()
        client.mail("club@pigeon.test")
        client.rcpt("ann@pigeon.test")
        client.docmd("DATA")
        client.send(b"Coo.\r\n.\r\n")
        assert delayed.wait(30)
        client.close()
    inbox.slow(0)
    send(inbox.port, "Only this")

    assert [mail.subject for mail in inbox] == ["Only this"]


@pytest.mark.parametrize(("kept", "taken"), [(False, 1), (True, 2)])
def test_a_dropped_mail(inbox, kept, taken):
    """After a dropped connection the sender sees no delivery, even if the mail was kept."""
    inbox.drop(times=1, kept=kept)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(inbox.port)
    send(inbox.port)

    assert len(inbox) == taken


def test_connections_are_refused_while_away(inbox):
    """While away, an inbox refuses connections; it keeps its port and mails for back()."""
    send(inbox.port)
    port = inbox.port
    inbox.away()
    inbox.start()  # each start of the site does this
    with pytest.raises(ConnectionRefusedError):
        send(port)
    inbox.back()
    send(port)

    assert (inbox.port, len(inbox)) == (port, 2)


def test_behave_ends_all_trouble(inbox):
    """After behave() an inbox accepts every mail, at once or after the given delay."""
    inbox.fail("550 no")
    inbox.drop()
    inbox.slow(30)
    inbox.away()
    inbox.behave()
    send(inbox.port)

    assert (len(inbox), inbox.trouble) == (1, ())
    inbox.behave(delay=0.05)
    assert inbox.trouble == ("takes 0.05 s over each mail",)


def test_faults_are_shown(inbox):
    """An inbox shows which faults are set, how often they still apply, and how to end them."""
    inbox.fail("550 no such user", to="eve@pigeon.test", times=2)
    inbox.drop(times=1)

    assert inbox.trouble == (
        "refuses mails to eve@pigeon.test with '550 no such user', 2 more times",
        "drops the connection before it stores mails, 1 more time",
    )
    with pytest.raises(MailError, match=r"drops the connection .* inbox.behave\(\) ends that"):
        inbox.wait(timeout=0)
    inbox.away()
    assert (inbox.trouble, "away" in repr(inbox)) == (("is away",), True)


@pytest.mark.parametrize(
    "ask",
    [
        lambda inbox: inbox.fail("250 fine"),
        lambda inbox: inbox.fail("550 two\r\n250 lines"),
        lambda inbox: inbox.fail("no such user"),
        lambda inbox: inbox.fail("550 no", times=0),
        lambda inbox: inbox.drop(times="twice"),
        lambda inbox: inbox.slow(-1),
        lambda inbox: inbox.slow("long"),
    ],
)
def test_nonsense_is_refused(inbox, ask):
    """Invalid faults are refused in a sentence, and change nothing."""
    with pytest.raises(MailError, match="; give"):
        ask(inbox)

    assert inbox.trouble == ()


def test_many_addresses_are_parsed_correctly(inbox):
    """New addresses are parsed correctly, however many there are."""
    for number in range(0, 1200, 100):
        to = [f"a{one}@pigeon.test" for one in range(number, number + 100)]
        with smtplib.SMTP(HOST, inbox.port, local_hostname="localhost") as client:
            client.sendmail("club@pigeon.test", to, b"Coo.\r\n")
        assert list(inbox.latest.to) == to
