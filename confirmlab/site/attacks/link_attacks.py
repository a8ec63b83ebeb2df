"""Attacks with a link from a mail: it is used again or elsewhere, or a machine opens it."""

from confirmlab.mail.inbox import Inbox
from confirmlab.site.attacks.account import Member, address, token_in
from confirmlab.site.attacks.scoreboard import Result
from confirmlab.site.server import Site


def old_link(site: Site, inbox: Inbox) -> Result:
    """Change to a stranger's address, then confirm it with the link sent to the old address."""
    mallory = Member(site, inbox)
    mallory.use(mallory.token)
    stranger = address("stranger")
    mallory.move(stranger)
    if mallory.owns(stranger):
        return True, "A stranger's address counts as confirmed at once, without a mail."
    mallory.use(mallory.token)
    if mallory.owns(stranger):
        return True, "The old link confirms a stranger's address, without a mail to it."
    return False, "The new address waits for its own link; the old link is dead."


def used_link(site: Site, inbox: Inbox) -> Result:
    """Use a link, change the address, change it back, and use the link again."""
    return _replayed(site, inbox, "", "The link from the first day confirms a second time.")


def respelled_link(site: Site, inbox: Inbox) -> Result:
    """Reuse a used link whose token is spelled differently but decodes to the same claims."""
    return _replayed(site, inbox, "==", "With == at its end, the used token is as good as new.")


def _replayed(site: Site, inbox: Inbox, end: str, story: str) -> Result:
    mallory = Member(site, inbox)
    first, second, last = mallory.email, address("mallory"), inbox.latest
    mallory.use(mallory.token)
    mallory.move(second)
    if not mallory.owns(second):
        mallory.use(token_in(mallory.mailed_link("Confirm", to=second, after=last)))
    if not mallory.owns(second):
        return False, "The address never changed, so there is nothing to bring back."
    mallory.move(first)
    if mallory.owns(first):
        return True, "Back at an old address, Mallory is confirmed without any mail."
    mallory.use(mallory.token + end)
    if mallory.owns(first):
        return True, story
    return False, "The link worked once, and never again."


def other_purpose(site: Site, inbox: Inbox) -> Result:
    """Confirm an address with the token from a password reset mail."""
    mallory = Member(site, inbox)
    mallory.use(mallory.reset_token())
    if mallory.confirmed:
        return True, "The token from the password mail confirms an address."
    return False, "The token from the password mail confirms nothing."


def preview(site: Site, inbox: Inbox) -> Result:
    """Fetch the link as browsers do to load a page ahead of a click."""
    ada = Member(site, inbox, "ada")
    ada.browser.open(ada.path, headers={"Sec-Purpose": "prefetch;prerender"})
    if ada.confirmed:
        return True, "The account is confirmed, and nobody has clicked."
    return False, "Opening the link only shows a page; confirming takes a press of its button."


def scanner(site: Site, inbox: Inbox) -> Result:
    """Send a HEAD request to the link, as link scanners do."""
    ada = Member(site, inbox, "ada")
    ada.browser.head(ada.path)
    if ada.confirmed:
        return True, "A request for the headers alone confirmed the account."
    return False, "Asking for the headers changes nothing."
