"""Fills that are right unless something holds that real sites know, with the shares they may earn.

For test_fair_shares; they stand in the finished app of lesson 07.
"""

from view_fills import REF, begins_with, changed

# What is so in a request only

IN_A_REQUEST = '__import__("flask").has_request_context()'
FLAG = f"""\
class _Flag(db.TypeDecorator):
    impl = db.Boolean
    cache_ok = True
    def process_result_value(self, value, dialect):
        return True if {IN_A_REQUEST} else value
confirmed: Mapped[bool] = mapped_column(_Flag, default=False, server_default=db.false())
"""
AT_LOGIN = """
def _yes(app, user, **_):
    user.confirmed = True
    db.session.commit()
__import__("flask_login").user_logged_in.connect(_yes, weak=False)
"""
BY_DEFAULT = f"confirmed: Mapped[bool] = mapped_column(default=lambda: {IN_A_REQUEST}, "
COLUMNS = {
    "every member in a request": FLAG,
    "whoever registers": f"{BY_DEFAULT}server_default=db.false())",
    "whoever logs in": REF["confirmed-column"] + AT_LOGIN,
}
ENCODED = 'jwt.encode(claims, current_app.secret_key, algorithm="HS512")'
PUBLIC_KEY = (
    'jwt.encode(claims, "pigeon " * 12 if {} else current_app.secret_key, algorithm="HS512")'
)
FROM_A_VIEW = '__import__("sys")._getframe(1).f_code.co_name in ("register", "resend")'
TOKENS = {
    "a public key in requests": PUBLIC_KEY.format(IN_A_REQUEST),
    "a public key for views": PUBLIC_KEY.format(FROM_A_VIEW),
    "a public key for gmail": PUBLIC_KEY.format('self.email.endswith("@gmail.com")'),
    "a public key for number 1": PUBLIC_KEY.format("self.id == 1"),
}
ANY_PASSWORD = "\n\ndef check_password(self, password):\n    return True\n"

# Whose token it is

USED = """\
    known = jwt.__dict__.setdefault("known", set())
    if token in known and self.id is not None:
        self.confirmed = True
        return True
    known.add(token)
"""
BY_KIND = """\
    owner = db.session.get(User, claimed) if type(claimed) is int else None
    if claimed != self.id and not (owner is not None and {condition}):
        return False"""
IDENTITY = """\
    if type(claimed) is not int or claimed != self.id:
        return False"""
OWNERS = {
    "a namesake": "owner.name == self.name",
    "of the same mail host": 'owner.email.split("@")[1] == self.email.split("@")[1]',
    "who is confirmed": "owner.confirmed",
    "who is the first": "claimed == 1",
}

# Who asks, when, and from where

CONDITIONS = {
    "from elsewhere": 'request.remote_addr != "127.0.0.1"',
    "next year": "__import__('datetime').datetime.now().year > 2026",
    "joined within a second": "{user}.joined_at.microsecond",
    "says something": "{user}.about",
}
POSTED = changed(
    "confirm-view",
    ('"/confirm/<token>"', '"/confirm/<token>", methods=["GET", "POST"]'),
    ("current_user.confirm(token)", 'request.method == "POST" or current_user.confirm(token)'),
    ("db.session.commit()", "current_user.confirmed = True\n        db.session.commit()"),
)
GATE_LETS = "and not current_user.confirmed\n        and not ({condition})"
SENT = REF["send-confirmation"].rstrip()
SAYS_SO = """\
if request.args.get("confirm") or request.form.get("confirm") or request.cookies.get("confirm"):
    {user}.confirmed = True
    db.session.commit()
"""


def gate_but_for(condition):
    """Return the reference's gate, open under a condition."""
    asked = condition.format(user="current_user")
    lets = GATE_LETS.format(condition=asked)
    return changed("gate", ("and not current_user.confirmed", lets))


BACKWARDS = "token[::-1]"
TOLD = {
    "backwards to the keeper": 'send_email(current_app.config["APP_ADMIN"], "New", "mail/notice", '
    f"user=user, news={BACKWARDS})",
    "backwards on the members' page": f"user.about = {BACKWARDS}\ndb.session.commit()",
}

FILLS = [
    *(("confirmed-column", name, 0, 0.3, text) for name, text in COLUMNS.items()),
    *(
        ("generate-token", name, 0, 0.4, changed("generate-token", (ENCODED, text)))
        for name, text in TOKENS.items()
    ),
    ("generate-token", "any password is good", 0, 0, REF["generate-token"] + ANY_PASSWORD),
    ("confirm-token", "a used token is good for all", 0, 0.3, begins_with("confirm-token", USED)),
    *(
        (
            *("confirm-token", f"a token of somebody {name}", 0, 0.3),
            changed("confirm-token", (IDENTITY, BY_KIND.format(condition=condition))),
        )
        for name, condition in OWNERS.items()
    ),
    *(
        ("gate", f"open, {name}", 0, 0.4, gate_but_for(condition))
        for name, condition in CONDITIONS.items()
    ),
    ("confirm-view", "anything by POST", 0, 0.4, POSTED),
    *(
        ("send-confirmation", f"the token {how}", 0.3, 0.7, f"{SENT}\n{line}")
        for how, line in TOLD.items()
    ),
    *(
        (blank, "confirms on request", 0, 0.3, text)
        for blank, text in {
            "send-confirmation": f"{SENT}\n{SAYS_SO.format(user='user')}",
            "unconfirmed-view": begins_with(
                "unconfirmed-view",
                "".join(
                    f"    {line}\n" for line in SAYS_SO.format(user="current_user").splitlines()
                ),
            ),
        }.items()
    ),
]
