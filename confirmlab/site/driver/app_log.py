"""The app's log, as graded tests read it in the app's process."""

import logging
import sys
from pathlib import Path
from typing import Any

from confirmlab.site.driver.json_values import error_report


class AppLog:
    """What the app logs in this process."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._mistakes: list[dict[str, Any]] = []

    def logged(self, name: str, texts: list[str]) -> list[str]:
        """Log each text as the server logs a request line; return the messages.

        They are read from a handler of the logger `name`, so its filters have been applied.
        """
        lines: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign,assignment]
        logger = logging.getLogger(name)
        before = logger.level, logger.propagate
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            for text in texts:
                logger.info('"%s" %s', text, 200)
        finally:
            logger.removeHandler(handler)
            logger.level, logger.propagate = before
        return lines

    def watch_log(self) -> None:
        """Record the exceptions that the app logs."""
        note = self.app.logger.exception
        folder = Path(self.app.root_path).parent

        def keep(*args: Any, **named: Any) -> None:
            from sqlalchemy.exc import OperationalError

            error = sys.exc_info()[1]
            if error is not None and not isinstance(error, (OSError, OperationalError)):
                self._mistakes.append(error_report(error, folder))
            note(*args, **named)

        self.app.logger.exception = keep

    def mistakes(self) -> list[dict[str, Any]]:
        """Return what `watch_log` recorded."""
        return self._mistakes[:3]
