"""Facts about the scoreboard of attacks: its text, and its display."""

import pytest

from confirmlab.base.errors import KitError, SiteError
from confirmlab.notebook.views.registry import as_html, as_text, bundle
from confirmlab.site.attacks import scenarios
from confirmlab.site.attacks.scoreboard import Attempt, Scoreboard

IN = Attempt("preview", "A preview", True, "Nobody has clicked.")
OFF = Attempt("scanner", "A scanner", False, "Nothing <b>changes</b>.")
UNTRIED = Attempt("referer", "A referer", None, "No mail came.")
ADA = Attempt("honest-member", "An honest member", True, "She is confirmed.")
NOBODY = Attempt("honest-member", "An honest member", False, "She is not.")


@pytest.mark.parametrize(
    "attempts, control, said",
    [
        ((IN, OFF), ADA, "1 of 2 attacks got in"),
        ((OFF, OFF), ADA, "All 2 attacks held off"),
        ((OFF, UNTRIED), ADA, "1 of 2 attacks held off, the others not tried"),
        ((OFF, OFF), NOBODY, "Not even an honest member gets in"),
    ],
)
def test_headline(attempts, control, said):
    """The headline counts the attacks that got in, and does not praise a broken app."""
    assert Scoreboard(attempts, control).headline == said


def test_one_line():
    """The repr of an attempt and of a score is one line."""
    assert repr(IN) == "<Attempt preview: got in>"
    assert repr(Scoreboard((IN,), ADA)) == "<Scoreboard 1 of 1 attacks got in>"


def test_words_beside_colours():
    """Each display says in words how an attack ended, not only by colour."""
    for shown in bundle(Scoreboard((IN, OFF, UNTRIED), ADA)).values():
        assert "got in" in shown and "held off" in shown and "not tried" in shown


def test_evidence_is_escaped():
    """What an attack saw is HTML-escaped."""
    assert "Nothing &lt;b&gt;changes" in as_html(OFF)


def test_the_first_time_is_shown():
    """The first result of an attack is shown if it differs."""
    board = Scoreboard((OFF,), ADA, {"scanner": True})

    assert "(at first: got in)" in as_text(board)
    assert "got in" in as_html(board)


def test_an_unknown_attack_names_the_others(session):
    """The error for an unknown attack lists the known ones."""
    with pytest.raises(KitError, match="'moon-beam'.*'forged-token'"):
        scenarios.run("moon-beam", session.site, session.inbox)


def test_the_site_has_to_run(session):
    """If the site is not running, an attack says how to start it."""
    with pytest.raises(SiteError, match="start it with site.start"):
        session.attack("preview")
    with pytest.raises(SiteError, match="start it with site.start"):
        session.scoreboard()


def test_an_app_that_sends_no_mail_is_not_safe(session, monkeypatch):
    """Against an app that does not work, an attack counts as not tried."""
    monkeypatch.setattr(session.inbox.wait.__func__, "__defaults__", (None, None, None, 0))
    session.start_inbox()
    session.site.start()

    attempt = session.attack("preview")

    assert attempt.got_in is None
    assert "No mail to" in attempt.evidence
    assert session.workspace.record.read()["attacks"] == {}


def test_the_record_keeps_the_first_end(session, monkeypatch):
    """The first result of an attack stays in the record, whatever later results are."""
    monkeypatch.setattr(scenarios, "run", lambda *_: IN)
    session.start_inbox()
    session.site.start()
    session.attack("preview")
    later = Attempt("preview", "A preview", False, "It takes a press of the button.")
    monkeypatch.setattr(scenarios, "run_all", lambda *_: Scoreboard((later,), ADA))

    assert session.scoreboard().first == {"preview": True}


def test_attacks_wait_for_an_honest_member(session, monkeypatch):
    """If no mail reaches an honest member, no attack is tried, and the score says why."""
    monkeypatch.setattr(session.inbox.wait.__func__, "__defaults__", (None, None, None, 0))
    monkeypatch.setattr(scenarios, "run", lambda name, *_: pytest.fail(f"{name} was tried"))
    session.start_inbox()
    session.site.start()

    board = session.scoreboard()

    assert board.headline == "Not even an honest member gets in"
    assert all("An honest member: No mail to" in shown for shown in bundle(board).values())
