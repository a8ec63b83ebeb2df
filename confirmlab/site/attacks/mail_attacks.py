"""Attacks on the mails that the app sends: their links, their words and their number."""

from collections.abc import Callable

from confirmlab.mail.inbox import Inbox
from confirmlab.site.attacks.account import PASSWORD, Member, address
from confirmlab.site.attacks.scoreboard import Result
from confirmlab.site.server import Site
from confirmlab.site.visitor import Visitor

_ADVERT = "You won 40 grey geese"  # the name under which a stranger registers somebody else


def false_host(site: Site, inbox: Inbox) -> Result:
    """Register a stranger in a request that says Host: evil.example."""
    victim, last = address("victim"), inbox.latest
    visitor = Visitor(site.url, headers={"Host": "evil.example"})
    page = visitor.open("/auth/register")
    if page.status == 400:
        return False, "The app answers only to its own names: status 400, and no mail."
    visitor.submit(page, name="Victim", email=victim, password=PASSWORD)
    links = inbox.wait(to=victim, subject="Confirm", after=last).links
    if any("evil.example" in link for link in links):
        return True, "The mailed link leads to evil.example, and takes the token there."
    return False, "The mailed link leads to our own host, whatever the request said."


def strangers_words(site: Site, inbox: Inbox) -> Result:
    """Register somebody else's address under a name that is an advertisement."""
    victim = address("victim")
    site.visitor().register(name=_ADVERT, email=victim, password=PASSWORD)
    Member(site, inbox, "last", log_in=False)  # when her mail is here, the others are
    mails = [mail for mail in inbox if victim in mail.to]
    for mail in mails:
        if _ADVERT in f"{mail.subject} {mail.text} {mail.html}":
            return True, f"The club writes to somebody who never asked: {_ADVERT!r}."
    return False, f"None of the {len(mails)} mails to the address repeats the name."


def letter_bomb(site: Site, inbox: Inbox) -> Result:
    """Press the button of the waiting room five times in a row."""
    victim = Member(site, inbox, "victim")
    return _bombed(victim, [victim.ask_again] * 5)


def patient_letter_bomb(site: Site, inbox: Inbox) -> Result:
    """Press the button three times, logging in again without cookies before each press."""
    victim = Member(site, inbox, "victim")
    return _bombed(victim, [victim.log_in_anew, victim.ask_again] * 3)


def letters_unasked(site: Site, inbox: Inbox) -> Result:
    """Register a stranger's address, and request a password reset for it, three times each."""
    victim = Member(site, inbox, "victim", log_in=False)
    steps = [victim.register, victim.forget_password] * 3
    return _bombed(victim, steps, most=2)  # one of each kind, since each kind has its own limit


def _bombed(victim: Member, steps: list[Callable[[], None]], most: int = 1) -> Result:
    before, presses = _letters(victim), len(steps) - steps.count(victim.log_in_anew)
    for step in steps:
        step()
    came = _letters(victim) - before
    counts = f"{presses} requests, {came or 'no'} mail{'' if came == 1 else 's'}"
    return came > most, f"{counts} in the mailbox of somebody who asked for none."


def _letters(victim: Member) -> int:
    # When the mail to one more member has arrived, all earlier mails have, too.
    Member(victim.site, victim.inbox, "last", log_in=False)
    return victim.mail_count()
