"""The attacks of lesson 08, by name: each sends requests to a running site and reads mails."""

from collections.abc import Callable

from confirmlab.base.errors import KitError
from confirmlab.mail.inbox import Inbox
from confirmlab.site.attacks import (
    account_attacks,
    leak_attacks,
    link_attacks,
    mail_attacks,
    token_attacks,
)
from confirmlab.site.attacks.account import Member
from confirmlab.site.attacks.scoreboard import Attempt, Result, Scoreboard
from confirmlab.site.server import Site

Attack = Callable[[Site, Inbox], Result]

_TITLES: dict[Attack, str] = {  # in the order of the lesson
    token_attacks.forged_token: "A token forged or altered by hand",
    token_attacks.chosen_algorithm: "The algorithm of the attacker's choice, or none",
    token_attacks.weak_key: "A weak key, guessed at home from a token in one's own mail",
    link_attacks.old_link: "An old link, after a change of address",
    link_attacks.used_link: "A used link, used again",
    link_attacks.respelled_link: "A used link, spelled in another way",
    link_attacks.other_purpose: "A token made for another purpose",
    link_attacks.preview: "A preview that opens the link (GET)",
    link_attacks.scanner: "A scanner that knocks at the link (HEAD)",
    mail_attacks.false_host: "A false host in a mail to a stranger",
    mail_attacks.strangers_words: "A stranger's words in your mail",
    mail_attacks.letter_bomb: "Five mails for one mailbox",
    mail_attacks.patient_letter_bomb: "The same, with a new login for each mail",
    mail_attacks.letters_unasked: "Mails for a stranger, requested without an account",
    account_attacks.pre_hijack: "An account made before its owner comes",
    account_attacks.replayed_cookie: "A stolen cookie, used after the logout",
    account_attacks.squatter: "An address taken by moving there",
    leak_attacks.referer: "A token that the browser passes on",
    leak_attacks.log_reader: "A token in the log",
    leak_attacks.open_redirect: "A login that leads away",
    leak_attacks.who_is_there: "Asking the site who is registered",
    leak_attacks.slow_answer: "The time that an answer takes",
}

ATTACKS: dict[str, Attack] = {attack.__name__.replace("_", "-"): attack for attack in _TITLES}


def run(name: str, site: Site, inbox: Inbox) -> Attempt:
    """Run one attack on a site.

    Raises:
        KitError: there is no attack of that name.
    """
    if name not in ATTACKS:
        known = ", ".join(map(repr, ATTACKS))
        raise KitError(f"No attack is named {name!r}. attack() takes one of {known}.")
    attack = ATTACKS[name]
    return _tried(name, _TITLES[attack], attack, site, inbox)


def run_all(site: Site, inbox: Inbox) -> Scoreboard:
    """Run an honest member's visit and then every attack.

    If that visit cannot be made, no attack is tried: each would wait as long for its mail.
    """
    control = _tried("honest-member", "An honest member", _honest_member, site, inbox)
    if control.got_in is None:
        return Scoreboard((), control)
    return Scoreboard(tuple(run(name, site, inbox) for name in ATTACKS), control)


def _tried(name: str, title: str, attack: Attack, site: Site, inbox: Inbox) -> Attempt:
    try:
        got_in, evidence = attack(site, inbox)
    except KitError as error:  # no mail or no form: the app does not work at all
        got_in, evidence = None, str(error)
    return Attempt(name, title, got_in, evidence, attack.__doc__ or "")


def _honest_member(site: Site, inbox: Inbox) -> Result:
    """Confirm an honest member, since a broken app would hold off every attack."""
    ada = Member(site, inbox, "ada")
    ada.use(ada.token)
    if ada.confirmed:
        return True, "She is confirmed, as she should be."
    return False, "She is not confirmed: an app that lets nobody in is safe, and of no use."
