"""The log tells where it went wrong, and not what was wrong."""

import logging
import sqlite3

import pytest

from sandbox.bank.transfers import service
from sandbox.http import logs
from sandbox.testing import Phone
from tests.answers import assert_problem

pytestmark = pytest.mark.sqlite("log lines")

WORDS = "the password is Progreso1@"


async def failing(*_: object) -> None:
    try:
        {}[WORDS]
    except KeyError as error:
        raise ValueError(WORDS) from error


def test_a_mistake_is_logged_without_the_values_in_it(
    phone: Phone, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = phone.order()
    monkeypatch.setattr(service, "create", failing)
    answer = phone.call("POST", "/v1/transfers", json=order)
    assert_problem(answer, 500, "internal_error")
    assert f"request {answer.headers['x-request-id']} failed" in caplog.text
    assert "in failing" in caplog.text, "its frames"
    assert caplog.text.index("builtins.KeyError\n") < caplog.text.index("builtins.ValueError\n"), "and what led to it"
    assert WORDS not in caplog.text
    assert not any(record.exc_info for record in caplog.records if record.name == "sandbox")


@pytest.mark.parametrize("name", ["sandbox", "uvicorn.error", "asyncio"])
def test_the_servers_own_errors_are_logged_in_the_same_way(name: str, caplog: pytest.LogCaptureFixture) -> None:
    logs.install()
    logs.install()
    try:
        int(WORDS)
    except ValueError:
        logging.getLogger(name).exception("Exception in %s", "it")
    assert "Exception in it\n" in caplog.text
    assert "builtins.ValueError\n" in caplog.text
    assert WORDS not in caplog.text


def test_errors_that_hold_no_values_say_what_they_are() -> None:
    assert logs.told(sqlite3.OperationalError("disk I/O error")) == "sqlite3.OperationalError: disk I/O error"
    assert logs.told(FileNotFoundError(2, "No such file", "x")).endswith("[Errno 2] No such file: 'x'")
