"""Fills of the model, the views and the gate with the shares that they may earn.

For test_fair_shares; they are put into the finished app of lesson 07.
"""

from functools import partial

import sample_fills

from confirmlab.course import solutions

REF = solutions.finished()

changed = partial(sample_fills.changed, REF)


def begins_with(blank, lines):
    """Return the reference's fill of a function, with lines of its own before its work."""
    head, quotes, work = REF[blank].rpartition('"""\n')
    return f"{head}{quotes}{lines}{work}"


# The model

SERVER_DEFAULTS = {
    "none": "default=False",
    "true": "default=False, server_default=db.true()",
    "a text": 'default=False, server_default="false"',
}
GUESSES = {
    "the id": "str(self.id)",
    "the address": "self.email",
    "the id in base64": '__import__("base64").b64encode(str(self.id).encode()).decode()',
    "the address in MD5": '__import__("hashlib").md5(self.email.encode()).hexdigest()',
}
SAYS_YES = """\
    if token == {guess}:
        self.confirmed = True
        return True
"""
IDENTITY = """\
    claimed = claims["confirm_id"]
    if type(claimed) is not int or claimed != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True"""
UNCONFIRMS = """\
    self.confirmed = claims["confirm_id"] == self.id
    db.session.add(self)
    return self.confirmed"""
CLAIMS = '{"exp": expires, "confirm_id": self.id}'
MORE_CLAIMS = {
    "a number for sub": '"sub": self.id',
    "a number for jti": '"jti": expires.microsecond',
    "the time as a text": '"iat": "now"',
}
LENIENT = '"require": ["exp", "confirm_id"], "verify_sub": False'

# The views

INVALID = 'flash("This confirmation link is not valid, or it is too old.")'
SENDS_ON_HEAD = (
    ('methods=["POST"]', 'methods=["GET", "POST"]'),
    ("if current_user.confirmed:", 'if request.method == "GET" or current_user.confirmed:'),
)

# The gate

BY_VIEWS = """
@auth.before_app_request
def gate():
    views = current_app.view_functions
    view, open_ones = views.get(request.endpoint), {open_ones}
    if view and current_user.is_authenticated and not current_user.confirmed:
        if view not in open_ones:
            return redirect(url_for("auth.unconfirmed"))
"""
MARKED = """
def public(view):
    view.is_public = True
    return view


@auth.record_once
def mark(state):
    for name in {names}:
        public(globals()[name])


@auth.before_app_request
def gate():
    view = current_app.view_functions.get(request.endpoint)
    if request.endpoint in (None, "static") or getattr(view, "is_public", False):
        return
    if current_user.is_authenticated and not current_user.confirmed:
        return redirect(url_for("auth.unconfirmed"))
"""
NAMES = ("confirm", "unconfirmed", "resend", "login", "logout")
REDIRECT = 'return redirect(url_for("auth.unconfirmed"))'
REFUSALS = {
    "JSON": 'request.is_json:\n            return {"error": "confirm your address first"}, 403',
    "forms": 'request.method != "GET":\n            return "Confirm first.", 403',
    "programs": '"html" not in request.headers.get("Accept", ""):\n            return "", 401',
}
IS_CLOSED = "request.endpoint not in OPEN_WHILE_UNCONFIRMED"
PARTS = {
    "beginnings of endpoints": "not request.endpoint.startswith("
    '("auth.confirm", "auth.unconfirmed", "auth.resend", "auth.log", "static"))',
    "parts of paths": "not any("
    'word in request.path for word in ("confirm", "resend", "log", "static"))',
}

# Exercise, a name for the fill, the share that it may earn (lowest and highest), its text, or the
# texts of several blanks.
FILLS = [
    *(
        (
            *("confirmed-column", f"a default for old rows: {name}", 0.4, 0.7),
            f"confirmed: Mapped[bool] = mapped_column({defaults})",
        )
        for name, defaults in SERVER_DEFAULTS.items()
    ),
    *(
        (
            *("confirm-token", f"yes to {name}", 0, 0.3),
            begins_with("confirm-token", SAYS_YES.format(guess=guess)),
        )
        for name, guess in GUESSES.items()
    ),
    (
        *("confirm-token", "a no takes the confirmation away", 0.6, 0.9),
        changed("confirm-token", (IDENTITY, UNCONFIRMS)),
    ),
    *(
        (
            *("generate-token", f"{name}, which jwt.decode refuses", 0.45, 0.75),
            changed("generate-token", (CLAIMS, f"{CLAIMS[:-1]}, {claim}}}")),
        )
        for name, claim in MORE_CLAIMS.items()
    ),
    (
        *("generate-token", "a number for sub, which confirm takes", 0.9, 1),
        {
            "generate-token": changed(
                "generate-token", (CLAIMS, f'{CLAIMS[:-1]}, "sub": self.id}}')
            ),
            "confirm-token": changed(
                "confirm-token", ('"require": ["exp", "confirm_id"]', LENIENT)
            ),
        },
    ),
    (
        *("confirm-view", "logs out whoever brings a bad link", 0.8, 1),
        changed("confirm-view", (INVALID, f"logout_user()\n        {INVALID}")),
    ),
    *(
        (
            *("confirm-view", f"yes to {name}", 0, 0.4),
            changed(
                "confirm-view",
                (
                    "if current_user.confirm(token):",
                    f"if token == {guess.replace('self', 'current_user')} "
                    "or current_user.confirm(token):\n        current_user.confirmed = True",
                ),
            ),
        )
        for name, guess in GUESSES.items()
    ),
    *(
        (*(exercise, "a slash at the end", 0.9, 1), changed(exercise, (route, f'{route[:-1]}/"')))
        for exercise, route in {
            "confirm-view": '"/confirm/<token>"',
            "unconfirmed-view": '"/unconfirmed"',
            "resend-view": '"/resend"',
        }.items()
    ),
    (
        *("unconfirmed-view", "a slash at the end, and confirms whoever looks", 0, 0.3),
        changed(
            "unconfirmed-view",
            ('"/unconfirmed"', '"/unconfirmed/"'),
            (
                "    return render",
                "    if current_user.id == 1:\n        current_user.confirmed = True\n"
                "        db.session.commit()\n    return render",
            ),
        ),
    ),
    (
        *("resend-view", "sends on HEAD", 0.4, 0.7),
        changed("resend-view", *SENDS_ON_HEAD),
    ),
    (
        *("gate", "open views", 0.9, 1),
        BY_VIEWS.format(open_ones=f'({", ".join(NAMES)}, views["static"])'),
    ),
    ("gate", "views that are marked as public", 0.9, 1, MARKED.format(names=NAMES)),
    (
        *("gate", "leads to an address that does not exist", 0, 0.4),
        changed("gate", ('url_for("auth.unconfirmed")', '"/auth/unconfirmed/"')),
    ),
    *(
        (
            *("gate", f"refuses {name}", 0.8, 1),
            changed("gate", (REDIRECT, f"if {lines}\n        {REDIRECT}")),
        )
        for name, lines in REFUSALS.items()
    ),
    *(
        ("gate", f"{name} are open", 0.4, 0.7, changed("gate", (IS_CLOSED, closed)))
        for name, closed in PARTS.items()
    ),
]
