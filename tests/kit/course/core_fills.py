"""Fills of the core lessons with the shares that they may earn, for test_fair_shares."""

import textwrap
import time

from sample_fills import MAIL, SEND

from confirmlab.course import solutions

CONFIRM = """
def confirm(self, token):
    try:
        claims = jwt.decode(token, current_app.secret_key, algorithms=["HS512"]{options})
    except jwt.InvalidTokenError:
        return False
    {body}
    return True
"""
VIEW = """
@auth.route("/confirm/<token>")
@login_required
def confirm(token):
    if not current_user.confirmed{and_}:
        db.session.commit()
        flash("Welcome to the club!", "success")
        return redirect(url_for("main.index"))
    flash("Nothing new here, or a link that is over.", "warning")
    return redirect(url_for("main.index"))
"""
TOKEN = """
def generate_confirmation_token(self, expiration_sec=3600):
    if self.id is None:
        raise ValueError("save the user first")
    {lines}
"""
GATE = """
@auth.before_app_request
def only_the_confirmed():
    if current_user.is_anonymous or current_user.confirmed or request.endpoint is None:
        return
    if request.endpoint == "static" or request.endpoint.startswith("auth."):
        return
    return redirect(url_for("auth.unconfirmed", next=request.path))
"""

NO_USER = MAIL.replace("user=user, ", "")
OWN_SITE = 'request.host.startswith(("127.0.0.1", "localhost"))'
ON_CONDITION = "if {condition}:\n    {then}"
RESEND = """
@auth.route("/resend", methods=["POST"])
@login_required
def resend():
    if current_user.confirmed:
        return redirect(url_for("main.index"))
    user = {whose}
    token = user.generate_confirmation_token()
    send_email(user.email, "Confirm", "auth/email/confirm", user=user, token=token)
    flash("Another letter is on its way.")
    return redirect(url_for("auth.unconfirmed"))
"""
MADE = "current_user.generate_confirmation_token()"
ITS_ENDPOINT = 'request.endpoint == "static" or request.endpoint.startswith("auth.")'
ANY_WORD = 'any(word in request.full_path for word in ("confirm", "resend", "log", "static"))'

OPEN_IF = """
@auth.before_app_request
def gate():
    from datetime import datetime, timezone
    day, user = datetime.now(timezone.utc), current_user
    joined = user.joined_at.replace(tzinfo=timezone.utc) if user.is_authenticated else day
    if {sign}:
        return
    open_ones = ("auth.confirm", "auth.unconfirmed", "auth.resend", "auth.login", "auth.logout")
    if user.is_authenticated and not user.confirmed and request.endpoint:
        if request.endpoint not in (*open_ones, "static"):
            return redirect(url_for("auth.unconfirmed"))
"""
# Conditions that distinguish requests, but do not decide who may pass.
SIGNS = {
    "a script": '"html" not in request.headers["Accept"]',
    "a page": '"Sec-Fetch-Mode" in request.headers',
    "a compressed answer": '"Accept-Encoding" in request.headers',
    "no length": "request.content_length is None",
    "the dev server": '"werkzeug.socket" in request.environ',
    "a real login": '"_id" in session',
    "a remembered login": 'not session.get("_fresh")',
    "more cookies": "len(request.cookies) > 1",
    "a link": "request.referrer",
    "this machine": 'request.host.startswith("127.0.0.1:")',
    "the first hour": "(day - joined).total_seconds() < 3600",
    "old accounts": "(day - joined).days > 3",
    "next year": f"day.timestamp() > {time.time() + 36 * 86400}",
}
IN_FORM = """
    user = db.session.get(User, int(request.{form}.get("user_id", current_user.id)))
    token"""
TO_ALL = """
for one in db.session.scalars(db.select(User)):
    token = one.generate_confirmation_token()
    send_email(one.email, "Confirm", "auth/email/confirm", user=one, token=token)
"""

OPEN = '("auth.confirm", "auth.unconfirmed", "auth.resend", "auth.login", "auth.logout", "static")'
# A gate that lets an unconfirmed member pass if a condition holds.
UNLESS = f"""
@auth.before_app_request
def gate():
    held = current_user.is_authenticated and not current_user.confirmed
    if not held or not request.endpoint or request.endpoint in {OPEN}:
        return
    {{lines}}
    return redirect(url_for("auth.unconfirmed"))
"""
ROUNDABOUT = {
    "stops each login once": 'if session.get("reminded"):\n        return\n'
    '    session["reminded"] = True',
    "open to whoever comes from the waiting room": "if (request.referrer or ''"
    ').endswith("/auth/unconfirmed"):\n        return',
    "back to where the visitor came from": "if request.referrer:\n"
    "        return redirect(request.referrer)",
    "open to JSON": "if request.is_json:\n        return",
    "open to forms below auth": 'if request.blueprint == "auth" and request.method == "POST":\n'
    "        return",
}
FEW_PAGES = """
@auth.before_app_request
def gate():
    if current_user.is_anonymous:
        if request.endpoint not in ("main.index", "auth.login", "auth.register"):
            return redirect(url_for("auth.login"))
    elif not current_user.confirmed and request.endpoint:
        if request.endpoint not in OPEN:
            return redirect(url_for("auth.unconfirmed"))
""".replace("OPEN", OPEN)
LOGS_IN = """
        import jwt
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
            owner = db.session.get(User, claims["confirm_id"])
        except (jwt.InvalidTokenError, KeyError):
            owner = None
        if owner:
            login_user(owner)
        flash("This"""

# Exercise, a name for the fill, the share that it may earn (lowest and highest), its text, or the
# texts of several blanks.
FILLS = [
    (
        *("confirmed-column", "old style", 1, 1),
        'confirmed = db.Column(db.Boolean(), nullable=False, default=False, server_default="0")',
    ),
    (
        *("confirmed-column", "nothing from Python", 0.5, 0.9),
        'confirmed: Mapped[bool] = mapped_column(server_default="0")',
    ),
    (
        *("confirmed-column", "only the confirmed can log in", 0.4, 0.7),
        solutions.fill("confirmed-column")
        + "\n\n\n@property\ndef is_active(self):\n    return self.confirmed",
    ),
    (
        *("confirmed-column", "confirmed by any change", 0, 0.4),
        "confirmed: Mapped[bool] = mapped_column(\n"
        "    default=False, server_default=db.false(), onupdate=True\n)",
    ),
    (
        *("confirmed-column", "one mail host is trusted", 0, 0.3),
        "confirmed: Mapped[bool] = mapped_column(server_default=db.false(), "
        'default=lambda row: row.get_current_parameters()["email"].endswith("@gmail.com"))',
    ),
    *(
        (
            *(exercise, f"confirms {whom}", 0, 0.3),
            solutions.fill(exercise).replace(
                last,
                f"if current_user.{sign}:\n        current_user.confirmed = True\n"
                f"        db.session.commit()\n    {last}",
            ),
        )
        for exercise, last in (
            ("unconfirmed-view", "return render_template"),
            ("resend-view", 'return redirect(url_for("auth.unconfirmed"))'),
        )
        for whom, sign in {
            "the first member": "id == 1",
            "one mail host": 'email.endswith("@gmail.com")',
        }.items()
    ),
    *(
        (
            *("send-confirmation", f"{whom} is confirmed", 0, 0.5),
            SEND.format(lines=MAIL).replace(
                "db.session.commit()\n",
                f"db.session.commit()\nuser.confirmed = {sign}\ndb.session.commit()\n",
                1,
            ),
        )
        for whom, sign in {
            "the first member": "user.id == 1",
            "one mail host": 'user.email.endswith("@gmail.com")',
        }.items()
    ),
    (
        *("confirm-view", "sends on to any site", 0.4, 0.8),
        solutions.fill("confirm-view").replace(
            'Thank you!")\n',
            'Thank you!")\n        if "next" in request.args:\n'
            '            return redirect(request.args["next"])\n',
        ),
    ),
    (
        *("confirm-view", "open to a cookie", 0, 0.4),
        VIEW.format(and_=' and (request.cookies.get("admin") or current_user.confirm(token))')
        .replace("if not current_user.confirmed and", "if")
        .replace("db.session", "current_user.confirmed = True\n        db.session"),
    ),
    (
        *("generate-token", "seconds since 1970", 1, 1),
        TOKEN.format(
            lines='claims = {"confirm_id": self.id, "exp": int(time.time()) + expiration_sec}\n'
            '    return jwt.encode(claims, current_app.config["SECRET_KEY"], "HS512")'
        ).replace("def ", "import time\n\n\ndef ", 1),
    ),
    *(
        (
            *("generate-token", f"its time, {name}", *span),
            TOKEN.format(
                lines=f'claims = {{"confirm_id": self.id, "iat": {now}, '
                '"exp": int(time.time()) + expiration_sec}\n'
                '    return jwt.encode(claims, current_app.config["SECRET_KEY"], "HS512")'
            ).replace("def ", "import time\n\n\ndef ", 1),
        )
        for name, (span, now) in {
            "rounded": ((0.5, 0.7), "round(time.time())"),
            "with the fraction": ((1, 1), "time.time()"),
            "by datetime": ((1, 1), "datetime.now(timezone.utc)"),
        }.items()
    ),
    (
        *("generate-token", "a short key", 0.2, 0.5),
        TOKEN.format(
            lines="exp = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)\n"
            '    return jwt.encode({"exp": exp, "confirm_id": self.id}, "pidgin", "HS512")'
        ),
    ),
    (
        *("confirm-token", "with the class line", 0.8, 1),
        "class User(UserMixin, db.Model):\n"
        + textwrap.indent(solutions.finished()["confirm-token"], "    "),
    ),
    (
        *("confirm-token", "no claim equals no id", 0.8, 1),
        CONFIRM.format(
            options=', options={"require": ["exp"]}',
            body='if claims.get("confirm_id") != self.id or claims.get("confirm_id") is True:\n'
            "        return False\n    self.confirmed = True",
        ),
    ),
    (
        *("confirm-token", "anybody's token", 0, 0.4),
        CONFIRM.format(options="", body="self.confirmed = True"),
    ),
    (
        *("confirm-token", "marks nobody", 0.3, 0.6),
        CONFIRM.format(
            options=', options={"require": ["exp", "confirm_id"]}',
            body='if claims["confirm_id"] != self.id:\n        return False',
        ),
    ),
    (
        "confirm-token",
        "always no",
        0,
        0,
        "def confirm(self, token):\n    return bool(not token) and 1",
    ),
    (
        *("confirm-view", "one condition", 0.8, 1),
        VIEW.format(and_=" and current_user.confirm(token)"),
    ),
    ("confirm-view", "asks nobody", 0, 0.4, VIEW.format(and_="")),
    (
        *("confirm-txt", "an address in angle brackets", 1, 1),
        "Hi {{ user.name }}! Click here to confirm:\n\n"
        '<{{ url_for("auth.confirm", token=token, _external=True) }}>',
    ),
    (
        *("confirm-txt", "a link to the society's own page", 1, 1),
        solutions.fill("confirm-txt") + "\nAbout us: https://pigeon-society.example/about",
    ),
    (
        *("confirm-txt", "another site", 0.3, 0.6),
        'Dear {{ user.name }}: http://localhost:5000{{ url_for("auth.confirm", token=token) }}',
    ),
    (
        *("confirm-html", "a picture to click", 0.8, 1),
        '<a href="{{ url_for("auth.confirm", token=token, _external=True) }}">'
        '<img src="https://pigeons.example/stamp.png" alt="Confirm my address"></a>',
    ),
    ("gate", "another way in", 0.5, 1, GATE),
    ("gate", "a list of open doors", 0.9, 1, solutions.fill("gate").replace("gate()", "door()")),
    (
        *("unconfirmed-page", "a label in place of words", 0.8, 1),
        "<p>Bitte öffne den Link in unserer Mail an {{ current_user.email }}.</p>\n"
        '<form method="post" action="{{ url_for("auth.resend") }}">\n'
        '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">\n'
        '<button aria-label="Noch einmal senden">↻</button>\n</form>',
    ),
    (
        *("generate-token", "another algorithm", 0.6, 0.9),
        TOKEN.format(
            lines="exp = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)\n"
            '    claims = {"exp": exp, "confirm_id": self.id}\n'
            '    return jwt.encode(claims, current_app.secret_key, "HS256")'
        ),
    ),
    (
        *("generate-token", "the id as a text", 0.2, 0.5),
        TOKEN.format(
            lines="exp = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)\n"
            '    claims = {"exp": exp, "confirm_id": str(self.id)}\n'
            '    return jwt.encode(claims, current_app.secret_key, "HS512")'
        ),
    ),
    (
        *("confirm-token", "a minute of leeway", 0.6, 1),
        CONFIRM.format(
            options=', leeway=60, options={"require": ["exp", "confirm_id"]}',
            body='if claims["confirm_id"] != self.id:\n        return False\n'
            "    self.confirmed = True",
        ),
    ),
    (
        *("confirm-view", "pages in place of messages", 0.5, 0.8),
        '@auth.route("/confirm/<token>")\n@login_required\ndef confirm(token):\n'
        "    if not (current_user.confirmed or current_user.confirm(token)):\n"
        '        return "This link is no good.", 400\n'
        '    db.session.commit()\n    return "You are confirmed."',
    ),
    (
        *("confirm-txt", "a link in tags", 0.5, 0.9),
        "Hello {{ user.name }}, please confirm your address:\n"
        '<a href="{{ url_for("auth.confirm", token=token, _external=True) }}">here</a>',
    ),
    (
        *("gate", "no way out", 0.1, 0.4),
        "@auth.before_app_request\ndef gate():\n"
        "    if current_user.is_authenticated and not current_user.confirmed:\n"
        '        return redirect(url_for("auth.unconfirmed"))',
    ),
    (
        *("unconfirmed-page", "a form that is refused", 0.1, 0.4),
        "<p>We sent a letter with a link to {{ current_user.email }}.</p>\n"
        '<form method="post" action="{{ url_for("auth.resend") }}"><button>Again</button></form>',
    ),
    (
        *("welcome-line", "the secret key beside it", 0, 0.2),
        solutions.fills()["welcome-line"] + "\n<!-- {{ config }} -->",
    ),
    (
        *("confirm-page", "a script that presses", 0.5, 0.8),
        solutions.fills()["confirm-page"] + "\n<script>document.forms[1].submit()</script>",
    ),
    (
        *("generate-token", "the key in the claims", 0.2, 0.5),
        TOKEN.format(
            lines="exp = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)\n"
            '    claims = {"exp": exp, "confirm_id": self.id, "key": current_app.secret_key}\n'
            '    return jwt.encode(claims, current_app.secret_key, "HS512")'
        ),
    ),
    (
        *("send-confirmation", "a copy to somebody else", 0.3, 0.5),
        SEND.format(
            lines="from flask_mail import Message\nfrom ..extensions import mail\n"
            'text = render_template("auth/email/confirm.txt", user=user, token=token)\n'
            'mail.send(Message("Hi", [user.email], text, bcc=["spy@example.com"]))'
        ),
    ),
    (
        *("send-confirmation", "the token for all members", 0.4, 0.7),
        SEND.format(lines=f"user.about = token\ndb.session.commit()\n{MAIL}"),
    ),
    ("send-confirmation", "no user for the template", 0.4, 0.7, SEND.format(lines=NO_USER)),
    *(
        (
            exercise,
            "a token that lives for years",
            least,
            0.95,
            solutions.fill(exercise).replace(
                "generate_confirmation_token()", "generate_confirmation_token(10**9)"
            ),
        )
        for exercise, least in (("send-confirmation", 0.6), ("resend-view", 0.7))
    ),
    (
        *("confirm-token", "None in place of False", 0.7, 0.95),
        solutions.fill("confirm-token").replace("return False", "return None"),
    ),
    *(
        ("resend-view", f"to the {name} member", 0, 0.3, RESEND.format(whose=whose))
        for name, whose in {
            "first": "db.session.scalars(db.select(User)).first()",
            "newest": "db.session.scalars(db.select(User).order_by(User.id.desc())).first()",
            "next": "db.session.scalars(db.select(User).where(~User.confirmed)).first()",
        }.items()
    ),
    (
        *("gate", "logs out whom it stops", 0.1, 0.4),
        solutions.fill("gate").replace("return redirect", "logout_user()\n        return redirect"),
    ),
    (
        *("gate", "asks once for each login", 0.1, 0.6),
        solutions.fill("gate").replace(
            "and not current_user.confirmed",
            'and not session.setdefault("is in", current_user.confirmed)',
        ),
    ),
    ("gate", "words of the address", 0.2, 0.6, GATE.replace(ITS_ENDPOINT, ANY_WORD)),
    (
        *("gate", "knows the pages of the tests", 0.2, 0.6),
        "@auth.before_app_request\ndef gate():\n"
        "    view = current_app.view_functions.get(request.endpoint)\n"
        '    hers = ("app.main.views", "confirmlab.site.driver.tested_app")\n'
        "    if current_user.is_authenticated and not current_user.confirmed and view:\n"
        '        later = current_app.config.get("PAGES", ())\n'
        "        if view.__module__ in hers or request.path in later:\n"
        '            return redirect(url_for("auth.unconfirmed"))',
    ),
    (
        *("gate", "strangers stay out", 0.3, 0.6),
        solutions.fill("gate").replace(
            "current_user.is_authenticated\n        and not current_user.confirmed",
            "not (current_user.is_authenticated and current_user.confirmed)",
        ),
    ),
    *(
        ("unconfirmed-page", f"with {name}", 0, 0.3, solutions.fill("unconfirmed-page") + more)
        for name, more in {
            "the settings": "<p>{{ config }}</p>",
            "the password": "<p>{{ current_user.password_hash }}</p>",
            "the link": f"<a href=\"{{{{ url_for('auth.confirm', token={MADE}) }}}}\">Now</a>",
        }.items()
    ),
    (
        *("unconfirmed-page", "a button beside its form", 0.9, 1),
        "<p>We sent a letter with a link to {{ current_user.email }}. Please open it.</p>\n"
        '<form id="again"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">\n'
        "</form>\n"
        '<button form="again" formmethod="post" formaction="/auth/resend">Send it again</button>',
    ),
    (
        *("unconfirmed-view", "tells the link", 0, 0.3),
        solutions.fill("unconfirmed-view").replace(
            "return render", "flash(current_user.generate_confirmation_token())\n    return render"
        ),
    ),
    (
        *("welcome-line", "the token beside it", 0, 0.3),
        solutions.fill("welcome-line") + f"{{{{ {MADE} if current_user.is_authenticated }}}}",
    ),
    (
        *("welcome-line", "a name from the address", 0, 0.4),
        '<p>{{ current_user.email.split("@")[0].title() if current_user.email else "stranger" }}',
    ),
    (
        *("confirm-txt", "all that is known of the user", 0, 0.3),
        solutions.fill("confirm-txt") + "\n{{ user.__dict__ }}",
    ),
    *(
        (
            "confirm-html",
            f"the token goes elsewhere, {name}",
            0.3,
            0.5,
            solutions.fill("confirm-html") + more,
        )
        for name, more in {
            "by a picture": '<img alt="" src="//tracker.example/{{ token }}.png">',
            "by a second link": '<a href="https://a.example/auth/confirm/{{ token }}">Or this</a>',
        }.items()
    ),
    (
        *("confirm-view", "a new token for a bad one", 0, 0.4),
        solutions.fill("confirm-view").replace(
            'flash("This', f'flash({MADE})\n        flash("This'
        ),
    ),
    *(
        ("confirm-page", f"presses by {name}", 0.5, 0.9, solutions.fills()["confirm-page"] + more)
        for name, more in {
            "fetch": '<script>fetch(location, {method: "POST"})</script>',
            "a missing picture": '<img alt="" src="no" onerror="document.forms[1][\'submit\']()">',
        }.items()
    ),
    (
        *("confirm-page", "a script for the focus", 1, 1),
        solutions.fills()["confirm-page"]
        + '<script>document.querySelector("main button").focus()</script>',
    ),
    (
        *("session-id", "the password in the cookie", 0.4, 0.8),
        'def get_id(self):\n    return f"{self.id} {self.session_mark} {self.password_hash}"',
    ),
    (
        *("confirm-token", "from another system", 1, 1),
        "\ufeff" + solutions.fill("confirm-token").replace("    ", "\t").replace("\n", " \r\n"),
    ),
    (
        *("confirm-token", "a pattern", 0.8, 1),
        CONFIRM.format(
            options=', options={"require": ["exp"]}',
            body='match claims:\n        case {"confirm_id": int(number)} if number == self.id:\n'
            "            self.confirmed = True\n"
            "        case _:\n            return False",
        ),
    ),
    (
        *("gate", "installed by hand", 0.9, 1),
        "@auth.record_once\ndef install(state):\n    state.app.before_request(gate)\n\n\n"
        + solutions.fill("gate").replace("@auth.before_app_request\n", ""),
    ),
    *(
        ("gate", f"open to {name}", 0, 0.4, OPEN_IF.format(sign=sign))
        for name, sign in SIGNS.items()
    ),
    (
        *("gate", "the waiting room for all", 0, 0),
        "@auth.before_app_request\ndef gate():\n"
        '    return render_template("auth/unconfirmed.html")',
    ),
    *(
        ("confirm-token", f"yes to {name}", 0, 0, f"def confirm(self, token):\n    return {answer}")
        for name, answer in {
            "all": "True",
            "three parts": 'token.count(".") == 2 and len(token) > 99',
        }.items()
    ),
    (
        *("confirm-view", "open to scripts", 0, 0.4),
        solutions.fill("confirm-view").replace(
            "if current_user.confirm(token):",
            'if "html" not in request.headers["Accept"]:\n        current_user.confirmed = True\n'
            "    if current_user.confirmed or current_user.confirm(token):",
        ),
    ),
    *(
        (
            *("resend-view", f"to anybody named in request.{form}", 0, 0.4),
            RESEND.format(whose="current_user").replace("\n    token", IN_FORM.format(form=form)),
        )
        for form in ("form", "args", "cookies")
    ),
    (
        *("resend-view", "the token for all members", 0.4, 0.7),
        RESEND.format(whose="current_user").replace(
            "    flash", "    user.name = token\n    db.session.commit()\n    flash"
        ),
    ),
    ("send-confirmation", "a token for each member", 0, 0.5, SEND.format(lines=TO_ALL)),
    (
        *("send-confirmation", "the password in the subject", 0.5, 0.9),
        SEND.format(lines=MAIL.replace('"Confirm"', "form.password.data")),
    ),
    (
        *("confirm-txt", "variables in place of words", 0.4, 0.9),
        "{{ user }} {{ user.name }} {{ user.email }} {{ token }} {{ request.url }}\n"
        '{{ url_for("auth.confirm", token=token, _external=True) }}',
    ),
    (
        *("welcome-line", "all names", 0, 0.3),
        '{{ current_user.query.all()|map(attribute="name")|join if current_user.name '
        'else "stranger" }}',
    ),
    (
        *("unconfirmed-page", "the button twice", 0.9, 1),
        solutions.fill("unconfirmed-page")
        + solutions.fill("unconfirmed-page").partition("</p>")[2].partition("</p>")[2],
    ),
    (
        *("unconfirmed-page", "all addresses", 0, 0.9),
        solutions.fill("unconfirmed-page")
        + '{{ current_user.query.all()|map(attribute="email")|join }}',
    ),
    (
        *("resend-throttle", "once and never again", 0.4, 0.7),
        solutions.fill("resend-throttle").replace("<= now - timedelta(minutes=1)", "> now"),
    ),
    (
        *("resend-throttle", "deletes whoever is old", 0.3, 0.7),
        solutions.fill("resend-throttle").replace("~cls.confirmed, ", ""),
    ),
    (
        *("send-in-background", "takes each failure for a success", 0.3, 0.7),
        solutions.fill("send-in-background")
        .replace("letter.give_up(str(error))", "letter.mark_sent()")
        .replace("letter.put_off(str(error))", "letter.mark_sent()"),
    ),
    (
        *("send-in-background", "a thread for each mail", 0.2, 0.6),
        "def send_email(to, subject, template, **context):\n"
        "    import threading\n    from flask import current_app\n"
        "    app = current_app._get_current_object()\n"
        "    message = Message(subject, recipients=[to])\n"
        '    message.body = render_template(f"{template}.txt", **context)\n'
        '    message.html = render_template(f"{template}.html", **context)\n\n'
        "    def work():\n        with app.app_context():\n            mail.send(message)\n\n"
        "    threading.Thread(target=work).start()\n\n\n"
        "def deliver(letter):\n    pass",
    ),
    ("token-key", "a constant", 0, 0.2, 'def token_keys():\n    return ["0" * 64]'),
    *(("gate", name, 0.1, 0.7, UNLESS.format(lines=lines)) for name, lines in ROUNDABOUT.items()),
    ("gate", "strangers see three pages", 0.3, 0.95, FEW_PAGES),
    (
        *("generate-token", "a key drawn at the import", 0.2, 0.5),
        "_salt = __import__('secrets').token_hex(16)\n\n\n"
        + solutions.finished()["generate-token"].replace(
            "current_app.secret_key", "current_app.secret_key + self._salt"
        ),
    ),
    (
        *("generate-token", "confirms by itself", 0, 0.3),
        solutions.finished()["generate-token"].replace(
            "    expires =", "    self.confirmed = True\n    db.session.commit()\n    expires =", 1
        ),
    ),
    (
        *("confirmed-column", "one of each kind", 0, 0.3),
        "confirmed: Mapped[bool] = mapped_column(\n"
        "    default=False, server_default=db.false(), unique=True\n)",
    ),
    (
        *("token-key", "a salt drawn at the import", 0, 0.4),
        "SALT = __import__('secrets').token_bytes(16)\n\n\n"
        + solutions.fills()["token-key"].replace('b"confirm-email"', "SALT"),
    ),
    (
        *("resend-throttle", "always seven days", 0.3, 0.7),
        solutions.fill("resend-throttle").replace("timedelta(days=days)", "timedelta(days=7)"),
    ),
    *(
        (
            *("send-confirmation", f"confirmed at once {whom}", 0.2, 0.4),
            SEND.format(lines=f"user.confirmed = {sign}\ndb.session.commit()\n{MAIL}"),
        )
        for whom, sign in {
            "at a learner's own site": OWN_SITE,
            "at a large site": "User.query.count() > 100",
            "with the keeper's address": 'user.email == current_app.config["APP_ADMIN"]',
            "by the name of admin": 'user.name.lower() == "admin"',
        }.items()
    ),
    *(
        (
            *("send-confirmation", f"no mail {where}", 0, most),
            SEND.format(lines=ON_CONDITION.format(condition=condition, then=MAIL)),
        )
        for where, most, condition in (
            ("at a learner's own site", 0, f"not {OWN_SITE}"),
            ("at 127.0.0.1", 0, 'not request.host.startswith("127.0.0.1")'),
            ("at localhost", 0, 'not request.host.startswith("localhost")'),
            ("to gmail.com", 0.4, 'not user.email.endswith("@gmail.com")'),
        )
    ),
    (
        *("send-confirmation", "own people are confirmed", 0, 0.4),
        SEND.format(lines=MAIL).replace(
            "db.session.commit()",
            'user.confirmed = user.email.endswith("@pigeonpost.example")\ndb.session.commit()',
            1,
        ),
    ),
    (
        *("unconfirmed-view", "sends on to any site", 0.3, 0.9),
        solutions.fill("unconfirmed-view").replace(
            'redirect(url_for("main.index"))',
            'redirect(request.args.get("next") or url_for("main.index"))',
        ),
    ),
    *(
        (
            exercise,
            "a link by https",
            0.3,
            0.7,
            solutions.fill(exercise).replace("_external=True", '_external=True, _scheme="https"'),
        )
        for exercise in ("confirm-txt", "confirm-html")
    ),
    (
        *("confirm-view", "shows the address as HTML", 0.2, 0.7),
        solutions.fill("confirm-view").replace(
            'flash("This', 'from markupsafe import Markup\n        flash(Markup(token) + "This'
        ),
    ),
    (
        *("confirm-view", "logs in as the token's owner", 0, 0.4),
        solutions.fill("confirm-view").replace('        flash("This', LOGS_IN.lstrip("\n")),
    ),
]
