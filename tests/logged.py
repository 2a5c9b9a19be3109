"""The log, as tests read it."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.cli.lines import Lines
from sandbox.http.logs import WithoutWords
from tests.answers import Json


@contextmanager
def lines(*, as_json: bool = True) -> Iterator[io.StringIO]:
    """What the bank logs from `info` on in this process, as the server would write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(WithoutWords())
    handler.setFormatter(Lines(as_json=as_json))
    logger = logging.getLogger("sandbox")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield stream
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def read(stream: io.StringIO) -> list[Json]:
    """The lines of a log in JSON."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]
