"""A notice on the app's pages when its files are newer than the running process."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_KINDS = (".py", ".html", ".txt", ".css", ".js", ".svg")
_BAR = (
    b'<p role="status" style="position:fixed;left:0;right:0;bottom:0;margin:0;padding:8px 14px;'
    b'background:#8a5a00;color:#fff">The files of <code>my_app</code> have changed since this site '
    b"started. Run <code>site.start()</code> in the notebook to see the change.</p>"
)


def newest(folder: Path) -> int:
    """Return when a file of the app was last changed, in nanoseconds."""
    return max(_changes(str(folder / "app")), default=0)


class StaleBar:
    """WSGI middleware that adds a bar to an app's pages if its files changed after it started."""

    def __init__(self, app: Callable[..., Iterable[bytes]], folder: Path, seen: int) -> None:
        self.app = app
        self.folder = folder
        self.seen = seen  # result of `newest` before the app was loaded

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if newest(self.folder) <= self.seen:
            return self.app(environ, start_response)
        from werkzeug.wrappers import Response

        response = Response.from_app(self.app, environ)
        if response.mimetype == "text/html" and not response.direct_passthrough:
            response.set_data(response.get_data() + _BAR)
        return response(environ, start_response)


# Each request asks for this: pathlib's rglob takes five times as long.
def _changes(folder: str) -> Iterator[int]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _changes(entry.path)
            elif entry.name.endswith(_KINDS):
                with suppress(OSError):  # an editor is just replacing it
                    yield entry.stat().st_mtime_ns
