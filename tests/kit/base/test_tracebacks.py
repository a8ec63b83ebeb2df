"""Facts about tracebacks that are cut down to what the learner wrote."""

from confirmlab.base.tracebacks import trace


def caught(source, name, names=None):
    try:
        exec(compile(source, name, "exec"), names or {})
    except BaseException as error:
        return error


def test_only_own_frames_are_shown():
    """Only the frames in the learner's files and the last line are kept."""
    error = caught("import json\njson.loads('{')", "<cell>")
    shown = trace(error, "<cell>")

    assert shown.startswith('Traceback (most recent call last):\n  File "<cell>", line 2')
    assert shown.count("File ") == 1
    assert "JSONDecodeError: Expecting property name" in shown.splitlines()[-1]


def test_several_places_count(tmp_path):
    """Frames of the cell and of the app's folder are kept in their order."""
    name = str(tmp_path / "app.py")
    inner = compile("def fly():\n    1 / 0", name, "exec")
    names = {}
    exec(inner, names)
    shown = trace(caught("fly()", "<cell>", names), "<cell>", str(tmp_path))

    assert shown.index("<cell>") < shown.index(name)


def test_a_syntax_error_shows_its_line():
    """A syntax error is shown without frames: its line and the mark below it."""
    shown = trace(caught("x = (", "<cell>"), "<cell>")

    assert "Traceback" not in shown
    assert '  File "<cell>", line 1' in shown


def test_endless_recursion_stays_short():
    """A thousand equal frames are shown once, with their number."""
    error = caught("def f():\n    f()\nf()", "<cell>")
    shown = trace(error, "<cell>")

    assert "Previous line repeated" in shown
    assert len(shown.splitlines()) < 20
