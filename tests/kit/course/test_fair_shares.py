"""Fills in other people's style earn what a fair instructor would give them."""

import textwrap

import graded
import pytest

from confirmlab.course import lessons, solutions

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

# Exercise, a name for the fill, the share that it may earn (lowest and highest), its text.
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
        *("generate-token", "seconds since 1970", 1, 1),
        TOKEN.format(
            lines='claims = {"confirm_id": self.id, "exp": int(time.time()) + expiration_sec}\n'
            '    return jwt.encode(claims, current_app.config["SECRET_KEY"], "HS512")'
        ).replace("def ", "import time\n\n\ndef ", 1),
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
]
NAMES = [f"{exercise}, {name}" for exercise, name, *_ in FILLS]


@pytest.fixture(scope="module")
def shares(tmp_path_factory):
    """Judge each fill in the finished app, or in the hardened one."""
    apps = {}
    for name, (exercise_id, *_, text) in zip(NAMES, FILLS, strict=True):
        exercise = lessons.load().exercise(exercise_id)
        is_core = exercise.lesson <= lessons.load().finished
        around = solutions.finished() if is_core else solutions.fills()
        apps[name] = around | {exercise_id: textwrap.dedent(text).strip("\n")}, [exercise]
    results = graded.results(tmp_path_factory.mktemp("apps"), apps)
    return {name: next(iter(by_id.values())) for name, by_id in results.items()}


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [(name, *fill[2:4]) for name, fill in zip(NAMES, FILLS, strict=True)],
    ids=NAMES,
)
def test_a_style_costs_nothing(shares, name, lowest, highest):
    """A fill earns what a person can do with it, whatever its style."""
    result = shares[name]

    assert lowest <= result.score <= highest, result.first_failure
