"""Facts about the cache of compiled templates."""

import flask
import pytest

from confirmlab.site import template_cache
from confirmlab.site.template_cache import TemplateCache

TEXT = "Hello {{ name }}{% block page %}{% endblock %}"


@pytest.fixture
def cache(monkeypatch):
    cache = TemplateCache()
    monkeypatch.setattr(template_cache, "compiled", cache)
    return cache


def app_with(folder, text, cache):
    folder.mkdir()
    (folder / "page.html").write_text(text, encoding="utf-8")
    app = flask.Flask("app", template_folder=str(folder))
    app.jinja_env.bytecode_cache = cache
    return app


def rendered(app):
    with app.app_context():
        return flask.render_template("page.html", name="<Ada>")


def test_equal_texts_are_compiled_once(cache, tmp_path, monkeypatch):
    """A template compiled ahead is not compiled again for an app in another folder."""
    app_with(tmp_path / "kit", TEXT, cache)
    template_cache.compile_ahead(tmp_path / "kit")
    other = app_with(tmp_path / "my_app", TEXT, cache)
    monkeypatch.setattr(other.jinja_env, "compile", lambda *_: pytest.fail("compiled again"))
    assert rendered(other) == "Hello &lt;Ada&gt;"


def test_another_text_is_compiled(cache, tmp_path):
    """A template with the same name and another text shows its own text."""
    app_with(tmp_path / "kit", TEXT, cache)
    template_cache.compile_ahead(tmp_path / "kit")
    assert rendered(app_with(tmp_path / "my_app", "Bye {{ name }}", cache)) == "Bye &lt;Ada&gt;"


def test_error_names_the_file_of_its_app(cache, tmp_path):
    """An error in a template compiled ahead names the file in the app's own folder."""
    text = "line one\n{{ name / 0 }}"
    app_with(tmp_path / "kit", text, cache)
    template_cache.compile_ahead(tmp_path / "kit")
    with pytest.raises(TypeError) as raised:
        rendered(app_with(tmp_path / "my_app", text, cache))
    place = raised.traceback[-1]
    assert (str(place.path), place.lineno + 1) == (str(tmp_path / "my_app" / "page.html"), 2)
