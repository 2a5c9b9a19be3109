"""A disk that is full when the common transaction commits: each that wrote is told, memory and database are as before.

The commit may come while the unit that wrote waits for its end, or at the end of its turn, where it gave up the loop in
the middle: every operation is called both ways.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx2 as httpx
import pytest

from sandbox.kernel import clock
from sandbox.storage.driver import connect
from sandbox.storage.sqlite_unit import SqliteUnit
from sandbox.testing import Sandbox
from tests import openapi
from tests.answers import assert_problem
from tests.bank.life.living import AT_TEN, HUNDRED, alone, kept, only
from tests.contract.test_every_route import belongings, every_operation, example_body, with_ids
from tests.databases import database, file_of
from tests.transport import registry_of

pytestmark = pytest.mark.sqlite("commits in which several units share")

# What works on files, and has its own tests with a disk that is full; and what waits for something.
_WHOLE = tuple(f"/_sandbox/{each}" for each in ("sandboxes", "snapshots", "import", "reset", "scenarios", "recording"))
_READ = (
    "/_sandbox/clock", "/_sandbox/life", "/_sandbox/faults", "/_sandbox/webhooks", "/_sandbox/rules", "/_sandbox/members",
    "/_sandbox/messages", "/_sandbox/jobs",
)  # fmt: skip
FULL = "database or disk is full"


class _Full:
    """A connection that cannot commit."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self.real = real
        self.refused = 0

    def execute(self, sql: str, *params: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            self.refused += 1
            error = sqlite3.OperationalError(FULL)
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return self.real.execute(sql, *params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@contextmanager
def full(bank: Sandbox) -> Iterator[_Full]:
    """Have no commit of the sandbox succeed for a block."""
    store = file_of(registry_of(bank.connection.client).get(bank.name))
    failing = _Full(store.connection)
    store.connection = cast(Any, failing)
    try:
        yield failing
    finally:
        if not store.closed and cast(Any, store.connection) is failing:  # or it was closed, and opened anew
            store.connection = failing.real


@pytest.fixture(params=["at once", "in the middle"])
def writing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether units give up the loop between their last statement and their commit."""
    if request.param == "in the middle":
        commit = SqliteUnit.commit

        async def later(unit: SqliteUnit) -> None:
            for _ in range(3):
                await asyncio.sleep(0)
            await commit(unit)

        monkeypatch.setattr(SqliteUnit, "commit", later)
    return cast(str, request.param)


def known(bank: Sandbox) -> dict[str, Any]:
    """What memory and database tell of a sandbox whose clock stands still."""
    return {path: bank.call("GET", path).json() for path in _READ}


@contextmanager
def watched(bank: Sandbox) -> Iterator[Callable[[], int]]:
    """A number that changes with every commit."""
    served = registry_of(bank.connection.client).get(bank.name)
    (_, _, path), *_ = database(served).execute("PRAGMA database_list")
    other = connect(Path(path))
    try:
        yield lambda: other.execute("PRAGMA data_version").fetchone()[0]
    finally:
        other.close()


@pytest.mark.slow  # every operation
def test_each_that_wrote_is_told_and_nothing_has_changed(client: httpx.Client, bank: Sandbox, writing: str) -> None:
    phone = bank.phone("al-dia")
    ids = belongings(phone) | {"member_id": phone.member["id"], "name": bank.name}
    document = openapi.fetched(client)
    ours = {  # where the example names what is not there
        "createSession": phone.credentials(),
        "createTransfer": phone.order("1.00"),
        "leaseMember": {"traits": {"savings_accounts": 4}, "create": True},
        "advanceClock": {"by": "P3D"},
        "setClock": {"now": "2026-11-30T09:15:00-05:00"},
    }
    told: set[str] = set()
    with watched(bank) as commits:
        for method, path, operation in every_operation(client):
            if method == "get" or path.startswith(_WHOLE):
                continue
            phone.log_in()
            headers = {"Authorization": f"Bearer {phone.token}"} if path.startswith("/v1/") else {}
            body = ours.get(operation["operationId"]) or example_body(operation, document)
            before, number = known(bank), commits()
            with full(bank) as failing:
                answer = bank.call(method.upper(), with_ids(path, ids), json=body, headers=headers)
            if failing.refused:
                assert_problem(answer, 507, "storage_full")
                told.add(operation["operationId"])
            assert commits() == number, operation["operationId"]
            assert known(bank) == before, operation["operationId"]
    assert registry_of(client).get(bank.name).leases.live() == 0
    assert {"createMember", *ours} <= told
    assert len(told) >= 30
    bank.ledger.assert_balanced()


@pytest.mark.parametrize("rate", [0, 1, 60])
def test_a_clock_that_a_job_could_not_move_goes_on_from_where_it_was(bank: Sandbox, writing: str, rate: int) -> None:
    tomorrow = f"when: {{monthly: {{days: [24]}}, {AT_TEN}}}"
    only(bank, f"what: remittance, {tomorrow}, {HUNDRED}, labels: [Remesa]")
    alone(bank)
    bank.clock.set(rate=rate)
    before = clock.parse(bank.clock.read()["now"])
    with full(bank) as failing:
        assert_problem(bank.call("POST", "/_sandbox/clock/advance", json={"by": "P2D"}), 507, "storage_full")
    assert failing.refused
    after = bank.clock.read()
    assert after["rate"] == rate
    assert clock.parse(after["now"]) - before <= rate * clock.MINUTE
    assert kept(bank) == []
    while rate and clock.parse(bank.clock.read()["now"]) == clock.parse(after["now"]):
        pass  # it does not stand still
    assert bank.clock.advance("P2D")["counts"]["life.remittance"] == 1
    bank.ledger.assert_balanced()
