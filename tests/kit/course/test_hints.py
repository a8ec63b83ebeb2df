"""Each third hint passes its exercise when it is typed as printed, with its gaps filled."""

import re
import textwrap
from dataclasses import dataclass, field

import graded
import pytest

from confirmlab.checks.mutation import mutation_score
from confirmlab.course import lessons, mutants, solutions

EXERCISES = lessons.load().exercises
FINISHED = lessons.load().finished
GAP = re.compile(r"…|(?<=\()\.\.\.(?=\))|(?<=: )\.\.\.(?=,)")
NAME = re.compile(
    r"[\w.]+(\(\))?|%flask db \w+"
)  # a name in a sentence may, but need not, be typed


@dataclass(frozen=True)
class Typed:
    """What a learner types after a third hint: `<2>` is the hint's third piece of code.

    `gaps` fill what the hint leaves open, in order; `refills` are texts for the other blanks.
    """

    text: str
    gaps: tuple[str, ...] = ()
    refills: dict[str, str] = field(default_factory=dict)


TYPED = {
    "welcome-line": Typed('<p class="lead">Welcome, <0>.</p>', ("current_user.name",)),
    "confirmed-column": Typed("<0>: <1> = mapped_column(<2>, <3>=<4>)"),
    "generate-token": Typed(
        """
        def generate_confirmation_token(self, expiration_sec=3600):
            <0>
            <1> = datetime.now(timezone.utc) + <2>
            return <5>({"<3>": <1>, "<4>": self.id}, current_app.secret_key, algorithm="HS512")
        """,
        ('"Save the user first."',),
    ),
    "confirm-token": Typed(
        """
        def confirm(self, token):
            <0>:
                claims = jwt.decode(
                    token,
                    current_app.secret_key,
                    algorithms=["HS512"],
                    options={"require": ["exp", "confirm_id"]},
                )
            <1>:
                return <2>
            if type(claims["confirm_id"]) is not int or claims["confirm_id"] != <3>:
                return <4>
            <5> = True
            <6>.add(self)
            return <7>
        """
    ),
    "confirmation-tests": Typed(
        """
        def refused(user, token):
            assert user.confirm(token) is False
            assert user.confirmed is False

        def test_own(user):
            assert user.confirm(user.generate_confirmation_token()) is True
            assert user.confirmed is True
            db.session.commit()
            <3>
            assert user.confirmed is True

        def test_others(user, other):
            refused(user, other.generate_confirmation_token())

        def test_expired(user):
            refused(user, user.generate_confirmation_token(expiration_sec=-1))

        def test_forged(user):
            refused(user, <0>)

        def test_changed(user):
            token = user.generate_confirmation_token()
            refused(user, token[:60] + ("A" if token[60] != "A" else "B") + token[61:])

        @pytest.mark.parametrize("name", ["exp", "confirm_id"])
        def test_left_out(app, user, name):
            token = user.generate_confirmation_token()
            claims = jwt.decode(token, options={"<1>": False})
            del claims[name]
            refused(user, jwt.encode(claims, <2>, algorithm="HS512"))

        def test_no_token(user):
            refused(user, "coo")

        def test_lifetime(user):
            token = user.generate_confirmation_token()
            end = jwt.decode(token, options={"<1>": False})["exp"]
            assert abs(end - datetime.now(timezone.utc).timestamp() - 3600) < 5

        def test_rollback(user):
            user.confirm(user.generate_confirmation_token())
            <3>
            assert user.confirmed is False
        """,
        ("4102444800",),
    ),
    "confirm-view": Typed(
        """
        @auth.route("/confirm/<token>")
        @login_required
        def confirm(token):
            if current_user.confirmed:
                flash("Your account is confirmed already.")
                return <2>
            if current_user.<0>(token):
                <1>
                flash("Your account is confirmed. Thank you!")
                return <2>
            flash("This confirmation link is not valid, or it is too old.")
            return <2>
        """
    ),
    "send-confirmation": Typed(
        """
        db.session.add(user)
        db.session.commit()
        <0>
        <1>
        """,
        ("Confirm your address",),
    ),
    "confirm-txt": Typed(
        """
        Dear {{ user.name }},

        please follow this link to confirm your address; it works for one hour:
        <0>
        """,
        ("_external=True",),
    ),
    "confirm-html": Typed(
        """
        <p>Dear {{ user.name }}, please confirm your address.</p>
        <p><0></p>
        <p>The link works for one hour.</p>
        """
    ),
    "gate": Typed(
        """
        OPEN_WHILE_UNCONFIRMED = {"<0>", "<1>", "<2>", "<3>", "<4>", "<5>"}

        @auth.before_app_request
        def gate():
            if (
                current_user.is_authenticated
                and not current_user.confirmed
                and request.endpoint is not None
                and request.endpoint not in OPEN_WHILE_UNCONFIRMED
            ):
                <6>
        """
    ),
    "unconfirmed-view": Typed(
        """
        @auth.route("/unconfirmed")
        def unconfirmed():
            if current_user.is_anonymous or current_user.confirmed:
                return redirect(url_for("<0>"))
            <1>
        """
    ),
    "unconfirmed-page": Typed(
        """
        <p>Your account waits. We sent a letter to {{ current_user.email }}.</p>
        <0>
          <input type="hidden" name="<1>" value="<2>">
          <3>Send the letter again</button>
        </form>
        """
    ),
    "resend-view": Typed(
        """
        @auth.route("/resend", methods=["POST"])
        @login_required
        def resend():
            if current_user.confirmed:
                return redirect(url_for("main.index"))
            <0>
            <1>
            flash("Another letter is on its way to you.")
            return <2>
        """,
        ('"Confirm your address"',),
    ),
    "token-key": Typed(
        """
        def <0>:
            secrets = [<2>, *(current_app.config["SECRET_KEY_FALLBACKS"] or [])]
            return [<1> for secret in secrets]
        """,
        ("confirm-email",),
        {
            "generate-token": """
                def generate_confirmation_token(self, expiration_sec=3600):
                    if self.id is None:
                        raise ValueError("Save the user first.")
                    now = datetime.now(timezone.utc)
                    expires = now + timedelta(seconds=expiration_sec)
                    claims = {<3>: "confirm", <4>: now, "exp": expires, "confirm_id": self.id}
                    return jwt.encode(claims, <0>[0], algorithm="HS512")
            """,
            "confirm-token": """
                def confirm(self, token):
                    for key in <0>:
                        try:
                            claims = jwt.decode(
                                token,
                                key,
                                algorithms=["HS512"],
                                audience="confirm",
                                options={"require": [<3>, <4>, "exp", "confirm_id"]},
                            )
                        except jwt.InvalidTokenError:
                            continue
                        if type(claims["confirm_id"]) is int and claims["confirm_id"] == self.id:
                            self.confirmed = True
                            db.session.add(self)
                            return True
                    return <5>
            """,
        },
    ),
    "spent-tokens": Typed(
        """
        class SpentToken(db.Model):
            jti: Mapped[str] = mapped_column(String(64), primary_key=True)

        def <7>(user, email):
            <8> = email
            <9> = datetime.now(timezone.utc)
        """,
        ('claims["jti"]',),
        {
            "generate-token": """
                def generate_confirmation_token(self, expiration_sec=3600):
                    if self.id is None:
                        raise ValueError("Save the user first.")
                    now = datetime.now(timezone.utc)
                    claims = {
                        "aud": "confirm",
                        "confirm_id": self.id,
                        <0>,
                        "iat": now,
                        "exp": now + timedelta(seconds=expiration_sec),
                        "jti": secrets.token_urlsafe(16),
                    }
                    return jwt.encode(claims, token_keys()[0], algorithm="HS512")
            """,
            "confirm-token": """
                def <1>(self, token):
                    required = ["aud", "iat", "exp", "confirm_id", "email", "jti"]
                    for key in token_keys():
                        try:
                            claims = jwt.decode(
                                token,
                                key,
                                algorithms=["HS512"],
                                audience="confirm",
                                options={"require": required},
                            )
                            break
                        except jwt.InvalidTokenError:
                            continue
                    else:
                        return False
                    if type(claims["confirm_id"]) is not int or claims["confirm_id"] != self.id:
                        return False
                    if <2> != (self.new_email or self.email):
                        return False
                    if <3>:
                        return False
                    db.session.add(<4>)
                    <5>
                    <6>
                    self.confirmed = True
                    db.session.add(self)
                    return True
            """,
        },
    ),
    "confirm-page": Typed(
        """
        <form method="post">
          <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
          <button>Confirm {{ current_user.new_email or current_user.email }}</button>
        </form>
        """,
        (),
        {
            "confirm-view": """
                @auth.route("/confirm/<token>", methods=["GET", "POST"])
                @login_required
                def confirm(token):
                    if <1>:
                        flash("Your account is confirmed already.")
                        return redirect(url_for("main.index"))
                    if request.method != "POST":
                        <0>
                    try:
                        good = current_user.<2>(token)
                        db.session.commit()
                    except <3>:
                        db.session.rollback()
                        flash("This link has just been used.")
                        return redirect(url_for("main.index"))
                    flash("Thank you!" if good else f"Not for {current_user.email}, or too old.")
                    return redirect(url_for("main.index"))
            """
        },
    ),
    "pinned-host": Typed(
        "<0>\n<1> = [<2>, <3>, <4>]",
        refills={
            "confirm-txt": """
                <5>

                please follow this link, which works for one hour:
                {{ url_for("auth.confirm", token=token, _external=True) }}
            """,
            "confirm-html": """
                <p><5></p>
                <p>please
                <a href="{{ url_for("auth.confirm", token=token, _external=True) }}">confirm</a></p>
            """,
        },
    ),
    "resend-throttle": Typed(
        """
        letter_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

        def may_get_letter(self):
            now = datetime.now(timezone.utc)
            <0>
            noted = db.session.execute(<1>, <2>)
            db.session.commit()
            return noted.<3> == 1

        @classmethod
        def <6>(cls, days):
            limit = datetime.now(timezone.utc) - timedelta(days=days)
            gone = db.session.execute(<7>, <2>)
            db.session.commit()
            return gone.<3>
        """,
        ("now - timedelta(minutes=1)",),
        {
            "resend-view": """
                @auth.route("/resend", methods=["POST"])
                @login_required
                def <4>():
                    if current_user.confirmed:
                        return redirect(url_for("main.index"))
                    <5>:
                        about = {
                            "user": current_user,
                            "token": current_user.generate_confirmation_token(),
                        }
                        send_email(current_user.email, "Again", "auth/email/confirm", **about)
                    flash("A letter is on its way to you.")
                    return redirect(url_for("auth.unconfirmed"))
            """
        },
    ),
    "session-id": Typed("def get_id(self):\n    <0>"),
    "hardening-tests": Typed(
        """
        def claims_of(token):
            return jwt.decode(token, options={"verify_signature": False})

        def test_purpose(user):
            claims = claims_of(user.generate_confirmation_token()) | {"aud": "another"}
            assert not user.<3>(jwt.encode(claims, token_keys()[0], algorithm="HS512"))

        def test_key(app, user):
            claims = claims_of(user.generate_confirmation_token())
            assert not user.<3>(jwt.encode(claims, <2>, algorithm="HS512"))

        def test_address(user):
            token = user.generate_confirmation_token()
            user.email = "ada@elsewhere.example"
            db.session.commit()
            assert not user.<3>(token)

        @pytest.mark.parametrize("end", ["", "=="])
        def test_once(user, end):
            token, other = user.generate_confirmation_token(), user.generate_confirmation_token()
            for one in (token, other):
                assert user.<3>(one)
                db.session.commit()
                user.confirmed = False
                db.session.commit()
            assert not user.<3>(token + end)

        def test_fallback(app, user, monkeypatch):
            token, old = user.generate_confirmation_token(), <2>
            <0>
            assert not user.<3>(token)
            monkeypatch.setitem(app.config, <1>, [old])
            assert user.<3>(token)

        def test_rollback(user):
            token = user.generate_confirmation_token()
            user.<3>(token)
            <4>
            assert user.<3>(token)
        """
    ),
    "send-in-background": Typed(
        """
        def send_email(to, subject, template, **context):
            text = render_template(f"{template}.txt", **context).strip()
            html = render_template(f"{template}.html", **context).strip()
            db.session.add(Letter(recipient=to, subject=subject, text=text, html=html))
            db.session.commit()
            ring()

        def <0>(letter):
            <5>:
                hand_over(letter)
            <1>
                if refused_for_good(error):
                    <2>
                else:
                    <3>
            <4>:
                <6>
            <7>
        """
    ),
}


def pieces(exercise):
    """List the pieces of code in the third hint of an exercise."""
    return re.findall("`([^`]+)`", exercise.hints[2])


def typed(exercise):
    """Return the text of each blank that a learner has filled after the third hint."""
    given = TYPED[exercise.id]
    gaps = iter(given.gaps)
    code = [GAP.sub(lambda _: next(gaps), piece) for piece in pieces(exercise)]
    assert next(gaps, None) is None, "the table fills more gaps than the hint has"
    texts = {exercise.id: given.text} | given.refills
    used = {int(number) for text in texts.values() for number in re.findall(r"<(\d+)>", text)}
    left = {piece for number, piece in enumerate(code) if number not in used} - {*given.gaps}
    assert [piece for piece in left if not NAME.fullmatch(piece)] == [], "code that nobody typed"
    return {
        name: re.sub(r"<(\d+)>", lambda m: code[int(m[1])], textwrap.dedent(text).strip("\n"))
        for name, text in texts.items()
    }


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Judge each exercise with its blanks typed after the hint, and the reference elsewhere."""
    apps = {}
    for exercise in mutants.graded_by_tests(EXERCISES):
        known = solutions.finished() if exercise.lesson <= FINISHED else solutions.fills()
        apps[exercise.id] = known | typed(exercise), [exercise]
    results = graded.results(tmp_path_factory.mktemp("apps"), apps)
    return {exercise_id: by_id[exercise_id] for exercise_id, by_id in results.items()}


@pytest.mark.parametrize("exercise", mutants.graded_by_tests(EXERCISES), ids=lambda e: e.id)
def test_third_hint_passes(judged, exercise):
    """The third hint, typed as printed, passes its exercise."""
    result = judged[exercise.id]

    assert result.status == "passed", result.first_failure


@pytest.mark.parametrize("exercise_id", mutants.mutation_tasks())
def test_third_hint_makes_good_tests(exercise_id):
    """The third hint for an exercise that asks for tests leads to tests that pass it."""
    suite = typed(lessons.load().exercise(exercise_id))[exercise_id]

    result = mutation_score.score(exercise_id, suite)

    assert result.status == "passed", result.first_failure


@pytest.mark.needs_lessons("08", "09")
def test_no_hint_is_left_out():
    """The table contains each exercise of the course, and no other."""
    assert set(TYPED) == {exercise.id for exercise in EXERCISES}
