"""Keeps the tokens of the links out of the server's own logs."""

import logging
import re

# The part of the path behind our doors, unless it is one of our fixed words.
_TOKEN = re.compile(
    r"(/(?:collect|room)/)(?!(?:case|file)(?:/|\b))[^/\s?#\"']+", re.IGNORECASE
)
_DOORS = ("/collect/", "/room/")
# Who writes down the path of a request: the threaded and the prefork server, the
# evented one, and the dispatcher when a form is refused.
LOGGERS = ("werkzeug", "longpolling", "odoo.http")


class TokenFilter(logging.Filter):
    """Replaces the token in the message of a record; lets every record pass."""

    def filter(self, record):
        text = record.getMessage()
        if any(door in text.lower() for door in _DOORS):
            record.msg, record.args = _TOKEN.sub(r"\1***", text), ()
        return True


def hide_tokens():
    """Put the filter on the loggers, once in a process."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, TokenFilter) for known in logger.filters):
            logger.addFilter(TokenFilter())
