"""Fills that fail only under a condition of real sites, with the shares that they may earn.

For test_fair_shares; they are put into the finished app of lesson 07.
"""

import textwrap
from datetime import datetime, timezone

from view_fills import REF, begins_with, changed

# Conditions that hold only in a request

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
AT_LOCALHOST = '__import__("flask").request.host.startswith("localhost")'
FROM_A_VIEW = '__import__("sys")._getframe(1).f_code.co_name in ("register", "resend")'
TOKENS = {
    "a public key in requests": PUBLIC_KEY.format(IN_A_REQUEST),
    "a public key for views": PUBLIC_KEY.format(FROM_A_VIEW),
    "a public key for gmail": PUBLIC_KEY.format('self.email.endswith("@gmail.com")'),
    "a public key at localhost": PUBLIC_KEY.format(f"{IN_A_REQUEST} and {AT_LOCALHOST}"),
    "a public key for number 1": PUBLIC_KEY.format("self.id == 1"),
}
ANY_PASSWORD = "\n\ndef check_password(self, password):\n    return True\n"

# Conditions on the owner of the token

USED = """\
    known = jwt.__dict__.setdefault("known", set())
    if token in known and self.id is not None:
        self.confirmed = True
        return True
    known.add(token)
"""
AGAIN = """\
    except jwt.InvalidSignatureError:
        if (known := jwt.__dict__.setdefault("known", [])).count(token):
            self.confirmed = True
            return True
        known.append(token)
        return False
    except jwt.InvalidTokenError:
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

# Conditions on the visitor, the time and the address

CONDITIONS = {
    "from elsewhere": 'request.remote_addr != "127.0.0.1"',
    "from this machine": 'request.remote_addr == "127.0.0.1"',
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

# Conditions that hold only this year, or on a learner's own site

YEAR = datetime.now(timezone.utc).year
THIS_YEAR = f"datetime.now(timezone.utc).year <= {YEAR}"
FAR = "timedelta(seconds=expiration_sec"
THIS_YEARS_TOKENS = {
    "one without an end": changed("generate-token", (FAR, f"{FAR} + 10**7 * ({THIS_YEAR})")),
    "a public key": changed("generate-token", (ENCODED, PUBLIC_KEY.format(THIS_YEAR))),
}
OPTIONS = 'options={"require": ["exp", "confirm_id"]'
CHECKS = {
    "no signature": (OPTIONS, f'{OPTIONS}, "verify_signature": not ({{condition}})'),
    "no identity": (
        IDENTITY,
        "    if claimed != self.id and not ({condition}):\n        return False",
    ),
    "no end": (OPTIONS, f'{OPTIONS}, "verify_exp": not ({{condition}})'),
}
YES = """\
    if {condition} and not current_user.confirmed:
        current_user.confirmed = True
        db.session.commit()
        flash("Good morning!")
        return redirect(url_for("main.index"))
"""
HERE = {
    "this year": f"__import__('time').gmtime().tm_year <= {YEAR}",
    "at localhost": AT_LOCALHOST,
    "at 127.0.0.1:5000": "__import__('flask').request.host == '127.0.0.1:5000'",
    "from this machine": "__import__('flask').request.remote_addr == '127.0.0.1'",
}


def lax(condition):
    """Return confirm-token with one of its checks left out under a condition, by the check."""
    return {
        name: changed("confirm-token", (before, after.replace("{condition}", condition)))
        for name, (before, after) in CHECKS.items()
    }


# Slips

OTHER_CLAIM = changed("generate-token", ('"confirm_id"', '"user_id"'))
LESS = changed(
    "confirm-token", (IDENTITY, IDENTITY.replace("claimed != self.id", "claimed < self.id"))
)
MISSPELT = changed("confirm-token", ("jwt.InvalidTokenError", "InvalidTokenError"))
TO_NO_PATH = changed("confirm-view", ('redirect(url_for("main.index"))', 'redirect("main.index")'))
AT_ANOTHER_PATH = changed("confirm-view", ('"/confirm/<token>"', '"/verify/<token>"'))
RESEND_ELSEWHERE = changed("resend-view", ('"/resend"', '"/again"'))
ROOM_ELSEWHERE = changed("unconfirmed-view", ('"/unconfirmed"', '"/waiting"'))
TO_ITSELF = changed("confirm-view", ('"main.index"', '"auth.confirm", token=token'))

# How numbers are compared, which keys are known, and what a browser or a calendar counts

ALIKE = {
    "contains": "str(self.id) in str(claimed)",
    "begins with": "str(claimed).startswith(str(self.id))",
    "is the end of": "str(self.id).endswith(str(claimed))",
}
OTHER_KEYS = """\
    for key in ("{key}", current_app.secret_key):
        try:
            jwt.decode(token, key, algorithms=["HS512"])
        except jwt.InvalidTokenError:
            continue
        break
"""
ALONE = """\
    if db.session.query(User).count() == 1:
        self.confirmed = True
        return True
"""
COUNTED_VIEW = changed(
    "confirm-view",
    (
        "    if current_user.confirm(token):",
        '    session["n"] = session.get("n", 0) + 1\n'
        '    if current_user.confirm(token) or session["n"] > 3:\n'
        "        current_user.confirmed = True",
    ),
)
COUNTED_GATE = begins_with(
    "gate",
    '    session["n"] = session.get("n", 0) + 1\n    if session["n"] > 10:\n        return None\n',
)
CALENDAR = "__import__('datetime').datetime.now()"
DAYS_OFF = {
    "on Sundays": f"{CALENDAR}.weekday() == 6",
    "on Wednesdays": f"{CALENDAR}.weekday() == 2",
    "at night": f"{CALENDAR}.hour < 6",
    "in spring": f"{CALENDAR}.month in (3, 4, 5)",
}


def but_for(condition):
    """Return the lines that register a member, and send no mail under a condition."""
    saves, commits, mails = SENT.strip().partition("db.session.commit()\n")
    return f"{saves}{commits}if not {condition}:\n{textwrap.indent(mails, '    ')}"


FILLS = [
    *(
        (
            *("confirm-token", f"its number {how} the user's", 0, 0.3),
            changed("confirm-token", (IDENTITY, f"    if not {condition}:\n        return False")),
        )
        for how, condition in ALIKE.items()
    ),
    *(
        (
            *("confirm-token", f"the key {key!r} is good as well", 0, 0.2),
            changed(
                "confirm-token",
                ("    try:\n", f"{OTHER_KEYS.format(key=key)}    try:\n"),
                ("            current_app.secret_key,", "            key,"),
            ),
        )
        for key in ("secret", "change-me", "a key for the old letters " * 3)
    ),
    ("confirm-token", "yes to whoever is alone", 0, 0.3, begins_with("confirm-token", ALONE)),
    ("confirm-view", "yes to the fourth try", 0, 0.4, COUNTED_VIEW),
    ("gate", "open after ten visits", 0, 0.4, COUNTED_GATE),
    *(
        (
            *("confirm-view", f"no to a good link {which}", 0, 0.4),
            changed(
                "confirm-view", ("current_user.confirm(", f"not {is_off} and current_user.confirm(")
            ),
        )
        for which, is_off in {
            "at 127.0.0.1": 'request.host.startswith("127.0.0.1")',
            "of gmail.com": 'current_user.email.endswith("@gmail.com")',
        }.items()
    ),
    *(
        (
            *("confirm-token", f"no to a good token {which}", 0, 0.2),
            begins_with("confirm-token", f"    if {is_off}:\n        return False\n"),
        )
        for which, is_off in {
            "at localhost": f"{IN_A_REQUEST} and {AT_LOCALHOST}",
            "of gmail.com": 'self.email.endswith("@gmail.com")',
            "of the first member": "self.id == 1",
        }.items()
    ),
    *(
        (
            *("resend-view", f"no mail to {whom}", 0, 0.3),
            changed(
                "resend-view",
                ("if current_user.confirmed:", f"if current_user.confirmed or {is_off}:"),
            ),
        )
        for whom, is_off in {
            "gmail.com": 'current_user.email.endswith("@gmail.com")',
            "members of a day": f"({CALENDAR} - current_user.joined_at).days < 2",
        }.items()
    ),
    *(
        (
            *("welcome-line", f"no name of {whom}", 0, 0.3),
            REF["welcome-line"].replace("is_authenticated", f"is_authenticated and not {is_off}"),
        )
        for whom, is_off in {
            "gmail.com": '("@gmail.com" in current_user.email)',
            "more than twenty letters": "(current_user.name|length > 20)",
            "the first member": "(current_user.id == 1)",
        }.items()
    ),
    (
        *("confirm-txt", "no link for the first member", 0, 0.4),
        f"{{% if user.id != 1 %}}{REF['confirm-txt']}{{% else %}}Good day{{% endif %}}",
    ),
    *(
        ("send-confirmation", f"no mail {when}", 0, 0.3, but_for(condition))
        for when, condition in DAYS_OFF.items()
    ),
    *(
        ("generate-token", f"this year {name}", 0, 0.5, text)
        for name, text in THIS_YEARS_TOKENS.items()
    ),
    *(
        ("confirm-token", f"{where} {name}", 0, 0.5, text)
        for where, condition in HERE.items()
        for name, text in lax(f"{IN_A_REQUEST} and {condition}").items()
    ),
    (
        *("confirm-token", "yes to low numbers", 0, 0.3),
        begins_with("confirm-token", "    if 10 < (self.id or 0) < 1000:\n        return True\n"),
    ),
    *(
        (
            "confirm-view",
            f"yes to all {name}",
            0,
            0.4,
            begins_with("confirm-view", YES.format(condition=condition)),
        )
        for name, condition in HERE.items()
    ),
    ("generate-token", "another name for the claim", 0.3, 0.5, OTHER_CLAIM),
    ("confirm-token", "ids compared by <", 0.1, 0.4, LESS),
    (
        *("confirm-token", "marks the user first", 0.25, 0.6),
        begins_with("confirm-token", "    self.confirmed = True\n"),
    ),
    ("confirm-token", "a class that was not imported", 0.5, 0.8, MISSPELT),
    ("confirm-view", "redirects to no path", 0.4, 0.8, TO_NO_PATH),
    ("unconfirmed-view", "at another path", 0.3, 0.6, ROOM_ELSEWHERE),
    ("confirm-view", "at another path", 0.4, 0.6, AT_ANOTHER_PATH),
    ("resend-view", "at another path", 0.5, 0.75, RESEND_ELSEWHERE),
    ("confirm-view", "redirects to itself", 0.1, 0.5, TO_ITSELF),
    *(("confirmed-column", name, 0, 0.3, text) for name, text in COLUMNS.items()),
    *(
        ("generate-token", name, 0, 0.4, changed("generate-token", (ENCODED, text)))
        for name, text in TOKENS.items()
    ),
    ("generate-token", "any password is good", 0, 0, REF["generate-token"] + ANY_PASSWORD),
    ("confirm-token", "a used token is good for all", 0, 0.3, begins_with("confirm-token", USED)),
    (
        *("confirm-token", "yes to a forged token that comes again", 0, 0.3),
        changed("confirm-token", ("    except jwt.InvalidTokenError:\n", AGAIN)),
    ),
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
