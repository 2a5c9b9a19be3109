"""Time that can be moved."""

import errno
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.starting import CannotStart
from sandbox.storage import schema
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem, failing
from tests.transport import bank_of


def test_a_frozen_clock_stands(bank: Sandbox) -> None:
    assert bank.clock.read() == bank.clock.read()
    assert bank.clock.read()["rate"] == 0


def test_a_clock_is_set_forward_and_never_back(bank: Sandbox) -> None:
    assert bank.clock.set("2027-01-01T00:00:00-05:00")["now"] == "2027-01-01T00:00:00-05:00"
    answer = bank.call("PUT", "/_sandbox/clock", json={"now": "2026-12-31T00:00:00-05:00"})
    assert_problem(answer, 422, "clock_goes_forward")
    assert bank.clock.read()["now"] == "2027-01-01T00:00:00-05:00"


@pytest.mark.parametrize(
    ("durations", "now"),
    [
        (["PT0.5S", "PT0.5S"], "2026-11-23T09:15:01-05:00"), (["PT1.5H"], "2026-11-23T10:45:00-05:00"),
        (["P0.5D", "P0,5D"], "2026-11-24T09:15:00-05:00"),
    ],
)  # fmt: skip
def test_the_clock_takes_durations_with_fractions(bank: Sandbox, durations: list[str], now: str) -> None:
    for duration in durations:
        bank.clock.advance(duration)
    assert bank.clock.read()["now"] == now


def test_what_falls_due_runs_in_order_each_at_its_own_moment(phone: Phone) -> None:
    first = phone.transfer("0.01")
    phone.sandbox.clock.advance("PT1M")
    second = phone.transfer("0.01")
    jobs = phone.sandbox.clock.advance("PT1H")["jobs"]
    assert [job["subject"] for job in jobs] == [first["challenge"]["id"], second["challenge"]["id"]]
    assert [job["due_at"] for job in jobs] == [first["challenge"]["expires_at"], second["challenge"]["expires_at"]]
    events = phone.sandbox.ledger.audit()
    assert events["balanced"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "by", "one_of"), ({"by": "P1D", "to": "2027-01-01"}, "by", "one_of"), ({"by": "tomorrow"}, "by",
        "bad_duration"),
        ({"by": "P9999Y"}, "by", "bad_duration"), ({"to": "tomorrow"}, "to", "bad_moment"), ({"by": 5}, "by",
        "not_text"),
        ({"until": "P1D"}, "until", "unknown_field"),
    ],
)  # fmt: skip
def test_what_is_no_advance_is_told(bank: Sandbox, body: dict[str, object], field: str, code: str) -> None:
    answer = bank.call("POST", "/_sandbox/clock/advance", json=body)
    assert failing(assert_problem(answer, 422, "validation_failed"))[field] == code


@pytest.mark.parametrize("rate", [-1, 1e9, "fast"])
def test_what_is_no_rate_is_refused(bank: Sandbox, rate: object) -> None:
    assert_problem(bank.call("PUT", "/_sandbox/clock", json={"rate": rate}), 422, "validation_failed")


OUTSIDE = [
    "9999-12-31T19:00:00-05:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59+00:00", "2200-01-01T00:00:00-05:00",
    "2200-01-01T05:00:00+00:00", "2199-12-31T23:59:59-05:01", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00-05:00",
    "1993-12-31T23:59:59-05:00",
]  # fmt: skip


@pytest.mark.parametrize("moment", OUTSIDE)
def test_a_moment_that_no_clock_shows_is_refused_wherever_one_is_given(bank: Sandbox, moment: str) -> None:
    before = bank.clock.read()
    name = f"{bank.name}-late"
    for method, path, body, field in [
        ("PUT", "/clock", {"now": moment}, "now"),
        ("POST", "/clock/advance", {"to": moment}, "to"),
        ("POST", "/sandboxes", {"name": name, "clock": {"now": moment}}, "clock.now"),
        ("POST", "/sandboxes", {"name": name, "from": bank.name, "clock": {"now": moment}}, "clock.now"),
    ]:
        told = assert_problem(bank.call(method, f"/_sandbox{path}", json=body), 422, "validation_failed")
        assert failing(told) == {field: "bad_moment"}
    assert bank.clock.read() == before
    assert_problem(bank.call("GET", f"/_sandbox/sandboxes/{name}"), 404, "sandbox_not_found")


@pytest.mark.parametrize(
    "duration",
    ["P174Y", "P9999Y9999M99999W999999D", "P9999M", "P99999W", "P999999D", "PT9999999H", "PT99999999M99999999999S", "P99999Y", "PT999999999999S"],
)  # fmt: skip
def test_a_duration_that_leads_past_the_last_day_is_refused(bank: Sandbox, duration: str) -> None:
    told = assert_problem(bank.call("POST", "/_sandbox/clock/advance", json={"by": duration}), 422, "validation_failed")
    assert failing(told) == {"by": "bad_duration"}


def test_the_last_day_is_reached_and_not_passed(client: httpx.Client, bank: Sandbox) -> None:
    """A bank that starts just before it: two hundred years of statements take a while."""
    late = bank_of(client, f"{bank.name}-last")
    start = {"now": "2199-12-30T23:59:59-05:00", "rate": 0}
    bank.send(operations.create_sandbox({"name": late.name, "members": 0, "clock": start}))
    told = assert_problem(late.call("POST", "/_sandbox/clock/advance", json={"by": "PT1S"}), 422, "validation_failed")
    assert failing(told) == {"by": "bad_duration"}
    assert late.clock.set("2199-12-31T23:59:59-05:00")["now"] == "2199-12-31T23:59:59-05:00"
    assert late.clock.set(rate=100_000)["rate"] == 100_000
    assert late.clock.read()["now"] == "2199-12-31T23:59:59.999-05:00"
    phone = late.phone("al-dia")
    card = phone.send(operations.list_cards())["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "100.00", "term_months": 12}
    simulated = phone.call("POST", "/v1/deferral-simulations", json=wanted)
    assert simulated.json()["schedule"][-1]["due_date"] == "2200-12-31"
    late.ledger.assert_balanced()
    bank.send(operations.delete_sandbox(late.name))


@pytest.mark.parametrize("start", OUTSIDE)
def test_a_server_does_not_start_at_such_a_moment(settings: Settings, tmp_path: Path, start: str) -> None:
    with pytest.raises(CannotStart, match="SANDBOX_CLOCK_START"):
        create_app(settings.model_copy(update={"data_dir": tmp_path, "clock_start": start}))


def test_a_clock_that_cannot_be_stored_stays_as_it_was(bank: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    before, state = bank.clock.read(), schema.state

    def failing(connection: Any, **facts: str) -> None:
        state(connection, **facts)
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "state", failing)
        assert_problem(bank.call("POST", "/_sandbox/clock/advance", json={"by": "PT1H"}), 507, "storage_full")
    assert bank.clock.read() == before
    assert bank.clock.advance("PT1H")["rate"] == 0
    moved = bank.clock.read()
    assert moved["now"] > before["now"]
    copy = bank.fork(f"{bank.name}-later")
    copy.delete()
    assert copy.name not in {each["name"] for each in bank.sandboxes()}
    assert bank.clock.read() == moved
