"""Build the three apps to compare: the usual first draft, and the apps of two lessons."""

from pathlib import Path

from confirmlab.course import blanks, skeleton, solutions

_HERE = Path(__file__).parent

# Faults of a first draft outside of the blanks, which the skeleton never had.
_DRAFT = {
    "app/limits.py": [("return count <= times", "return True")],
    "app/logs.py": [("addFilter(without_tokens)", "filters.clear()")],
    "app/models.py": [("generate_password_hash(password)  # as slow", "# as slow")],
    "app/config.py": [
        (
            'os.environ.get("SECRET_KEY")  #',
            'os.environ.get("SECRET_KEY") or "hard to guess string"  #',
        ),
        ("USE_SESSION_FOR_NEXT = True", "USE_SESSION_FOR_NEXT = False"),
    ],
    "app/auth/views.py": [
        ('session.get("next")', 'request.args.get("next")'),
        (
            'send_email(owner.email, "You have an account already", "mail/already")',
            'flash("This address is registered already.")\n'
            '        return render_template("auth/register.html", form=form)',
        ),
    ],
}
# No migration has to run, and the database need not survive a power cut.
_QUICK = """

from sqlalchemy import event
from sqlalchemy.engine import Engine

event.listen(Engine, "connect", lambda one, _: one.execute("PRAGMA synchronous=OFF"))
_create_app = create_app


def create_app(config=None):
    app = _create_app(config)
    with app.app_context():
        db.create_all()
    return app
"""


def first_draft() -> dict[str, str]:
    """Return the fills of the usual first draft, repaired only as far as needed to run."""
    files = sorted((_HERE / "first_draft").glob("*.*"))  # without __pycache__
    sources = [path.read_text("utf-8") for path in files]
    return {name: blank.text for source in sources for name, blank in blanks.find(source).items()}


def build(folder: Path, name: str) -> Path:
    """Build one of the three apps, ready to be served."""
    fills = first_draft() if name == "first draft" else solutions.fills(name.split()[-1])
    skeleton.build(folder, fills)
    for file, changes in (_DRAFT if name == "first draft" else {}).items():
        for old, new in changes:
            _change(folder / file, old, new)
    add(folder / "app" / "__init__.py", _QUICK)
    return folder


def add(path: Path, text: str) -> None:
    """Add lines to the end of a file, which may be new."""
    path.parent.mkdir(exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{path.name} has {text.count(old)} places with {old!r}"
    path.write_text(text.replace(old, new), "utf-8")
