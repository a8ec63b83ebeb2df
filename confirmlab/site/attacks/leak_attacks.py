"""Attacks on what the site gives away: a token, a visitor, or who is a member."""

import re
import time
from statistics import median
from urllib.parse import urlencode

from confirmlab.mail.inbox import Inbox
from confirmlab.site.attacks.account import PASSWORD, Member, address
from confirmlab.site.attacks.scoreboard import Result
from confirmlab.site.server import Site

_SAFE_POLICIES = {"no-referrer", "same-origin", "strict-origin", "origin"}
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


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


def log_reader(site: Site, inbox: Inbox) -> Result:
    """Look for the token in the site's log, as anybody with access to it can."""
    ada = Member(site, inbox, "ada")
    ada.use(ada.token)
    lines = [line for line in site.log(200).splitlines() if ada.token in line]
    if lines:
        return True, f"The log holds the whole token: {lines[0].replace(ada.token, 'eyJ...')}"
    return False, "No line of the log holds the token."


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


def who_is_there(site: Site, inbox: Inbox) -> Result:
    """Register, and ask for a new password, with an address that is known and one that is not."""
    ada = Member(site, inbox, "ada", log_in=False)
    for path in ("/auth/register", "/auth/forgotten"):
        known, unknown = _answer(site, path, ada.email), _answer(site, path, address("nobody"))
        if known != unknown:
            return True, f"{path} answers a known address differently: {known[-1]}"
    return False, "Known and unknown addresses get the same answer."


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
