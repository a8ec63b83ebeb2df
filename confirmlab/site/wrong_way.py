"""Run the app that lesson 01 attacks: a fresh copy, beside the learner's own app."""

import json
import shutil
from pathlib import Path

from confirmlab.base import files, paths
from confirmlab.base.errors import SiteError
from confirmlab.mail.inbox import Inbox
from confirmlab.site.server import Site

TOKENS = ("id", "time", "hash", "random")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "instance")


class WrongWay:
    """The other club's site, whose confirmation links are insecure."""

    def __init__(self, inbox: Inbox, folder: Path) -> None:
        self.site = Site(inbox, folder)
        self.site.title = "Snail Mail Circle"

    def __repr__(self) -> str:
        return f"<WrongWay {self.site!r}>"

    def start(self, token: str = "id") -> Site:
        """Start the site with nobody confirmed and this kind of token in its links.

        Raises:
            SiteError: the kind of token is unknown.
        """
        if token not in TOKENS:
            known = ", ".join(map(repr, TOKENS))
            raise SiteError(f"No kind of token named {token!r}. wrong_way() takes one of {known}.")
        folder = self.site.folder
        source = paths.in_kit("tests", "mutants", "wrong_way")
        shutil.copytree(source, folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
        files.write(folder / "instance" / "config.json", json.dumps({"TOKEN": token}) + "\n")
        return self.site.start()
