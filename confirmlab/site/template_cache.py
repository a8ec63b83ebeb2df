"""Compiled Jinja templates, held in memory, for the apps that are forked from this process.

Compiling takes about 10 ms a template, and most templates of a learner's app are the skeleton's.
"""

from pathlib import Path
from types import CodeType

from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache


class TemplateCache(BytecodeCache):
    """A cache of compiled templates by name and text, shared by apps in different folders."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the name alone, since the folder differs from app to app."""
        return name

    def get_bucket(
        self, environment: Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        """Return a template's bucket; tracebacks from its code name this app's file."""
        bucket = super().get_bucket(environment, name, filename, source)
        if bucket.code is not None and filename:
            bucket.code = bucket.code.replace(co_filename=filename)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        """Set the bucket's code to the code compiled earlier from the same text, if any."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the code of a bucket."""
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


compiled = TemplateCache()


def compile_ahead(folder: Path) -> None:
    """Compile the templates of a folder with the options of a Flask app."""
    import flask  # here, since a learner's kernel imports this module and runs no app

    app = flask.Flask("templates", template_folder=str(folder))
    app.jinja_env.bytecode_cache = compiled
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
