"""Fills that are right but for some members, with the shares that they may earn.

For test_fair_shares; they are put into the finished app of lesson 07.
"""

from condition_fills import ENCODED, PUBLIC_KEY, gate_but_for
from view_fills import changed

DOTTED = '"." in self.email.split("@")[0]'
COLUMN = "confirmed: Mapped[bool] = mapped_column(default={default}, server_default=db.false())"
DEFAULTS = {
    "tagged addresses": 'lambda row: "+" in row.get_current_parameters()["email"]',
}
GATES = {
    "a name in capitals": "{user}.name.isupper()",
    "a name with a number": "any(letter.isdigit() for letter in {user}.name)",
    "a foreign name": "not {user}.name.isascii()",
    "each tenth number": "{user}.id % 10 == 0",
    "universities": '{user}.email.endswith(".edu")',
}

FILLS = [
    *(
        ("confirmed-column", f"yes to {name}", 0, 0.3, COLUMN.format(default=default))
        for name, default in DEFAULTS.items()
    ),
    (
        *("generate-token", "a public key for dotted addresses", 0, 0.4),
        changed("generate-token", (ENCODED, PUBLIC_KEY.format(DOTTED))),
    ),
    (
        *("send-confirmation", "no mail to tagged addresses", 0, 0.4),
        changed("send-confirmation", ("send_email(", 'if "+" not in user.email: send_email(')),
    ),
    *(
        ("gate", f"open to {name}", 0, 0.45, gate_but_for(condition))
        for name, condition in GATES.items()
    ),
]
