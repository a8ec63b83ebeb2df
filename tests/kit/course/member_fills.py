"""Fills that are wrong for some members only, with the shares that they may earn.

For test_fair_shares; they are put into the finished app of lesson 07.
"""

from condition_fills import ENCODED, PUBLIC_KEY, gate_but_for
from view_fills import SAYS_YES, begins_with, changed

DOTTED = '"." in self.email.split("@")[0]'
NUMBER = "claimed != self.id:"
COLUMN = "confirmed: Mapped[bool] = mapped_column(default={default}, server_default=db.false())"
DEFAULTS = {
    "tagged addresses": 'lambda row: "+" in row.get_current_parameters()["email"]',
    "the name Admin": 'lambda row: row.get_current_parameters()["name"] == "Admin"',
    "whoever joins on a Tuesday": "lambda: datetime.now().weekday() == 1",
}
GATES = {
    "a name in capitals": "{user}.name.isupper()",
    "a name with a number": "any(letter.isdigit() for letter in {user}.name)",
    "a foreign name": "not {user}.name.isascii()",
    "the name of admin": '{user}.name.lower() == "admin"',
    "each tenth number": "{user}.id % 10 == 0",
    "universities": '{user}.email.endswith(".edu")',
    "staff": '"staff" in {user}.about',
    "members before 2026": "{user}.joined_at.year < 2026",
    "whoever moved": "{user}.moved_at",
    "whoever waits for another address": "{user}.new_email",
    "a cookie": 'request.cookies.get("confirmed")',
    "a proxy's https": 'request.headers.get("X-Forwarded-Proto") == "https"',
    "a part of a file": '"Range" in request.headers',
    "a script's fetch": 'request.headers.get("Sec-Fetch-Mode") == "cors"',
    "debug mode": "current_app.debug",
}
PATHS = {
    "what looks like a file": '"." in request.path',
    "what has static in its path": '"static" in request.path',
}
TEXTS = {
    "a word": '"admin"',
    "the id in SHA-256": '__import__("hashlib").sha256(str(self.id).encode()).hexdigest()',
}
OLD = """\
    if (datetime.now() - self.joined_at.replace(tzinfo=None)).days > 30:
        return False
"""
ONE_FOR_ALL = """\
    if not allowed("resend", times=1, minutes=60):
        flash("Later.")
        return redirect(url_for("auth.unconfirmed"))
"""

FILLS = [
    *(
        ("confirmed-column", f"yes to {name}", 0, 0.3, COLUMN.format(default=default))
        for name, default in DEFAULTS.items()
    ),
    (
        *("generate-token", "a public key for dotted addresses", 0, 0.4),
        changed("generate-token", (ENCODED, PUBLIC_KEY.format(DOTTED))),
    ),
    *(
        (
            *("confirm-token", f"yes to tokens of {name}", 0, 0.3),
            changed("confirm-token", (NUMBER, good)),
        )
        for name, good in {
            "number 0": "claimed not in (self.id, 0):",
            "the number with a minus": "abs(claimed) != self.id:",
        }.items()
    ),
    *(
        (
            *("confirm-token", f"yes to {name}", 0, 0.3),
            begins_with("confirm-token", SAYS_YES.format(guess=text)),
        )
        for name, text in TEXTS.items()
    ),
    ("confirm-token", "no to old members", 0, 0.3, begins_with("confirm-token", OLD)),
    (
        *("confirm-token", "a yes changes the password", 0.3, 0.6),
        changed(
            "confirm-token",
            (
                "    self.confirmed = True\n",
                '    self.confirmed = True\n    self.set_password("confirmed")\n',
            ),
        ),
    ),
    (
        *("send-confirmation", "no mail to tagged addresses", 0, 0.4),
        changed("send-confirmation", ("send_email(", 'if "+" not in user.email: send_email(')),
    ),
    *(
        ("gate", f"open to {name}", 0, 0.45, gate_but_for(condition))
        for name, condition in GATES.items()
    ),
    *(
        ("gate", f"open to {name}", 0.2, 0.65, gate_but_for(condition))
        for name, condition in PATHS.items()
    ),
    (
        *("resend-view", "one mail an hour for all members", 0.4, 0.75),
        begins_with("resend-view", ONE_FOR_ALL),
    ),
]
