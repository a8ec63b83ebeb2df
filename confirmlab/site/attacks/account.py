"""An account that an attack registers and uses, with its browser and mails."""

import secrets

from confirmlab.mail.inbox import Inbox
from confirmlab.mail.message import Mail
from confirmlab.site.pages.page import Page
from confirmlab.site.server import Site

PASSWORD = "seven grey feathers"


class Member:
    """A registered account of the running site: its browser, address and first mail."""

    def __init__(
        self, site: Site, inbox: Inbox, name: str = "mallory", log_in: bool = True
    ) -> None:
        self.site, self.inbox = site, inbox
        self.email = address(name)
        self.name, self.browser = name.title(), site.visitor()
        self.register()
        self.token = token_in(self.mailed_link("Confirm"))
        if log_in:
            self.browser.log_in(self.email, PASSWORD)

    def __repr__(self) -> str:
        return f"<Member {self.email}>"

    @property
    def path(self) -> str:
        """Return the path of the first confirmation link."""
        return f"/auth/confirm/{self.token}"

    @property
    def confirmed(self) -> bool:
        """Return whether the account sees a page for confirmed members only."""
        page = self.browser.open("/members")
        return (page.status, page.path) == (200, "/members")

    def owns(self, email: str) -> bool:
        """Return whether the site shows this address as confirmed for this member."""
        page = self.browser.open("/profile")
        return self.confirmed and page.path == "/profile" and email in page.text

    def register(self) -> None:
        """Submit the registration form with this address, as anybody can."""
        self.site.visitor().register(name=self.name, email=self.email, password=PASSWORD)

    def forget_password(self) -> None:
        """Request a password reset for this address, as anybody can."""
        visitor = self.site.visitor()
        visitor.submit(visitor.open("/auth/forgotten"), email=self.email)

    def mailed_link(self, subject: str, to: str = "", after: Mail | None = None) -> str:
        """Wait for a mail and return its first link."""
        return self.inbox.wait(to=to or self.email, subject=subject, after=after).links[0]

    def mail_count(self) -> int:
        """Return the number of mails to this address."""
        return sum(self.email in mail.to for mail in self.inbox)

    def use(self, token: str) -> Page:
        """Follow a confirmation link with this token, and press the button it may show."""
        return self.browser.click(f"/auth/confirm/{token}")

    def move(self, new: str) -> None:
        """Change the address in the profile."""
        self.browser.submit(self.browser.open("/profile/address"), email=new, password=PASSWORD)

    def ask_again(self) -> None:
        """Request another confirmation mail, by the button or by a link."""
        page = self.browser.open("/auth/unconfirmed")
        if page.has_form(action="/auth/resend"):
            self.browser.submit(page.form(action="/auth/resend"))
        else:
            self.browser.open("/auth/resend")

    def log_in_anew(self) -> None:
        """Drop all cookies and log in."""
        self.browser = self.site.visitor()
        self.browser.log_in(self.email, PASSWORD)

    def reset_token(self) -> str:
        """Request a password reset and return the token in its mail."""
        last = self.inbox.latest
        self.forget_password()
        return token_in(self.mailed_link("password", after=last))


def address(name: str) -> str:
    """Return a new, unused address."""
    return f"{name}.{secrets.token_hex(4)}@example.com"


def token_in(link: str) -> str:
    """Return the last part of a link's path."""
    return link.rsplit("/", 1)[-1]
