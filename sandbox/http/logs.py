"""Log records: fields beside their message, and tracebacks without what errors say.

An error's words often hold the value that was wrong with it (a validation error does), and that may be a password.
"""

import logging
import traceback
from typing import Any

from sandbox.problem import Problem
from sandbox.storage.failures import FAILURES

_LOGGERS = ("sandbox", "uvicorn.error", "asyncio")
# These name files and tables, or the code of a refusal; never a value.
_SPEAKING = (*FAILURES, Problem)


FIELDS = "told"
"""The attribute of a log record that holds its fields."""


def fields(**told: object) -> dict[str, Any]:
    """The `extra` of a log call that gives its record these fields. No secret may be among them."""
    return {FIELDS: told}


class WithoutWords(logging.Filter):
    """Puts the frames of an error into the message, and takes the error away before a handler prints its words."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            record.msg = f"{record.getMessage()}\n{told(record.exc_info[1])}"
            record.args = None
            record.exc_info = record.exc_text = None
        return True


_WITHOUT_WORDS = WithoutWords()


def install() -> None:
    """Keep what errors say out of the log of this process."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_WITHOUT_WORDS)


def told(error: BaseException) -> str:
    """The frames and types of an error and of those that led to it; words only of errors that never hold a value."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = "" if cause is None else f"{told(cause)}\n"
    frames = "".join(traceback.format_tb(error.__traceback__))
    words = f": {error}" if isinstance(error, _SPEAKING) else ""
    return f"{before}{frames}{type(error).__module__}.{type(error).__qualname__}{words}"
