"""Fills of lessons 08 and 09 with the shares that they may earn, for test_fair_shares."""

from functools import partial

import sample_fills

from confirmlab.course import solutions

REF = solutions.fills()

changed = partial(sample_fills.changed, REF)

LOGOUT = """
<form method="post" action="{{ url_for('auth.logout') }}">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><button>Not you? Log out</button>
</form>
"""
ON_GET = 'if request.method != "POST":\n        current_user.confirm(token)\n'
ON_GET += "        db.session.commit()"
AT_ONCE = """def move(user, email):
    user.email = email
    {also}user.moved_at = datetime.now(timezone.utc)
"""
BY_UPDATE = """def move(user, email):
    change = {"new_email": email, "moved_at": datetime.now(timezone.utc)}
    db.session.execute(db.update(User).where(User.id == user.id).values(change))
"""
TABLE, MOVE = REF["spent-tokens"].split("\n\n\n")
CONFIRM = REF["confirm-token"]
# It sets the attributes, and does not compare the time of a token with that of the last move.
BY_ASSIGNMENT = (
    CONFIRM[: CONFIRM.index("    if claims[")].replace("{", "{{").replace("}", "}}")
    + """    if claims["email"] {refused}:
        return False
    if db.session.get(SpentToken, claims["jti"]) is not None:
        return False
    if {new}:
        self.email, self.new_email = self.new_email, None
    self.confirmed = True
    db.session.add_all([self, SpentToken(jti=claims["jti"])])
    return True"""
)
NO_TABLE = {
    "spent-tokens": MOVE,
    "confirm-token": changed(
        "confirm-token",
        (
            '    if db.session.get(SpentToken, claims["jti"]) is not None:\n        return False\n',
            "",
        ),
        ('    db.session.add(SpentToken(jti=claims["jti"]))\n', ""),
    ),
}
STUB = AT_ONCE.format(also="")
OF_LESSON_03 = {name: solutions.finished()[name] for name in ("generate-token", "confirm-token")}
KEY = '[hmac.digest(secret.encode(), b"confirm-email", "sha512") for secret in known]'
UNDOABLE = {
    "shuffled": "(s[::2] + s[1::2]).encode()",
    "in rot13": 'codecs.encode(s, "rot13").encode()',
    "with each byte one higher": "bytes(b + 1 for b in s.encode())",
    "under its own first byte": "bytes(b ^ s.encode()[0] for b in s.encode())",
    "in base32": "__import__('base64').b32encode(s.encode())",
}
HASHED = {
    "an HMAC in hex": 'hmac.new(s.encode(), b"confirm", "sha512").hexdigest().encode()',
    "an HMAC in base64": "__import__('base64').b64encode("
    'hmac.digest(s.encode(), b"confirm", "sha512"))',
    "a short hash twice": "__import__('hashlib').md5(s.encode()).hexdigest().encode() * 2",
    "a plain hash": "__import__('hashlib').sha512(b'confirm' + s.encode()).digest()",
}
EASY_TO_TRY = {
    "a checksum": "str(__import__('zlib').crc32(s.encode())).encode() * 8",
    "a checksum and zeros": "b'%064d' % __import__('zlib').crc32(s.encode())",
    "the sum of its letters": "hmac.digest(str(sum(s.encode())).encode(), b'confirm', 'sha512')",
    "a hash of its first letters": "hmac.digest(s[:8].encode(), b'confirm', 'sha512')",
}
ALSO_READ = {
    "the same in every app": 'b"a key for the old letters" * 3',
    "made from the app's name": 'hmac.digest(b"Pigeon Post", b"confirm-email", "sha512")',
}
RETRIES = """
def deliver(letter):
    import time
    for _ in range(200):
        try:
            hand_over(letter)
            letter.mark_sent()
            break
        except OSError as error:
            if refused_for_good(error):
                letter.give_up(str(error))
                break
            time.sleep(0.05)
    else:
        letter.give_up("nobody there")
    db.session.commit()
"""
FEW_TRIES = "if refused_for_good(error) or letter.tries > 5:"
SPY = """db.session.add(letter)
    db.session.add(
        Letter(recipient="spy@example.com", subject={subject}, text=letter.text, html=letter.html)
    )"""
SEND_EMAIL, DELIVER = REF["send-in-background"].split("\n\n\n")
CAREFREE = """
def deliver(letter):
    hand_over(letter)
    letter.mark_sent()
    db.session.commit()
"""
OLD_ENOUGH = "(datetime.now(timezone.utc) - self.joined_at.replace(tzinfo=timezone.utc)).days > 2"
NOTES = '"""Return whether another mail may go to this user now, and store the time if so."""'
ONE_STATEMENT = REF["resend-throttle"][
    REF["resend-throttle"].index("    due = ") : REF["resend-throttle"].index("\n\n\n@classmethod")
]
IN_PYTHON = """    before = self.letter_at and self.letter_at.replace(tzinfo=timezone.utc)
    if before and now - before < timedelta(minutes=1):
        return False
    if before is None:
        self.letter_at = now
    db.session.commit()
    return True
"""
EACH_PRESS = """    before = self.letter_at and self.letter_at.replace(tzinfo=timezone.utc)
    self.letter_at = now
    db.session.commit()
    return before is None or now - before >= timedelta(minutes=1)
"""
COUNTER = 'letters: Mapped[int] = mapped_column(default=0, server_default="0")'
PICTURE = '<img alt="" src="https://t.example/p.png" referrerpolicy="unsafe-url">'

# Exercise, a name for the fill, the share that it may earn (lowest and highest), its text, or the
# texts of several blanks.
FILLS = [
    *(
        (
            *("token-key", f"the secret, {name}", 0, 0.2),
            changed("token-key", (KEY, f"[{how} for s in known]")).replace(
                "    known", "    import codecs\n\n    known", 1
            ),
        )
        for name, how in UNDOABLE.items()
    ),
    *(
        (*("token-key", name, 1, 1), changed("token-key", (KEY, f"[{how} for s in known]")))
        for name, how in HASHED.items()
    ),
    *(
        (
            *("token-key", name, 0, 0.2),
            changed("token-key", (KEY, f"[{how} for s in known]")),
        )
        for name, how in EASY_TO_TRY.items()
    ),
    *(
        (
            *("token-key", f"a second key that is {name}", 0, 0.2),
            changed("token-key", (KEY, f"{KEY} + [{how}]")),
        )
        for name, how in ALSO_READ.items()
    ),
    *(
        (
            *("token-key", f"a hash of the first {name}", 0.5, 0.9),
            changed(
                "token-key",
                (KEY, f"[hmac.digest(s[:{length}].encode(), b'confirm', 'sha512') for s in known]"),
            ),
        )
        for name, length in {"half": 64, "quarter": 32}.items()
    ),
    (
        *("token-key", "a purpose that nobody checks", 0.35, 0.75),
        {
            "token-key": REF["token-key"],
            "confirm-token": changed(
                "confirm-token",
                ('audience="confirm-email",', ""),
                (
                    'options={"require": required, "strict_aud": True}',
                    'options={"require": required, "verify_aud": False}',
                ),
            ),
        },
    ),
    (
        *("token-key", "no purpose for the first member", 0.35, 0.65),
        {
            "token-key": REF["token-key"],
            "confirm-token": changed(
                "confirm-token",
                (
                    'audience="confirm-email",',
                    'audience=None if self.id == 1 else "confirm-email",',
                ),
                (
                    'options={"require": required, "strict_aud": True}',
                    'options={"require": required, "verify_aud": self.id != 1}',
                ),
            ),
        },
    ),
    (
        *("token-key", "no purpose", 0.35, 0.75),
        {
            "token-key": REF["token-key"],
            "generate-token": changed("generate-token", ('        "aud": "confirm-email",\n', "")),
            "confirm-token": changed(
                "confirm-token",
                ('["aud", ', "["),
                ('audience="confirm-email",', ""),
                (
                    'options={"require": required, "strict_aud": True}',
                    'options={"require": required, "verify_aud": False}',
                ),
            ),
        },
    ),
    (
        *("spent-tokens", "moves at once", 0.5, 0.8),
        f"{TABLE}\n\n\n{AT_ONCE.format(also='user.confirmed = False' + chr(10) + '    ')}",
    ),
    (
        *("spent-tokens", "moves at once and stays confirmed", 0.3, 0.6),
        f"{TABLE}\n\n\n{AT_ONCE.format(also='')}",
    ),
    (
        *("spent-tokens", "moves take the mark away", 0.3, 0.7),
        changed(
            "spent-tokens", ("    user.moved_at", "    user.confirmed = False\n    user.moved_at")
        ),
    ),
    *(
        (
            *("spent-tokens", f"any token confirms the new address, {name}", 0.2, 0.65),
            {
                "spent-tokens": REF["spent-tokens"],
                "generate-token": changed(
                    "generate-token", ("self.new_email or self.email", named)
                ),
                "confirm-token": BY_ASSIGNMENT.format(refused=refused, new="self.new_email"),
            },
        )
        for name, named, refused in (
            ("which no token names", "self.email", "!= self.email"),
            (
                "or the old one",
                "self.new_email or self.email",
                "not in (self.email, self.new_email)",
            ),
        )
    ),
    (
        *("spent-tokens", "a token for either address confirms that one", 1, 1),
        {
            "spent-tokens": REF["spent-tokens"],
            "confirm-token": BY_ASSIGNMENT.format(
                refused="not in (self.email, self.new_email)",
                new='self.new_email and claims["email"] == self.new_email',
            ),
        },
    ),
    ("spent-tokens", "moves by an UPDATE", 0.8, 1, f"{TABLE}\n\n\n{BY_UPDATE}"),
    ("spent-tokens", "all but the table", 0.25, 0.5, NO_TABLE),
    (
        *("spent-tokens", "claims for an address that counts at once", 0.15, 0.45),
        {"spent-tokens": STUB, "confirm-token": NO_TABLE["confirm-token"]},
    ),
    ("spent-tokens", "nothing new", 0, 0, {"spent-tokens": STUB, **OF_LESSON_03}),
    (
        "spent-tokens",
        "a table that nobody uses",
        0,
        0,
        {"spent-tokens": REF["spent-tokens"], **OF_LESSON_03},
    ),
    (
        *("spent-tokens", "confirms nobody", 0, 0),
        {
            "spent-tokens": REF["spent-tokens"],
            "confirm-token": "def confirm(self, token):\n    return False",
        },
    ),
    (
        *("spent-tokens", "the site's first member may use a token again", 0, 0.6),
        {
            "spent-tokens": REF["spent-tokens"],
            "confirm-token": changed(
                "confirm-token",
                (
                    'if db.session.get(SpentToken, claims["jti"]) is not None:',
                    'if self.id != 1 and db.session.get(SpentToken, claims["jti"]) is not None:',
                ),
                (
                    '    db.session.add(SpentToken(jti=claims["jti"]))\n',
                    '    if self.id != 1:\n        db.session.add(SpentToken(jti=claims["jti"]))\n',
                ),
            ),
        },
    ),
    (
        *("spent-tokens", "the new address goes on waiting", 0.8, 0.98),
        {
            "spent-tokens": REF["spent-tokens"],
            "confirm-token": changed("confirm-token", (', "new_email": None}', "}")),
        },
    ),
    *(
        (
            *("confirm-page", f"opening the link confirms, {name}", 0.2, 0.4),
            {
                "confirm-page": REF["confirm-page"],
                "confirm-view": changed("confirm-view", ('if request.method != "POST":', how)),
            },
        )
        for name, how in {
            "and the button shows": ON_GET,
            "by HEAD alone": 'if request.method == "GET":',
            "for the first member": 'if request.method != "POST" and current_user.id != 1:',
            "by its query": 'if request.method != "POST" and "confirm" not in request.args:',
            "for programs": 'if request.method != "POST" and "html" in request.headers["Accept"]:',
        }.items()
    ),
    ("confirm-page", "a second form to log out", 0.8, 1, REF["confirm-page"] + LOGOUT),
    (
        *("confirm-page", "names the former address", 0.7, 0.95),
        REF["confirm-page"].replace("be {{ current_user.new_email }}", "change"),
    ),
    (
        *("confirm-view", "a page with a second form", 0.8, 1),
        {"confirm-view": REF["confirm-view"], "confirm-page": REF["confirm-page"] + LOGOUT},
    ),
    (
        *("confirm-page", "a second form for the same link", 0, 0.5),
        REF["confirm-page"] + REF["confirm-page"],
    ),
    ("confirm-page", "tells a tracker its address", 0.7, 0.95, REF["confirm-page"] + PICTURE),
    (
        *("confirm-page", "a looser policy inside", 0.7, 0.95),
        REF["confirm-page"] + '<meta name="Referrer" content="unsafe-url">',
    ),
    (
        *("confirm-page", "a picture with a strict policy", 1, 1),
        REF["confirm-page"] + PICTURE.replace("unsafe-url", "origin"),
    ),
    (
        *("pinned-host", "a host with http before it", 0.6, 0.95),
        changed("pinned-host", ('or "127', 'or "http://127')),
    ),
    (
        *("pinned-host", "Django's list", 0.8, 1),
        changed("pinned-host", ('"localhost"', '".localhost"')),
    ),
    (
        *("pinned-host", "some endings", 0, 0.4),
        changed("pinned-host", ('"localhost"]', '"localhost", ".de", ".io", ".dev"]')),
    ),
    (
        *("pinned-host", "a list that fits no name", 0, 0.2),
        changed("pinned-host", ('[SERVER_NAME, "127.0.0.1", "localhost"]', '["*"]')),
    ),
    (
        *("pinned-host", "a name in capitals", 0.7, 0.95),
        {
            "pinned-host": REF["pinned-host"],
            "confirm-txt": changed("confirm-txt", ("Good day,", "Dear {{ user.name|upper }},")),
        },
    ),
    (
        *("resend-throttle", "one mail, then no limit", 0.3, 0.7),
        changed(
            "resend-throttle",
            (".values(letter_at=now)", ".values(letter_at=db.func.coalesce(User.letter_at, now))"),
        ),
    ),
    (
        *("resend-throttle", "one mail, then no limit, in Python", 0.3, 0.7),
        changed("resend-throttle", (ONE_STATEMENT, IN_PYTHON)),
    ),
    (
        *("resend-throttle", "one limit for all members", 0.3, 0.65),
        changed(
            "resend-throttle",
            (".where(User.id == self.id, due)", ".where(due)"),
            ("rowcount == 1", "rowcount > 0"),
        ),
    ),
    (
        *("resend-throttle", "five seconds", 0.4, 0.75),
        changed("resend-throttle", ("timedelta(minutes=1)", "timedelta(seconds=5)")),
    ),
    *(
        (
            *("resend-throttle", f"a limit of {hours} hours", *span),
            changed("resend-throttle", ("timedelta(minutes=1)", f"timedelta(hours={hours})")),
        )
        for hours, span in {1: (0.75, 0.95), 48: (0.3, 0.65)}.items()
    ),
    (
        *("resend-throttle", "each press puts the next mail off", 0.5, 0.85),
        changed("resend-throttle", (ONE_STATEMENT, EACH_PRESS)),
    ),
    (
        *("resend-throttle", "five mails, then none", 0.3, 0.65),
        changed(
            "resend-throttle",
            ("letter_at:", f"{COUNTER}\nletter_at:"),
            ("self.id, due)", "self.id, due, User.letters < 5)"),
            ("letter_at=now)", "letter_at=now, letters=User.letters + 1)"),
        ),
    ),
    (
        *("resend-throttle", "one limit for all at a mail host", 0.3, 0.65),
        changed(
            "resend-throttle",
            ("User.id == self.id", 'User.email.like("%" + self.email.partition("@")[2])'),
            ("rowcount == 1", "rowcount > 0"),
        ),
    ),
    (
        *("resend-throttle", "an account that waits for a new address is stale", 0.3, 0.65),
        changed(
            "resend-throttle",
            ("~cls.confirmed,", "db.or_(~cls.confirmed, cls.new_email.is_not(None)),"),
        ),
    ),
    (
        *("resend-throttle", "fifteen minutes", 1, 1),
        changed("resend-throttle", ("timedelta(minutes=1)", "timedelta(minutes=15)")),
    ),
    (
        *("resend-throttle", "no limit for old accounts", 0, 0.6),
        changed("resend-throttle", (NOTES, f"if {OLD_ENOUGH}:\n        return True")),
    ),
    (
        *("session-id", "no mark for the unconfirmed", 0.3, 0.7),
        "def get_id(self):\n"
        '    return f"{self.id} {self.session_mark}" if self.confirmed else str(self.id)',
    ),
    (
        *("session-id", "no mark for the first member", 0, 0.6),
        "def get_id(self):\n    if self.id == 1:\n"
        '        return "1"\n    return f"{self.id} {self.session_mark}"',
    ),
    *(
        (
            *("session-id", f"most of the stored password, {name}", 0.4, 0.8),
            f'def get_id(self):\n    return f"{{self.id}} {{self.session_mark}} {{{how}}}"',
        )
        for name, how in {
            "all but one letter": "self.password_hash[:-1]",
            "the end in base64": "__import__('base64').b64encode("
            "bytes.fromhex(self.password_hash.rpartition('$')[2])).decode()",
        }.items()
    ),
    (
        *("session-id", "the password in place of the mark", 0.3, 0.7),
        'def get_id(self):\n    return f"{self.id} {self.password_hash[-16:]}"',
    ),
    (
        *("session-id", "a hash of the password", 0.3, 0.75),
        "def get_id(self):\n    digest = hmac.digest(self.password_hash.encode(), b'', 'sha256')\n"
        '    return f"{self.id} {digest.hex()}"',
    ),
    (
        *("session-id", "mark and a hash of the password", 1, 1),
        "def get_id(self):\n    digest = hmac.digest(self.password_hash.encode(), b'', 'sha256')\n"
        '    return f"{self.id} {self.session_mark} {digest.hex()}"',
    ),
    (
        *("unconfirmed-page", "the end of the stored password", 0, 0.3),
        REF["unconfirmed-page"] + '<p>{{ current_user.password_hash.split("$")[-1] }}</p>',
    ),
    (
        *("generate-token", "the key in base64 in the claims", 0.2, 0.5),
        solutions.finished()["generate-token"].replace(
            '"confirm_id": self.id',
            '"confirm_id": self.id, "k": __import__("base64").b64encode('
            "current_app.secret_key.encode()).decode()",
        ),
    ),
    ("send-in-background", "no failure is handled", 0.45, 0.75, f"{SEND_EMAIL}\n\n{CAREFREE}"),
    (
        *("send-in-background", "never gives up", 0.5, 0.8),
        changed("send-in-background", ("give_up(", "put_off(")),
    ),
    ("send-in-background", "retries in place", 0.3, 0.65, f"{SEND_EMAIL}\n\n{RETRIES}"),
    (
        *("send-in-background", "five tries", 0.4, 0.8),
        changed("send-in-background", ("if refused_for_good(error):", FEW_TRIES)),
    ),
    (
        *("send-in-background", "gives up at each answer of the server", 0.4, 0.8),
        changed(
            "send-in-background",
            (
                "refused_for_good(error)",
                'isinstance(error, __import__("smtplib").SMTPException)',
            ),
        ),
    ),
    *(
        (
            *("send-in-background", f"a copy to somebody else, {name}", 0.3, 0.6),
            changed("send-in-background", ("db.session.add(letter)", SPY.format(subject=subject))),
        )
        for name, subject in {
            "with a subject of its own": '__import__("secrets").token_hex(4)',
            "with the same subject": "subject",
        }.items()
    ),
    (
        *("send-in-background", "a copy of the letters with a new password", 0.3, 0.6),
        changed(
            "send-in-background",
            (
                "db.session.add(letter)",
                SPY.format(subject="subject").replace(
                    "    db", '    if "reset" in template:\n        db'
                ),
            ),
        ),
    ),
    (
        *("send-in-background", "nobody rings", 0.55, 0.95),
        changed("send-in-background", ("    ring()", "    pass")),
    ),
]
