"""Settings of the app under test, drawn at random for each run."""

import random
import secrets
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from confirmlab.checks.text.random_words import random_domain, random_word
from confirmlab.processes import frames

_YEARS = (1, 9)  # years by which an app's clock is ahead, from and to


@dataclass(frozen=True)
class AppSettings:
    """The settings of the app in one run, and those of the world around it."""

    secret_key: str = field(repr=False)
    name: str  # host name of the site
    pages: dict[str, str]  # path → endpoint of two pages that the app does not have yet
    ahead: float  # seconds by which its clock is ahead, so that no app can tell a test by the year
    visitor: str  # the address of its visitors
    processor: int | None = None  # number of the processor that it runs on; None means any

    def send(self, control: socket.socket, database: str = "", mail_port: int = 0) -> None:
        """Send the settings to the process that will start the app.

        Without a database the app uses that of its own settings.
        """
        message: dict[str, Any] = {
            "processor": self.processor,
            "ahead": self.ahead,
            "mail_port": mail_port,
            "SECRET_KEY": self.secret_key,
            "HOST": self.name,
            "PAGES": self.pages,
        }
        if database:
            message["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{database}"
        with suppress(frames.SocketClosed):  # the missing answer tells that the process ended
            frames.send(control, message)


def draw(processor: int | None = None) -> AppSettings:
    """Return settings for one run."""
    notebooks = random.getstate()  # a learner may have set a seed, and counts on what comes next
    random.seed()
    try:
        ahead = random.uniform(*_YEARS) * 365 * 86400
        key, name = secrets.token_hex(64), random_domain()
        return AppSettings(key, name, _pages(), ahead, _some_address(), processor)
    finally:
        random.setstate(notebooks)


def _some_address() -> str:
    """Return a random address of this machine, where it has several."""
    if sys.platform != "linux":  # all of 127.0.0.0/8 is the loopback of Linux
        return "127.0.0.1"
    return f"127.{random.randrange(1, 255)}.{random.randrange(255)}.{random.randrange(2, 255)}"


def _pages() -> dict[str, str]:
    """Return path → endpoint of two pages.

    Both paths and one endpoint start like those of the blueprint `auth`; the other one of each
    starts like that of the login, a page that is open. One path also looks like that of a file.
    """
    one, other = random_word(), random_word()
    return {f"/auth{one}/static.{one}": f"auth{one}", f"/auth/login-{other}": f"auth.login_{other}"}
