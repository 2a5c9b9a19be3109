"""Log records as lines: readable in a terminal, JSON elsewhere."""

import functools
import json
import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

from sandbox.http.logs import FIELDS, WithoutWords

Format = Literal["auto", "text", "json"]
_EventDict = MutableMapping[str, Any]
# ASCII, so that no text and no encoding of a stream can lose a line.
_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode


def configure(level: str, form: Format, stream: TextIO = sys.stderr, worker: int | None = None) -> None:
    """Write the records of this process from `level` on to `stream`, in place of whatever handlers there were; with the
    number of the `worker` that it is, if it is one of several."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(WithoutWords())
    if worker is not None:
        handler.addFilter(_Of(worker))
    handler.setFormatter(Lines(as_json=form == "json" or (form == "auto" and not stream.isatty())))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs the addresses that webhooks go to


class _Of(logging.Filter):
    """Adds the worker to each record's fields."""

    def __init__(self, worker: int) -> None:
        super().__init__()
        self._field = {"worker": worker}

    def filter(self, record: logging.LogRecord) -> bool:
        setattr(record, FIELDS, {**self._field, **getattr(record, FIELDS, {})})
        return True


class Lines(logging.Formatter):
    """Writes each record as one line of JSON; or as text for people, in which a traceback takes lines of its own."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        return self._renderer.format(record)

    @functools.cached_property
    def _renderer(self) -> logging.Formatter:
        import structlog  # 30 ms, which a start does not wait for

        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                structlog.stdlib.add_log_level,
                _with_fields,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_written)
                if self._as_json
                else structlog.dev.ConsoleRenderer(colors=False, sort_keys=False, pad_event_to=0, timestamp_key="time"),
            ],
        )


def _with_fields(_: object, __: str, event: _EventDict) -> _EventDict:
    """The fields of a record, after its time, level and message."""
    fields: Mapping[str, object] = getattr(event["_record"], FIELDS, {})
    return {"time": event.pop("time"), "level": event.pop("level"), "event": event.pop("event"), **event, **fields}


def _written(event: _EventDict, **_: object) -> str:
    return _encode(event)
