"""Calls of the model's methods in the app under test: making a token, checking a token."""

import random
import re
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any
from urllib.parse import quote

from confirmlab.checks.app.app_client import Process
from confirmlab.checks.app.app_errors import AppError
from confirmlab.checks.app.app_members import Members
from confirmlab.checks.app.app_values import Member, Returned, is_true, mapping, show, text_of
from confirmlab.checks.app.app_visits import Visits
from confirmlab.checks.app.lifetimes import Lifetimes
from confirmlab.checks.app.running_app import RunningApp
from confirmlab.checks.text.random_words import Deck

_TEXTS_PER_ORDER = 14  # texts, for one order
_TOKENS_PER_ORDER = 7
_MAX_SECONDS = 0.5  # seconds; the usual app makes a hundred tokens in a tenth of it
_NOBODY = ("name", "email")
_HEX = re.compile(r"(?:[0-9a-f]{2})+")


class Model:
    """Calls methods of the app's users, and functions of the app."""

    def __init__(self, running: RunningApp, members: Members, visits: Visits) -> None:
        self._running, self._members, self._visits = running, members, visits
        self.lifetimes = Lifetimes()
        self._in_request = Deck((True, False))

    def token(self, member: Member, **lifetime: int) -> str:
        """Return a confirmation token that the app made for a member, as a text or as bytes."""
        self._members.watched.drop(member)
        token = text_of(
            self.call("generate_confirmation_token", member, named=lifetime)["returned"]
        )
        assert type(token) is str, (
            f"generate_confirmation_token() returned {show(token)}, and a token is a text"
        )
        if not lifetime:
            self.lifetimes.see(token, self._running.now())
        return token

    def tokens(self, members: Sequence[Member], in_request: bool = False) -> list[str]:
        """Return a token for each of the members, "" for what is no text; fewer if they take long.

        They are requested in small batches, since an order has limits of time and output.
        """
        begun, found = time.monotonic(), []
        host = self._running.host
        sites = cycle([host.name, *host.usual_names])
        for start in range(0, len(members), _TOKENS_PER_ORDER):
            batch = members[start : start + _TOKENS_PER_ORDER]
            found += self._request_batch(batch, next(sites) if in_request else "")
            # Each name of the site has its turn, however slow the machine is.
            if start >= 2 * _TOKENS_PER_ORDER and time.monotonic() - begun > _MAX_SECONDS:
                break
        return found

    def _request_batch(self, members: Sequence[Member], site: str) -> list[str]:
        for member in members:
            self._members.watched.drop(member)
        view = random.choice(("register", "resend"))
        path = f"/auth/{view}"
        within = self._visits.request_context(None, path, "POST", host=site) if site else None
        numbers = [member.id for member in members]
        result = self._running.process.order("tokens", numbers=numbers, within=within, view=view)
        texts = map(text_of, result if type(result) is list and len(result) == len(members) else [])
        return [token if type(token) is str else "" for token in texts]

    def key(self, member: Member, process: Process | None = None) -> tuple[str, bytes | None]:
        """Return a token that the app made, and the key that verifies it, or None."""
        self._members.watched.drop(member)
        made = self.call("generate_confirmation_token", member, process=process)
        text = text_of(made["returned"])
        token = text if type(text) is str else ""
        secret = self._running.host.secret_key.encode()
        keys = [*_keys_seen(made)[-1:], secret]
        return token, next((key for key in keys if is_signed_with(token, key)), None)

    def keys_in_every_app(self, member: Member, token: str) -> frozenset[bytes]:
        """Return the keys by which confirm() verifies a bad token, whatever the app's secret key.

        If confirm() raises an error, they are unknown, and none is returned.
        """
        elsewhere = self._running.another(SECRET_KEY=secrets.token_hex(64))
        return self._keys_tried(member, token) & self._keys_tried(member, token, elsewhere)

    def _keys_tried(
        self, member: Member, token: str, process: Process | None = None
    ) -> frozenset[bytes]:
        self._members.watched.drop(member)
        more: dict[str, Any] = {"end": "rollback", "process": process}
        with suppress(AppError):
            return frozenset(_keys_seen(self.call("confirm", member, [token], **more)))
        return frozenset()

    def call_confirm(
        self,
        member: Member | None,
        token: str,
        end: str = "",
        in_request: bool | None = None,
        host: str = "",
    ) -> Returned:
        """Call confirm() for a member, or for a user who was never saved, and return its result.

        It ends with a commit or a rollback, drawn at random unless `end` names one of them.
        A request comes to the site under the name `host`, by default that of this run.
        """
        if member is not None:
            self._members.watched.drop(member)
        end = end or random.choice(("commit", "rollback"))
        drawn = self._in_request.draw() if in_request is None else in_request
        path = f"/auth/confirm/{quote(token[:2000] or 'x', safe='')}"
        is_inside = drawn and member is not None
        within = self._visits.request_context(member, path, host=host) if is_inside else None
        more: dict[str, Any] = {"end": end, "within": within, "view": "auth.confirm"}
        nobody = dict(zip(_NOBODY, self._members.person(), strict=True)) if member is None else None
        report = self.call("confirm", nobody or member, [token], **more)
        reason, is_decoded = str(report.get("reason", "")), report.get("decoded") is True
        return Returned(report["returned"], report["confirmed"], reason, is_decoded)

    def accepted(self, member: Member, texts: Sequence[str]) -> list[str]:
        """Return the texts to which a member's confirm() says yes; each call is rolled back.

        It is called outside of a request, in batches of texts; an exception counts as a no.
        """
        self._members.watched.drop(member)
        found = []
        for start in range(0, len(texts), _TEXTS_PER_ORDER):
            batch = list(texts[start : start + _TEXTS_PER_ORDER])
            answers = self._running.process.order("confirm_each", number=member.id, texts=batch)
            answers = answers if type(answers) is list else []
            found += [text for text, one in zip(batch, answers, strict=False) if is_true(one)]
        return found

    def call(
        self,
        what: str,
        on: Member | int | dict[str, str] | None = None,
        args: Sequence[Any] = (),
        process: Process | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Call a method of a user or a function of the app; return the app process's report."""
        on = on.id if isinstance(on, Member) else on
        order = (process or self._running.process).order
        report = order("call", what=what, on=on, args=list(args), **more)
        return {"returned": None, "confirmed": None} | mapping(report)


def _keys_seen(report: dict[str, Any]) -> list[bytes]:
    """Return the keys in the report of a call, which are those that `jwt` was seen with."""
    keys = report.get("keys")
    texts = [key for key in keys if type(key) is str] if type(keys) is list else []
    return [bytes.fromhex(key) for key in texts if _HEX.fullmatch(key)]


def is_signed_with(token: str, key: bytes) -> bool:
    """Return whether a token has a signature made with this key; its claims do not matter."""
    import jwt

    try:  # the signature alone: jwt.decode would look at the claims, too
        jwt.PyJWS().decode(token, key, algorithms=["HS256", "HS384", "HS512"])
        return True
    except Exception:
        return False
