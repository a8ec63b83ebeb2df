"""Keep the tokens in links out of the logs: whoever reads a log could use them."""

import logging
import re

LOGGERS = ("app", "werkzeug", "gunicorn.access", "gunicorn.error")


class WithoutTokens(logging.Filter):
    def filter(self, record):
        text = record.getMessage()
        record.msg, record.args = re.sub(r"(/confirm/|/reset/)[^\s\"']+", r"\1...", text), ()
        return True


def init_app(app):
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, WithoutTokens) for one in logger.filters):
            logger.addFilter(WithoutTokens())
