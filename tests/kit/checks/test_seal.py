import os
import threading

import pytest

from confirmlab.checks.sandbox import seal

KEY = bytes(range(32))
OUTCOME = {"name": "t", "when": "call", "outcome": "passed", "message": "", "where": ""}


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def said(pipe):
    os.set_blocking(pipe[0], False)
    return os.read(pipe[0], 1 << 16).decode().splitlines()


def test_what_is_said_arrives(pipe, monkeypatch):
    """A message of the kit's arrives as it was said, whatever its text holds."""
    monkeypatch.setattr(seal, "OURS", ("",))
    hostile = OUTCOME | {"message": "a\nline \ud800 and \x00 \u202e more"}
    seal.sealed(pipe[1], KEY)(hostile)
    assert seal.opened(said(pipe), KEY) == ([hostile], False)


def test_other_code_has_no_voice(pipe):
    """What is said with other code than the kit's among the callers becomes an alarm."""
    seal.sealed(pipe[1], KEY)(OUTCOME)  # this file is no part of the kit
    assert seal.opened(said(pipe), KEY) == ([{"alarm": seal.FORGED}], False)


def test_other_threads_have_no_voice(pipe, monkeypatch):
    """What another thread says becomes an alarm."""
    monkeypatch.setattr(seal, "OURS", ("",))
    thread = threading.Thread(target=seal.sealed(pipe[1], KEY), args=(OUTCOME,))
    thread.start()
    thread.join()
    assert seal.opened(said(pipe), KEY) == ([{"alarm": seal.FORGED}], False)


def test_the_key_is_not_in_reach(pipe):
    """Nothing that hangs on the voice leads to the key."""
    say = seal.sealed(pipe[1], KEY)
    assert KEY not in [cell.cell_contents for cell in say.__closure__]


@pytest.mark.parametrize("line", ["", "hello", "{}", "0" * 128 + " {'end': 'done'}", "\ufffd \x00"])
def test_a_line_without_the_seal(line):
    """A line that does not carry the seal is left out, and told."""
    assert seal.opened([line], KEY) == ([], True)


@pytest.mark.parametrize(
    "message",
    [
        {"outcome": "passed"},
        OUTCOME | {"message": 5},
        OUTCOME | {"more": "x"},
        {"tests": [{"name": "t"}]},
        {"tests": "t"},
        {"status": "ok", "damage": [1]},
        {"ended": "done", "app": "1"},
        {},
        [],
        None,
    ],
)
def test_no_message(message):
    """What lacks a part, or has one of another kind, is no message."""
    assert not seal.fits(message)


def test_a_message_is_no_object_of_somebody_elses(pipe):
    """An object that would spell itself in its own way is not said."""

    class Text(str):
        def __repr__(self):
            return "'passed'"

    seal.sealed(pipe[1], KEY)({"alarm": Text("x")})
    assert seal.opened(said(pipe), KEY) == ([{"alarm": seal.FORGED}], False)
