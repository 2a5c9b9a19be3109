"""Reading while a reset puts another bank in place: what is told is all of the one, or all of the other."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.control import messages, traffic
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem
from tests.transport import registry_of

Act = Callable[[], Awaitable[Any]]
Once = Callable[..., None]


@pytest.fixture
def once(client: httpx.Client, bank: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Once:
    """Has something happen before the first of some steps that a unit of the bank takes; a pause lets it happen."""
    registry = registry_of(client)
    unit_of_engine = registry.engine.unit

    def arrange(act: Act, *steps: str) -> None:
        acts = [act]

        def hooked(step: Callable[..., Awaitable[Any]], *, lets_happen: bool) -> Callable[..., Awaitable[Any]]:
            async def take(unit: UnitOfWork, *arguments: Any, **options: Any) -> Any:
                is_due = bool(acts) and unit.sandbox is registry.seen(bank.name)
                if is_due and not lets_happen:
                    await acts.pop()()
                result = await step(unit, *arguments, **options)
                if is_due and lets_happen:
                    await acts.pop()()
                return result

            return take

        for name in steps:
            step = hooked(getattr(unit_of_engine, name), lets_happen=name == "pause")
            monkeypatch.setattr(unit_of_engine, name, step)

    return arrange


@pytest.fixture
def reset(client: httpx.Client, bank: Sandbox) -> Act:
    return lambda: registry_of(client).reset(bank.name)


def test_requests_are_searched_while_others_are_noted(
    phone: Phone, client: httpx.Client, once: Once, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "_SLICE", 2)
    for _ in range(5):
        phone.products()
    before = phone.sandbox.send(operations.list_traffic(q="products"))["items"]
    journal = registry_of(client).get(phone.sandbox.name).notes.journal

    async def another() -> None:
        journal.add(next(reversed(journal)))

    once(another, "pause")
    assert phone.sandbox.send(operations.list_traffic(q="products"))["items"] == before
    assert len(before) == 5
    assert len(phone.sandbox.send(operations.list_traffic(q="products"))["items"]) == 6


def test_requests_of_a_bank_that_was_replaced_are_found_no_more(
    phone: Phone, once: Once, reset: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "_SLICE", 2)
    for _ in range(5):
        phone.products()
    once(reset, "pause")
    assert phone.sandbox.send(operations.list_traffic(q="products"))["items"] == []


def test_messages_are_searched_in_one_bank(
    phone: Phone, once: Once, reset: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "_WINDOW", 1)
    for _ in range(3):
        phone.transfer("1.00")
    (newest,) = phone.sandbox.send(operations.list_messages(order="newest", limit=1))["items"]
    wanted = operations.list_messages(q=newest["code"], order="newest", limit=1)
    assert phone.sandbox.send(wanted)["items"] == [newest]
    once(reset, "pause")
    assert phone.sandbox.send(wanted)["items"] == []


def test_a_recording_tells_the_effects_of_one_bank(phone: Phone, once: Once, reset: Act) -> None:
    bank = phone.sandbox
    bank.record()
    phone.log_in().transfer("5.00")

    def told() -> list[Json | None]:
        lines = [json.loads(line) for line in bank.call("GET", "/_sandbox/recording").text.splitlines()]
        return [line.get("effects") for line in lines[1:]]

    before = told()
    assert any(before)
    once(reset, "pause")
    nothing = [None] * len(before)
    assert told() == nothing, "what was done in the former bank is no longer known"


def test_a_recording_that_a_deletion_has_ended_is_of_no_sandbox(
    client: httpx.Client, bank: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deletion comes once the sandbox was selected."""
    registry = registry_of(client)
    notes = registry.get(bank.name).notes
    bank.record()
    gather = notes.gather

    async def behind_a_deletion() -> None:
        monkeypatch.setattr(notes, "gather", gather)
        await registry.delete(bank.name)

    monkeypatch.setattr(notes, "gather", behind_a_deletion)
    assert_problem(bank.call("DELETE", "/_sandbox/recording"), 404, "sandbox_not_found")


def test_a_request_is_told_with_what_it_did_or_not_at_all(phone: Phone, once: Once, reset: Act) -> None:
    bank = phone.sandbox
    phone.transfer("5.00")
    (listed,) = bank.send(operations.list_requests(operation_id="createTransfer"))["items"]
    told = bank.send(operations.get_request(listed["id"]))
    assert told["events"]
    assert told["decisions"]
    once(reset, "hold_turn", "one", "all")
    assert_problem(bank.call("GET", f"/_sandbox/requests/{listed['id']}"), 404, "not_found")


def test_a_call_meets_the_faults_of_one_bank(phone: Phone, client: httpx.Client, once: Once) -> None:
    """The former bank has one for this call, and the next one another by the same key."""
    bank, registry = phone.sandbox, registry_of(client)

    def order(operation: str) -> None:
        bank.faults.refuse("service_unavailable", operation_id=operation)

    order("createTransfer")
    file = registry.places.scratch(bank.name)
    file.write_bytes(bank.export())
    bank.reset()
    order("getProducts")
    once(lambda: registry.replace(bank.name, file, lambda _: []), "hold_turn", "one")
    assert phone.call("GET", "/v1/products").status_code == 200
    (fault,) = bank.send(operations.list_faults())["items"]
    assert (fault["match"], fault["seen"], fault["hits"]) == ({"operation_id": "createTransfer"}, 0, 0)
