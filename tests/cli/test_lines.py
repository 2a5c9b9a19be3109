"""How log records are written."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from sandbox.cli import lines
from sandbox.http.logs import fields

pytestmark = pytest.mark.sqlite("log lines")


class Terminal(io.StringIO):
    """A stream that people look at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def loggers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def written(stream: io.StringIO, form: lines.Format, level: str = "info") -> str:
    lines.configure(level, form, stream)
    logging.getLogger("sandbox.access").info("request", extra=fields(operation="getProducts", status=200))
    return stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_json_is_one_object_a_line(stream: io.StringIO) -> None:
    told = json.loads(written(stream, "json"))
    assert list(told) == ["time", "level", "event", "operation", "status"]
    assert (told["level"], told["event"], told["operation"], told["status"]) == ("info", "request", "getProducts", 200)


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_text_reads_from_left_to_right(stream: io.StringIO) -> None:
    assert written(stream, "text").endswith("Z [info     ] request operation=getProducts status=200\n")


def test_a_worker_puts_its_number_into_each_line_and_takes_no_field_away() -> None:
    stream = io.StringIO()
    lines.configure("info", "json", stream, worker=2)
    logging.getLogger("sandbox").warning("slow", extra=fields(operation="getProducts"))
    logging.getLogger("uvicorn.error").warning("something else")
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(each["event"], each["worker"], each.get("operation")) for each in told] == [
        ("slow", 2, "getProducts"),
        ("something else", 2, None),
    ]


def test_without_a_choice_a_terminal_gets_text_and_a_file_json() -> None:
    assert "operation=getProducts" in written(Terminal(), "auto")
    assert '"operation":"getProducts"' in written(io.StringIO(), "auto")


def test_the_level_decides_what_is_written() -> None:
    assert written(io.StringIO(), "json", "warning") == ""


def test_an_error_of_any_logger_is_written_without_its_words() -> None:
    stream = io.StringIO()
    lines.configure("info", "json", stream)
    try:
        int("Progreso1@")
    except ValueError:
        logging.getLogger("elsewhere").exception("it failed")
    told = json.loads(stream.getvalue())
    assert told["event"].startswith("it failed\n")
    assert told["event"].endswith("builtins.ValueError")
    assert "invalid literal" not in told["event"]


def test_a_value_that_is_no_json_is_written_all_the_same() -> None:
    stream = io.StringIO()
    lines.configure("info", "json", stream)
    logging.getLogger("sandbox").info("odd", extra=fields(kind=ValueError, text="\ud800"))
    assert json.loads(stream.getvalue())["event"] == "odd"
