"""Session cookies and form tokens, signed as the app signs them."""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any


class Signer:
    """Signs session cookies and form tokens with the app's key, as Flask and Flask-WTF do."""

    def __init__(self, secret_key: str) -> None:
        from flask.sessions import TaggedJSONSerializer

        self.secret_key = secret_key
        self.now: Callable[[], float] = time.time
        self._tagged = TaggedJSONSerializer()

    def session(self, values: dict[str, Any]) -> str:
        """Return a session cookie that holds these values."""
        return self._sessions().dumps(values)

    def read(self, cookie: str) -> dict[str, Any]:
        """Return the values in a session cookie; an empty dict if it is not the app's."""
        from itsdangerous import BadData

        try:
            values = self._sessions().loads(cookie)
        except BadData:
            return {}
        return values if type(values) is dict else {}

    def login(self, user_id: Any, address: str, agent: str, fresh: bool = True) -> dict[str, Any]:
        """Return what Flask-Login keeps in the session of a member at this address and browser.

        A login that a remember cookie has renewed is not fresh.
        """
        seen = f"{address}|{agent.encode()!r}"
        known_by = hashlib.sha512(seen.encode()).hexdigest()
        return {"_user_id": user_id, "_fresh": fresh, "_id": known_by}

    def remember(self, user_id: Any) -> str:
        """Return the cookie by which Flask-Login remembers a member, as a browser sends it."""
        from werkzeug.http import dump_cookie

        text = str(user_id)
        digest = hmac.new(self.secret_key.encode(), text.encode(), "sha512")
        header = dump_cookie("name", f"{text}|{digest.hexdigest()}", path=None)
        return header.removeprefix("name=")

    def csrf(self, raw: str) -> str:
        """Return the CSRF token of a form, for a session that holds `raw`."""
        return self._serializer("wtf-csrf-token").dumps(raw)

    def _sessions(self) -> Any:
        return self._serializer("cookie-session", self._tagged, {"key_derivation": "hmac"})

    def _serializer(self, salt: str, serializer: Any = None, options: Any = None) -> Any:
        from itsdangerous import TimestampSigner, URLSafeTimedSerializer

        now = self.now

        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(now())

        more = {"serializer": serializer} if serializer else {}
        return URLSafeTimedSerializer(
            self.secret_key, salt=salt, signer=Signer, signer_kwargs=options or {}, **more
        )
