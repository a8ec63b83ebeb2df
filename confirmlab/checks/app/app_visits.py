"""Visits of the app under test: browsers, single requests, and session cookies."""

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from confirmlab.checks.app.app_client import Process
from confirmlab.checks.app.app_mails import AppMails
from confirmlab.checks.app.app_requests import (
    Answer,
    browser_headers,
    read_answer,
    script_headers,
    transport,
)
from confirmlab.checks.app.app_values import Member, mapping
from confirmlab.checks.app.cookie_signer import Signer
from confirmlab.checks.app.running_app import RunningApp
from confirmlab.site.visitor import Visitor

_HEADERS = {"browser": browser_headers, "script": script_headers}


class Visits:
    """Sends requests to the app; members are logged in by a cookie that the tests sign."""

    def __init__(self, running: RunningApp, mails: AppMails) -> None:
        self._running, self._mails = running, mails
        self.signer = Signer(running.host.secret_key)
        self.signer.now = running.now
        # What get_id() writes after a number, and whether the session mark follows.
        self._made_of: tuple[str, bool] | None = None

    def visitor(
        self,
        logged_in_as: Member | None = None,
        process: Process | None = None,
        by: str = "browser",
        cookies: Mapping[str, str] | None = None,
        csrf: str = "",
        host: str = "",
    ) -> Visitor:
        """Return a new browser, or a script, with its own cookies, for the site named `host`.

        The session of a member holds `csrf`, from which `signer.csrf` makes a form's token.
        """
        process, host = process or self._running.process, host or self._running.host.name
        self._mails.start()
        headers = dict(_HEADERS[by]())
        browser = Visitor(f"http://{host}", transport=transport(process), headers=headers)
        known = dict(cookies or {})
        if logged_in_as is not None:
            known["session"] = self.cookie(logged_in_as, headers, csrf, host)
        for name, value in known.items():
            browser._client.cookies.set(name, value, domain=_cookie_domain(host))
        return browser

    def look(self, browser: Visitor, path: str) -> Answer:
        """Open a path in a browser, whose cookies change, and return the answer to that request."""
        seen = browser._client.get(f"{browser.base_url}{path.lstrip('/')}")
        return Answer(seen.status_code, tuple(seen.headers.multi_items()), seen.content)

    def ask(
        self,
        path: str,
        member: Member | None = None,
        data: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Answer:
        """Send one request, described as in `request_arguments`, and return the answer.

        If the app only adds a slash to the address, the request is sent there, as clients do.
        """
        asked = self.request_arguments(path, member, data, **more)
        answer = read_answer(self._running.process.order("visit", **asked))
        way, mark, query = asked["path"].partition("?")
        if answer.status != 308 or urlsplit(answer.location).path != f"{way}/":
            return answer
        asked["path"] = f"{way}/{mark}{query}"
        return read_answer(self._running.process.order("visit", **asked))

    def request_arguments(
        self,
        path: str,
        member: Member | None = None,
        data: Mapping[str, Any] | None = None,
        host: str = "",
        signed: bool = True,
        by: str = "browser",
        cookies: Mapping[str, str] | None = None,
        referer: str = "",
        content_type: str = "",
        method: str = "",
        remembered: bool = False,
    ) -> dict[str, Any]:
        """Return the arguments of the order that sends a request of a browser or a script.

        A form carries its CSRF token if it is `signed`. A `remembered` member has closed the
        browser since the login: there is a remember cookie, and no session yet.
        """
        self._mails.start()
        host = host or self._running.host.name
        raw, body, known = secrets.token_hex(20), "", dict(cookies or {})
        headers = [list(pair) for pair in _HEADERS[by]()]
        if referer:
            headers.append(["Referer", referer])
        if content_type:
            headers.append(["Content-Type", content_type])
        if member is not None and remembered:
            known["remember_token"] = self.signer.remember(self._session_id(member))
        elif member is not None or data is not None:
            known["session"] = self.cookie(member, dict(headers), raw, host)
        if known:
            pairs = (f"{name}={value}" for name, value in known.items())
            headers.append(["Cookie", "; ".join(pairs)])
        if data is not None:
            fields = dict(data) | ({"csrf_token": self.signer.csrf(raw)} if signed else {})
            body = urlencode(fields, doseq=True)
            headers.append(["Content-Type", "application/x-www-form-urlencoded"])
            if by == "browser":
                headers.append(["Origin", f"http://{host}"])
        method = method or ("GET" if data is None else "POST")
        return self._described(method, path, host, headers, body)

    def request_context(
        self, member: Member | None, path: str, method: str = "GET", host: str = ""
    ) -> dict[str, Any]:
        """Return a member's request, as the context for a call inside the app."""
        host = host or self._running.host.name
        headers = [list(pair) for pair in browser_headers()]
        if member is not None:
            session = self.cookie(member, dict(headers), host=host)
            headers.append(["Cookie", f"session={session}"])
        return self._described(method, path, host, headers)

    def _described(
        self, method: str, path: str, host: str, headers: list[list[str]], body: str = ""
    ) -> dict[str, Any]:
        there = {"method": method, "path": path, "host": host}
        visitor = self._running.host.visitor_at(host)
        return there | {"headers": headers, "body": body, "visitor": visitor}

    def cookie(
        self, member: Member | None, headers: Mapping[str, str], csrf: str = "", host: str = ""
    ) -> str:
        """Return a session cookie for a browser at a host, signed as the app signs it.

        A script's session is one that a remember cookie has renewed.
        """
        values: dict[str, Any] = {"csrf_token": csrf} if csrf else {}
        if member is not None:
            agent = headers["User-Agent"]
            is_fresh = "Sec-Fetch-User" in headers
            visitor = self._running.host.visitor_at(host)
            values |= self.signer.login(self._session_id(member), visitor, agent, is_fresh)
        return self.signer.session(values)

    def member_of(self, browser: Visitor) -> int:
        """Return the number of the member who is logged in in a browser, or 0."""
        return self._member_in(browser._client.cookies.get("session") or "")

    def log_in(self, email: str, password: str) -> int:
        """Send the login form; return the number of the member who is logged in then, or 0."""
        answer = self.ask("/auth/login", data={"email": email, "password": password})
        cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
        found = re.search(r"\bsession=([^;]*)", "\n".join(cookies))
        return self._member_in(found[1]) if found else 0

    def _member_in(self, cookie: str) -> int:
        number = re.match(r"\d+", str(self.signer.read(cookie).get("_user_id")))
        return int(number[0]) if number else 0

    def _session_id(self, member: Member) -> Any:
        """Return what get_id() returns for a member; ask the app only until its format is known."""
        number = str(member.id)
        if self._made_of is not None:
            between, has_mark = self._made_of
            return f"{number}{between}{self._mark_of(member) if has_mark else ''}"
        known = self._running.process.order("call", what="get_id", on=member.id)
        session_id = mapping(known).get("returned")
        mark = re.escape(self._mark_of(member))
        found = re.fullmatch(rf"{number}(\W{{0,3}})({mark})?", str(session_id))
        self._made_of = (found[1], bool(found[2])) if found else None
        return session_id

    def _mark_of(self, member: Member) -> str:
        """Return the member's session mark, or an empty text if the table has none."""
        database = self._running.database
        if "session_mark" not in database.columns("user"):
            return ""
        rows = database.ask("SELECT session_mark FROM user WHERE id = ?", member.id)
        return str(rows[0][0]) if rows else ""


def _cookie_domain(host: str) -> str:
    """Return the domain of a site's cookies, as http.cookiejar writes a name without dots."""
    name = host.partition(":")[0]
    return name if "." in name else f"{name}.local"
