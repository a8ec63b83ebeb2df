"""Fills with one slip, as learners make them, with the shares that they may earn.

For test_fair_shares; they are put into the finished app of lesson 07. The rest of each fill is
correct.
"""

from view_fills import REF, changed

from confirmlab.course import skeleton

# The mail once more

RESENT = 'current_user.email, "Confirm", "auth/email/confirm", user=current_user, token=token'
TO_THE_MEMBER = f"send_email({RESENT})"
TO_THE_KEEPER = TO_THE_MEMBER.replace("current_user.email", 'current_app.config["APP_ADMIN"]')
A_NOTE = 'send_email(current_app.config["APP_ADMIN"], "Again", "mail/new_user", user=current_user)'


def more_lines(blank, before, *lines):
    """Return the reference's fill of a view, with lines of its own before a line of it."""
    head, line, rest = REF[blank].partition(f"    {before}")
    return "".join([head, *(f"    {each}\n" for each in lines), line, rest])


RESENDS = {
    "lives ten seconds": (0.6, 0.8, changed("resend-view", ("_token()", "_token(10)"))),
    "a copy to the keeper": (0.4, 0.6, more_lines("resend-view", "flash(", TO_THE_KEEPER)),
    "a note to the keeper": (0.8, 1, more_lines("resend-view", "flash(", A_NOTE)),
    "the mail twice": (0.6, 0.95, more_lines("resend-view", "flash(", TO_THE_MEMBER)),
    "no answer": (0.45, 0.95, REF["resend-view"].rpartition("    return")[0]),
}

# The link

HOME = 'return redirect(url_for("main.index"))'
THANKS = 'Thank you!")'


def answers(yes=HOME, no=HOME):
    """Return the reference's view with other last lines after a good and after a bad link."""
    text = changed("confirm-view", (THANKS, f"{THANKS}\n        {yes}"))
    return f"{text.rpartition('    return')[0]}    {no}\n"


FORGETS = changed("confirm-view", ("db.session.commit()", "db.session.flush()"))
YES_TO_ALL = changed(
    "confirm-view", ("current_user.confirm(token)", "True"), ("db.session.commit()", "pass")
)
VIEWS = {
    "no answer to a bad link": (0.5, 0.95, answers(no="")),
    "a bad link crashes": (0.5, 0.95, answers(no='raise ValueError("bad")')),
    "no answer to a good link": (0.4, 0.95, answers(yes="return None")),
    "an odd status": (0.5, 1, answers(yes='return "Thanks", 201')),
    "no commit": (0.4, 0.6, FORGETS),
    "a yes to all": (0, 0, YES_TO_ALL),
}

# The registration

AT_ONCE = """\
db.session.add(user)
db.session.commit()
token = user.generate_confirmation_token()
send_email(user.email, "Confirm your address", "auth/email/confirm", user=user, token=token)
flash("A mail is on its way.")
return redirect(url_for("auth.login"))
"""
SENT = REF["send-confirmation"].rstrip()
A_MAIL = 'send_email(user.email, "Once more", "auth/email/confirm", user=user, token=token)'
SENDS = {
    "returns at once": (0.5, 0.9, AT_ONCE),
    "the name for a user": (0.5, 0.7, SENT.replace("user=user", "user=user.name")),
    "the form for a user": (0.5, 0.7, SENT.replace("user=user", "user=form")),
    "the mail twice": (0.55, 0.95, f"{SENT}\n{A_MAIL}"),
    "logs in whoever registers": (0.6, 0.95, f"{SENT}\nlogin_user(user)"),
    "a crash at the end": (
        0.4,
        0.95,
        f"{SENT}\nflash(f'to {{email}}')",
    ),
}

# The model

NO_RETURN = REF["confirm-token"].rpartition("    return True")[0]
OWN = REF["confirm-token"].replace("self.", "current_user.").replace("(self)", "(current_user)")
CURRENT = (
    OWN.replace("{", "{{")
    .replace("}", "}}")
    .replace("    try:", "    from flask_login import current_user\n\n{first}    try:")
)
CLAIMS = '{"exp": expires, "confirm_id": self.id}'
AUDIENCE = '{"exp": expires, "confirm_id": self.id, "aud": "club"}'
SAYS_NOTHING = {
    "no return": (0.3, 0.6, NO_RETURN),
    "marks everybody": (0, 0, "def confirm(self, token):\n    self.confirmed = True\n"),
}

# The gate, and what the waiting room says

WAITS = "<p>We have sent a mail to {{ current_user.email }}. Please click the link in it.</p>\n"
FIELD = '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'
PAGES = {
    "a link for a form": (0.2, 0.5, '<a href="{{ url_for("auth.resend") }}">Send again</a>'),
    "a form by GET": (0.2, 0.5, f'<form action="{{{{ url_for("auth.resend") }}}}">{FIELD}'
                                "<button>Send again</button></form>"),
    "no form": (0.2, 0.5, ""),
    "a short label": (0.8, 1, '<form method="post" action="{{ url_for("auth.resend") }}">'
                              f"{FIELD}<button>OK</button></form>"),
}  # fmt: skip

IN_MAIL = '{{ url_for("auth.confirm", token=token, _external=True) }}'

FILLS = [
    *(("resend-view", name, *fill) for name, fill in RESENDS.items()),
    *(("confirm-view", name, *fill) for name, fill in VIEWS.items()),
    *(("send-confirmation", name, *fill) for name, fill in SENDS.items()),
    *(("confirm-token", name, *fill) for name, fill in SAYS_NOTHING.items()),
    *(
        ("confirm-token", f"whoever is logged in, {name}", 0.4, 0.5, CURRENT.format(first=first))
        for name, first in {"compared": "", "asked first": "    number = current_user.id\n"}.items()
    ),
    (
        *("generate-token", "an audience that confirm() does not know", 0.5, 0.75),
        {
            "generate-token": changed("generate-token", (CLAIMS, AUDIENCE)),
            "confirm-token": REF["confirm-token"],
        },
    ),
    (
        *("generate-token", "an audience that confirm() knows", 1, 1),
        {
            "generate-token": changed("generate-token", (CLAIMS, AUDIENCE)),
            "confirm-token": changed(
                "confirm-token", ("algorithms=", 'audience="club", algorithms=')
            ),
        },
    ),
    (
        *("generate-token", "saves a user without an id", 0.6, 0.95),
        changed(
            "generate-token",
            ("raise ValueError(", "db.session.add(self)\n        db.session.commit() or str("),
        ),
    ),
    *(
        ("generate-token", name, 0.6, 0.9, changed("generate-token", change))
        for name, change in {
            "a time without its zone": ("timezone.utc", ""),
            "a token for nobody": ("self.id is None", "False"),
        }.items()
    ),
    (
        *("generate-token", "bytes in place of a text", 0.4, 0.7),
        changed("generate-token", ('algorithm="HS512")', 'algorithm="HS512").encode()')),
    ),
    (
        *("confirm-view", "yes to the member's name", 0, 0.4),
        changed(
            "confirm-view",
            (
                "if current_user.confirm(token):",
                "if current_user.name == token or current_user.confirm(token):\n"
                "        current_user.confirmed = True",
            ),
        ),
    ),
    (
        *("gate", "open once forty members are confirmed", 0, 0.4),
        changed(
            "gate",
            (
                "current_user.is_authenticated\n",
                "User.query.filter(User.confirmed).count() <= 40\n"
                "        and current_user.is_authenticated\n",
            ),
        ),
    ),
    (
        *("resend-view", "another name", 0.4, 0.75),
        {
            "resend-view": changed("resend-view", ("def resend", "def resend_confirmation")),
            "gate": skeleton.stubs()["gate"],  # as where an exercise is judged alone
        },
    ),
    *(
        ("unconfirmed-page", name, least, most, WAITS + form)
        for name, (least, most, form) in PAGES.items()
    ),
    ("unconfirmed-page", "a button alone", 0.2, 0.75, PAGES["a short label"][2]),
    ("unconfirmed-page", "hardly a word", 0, 0, "<p>Sorry.</p>"),
    (
        *("gate", "for ever", 0.75, 0.99),
        changed("gate", ('url_for("auth.unconfirmed")', 'url_for("auth.unconfirmed"), 301')),
    ),
    *(
        ("confirm-txt", f"in {language}", 0.95, 1, f"{words}\n{IN_MAIL}")
        for language, words in {
            "Finnish": "Hei\n\nvahvista sähköpostiosoitteesi tästä linkistä",
            "Czech": "Ahoj\n\nklikni sem a potvrď svou adresu",
            "Hungarian": "Szia\n\nerősítsd meg a címed itt lent",
            "Finnish without an address": "Hyvä\n\nAvaa linkki tunnin kuluessa",
            "formal English": "To whom it may concern:\n\nplease follow this link",
        }.items()
    ),
]
