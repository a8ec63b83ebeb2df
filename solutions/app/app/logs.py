"""Keep the tokens in links out of the logs: whoever reads a log could use them."""

import logging
import re

LOGGERS = ("app", "werkzeug", "gunicorn.access", "gunicorn.error")


LINK = re.compile(r"((?:/|%2F)(?:confirm|reset)(?:/|%2F))[^\s\"']+", re.IGNORECASE)


def without_tokens(record):
    record.msg, record.args = LINK.sub(r"\1...", record.getMessage()), ()
    return True


def init_app(app):
    for name in LOGGERS:
        logging.getLogger(name).addFilter(without_tokens)  # a second call changes nothing
