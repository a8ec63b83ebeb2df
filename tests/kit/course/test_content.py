"""Checks of the course's content: each blank, each hint, each notebook."""

import ast
import re
import textwrap
from pathlib import Path

import graded
import pytest

from confirmlab.base import paths
from confirmlab.checks import runner
from confirmlab.course import blanks, lessons, mutants, notebook_format, skeleton, solutions
from confirmlab.notebook import exercise_commands
from confirmlab.notebook.session import LessonSession

EXERCISES = lessons.load().exercises
FINISHED = lessons.load().finished
CHECKED = mutants.graded_by_tests(EXERCISES)  # the others judge other apps
LESSONS = lessons.load().lessons
ALONE = [exercise for exercise in CHECKED if exercise.alone_without]
NOTEBOOKS = LESSONS + lessons.load().short_way


def solved(lesson):
    return notebook_format.read(
        paths.in_kit("solutions", f"{lesson.name}.ipynb").read_text("utf-8")
    )


def learner(lesson):
    return notebook_format.read(
        paths.in_kit("notebooks", f"{lesson.name}.ipynb").read_text("utf-8")
    )


APPS = {"finished": solutions.finished(), "hardened": solutions.fills()}


def reference(exercise):
    """Return the fills of the first reference app in which an exercise can be done."""
    return APPS["hardened" if exercise.lesson > FINISHED else "finished"]


def left_open(exercise):
    """Return the stubs of the blanks that stay open where an exercise is judged alone."""
    return {name: skeleton.stubs()[name] for name in exercise.alone_without}


def bad(exercise, how):
    """Return the fills of an app of which one blank is left as it was, or filled wrongly."""
    comment = "# done" if exercise.file.endswith(".py") else "{# done #}"
    left = f"{skeleton.stubs()[exercise.id]}\n{comment}"
    text = left if how == "left" else WRONG[exercise.id]
    return reference(exercise) | {exercise.id: text}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Judge all exercises in the reference apps, and each one in two apps where it is bad."""
    apps = {name: (fills, known_in(name)) for name, fills in APPS.items()}
    for exercise in ALONE:
        apps[f"{exercise.id} alone"] = reference(exercise) | left_open(exercise), [exercise]
    for exercise in CHECKED:
        for how in ("left", "wrong"):
            apps[f"{exercise.id} {how}"] = bad(exercise, how), [exercise]
    for exercise in CHECKED:
        if text := TYPED.get(exercise.id):
            fills = reference(exercise) | {exercise.id: text}
            apps[f"{exercise.id} typed"] = fills, [exercise]
    return graded.results(tmp_path_factory.mktemp("apps"), apps)


def known_in(name):
    """List the exercises of an app; the unhardened app has none that harden it."""
    return [e for e in CHECKED if name == "hardened" or e.lesson <= FINISHED]


# Fills of templates in which the braces were forgotten.
TYPED = {
    "welcome-line": (
        "<p>Welcome, current_user.name if current_user.is_authenticated else 'stranger'.</p>"
    ),
    "confirm-txt": 'Dear reader,\nplease follow url_for("auth.confirm", token=token) to confirm.',
}

# A plausible fill with one mistake for each blank.
WRONG = {
    "welcome-line": '<p class="lead">Welcome, stranger and {{ current_user.nane }}.</p>',
    "confirmed-column": "confirmed: Mapped[bool] = mapped_column(default=False)",
    "generate-token": textwrap.dedent(
        """
        def generate_confirmation_token(self, expiration_sec=3600):
            expires = datetime.now(timezone.utc) + timedelta(minutes=expiration_sec)
            claims = {"exp": expires, "confirm_id": self.id}
            return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
        """
    ),
    "confirm-token": textwrap.dedent(
        """
        def confirm(self, token):
            try:
                claims = jwt.decode(token, current_app.secret_key, algorithms=["HS512"])
            except (jwt.ExpiredSignatureError, jwt.InvalidSignatureError):
                return False
            if claims.get("confirm_id") != self.id:
                return False
            self.confirmed = True
            db.session.add(self)
            return True
        """
    ),
    "confirm-view": textwrap.dedent(
        """
        @auth.route("/confirm/<token>")
        @login_required
        def confirm(token):
            if current_user.confirm(token):
                flash("Your account is confirmed. Thank you!")
            else:
                flash("This confirmation link is not valid, or it is too old.")
            return redirect(url_for("main.index"))
        """
    ),
    "send-confirmation": "db.session.add(user)\ndb.session.commit()\ntoken = 'later'",
    "confirm-txt": 'Dear {{ user.name }},\n{{ url_for("auth.confirm", token=token) }}',
    "confirm-html": '<a href="{{ url_for("auth.confirm", token=token) }}">Confirm</a>',
    "gate": textwrap.dedent(
        """
        @auth.before_app_request
        def gate():
            if current_user.is_authenticated and not current_user.confirmed:
                if not request.path.startswith("/auth"):
                    return redirect(url_for("auth.unconfirmed"))
        """
    ),
    "unconfirmed-view": textwrap.dedent(
        """
        @auth.route("/unconfirmed")
        def unconfirmed():
            return render_template("auth/unconfirmed.html")
        """
    ),
    "unconfirmed-page": '<p>Please confirm. <a href="{{ url_for("auth.resend") }}">Again</a></p>',
    "resend-view": textwrap.dedent(
        """
        @auth.route("/resend", methods=["GET", "POST"])
        @login_required
        def resend():
            token = current_user.generate_confirmation_token()
            send_email(
                current_user.email, "Again", "auth/email/confirm", user=current_user, token=token
            )
            return redirect(url_for("auth.unconfirmed"))
        """
    ),
    "token-key": textwrap.dedent(
        """
        def token_keys():
            return [hmac.digest(current_app.secret_key.encode(), b"confirm-email", "sha512")]
        """
    ),
    "spent-tokens": textwrap.dedent(
        """
        class SpentToken(db.Model):
            jti: Mapped[str] = mapped_column(String(64), primary_key=True)


        def move(user, email):
            user.email = email
            user.moved_at = datetime.now(timezone.utc)
        """
    ),
    "confirm-page": '{{ current_user.email }} <form method="post"><button>Yes</button></form>',
    "session-id": 'def get_id(self):\n    return f"{self.id} {self.email}"',
    "pinned-host": 'TRUSTED_HOSTS = ["127.0.0.1", "localhost"]',
    "resend-throttle": textwrap.dedent(
        """
        letter_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


        def may_get_letter(self):
            now = datetime.now(timezone.utc)
            if self.letter_at is not None and now - self.letter_at < timedelta(minutes=1):
                return False
            self.letter_at = now
            db.session.commit()
            return True


        @classmethod
        def drop_stale(cls, days):
            return 0
        """
    ),
    "send-in-background": textwrap.dedent(
        """
        def send_email(to, subject, template, **context):
            text = render_template(f"{template}.txt", **context).strip()
            html = render_template(f"{template}.html", **context).strip()
            db.session.add(Letter(recipient=to, subject=subject, text=text, html=html))
            db.session.commit()
            ring()


        def deliver(letter):
            try:
                hand_over(letter)
                letter.mark_sent()
            except OSError as error:
                letter.give_up(str(error))
            db.session.commit()
        """
    ),
}


@pytest.mark.parametrize("name", ["finished", "hardened", *(f"{e.id} alone" for e in ALONE)])
def test_reference_passes_every_check(judged, name):
    """With all reference fills, every check passes, also in the hardened app."""
    results = judged[name].values()

    failed = [test for result in results for test in result.tests if test.outcome != "passed"]
    assert [(test.name, test.outcome, test.message) for test in failed] == []


@pytest.mark.parametrize("exercise", CHECKED, ids=lambda e: e.id)
def test_no_work_earns_nothing(judged, exercise):
    """A stub with a comment added earns no points."""
    results = judged[f"{exercise.id} left"]

    assert results[exercise.id].score == 0


@pytest.mark.parametrize("exercise", CHECKED, ids=lambda e: e.id)
@pytest.mark.parametrize("how", ["left", "wrong"])
def test_a_bad_blank_fails_its_own_check(judged, exercise, how):
    """An untouched or wrong blank fails its check, with a message."""
    results = judged[f"{exercise.id} {how}"]

    first = results[exercise.id].first_failure
    assert results[exercise.id].status == "failed"
    assert first.message


@pytest.mark.parametrize("exercise_id", TYPED)
def test_forgotten_braces_are_named(judged, exercise_id):
    """If an expression was typed without braces, the card names it."""
    first = judged[f"{exercise_id} typed"][exercise_id].first_failure

    assert "as you typed it: put it in {{ … }}" in first.message


@pytest.mark.parametrize("exercise", CHECKED, ids=lambda e: e.id)
@pytest.mark.parametrize("how", ["left", "wrong"])
def test_a_bad_blank_fails_no_other_lesson(exercise, how):
    """With a bad blank, exercises of other lessons still pass in a reference app."""
    texts = skeleton.stubs() | bad(exercise, how)
    others = known_in("hardened" if exercise.lesson > FINISHED else "finished")

    for other in others:
        if other.lesson != exercise.lesson:
            tried = runner.fills_to_run_alone(other, texts.__getitem__)
            known = [*APPS.values(), reference(other) | left_open(other)]
            assert any(fills in known for fills in tried), other.id


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_untouched_is_not_yet(tmp_path, exercise):
    """An untouched blank is "not-yet": neither passed nor failed."""
    session = LessonSession(tmp_path / "my_app")
    session.workspace.ensure()

    result = exercise_commands.check(session, exercise.id)

    assert result.status == "not-yet" and exercise.id in result.note


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_stub_shows_its_place(exercise):
    """The stub of each blank says where to write, or contains a line to change."""
    stub = skeleton.stubs()[exercise.id]

    assert re.search(r"[Yy]our (code|text|tests) here", stub) or exercise.id == "welcome-line"
    assert not blanks.same(stub, solutions.fill(exercise.id))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_hints_are_short(exercise):
    """Each exercise has three hints of at most 90 words; the first one is a question."""
    assert all(len(hint.split()) <= 90 for hint in exercise.hints)
    assert "?" in exercise.hints[0]


@pytest.mark.parametrize("exercise", CHECKED, ids=lambda e: e.id)
def test_caps_are_those_of_the_tests(exercise):
    """course.toml has a cap for each grave fault that a test names, and no others."""
    (file,) = runner.test_files([exercise])
    text = Path(file).read_text("utf-8")
    name = re.search(rf'^(\w+) = partial\(pytest.mark.exercise, "{exercise.id}"\)', text, re.M)
    named = re.findall(rf'\b{name[1]}\([^)]*grave="([^"]+)"', text) if name else []

    assert set(named) == set(exercise.caps)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_hints_and_titles_say_mail(exercise):
    """Titles and hints say "mail"; `Letter` and `letter_at` occur in code only."""
    assert _letters(f"{exercise.title}\n{' '.join(exercise.hints)}") == []


@pytest.mark.parametrize("file", runner.test_files(CHECKED), ids=lambda path: Path(path).stem)
def test_requirements_say_mail(file):
    """The sentences of graded tests, which cards show, say "mail"."""
    tree = ast.parse(Path(file).read_text("utf-8"))
    tests = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]

    assert _letters("\n".join(ast.get_docstring(test) or "" for test in tests)) == []


@pytest.mark.parametrize("lesson", [le for le in LESSONS if le.extra], ids=lambda le: le.number)
def test_extra_lessons_say_mail(lesson):
    """The text of an extra lesson says "mail", except in code and quotations."""
    texts = [c["source"] for c in learner(lesson)["cells"] if c["cell_type"] == "markdown"]

    assert _letters("\n".join(texts)) == []


def _letters(text):
    """Return the places that say "letter", outside of code and quotations."""
    plain = re.sub(r"```.*?```|`[^`\n]*`|\"[^\"\n]*\"", "", text, flags=re.DOTALL)
    return re.findall(r"(?i).{0,30}\bletters?\b.{0,30}", plain)


@pytest.mark.parametrize("exercise", CHECKED, ids=lambda e: e.id)
def test_graded_tests_state_facts(exercise):
    """Each graded test of an exercise states its requirement in one sentence."""
    (file,) = runner.test_files([exercise])
    tree = ast.parse(Path(file).read_text("utf-8"))
    tests = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]

    sentences = [ast.get_docstring(test) or "" for test in tests]
    assert all(re.fullmatch(r"\S.*[^.]\.", " ".join(s.split())) for s in sentences), sentences
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda le: le.number)
def test_contents_are_the_headings(lesson):
    """The contents in the first cell link to the notebook's sections, in order."""
    first, *cells = [c["source"] for c in learner(lesson)["cells"] if c["cell_type"] == "markdown"]
    headings = re.findall(r"^## (.+)$", _without_fences("\n".join(cells)), re.MULTILINE)
    contents = re.findall(r"^\d+\. \[(.+?)\]\(#(.+?)\)", first, re.MULTILINE)

    assert contents == [(heading, heading.replace(" ", "-")) for heading in headings]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda le: le.number)
def test_minutes_are_those_of_the_course(lesson):
    """The first cell gives the minutes of the lesson, and each task those of its exercise."""
    cells = {cell["id"]: cell["source"] for cell in learner(lesson)["cells"]}
    title = next(iter(cells.values()))

    assert re.search(rf"\b{in_words(lesson.minutes)}\b(?! and)", title), in_words(lesson.minutes)
    for exercise in lesson.exercises:
        assert f"{exercise.minutes} minutes" in cells[f"ex-{exercise.id}"], exercise.id


def in_words(minutes):
    """Return a duration as the first cell of a notebook gives it: in words from an hour on."""
    hours, rest = divmod(minutes, 60)
    names = ["", "an hour", "two hours", "three hours", "four hours"]
    parts = {0: "", 10: " and ten minutes", 15: " and a quarter", 20: " and twenty minutes"}
    if minutes == 30:
        return "half an hour"
    if rest == 30:
        return "an hour and a half" if hours == 1 else names[hours].replace(" ", " and a half ")
    return f"{names[hours]}{parts[rest]}" if hours else f"{minutes} minutes"


def named_elsewhere(text, lesson):
    return re.search(rf"(?i)\b(notebook|lesson)s? {lesson.number[:1]}?{lesson.number[1:]}\b", text)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda le: le.number)
def test_extra_lessons_are_named_by_links(lesson):
    """A mention of a later extra lesson is a link, so that a release can leave it out."""
    texts = [c["source"] for c in learner(lesson)["cells"] if c["cell_type"] == "markdown"]
    later = [le for le in LESSONS if le.extra and le.number > lesson.number]

    for extra in later:
        blocks = [block for text in texts for block in text.split("\n\n")]
        named = [block for block in blocks if named_elsewhere(block, extra)]
        assert [block for block in named if f"({extra.name}.ipynb)" not in block] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda le: le.number)
def test_exercise_cells_come_in_fives(lesson):
    """Each exercise has its five cells in order; its refill cells follow the second one."""
    ids = [cell["id"] for cell in learner(lesson)["cells"]]

    for exercise in lesson.exercises:
        stem = f"ex-{exercise.id}"
        start = ids.index(stem)
        wanted = [stem, f"{stem}-fill"]
        wanted += [
            notebook_format.refill_id(exercise.id, blank_id) for blank_id in exercise.refills
        ]
        wanted += [f"{stem}-check", f"{stem}-look", f"{stem}-see"]
        assert ids[start : start + len(wanted)] == wanted


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda le: le.number)
def test_cell_ids_are_names(lesson):
    """Each cell has an id of its own that says what it is."""
    ids = [cell["id"] for cell in solved(lesson)["cells"]]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]{1,63}", cell_id) for cell_id in ids)


@pytest.mark.parametrize("lesson", NOTEBOOKS, ids=lambda le: le.name)
def test_headings_are_in_order(lesson):
    """A notebook has one main heading, in its first cell, and skips no level after it."""
    cells = learner(lesson)["cells"]
    headings = [
        (place, len(mark))
        for place, cell in enumerate(cells)
        if cell["cell_type"] == "markdown"
        for mark in re.findall(r"^(#+) ", _without_fences(cell["source"]), re.MULTILINE)
    ]

    levels = [level for _, level in headings]
    assert headings[0] == (0, 1) and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


@pytest.mark.parametrize("lesson", NOTEBOOKS, ids=lambda le: le.name)
def test_code_does_not_pile_up(lesson):
    """There are never three code cells in a row, not counting %refill cells."""
    cells = [cell for cell in learner(lesson)["cells"] if not notebook_format.is_refill(cell)]
    kinds = [cell["cell_type"][0] for cell in cells]

    assert "ccc" not in "".join(kinds)


@pytest.mark.parametrize("lesson", NOTEBOOKS, ids=lambda le: le.name)
def test_links_lead_somewhere(lesson):
    """Each link to a file of the kit leads to an existing file, and has a text."""
    text = "\n".join(c["source"] for c in learner(lesson)["cells"] if c["cell_type"] == "markdown")

    for words, target in re.findall(r"(?<!!)\[([^\]]+)\]\(([^)]+)\)", text):
        assert words.lower() not in ("here", "link", "this")
        path = target.partition("#")[0]
        if path and "://" not in path and not path.startswith("../my_app"):
            folder = paths.in_kit("notebooks", lesson.name).parent
            assert (folder / path).exists(), target


@pytest.mark.parametrize("lesson", NOTEBOOKS, ids=lambda le: le.name)
def test_pictures_have_words(lesson):
    """Each picture in a notebook has an alternative text."""
    text = "\n".join(c["source"] for c in learner(lesson)["cells"] if c["cell_type"] == "markdown")

    assert re.findall(r"!\[\s*\]\(", text) == []
    assert "<img" not in text


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda le: le.number)
def test_learner_version_gives_nothing_away(lesson):
    """The learner's notebook has no outputs, no execution counts and no reference fill."""
    cells = [cell for cell in learner(lesson)["cells"] if cell["cell_type"] == "code"]

    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    for exercise in lesson.exercises:
        answer = next(cell for cell in cells if cell["id"] == f"ex-{exercise.id}-fill")
        _, shown = notebook_format.fill_cell(answer["source"])
        assert blanks.same(shown, skeleton.stubs()[exercise.id])
        for blank_id in exercise.refills:
            name = notebook_format.refill_id(exercise.id, blank_id)
            assert [c["source"] for c in cells if c["id"] == name] == [f"%refill {blank_id}"]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda le: le.number)
def test_solved_version_was_run(lesson):
    """Each code cell of the solved notebook was run, from top to bottom."""
    counts = [c["execution_count"] for c in solved(lesson)["cells"] if c["cell_type"] == "code"]

    assert counts == list(range(1, len(counts) + 1))


def test_every_region_is_an_exercise():
    """Each region of the skeleton belongs to an exercise of the course, in the file it names."""
    found = {
        (blank_id, name)
        for name, text in skeleton.texts().items()
        for blank_id in blanks.find(text)
    }

    assert found == {(exercise.id, exercise.file) for exercise in EXERCISES}


def _without_fences(source):
    return re.sub(r"^```.*?^```", "", source, flags=re.MULTILINE | re.DOTALL)
