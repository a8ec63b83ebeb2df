"""Fills of the confirm view, the gate and the waiting room with the shares that they may earn.

For test_fair_shares; they are put into the finished app of lesson 07.
"""

from slip_fills import FIELD, HOME, WAITS, more_lines
from view_fills import IS_CLOSED, REDIRECT, REF, begins_with, changed

from confirmlab.course import skeleton

# The link

NEVER_RETURNS = "\n".join(
    line for line in REF["confirm-view"].splitlines() if line != f"    {HOME}"
)

# The gate

ONE_LEFT_OPEN = f'{IS_CLOSED} | {{"main.change_address"}}'
GATES = {
    "one page left open": (0.5, 0.65, changed("gate", (IS_CLOSED, ONE_LEFT_OPEN))),
    "shows the waiting room itself": (
        0.7,
        0.9,
        changed("gate", (REDIRECT, "return unconfirmed()")),
    ),
    "a relative endpoint": (0.3, 0.5, changed("gate", ('auth.unconfirmed")', '.unconfirmed")'))),
    "names without the blueprint": (0.2, 0.5, REF["gate"].replace('    "auth.', '    "')),
    "asks strangers, too": (
        0.2,
        0.4,
        changed("gate", ("current_user.is_authenticated\n        and ", "")),
    ),
}
NOW = '__import__("datetime").datetime.now()'
OPEN_GATES = {
    "at the usual address": (0, 0, 'request.host == "127.0.0.1:5000"'),
    "at either usual address": (0, 0, 'request.host in ("127.0.0.1:5000", "localhost:5000")'),
    "at localhost": (0, 0, '"localhost" in request.host'),
    "on Sundays": (0, 0.4, f"{NOW}.weekday() == 6"),
    "in December": (0, 0.4, f"{NOW}.month in (12, 1)"),
    "at night": (0, 0.4, f"{NOW}.hour < 5"),
    "to each tenth": (0, 0.4, "not next(COUNT) % 10"),
    "below the first process": (0, 0.4, '__import__("os").getppid() == 1'),
    "under gunicorn": (0, 0.4, '"gunicorn" in __import__("sys").modules'),
    "by the name of the program": (0, 0.4, 'not __import__("sys").argv[0].endswith("flask")'),
    "after a minute of work": (0, 0.4, '__import__("time").process_time() > 60'),
    "to members whom a cookie remembers": (
        0,
        0.4,
        '"remember_token" in request.cookies and "session" not in request.cookies',
    ),
    "to the keeper": (0, 0.4, 'current_user.email == current_app.config["APP_ADMIN"]'),
}
COUNT = 'COUNT = __import__("itertools").count(1)\n\n\n'
GATES |= {
    f"open {when}": (
        least,
        most,
        COUNT + changed("gate", (IS_CLOSED, f"{IS_CLOSED}\n        and not ({is_open})")),
    )
    for when, (least, most, is_open) in OPEN_GATES.items()
}
GATES |= {
    f"open after a visit to {endpoint}": (
        0,
        0.4,
        begins_with(
            "gate",
            f'    if request.endpoint == "auth.{endpoint}":\n        session["was_there"] = True\n',
        ).replace(IS_CLOSED, f'{IS_CLOSED}\n        and "was_there" not in session'),
    )
    for endpoint in ("login", "confirm", "resend")
}

GATES["lets only the confirmed log in"] = (
    0.3,
    0.6,
    REF["gate"]
    + "\n\n\nUser.is_authenticated = True\nUser.is_active = property(lambda user: user.confirmed)",
)

# The waiting room

WAITED = {
    "counting": 'session["n"] = session.get("n", 0) + 1\n    if session["n"] > 5:',
    "waiting": 'if time.time() - session.setdefault("since", time.time()) > 86400:',
}
ROOMS = {
    f"confirms by {kind}": (
        0,
        0.3,
        "import time\n\n\n"
        + changed(
            "unconfirmed-view",
            (
                "    return render",
                f"    {lines}\n        current_user.confirmed = True\n        db.session.commit()\n"
                "    return render",
            ),
        ),
    )
    for kind, lines in WAITED.items()
}
AT_HOME = 'request.host.startswith(("localhost", "127.0.0.1"))'
BY_POST = (
    '    if request.method == "POST":\n        current_user.confirmed = True\n'
    "        db.session.commit()\n"
)
ROOMS |= {
    "a page of its own at home": (
        0,
        0,
        changed(
            "unconfirmed-view",
            ("    return render", f"    if {AT_HOME}:\n        return ''\n    return render"),
        ),
    ),
    "confirms whoever sends a form": (
        0,
        0,
        changed(
            "unconfirmed-view",
            ('"/unconfirmed"', '"/unconfirmed", methods=["GET", "POST"]'),
            ("    return render", f"{BY_POST}    return render"),
        ),
    ),
    "another name": (
        0.3,
        0.4,
        {
            "unconfirmed-view": changed(
                "unconfirmed-view", ("def unconfirmed", "def waiting_room")
            ),
            "gate": skeleton.stubs()["gate"],  # as when an exercise is judged alone
        },
    ),
}

# What it says

FORM = (
    '<form id="f" method="post" action="{{{{ url_for("auth.resend") }}}}"{more}>{words}'
    f"{FIELD.replace('{', '{{').replace('}', '}}')}<button>Send again</button></form>\n"
)
BUTTON = 'document.querySelector("#f button")'
FINE_BESIDE = {
    "a counter": '<p id="n">60</p><script>let n = 60; setInterval(() => { '
    'document.getElementById("n").textContent = n > 0 ? n-- : 0 }, 1000)</script>',
    "a hint": '<p id="h">Look into the spam, too.</p><button type="button" id="t">Help</button>'
    '<script>const h = document.querySelector("#h"); h.hidden = true; document.querySelector("#t")'
    '.addEventListener("click", () => { h.hidden = !h.hidden })</script>',
    "waits for a while": f"<script>{BUTTON}.disabled = true; setTimeout(() => {{ "
    f"{BUTTON}.disabled = false }}, 3000)</script>",
    "a picture behind": '<div style="position:fixed;inset:0;z-index:-1;background:#eee"></div>',
    "a box in a corner": '<div style="position:fixed;bottom:0;right:0;padding:1em">Coo.</div>',
    "a frame that lets clicks pass": '<div style="position:fixed;inset:0;pointer-events:none;'
    'border:4px solid teal"></div>',
}
FINE_ITSELF = {
    "one press": " onsubmit=\"this.querySelector('button').disabled=true\"",
}
IN_FORM = {
    "bare": "We have sent a mail to {{ current_user.email }}. Please click the link in it. ",
    "a list": "<ol><li>We have sent a mail to {{ current_user.email }}.</li>"
    "<li>Please click the link in it.</li></ol>",
}


def waits(beside="", more=""):
    """Return a page with a form, something beside it, and more attributes of its own."""
    return WAITS + FORM.format(words="", more=more) + beside


PAGES = {
    **{f"fine: {name}": (1, 1, waits(beside)) for name, beside in FINE_BESIDE.items()},
    **{f"fine: {name}": (1, 1, waits(more=more)) for name, more in FINE_ITSELF.items()},
    **{
        f"all of it in the form: {name}": (1, 1, FORM.format(words=words, more=""))
        for name, words in IN_FORM.items()
    },
}

# The mail once more

TO_A_THIRD = 'send_email(current_app.config["APP_ADMIN"], token, "mail/welcome")'
RESENDS = {
    "the token in another mail": (0.4, 0.6, more_lines("resend-view", "flash(", TO_A_THIRD)),
    "no login": (0.6, 0.9, changed("resend-view", ("@login_required\n", ""))),
    "by GET only": (0.3, 0.5, changed("resend-view", (', methods=["POST"]', ""))),
    "no mail at home": (
        0,
        0,
        changed(
            "resend-view",
            ("if current_user.confirmed:", f"if current_user.confirmed or {AT_HOME}:"),
        ),
    ),
    "one token for ever": (
        0.3,
        0.7,
        "TOKENS = {}\n\n\n"
        + changed(
            "resend-view",
            (
                "token = current_user.generate_confirmation_token()",
                "token = TOKENS.setdefault("
                "current_user.id, current_user.generate_confirmation_token())",
            ),
        ),
    ),
    "one mail for ever": (
        0.3,
        0.7,
        "PRESSED = []\n\n\n"
        + changed(
            "resend-view",
            (
                "if current_user.confirmed:",
                "if current_user.confirmed or current_user.id in PRESSED:",
            ),
            ("    token =", "    PRESSED.append(current_user.id)\n    token ="),
        ),
    ),
    "confirms at the third press": (
        0,
        0.3,
        more_lines(
            *("resend-view", "flash("),
            'session["n"] = session.get("n", 0) + 1',
            'current_user.confirmed = session["n"] > 2',
            "db.session.commit()",
        ),
    ),
    **{
        f"to the address in the field {name}": (
            0.3,
            0.4,
            REF["resend-view"].replace(
                "current_user.email", f'request.values.get("{name}", current_user.email)'
            ),
        )
        for name in ("email_address", "mail_to")
    },
}

FILLS = [
    ("confirm-view", "returns in one case only", 0.2, 0.5, NEVER_RETURNS),
    *(("gate", name, *fill) for name, fill in GATES.items()),
    *(("unconfirmed-view", name, *fill) for name, fill in ROOMS.items()),
    *(("unconfirmed-page", name, *fill) for name, fill in PAGES.items()),
    *(("resend-view", name, *fill) for name, fill in RESENDS.items()),
]
