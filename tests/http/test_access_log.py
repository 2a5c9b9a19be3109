"""One line a request: what it says, which requests get one, and what is never in it."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.bank.transfers import service
from sandbox.http import access
from sandbox.http.access import AccessLog
from sandbox.http.context import RequestContext
from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox, operations
from tests import goldens, logged
from tests.answers import Json
from tests.transport import bank_of, serving

pytestmark = pytest.mark.sqlite("HTTP, whatever is behind it")


@pytest.fixture
def all_logged(settings: Settings, tmp_path: Path) -> Iterator[Sandbox]:
    """A bank on a server that logs every request, its clock frozen."""
    own = settings.model_copy(update={"data_dir": tmp_path / "data", "access_log": "all"})
    goldens.place(own)
    with serving(create_app(own)) as client:
        bank = bank_of(client)
        bank.clock.freeze()
        yield bank


def line_of(stream: io.StringIO, request_id: str) -> Json:
    """The one line of a request."""
    (line,) = [each for each in logged.read(stream) if each.get("request_id") == request_id]
    return line


def events_of(stream: io.StringIO, *events: str) -> list[Json]:
    """The lines that tell of such; others may come of a machine that is slow, or of what goes on without a request."""
    return [each for each in logged.read(stream) if each["event"] in events]


def test_a_line_says_who_called_what_and_what_came_of_it(all_logged: Sandbox) -> None:
    phone = all_logged.phone("al-dia")
    with logged.lines() as log:
        headers = {"X-Request-Id": "mine-1", "X-Correlation-Id": "app-7"}
        phone.call("GET", "/v1/products", headers=headers)
    line = line_of(log, "mine-1")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("time")), "of the machine"
    assert line.pop("ms") > 0
    assert line == {
        "level": "info", "event": "request", "sandbox_time": all_logged.send(operations.get_info())["now"],
        "request_id": "mine-1", "correlation_id": "app-7", "sandbox": "default",
        "member": all_logged.members.persona("al-dia")["id"], "operation": "getProducts", "status": 200,
    }  # fmt: skip


def test_a_refusal_is_logged_with_its_problem_and_its_rule(phone: Phone) -> None:
    with logged.lines() as log:
        answer = phone.call("POST", "/v1/transfers", json=phone.order("9000000.00"))
    told, line = answer.json(), line_of(log, answer.headers["x-request-id"])
    assert (line["event"], line["level"], line["status"]) == ("refusal", "info", answer.status_code)
    assert (line["problem"], line["rule"]) == (told["code"], told["rule"]["id"])


def test_a_request_that_needs_no_look_has_a_line_only_where_all_have_one(phone: Phone) -> None:
    with logged.lines() as log:
        phone.call("GET", "/v1/products")
        phone.sandbox.send(operations.get_info())
    assert events_of(log, "request", "change", "refusal") == []


def test_a_change_by_the_control_plane_is_logged_with_the_name_of_what_it_changed(client: httpx.Client) -> None:
    with logged.lines() as log:
        client.post("/_sandbox/sandboxes", json={"name": "logged"})
        client.delete("/_sandbox/sandboxes/logged")
    made, deleted = events_of(log, "change")
    assert (made["event"], made["operation"], made["status"]) == ("change", "createSandbox", 201)
    assert (deleted["event"], deleted["operation"], deleted["name"]) == ("change", "deleteSandbox", "logged")


@pytest.mark.parametrize(("nanos", "events"), [(499_999_999, []), (500_000_000, []), (500_000_001, ["slow"])])
def test_a_call_that_takes_longer_than_the_bound_is_slow(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, nanos: int, events: list[str]
) -> None:
    app: Any = phone.sandbox.connection.client.app  # type: ignore[attr-defined]  # a TestClient
    calls: list[RequestContext] = []
    monkeypatch.setattr(app._gate, "_watches", (lambda call, _: calls.append(call),))
    phone.call("GET", "/v1/products")
    (call,) = calls
    monkeypatch.setattr(access, "time", SimpleNamespace(perf_counter_ns=lambda: nanos))
    with logged.lines() as log:
        AccessLog("notable", 500, app.server.index).note(call, 0)
    assert [each["event"] for each in logged.read(log)] == events
    assert all(each["level"] == "warning" for each in logged.read(log))


def test_a_failure_is_an_error(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "904817"

    async def failing(*_: object) -> None:
        raise ValueError(secret)

    order = phone.order()
    monkeypatch.setattr(service, "create", failing)
    with logged.lines() as log:
        phone.call("POST", "/v1/transfers", json=order, headers={"X-Request-Id": "mine-2"})
    line = line_of(log, "mine-2")
    assert (line["event"], line["level"], line["problem"]) == ("failure", "error", "internal_error")
    assert secret not in log.getvalue()


def test_a_failure_that_was_ordered_is_no_error(bank: Sandbox, phone: Phone) -> None:
    with logged.lines() as log:
        rehearsed = phone.call("GET", "/v1/products", headers={"Prefer": "problem=internal_error"})
    line = line_of(log, rehearsed.headers["x-request-id"])
    assert (line["event"], line["level"], line["status"]) == ("refusal", "info", 500)
    fault = bank.send(operations.create_fault({"effect": {"problem": "storage_full"}}))["id"]
    with logged.lines() as log:
        struck = phone.call("GET", "/v1/products")
    line = line_of(log, struck.headers["x-request-id"])
    assert (line["event"], line["level"], line["fault"]) == ("refusal", "info", fault)


def test_a_path_that_leads_nowhere_is_not_written_down(all_logged: Sandbox) -> None:
    with logged.lines() as log:
        answer = all_logged.call("GET", "/v1/products/secret-904817/Clave2026@")
        all_logged.call("GET", "/_sandbox/console")
    assert "904817" not in log.getvalue()
    assert "Clave2026@" not in log.getvalue()
    line = line_of(log, answer.headers["x-request-id"])
    assert (line["method"], line["path"]) == ("GET", "/v1/products/[redacted]/[redacted]")


def test_jobs_that_ran_are_counted_in_a_line(bank: Sandbox) -> None:
    with logged.lines() as log:
        counts = bank.clock.advance("P1D")["counts"]
    (line,) = [each for each in logged.read(log) if each["event"] == "jobs"]
    assert (line["sandbox"], line["ran"]) == (bank.name, counts)
    assert counts
