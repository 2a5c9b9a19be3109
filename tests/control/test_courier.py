"""What is checked when an event leaves, not only when its webhook was registered."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Phone, Sandbox, operations
from tests import goldens
from tests.control.test_webhook_targets import HOOKS, naming
from tests.control.test_webhooks import Receiver, client, deliveries, hook, receiver
from tests.databases import file_of
from tests.transport import bank_of, registry_of
from tests.waiting import LONGEST, until

__all__ = ["client", "receiver"]


class Held(list[int]):
    """Answers that wait until the test lets them go."""

    def __init__(self, *answers: int) -> None:
        super().__init__(answers)
        self.arrived = threading.Event()
        self.go = threading.Event()

    def pop(self, place: int = -1) -> int:  # type: ignore[override]  # a list counts from an index-like
        self.arrived.set()
        assert self.go.wait(LONGEST)
        return super().pop(place)


@pytest.fixture
def held(receiver: Receiver) -> Iterator[Held]:
    """The receiver takes one request and does not answer it yet: with 410, to hear no more."""
    answers = Held(410)
    receiver.answers = answers
    yield answers
    answers.go.set()


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_answer_of_the_two_hundreds_takes_the_event(phone: Phone, receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    made = hook(phone.sandbox, receiver, "transfer.created")
    phone.transfer("1.00")
    told = deliveries(phone.sandbox, made, until="delivered")
    assert [(each["attempts"], each["answer"]) for each in told] == [(1, status)]


@pytest.mark.parametrize("answers", [(300, 304, 301), (307, 400, 399), (404, 500, 429), (503, 302, 599)])
def test_no_other_answer_takes_it(phone: Phone, receiver: Receiver, answers: tuple[int, int, int]) -> None:
    receiver.answers = list(answers)
    made = hook(phone.sandbox, receiver, "transfer.created")
    phone.transfer("1.00")
    told = deliveries(phone.sandbox, made, until="failed")
    assert [(each["attempts"], each["answer"], each["error"]) for each in told] == [(3, answers[-1], None)]
    assert len(receiver.received) == 3, "no redirect is followed"


def test_an_answer_that_comes_after_a_reset_is_none_for_the_new_bank(
    phone: Phone, receiver: Receiver, held: Held
) -> None:
    """The reset bank gives the same keys again: its webhook is not the one that said it is gone."""
    bank = phone.sandbox
    hook(bank, receiver, "transfer.created")
    phone.transfer("1.00")
    assert held.arrived.wait(LONGEST)
    bank.reset()
    new = hook(bank, receiver, "session.started")
    held.go.set()
    bank.phone("al-dia")
    ((_, old), (_, event)) = receiver.wait(2)
    assert (old["type"], event["type"]) == ("transfer.created", "session.started")
    told = deliveries(bank, new, until="delivered")
    assert [(each["attempts"], each["answer"]) for each in told] == [(1, 204)]
    assert [each["active"] for each in bank.webhooks.all()] == [True]


def test_an_answer_that_comes_after_a_restore_is_not_written_into_the_snapshot(
    phone: Phone, receiver: Receiver, held: Held
) -> None:
    """The snapshot has the same delivery, still waiting: it is delivered again, and its own answer counts."""
    bank = phone.sandbox
    made = hook(bank, receiver, "transfer.created")
    phone.transfer("1.00")
    assert held.arrived.wait(LONGEST)
    bank.snapshot("waiting")
    bank.restore("waiting")
    held.go.set()
    receiver.wait(2)
    told = deliveries(bank, made, until="delivered")
    assert [(each["attempts"], each["answer"]) for each in told] == [(1, 204)]
    assert [each["active"] for each in bank.webhooks.all()] == [True]


@pytest.mark.sqlite("holds the one turn of its store")
def test_an_answer_that_waits_for_its_turn_behind_a_restore_is_not_written_either(
    phone: Phone, receiver: Receiver, held: Held
) -> None:
    """A request holds the bank's turn, a restore waits for it, and then the answer comes."""
    bank = phone.sandbox
    made = hook(bank, receiver, "transfer.created")
    phone.transfer("1.00")
    assert held.arrived.wait(LONGEST)
    bank.snapshot("waiting")
    portal = cast(TestClient, bank.connection.client).portal
    assert portal is not None
    unit = registry_of(bank.connection.client).get(bank.name).unit("test")
    portal.call(unit.write)
    restoring = threading.Thread(target=bank.restore, args=("waiting",))
    restoring.start()
    until_turns_are_awaited(bank, 1)
    held.go.set()
    until_turns_are_awaited(bank, 2)
    portal.call(unit.rollback)
    restoring.join()
    receiver.wait(2)
    told = deliveries(bank, made, until="delivered")
    assert [(each["attempts"], each["answer"]) for each in told] == [(1, 204)]
    assert [each["active"] for each in bank.webhooks.all()] == [True]


@pytest.mark.sqlite("holds the one turn of its store")
def test_a_webhook_deleted_just_when_its_next_delivery_is_due_leaves_the_bank_at_work(
    phone: Phone, receiver: Receiver, held: Held
) -> None:
    """The courier waits for its turn to look for the next delivery, and the deletion waits behind it."""
    bank = phone.sandbox
    made = hook(bank, receiver)  # an order makes several events at once
    held[:] = [204]
    phone.transfer("1.00")
    assert held.arrived.wait(LONGEST)
    portal = cast(TestClient, bank.connection.client).portal
    assert portal is not None
    sandbox = registry_of(bank.connection.client).get(bank.name)
    first, second = sandbox.unit("first"), sandbox.unit("second")
    portal.call(first.write)
    held.go.set()
    until_turns_are_awaited(bank, 1)  # the courier's, to note the answer
    # It only reads: a common commit would wait for the end of what writes.
    portal.start_task_soon(cast(Any, second)._take_turn)
    until_turns_are_awaited(bank, 2)
    portal.call(first.rollback)
    until_turns_are_awaited(bank, 1, owner=second)  # the courier's, to find what is due
    deleting = threading.Thread(target=bank.webhooks.remove, args=(made["id"],))
    deleting.start()
    until_turns_are_awaited(bank, 2)
    portal.call(second.rollback)
    deleting.join()
    asking = threading.Thread(target=phone.products, daemon=True)
    asking.start()
    asking.join(5)
    stuck = asking.is_alive()
    if stuck:
        turns = file_of(sandbox)._turns
        portal.call(turns.end, turns.owner)  # so that this test fails and does not hang
    assert not stuck, "a turn was taken and never ended"
    assert bank.webhooks.all() == []


def until_turns_are_awaited(bank: Sandbox, number: int, *, owner: UnitOfWork | None = None) -> None:
    """Return once at least so many wait for the bank's turn, which `owner` has, if one is given. Work beside the
    requests may be one more."""
    turns = file_of(registry_of(bank.connection.client).get(bank.name))._turns
    until(lambda: len(turns._waiting) >= number and owner in (None, turns.owner), lambda: turns._waiting)


def test_what_waits_when_the_bank_is_reset_is_never_sent(phone: Phone, receiver: Receiver, held: Held) -> None:
    bank = phone.sandbox
    hook(bank, receiver, "transfer.created")
    phone.transfer("1.00")
    assert held.arrived.wait(LONGEST)
    phone.transfer("2.00")
    bank.reset()
    held.go.set()
    receiver.wait(1)
    assert not receiver.bell.acquire(timeout=0.5)
    assert bank.webhooks.all() == []


def test_a_webhook_that_is_deleted_while_its_receiver_thinks_ends_there(
    phone: Phone, receiver: Receiver, held: Held
) -> None:
    bank = phone.sandbox
    made = hook(bank, receiver, "transfer.created")
    other = hook(bank, receiver, "session.started")
    phone.transfer("1.00")
    assert held.arrived.wait(LONGEST)
    bank.send(operations.delete_webhook(made["id"]))
    held.go.set()
    receiver.wait(1)
    bank.phone("premium")
    receiver.wait(1)
    told = deliveries(bank, other, until="delivered")
    assert [(each["attempts"], each["answer"]) for each in told] == [(1, 204)]
    assert [each["id"] for each in bank.webhooks.all()] == [other["id"]]


def test_a_host_that_is_allowed_no_longer_is_not_called(
    settings: Settings, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    naming(monkeypatch, "127.0.0.1")
    elsewhere = {"url": receiver.url.replace("127.0.0.1", HOOKS), "kinds": ["session.started"]}
    hasty = {"data_dir": tmp_path / "d", "webhook_retry_seconds": "0.05, 0.1"}
    wide = settings.model_copy(update=hasty | {"webhook_hosts": HOOKS})
    goldens.place(wide)

    def served(with_settings: Settings) -> TestClient:
        return TestClient(create_app(with_settings), base_url="http://127.0.0.1:8000")

    with served(wide) as server:
        bank = bank_of(server)
        made = bank.send(operations.create_webhook(elsewhere))
        bank.phone("al-dia")
        assert deliveries(bank, made, until="delivered")[0]["answer"] == 204
    assert len(receiver.received) == 1
    with served(settings.model_copy(update=hasty)) as server:
        bank = bank_of(server)
        bank.phone("al-dia")
        told = deliveries(bank, made, until="failed")
        assert (told[0]["attempts"], told[0]["answer"]) == (3, None)
        assert told[0]["error"] == "webhook_address_not_allowed"
    assert len(receiver.received) == 1
