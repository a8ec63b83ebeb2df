"""Be a member of the attacker's making: registered, logged in, with a letter to read."""

import secrets

from confirmlab.mail.inbox import Inbox
from confirmlab.site.page import Page
from confirmlab.site.server import Site

PASSWORD = "seven grey feathers"


class Member:
    """Hold an account of the running site: its browser, its address, its first letter."""

    def __init__(
        self, site: Site, inbox: Inbox, name: str = "mallory", log_in: bool = True
    ) -> None:
        self.site, self.inbox = site, inbox
        self.email = address(name)
        self.name, self.browser = name.title(), site.visitor()
        self.register()
        self.token = token_in(self.letter("Confirm"))
        if log_in:
            self.browser.log_in(self.email, PASSWORD)

    def __repr__(self) -> str:
        return f"<Member {self.email}>"

    @property
    def path(self) -> str:
        """Give the path of the first link."""
        return f"/auth/confirm/{self.token}"

    @property
    def confirmed(self) -> bool:
        """Ask the site for a page that only confirmed members see."""
        page = self.browser.open("/members")
        return (page.status, page.path) == (200, "/members")

    def register(self) -> None:
        """Fill in the form to register, as anybody can with any address."""
        self.site.visitor().register(name=self.name, email=self.email, password=PASSWORD)

    def forget_password(self) -> None:
        """Ask for a new password, as anybody can for any address."""
        visitor = self.site.visitor()
        visitor.submit(visitor.open("/auth/forgotten"), email=self.email)

    def letter(self, subject: str, to: str = "", after: object = None) -> str:
        """Wait for a letter, and give the link in it."""
        return self.inbox.wait(to=to or self.email, subject=subject, after=after).links[0]

    def letters(self) -> int:
        """Count the letters that came to this address."""
        return sum(self.email in mail.to for mail in self.inbox)

    def use(self, token: str) -> Page:
        """Follow a confirmation link with this token in it, and press the button it may show."""
        return self.browser.click(f"/auth/confirm/{token}")

    def move(self, new: str) -> None:
        """Change the address in the profile."""
        self.browser.submit(self.browser.open("/profile/address"), email=new, password=PASSWORD)

    def ask_again(self) -> None:
        """Ask for another letter, by the button of the waiting room or a link that does it."""
        page = self.browser.open("/auth/unconfirmed")
        if page.has_form(action="/auth/resend"):
            self.browser.submit(page.form(action="/auth/resend"))
        else:
            self.browser.open("/auth/resend")

    def log_in_anew(self) -> None:
        """Forget all cookies, and log in."""
        self.browser = self.site.visitor()
        self.browser.log_in(self.email, PASSWORD)

    def reset_token(self) -> str:
        """Ask for a new password, and take the token out of the letter."""
        last = self.inbox.latest
        self.forget_password()
        return token_in(self.letter("password", after=last))


def address(name: str) -> str:
    """Make an address that nobody had before."""
    return f"{name}.{secrets.token_hex(4)}@example.com"


def token_in(link: str) -> str:
    """Give the last part of a link, whatever the host before it."""
    return link.rsplit("/", 1)[-1]
