"""Attacks on the account of another member."""

from confirmlab.mail.inbox import Inbox
from confirmlab.site.attacks.account import PASSWORD, Member, address, token_in
from confirmlab.site.attacks.scoreboard import Result
from confirmlab.site.server import Site
from confirmlab.site.visitor import Visitor


def pre_hijack(site: Site, inbox: Inbox) -> Result:
    """Register Ada's address and stay logged in while she resets the password and confirms."""
    mallory = Member(site, inbox, "ada")
    ada, last = site.visitor(), inbox.latest
    mallory.forget_password()
    link = mallory.mailed_link("password", after=last)
    ada.submit(ada.open(f"/auth/reset/{token_in(link)}"), password="a password of her own")
    ada.log_in(mallory.email, "a password of her own")
    ada.click(mallory.path)
    if mallory.confirmed:
        return True, "Ada has a new password and is confirmed; the stranger's old login works too."
    return False, "Ada's new password ended the stranger's login."


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
