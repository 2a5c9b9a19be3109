"""Requests beside an advance, which runs its jobs one by one: the clock follows each of them."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import TypeVar, cast

import pytest
from starlette.testclient import TestClient

from sandbox.bank.jobs import service as jobs
from sandbox.kernel import clock
from sandbox.sandboxes.sandbox import Sandbox as Served
from sandbox.storage import schema
from sandbox.storage.threads import in_thread
from sandbox.testing import Phone, Sandbox
from tests.bank.life.living import HUNDRED, alone, kept, only
from tests.databases import database
from tests.transport import registry_of
from tests.waiting import LONGEST

T = TypeVar("T")
DAILY = 'when: {monthly: {days: [1, 5, 9, 13, 17, 21, 25, 29]}, from: "10:00", to: "10:01"}'
RICH = {"accounts": [{"balance": "1000.00"}]}
FAR = clock.Micros(clock.parse("2027-02-23T09:15:00-05:00"))


def served(bank: Sandbox) -> Served:
    return registry_of(bank.connection.client).get(bank.name)


def on_the_loop(bank: Sandbox, work: Callable[[], Awaitable[T]]) -> T:
    portal = cast(TestClient, bank.connection.client).portal
    assert portal is not None
    return portal.call(work)


def busy(bank: Sandbox) -> str:
    """Have a member receive money every few days; gives an account of theirs."""
    only(bank, f"what: remittance, {DAILY}, {HUNDRED}, labels: [Remesa]")
    member = alone(bank, **RICH)
    account: str = member["accounts"][0]["id"]
    return account


def stored(bank: Sandbox) -> clock.Micros:
    """The moment of the clock that a process would begin with."""
    return clock.Micros(int(schema.facts(database(served(bank)))["clock_anchor"]))


def run(bank: Sandbox, until: int) -> jobs.Done:
    """The last of the jobs that are due by then."""
    ran = on_the_loop(bank, lambda: jobs.run_due(served(bank), clock.Micros(until)))
    return ran.first[-1]


def test_the_clock_follows_jobs_in_memory_and_in_the_database(bank: Sandbox) -> None:
    busy(bank)
    for until in (FAR - 60 * clock.DAY, FAR - 30 * clock.DAY, FAR):
        last = run(bank, until)
        assert last.due_at <= served(bank).clock.now() == stored(bank) < until
    assert bank.clock.read()["rate"] == 0


@pytest.mark.parametrize("rate", [1, 60])
def test_a_clock_goes_on_at_its_rate(bank: Sandbox, rate: int) -> None:
    busy(bank)
    bank.clock.set(rate=rate)
    last = run(bank, FAR)
    assert bank.clock.read()["rate"] == rate
    assert last.due_at <= stored(bank) <= served(bank).clock.now()


def test_a_job_of_the_past_leaves_the_clock_where_it_is(phone: Phone) -> None:
    due = clock.Micros(clock.parse(phone.transfer("0.01")["challenge"]["expires_at"]))
    passing = served(phone.sandbox).clock
    passing.anchor = clock.Micros(due + clock.HOUR)
    assert run(phone.sandbox, passing.now()).due_at == due
    assert passing.now() == due + clock.HOUR


def test_a_unit_that_waited_while_a_job_ran_comes_after_it(bank: Sandbox) -> None:
    busy(bank)

    async def wait_for_a_job() -> tuple[clock.Micros, clock.Micros, clock.Micros]:
        unit = served(bank).unit("test")
        before = unit.now
        await jobs.run_due(served(bank), FAR)
        try:
            await unit.write()
            return before, unit.now, served(bank).clock.now()
        finally:
            unit.rollback()

    before, after, now = on_the_loop(bank, wait_for_a_job)
    assert before < after == now


@pytest.mark.sqlite("on a server of databases, requests and jobs post at the same time")
def test_entries_never_go_back_in_time_beside_an_advance(bank: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    account = busy(bank)
    last = database(served(bank)).execute("SELECT max(id) FROM entry").fetchone()[0]
    run_one, moved, may_go_on = jobs._run_one, threading.Event(), threading.Event()

    async def running(sandbox: Served, until: clock.Micros, generation: int) -> jobs.Done | clock.Micros | None:
        ran = await run_one(sandbox, until, generation)
        if sandbox is served(bank) and isinstance(ran, jobs.Done) and ran.kind == "life":
            moved.set()
            assert await in_thread(may_go_on.wait, LONGEST)
        return ran

    monkeypatch.setattr(jobs, "_run_one", running)
    advance = threading.Thread(target=bank.clock.advance, args=("P1Y",))
    advance.start()
    assert moved.wait(LONGEST)
    bank.members.deposit(account, "1.00")
    may_go_on.set()
    deposits = 1
    while advance.is_alive() and deposits < 500:
        bank.members.deposit(account, "1.00")
        deposits += 1
    advance.join(60)
    assert not advance.is_alive()
    entries = database(served(bank)).execute(f"SELECT moment, kind FROM entry WHERE id > {last} ORDER BY id").fetchall()
    assert all(earlier <= later for (earlier, _), (later, _) in pairwise(entries))
    kinds = [kind for _, kind in entries]
    between = {kinds.index("life.remittance") < place for place, kind in enumerate(kinds) if kind == "deposit"}
    assert True in between, "no deposit came between the jobs"
    bank.ledger.assert_balanced()


def advancing(bank: Sandbox, by: str) -> threading.Thread:
    """An advance that has got on, and has far to go."""
    bank.life.set("busy")
    thread = threading.Thread(target=bank.clock.advance, args=(by,))
    begun = bank.clock.read()["now"]
    thread.start()
    while thread.is_alive() and bank.clock.read()["now"] <= begun:
        pass
    assert thread.is_alive(), "it was over before it was met"
    return thread


@pytest.mark.sqlite("how long an advance takes")
@pytest.mark.parametrize("change", ["reset", "restore", "import"])
def test_an_advance_ends_with_its_bank(bank: Sandbox, change: str) -> None:
    begun = bank.clock.read()["now"]
    bank.snapshot("before")
    exported = bank.export()
    advance = advancing(bank, "P6M")
    {"reset": bank.reset, "restore": lambda: bank.restore("before"), "import": lambda: bank.import_(exported)}[change]()
    advance.join(60)
    assert not advance.is_alive()
    assert bank.clock.read() == {"now": begun, "rate": 0}
    assert kept(bank) == []
    bank.ledger.assert_balanced()


def test_due_work_ends_with_its_bank(bank: Sandbox) -> None:
    busy(bank)

    async def replace_and_run() -> jobs.Ran:
        running = asyncio.ensure_future(jobs.run_due(served(bank), FAR))
        await asyncio.sleep(0)
        await registry_of(bank.connection.client).reset(bank.name)
        return await running

    on_the_loop(bank, replace_and_run)
    assert served(bank).clock.now() == served(bank).origin.clock_start
    assert kept(bank) == []


@pytest.mark.sqlite("how long an advance takes")
def test_a_rate_that_is_set_beside_an_advance_stays(bank: Sandbox) -> None:
    advance = advancing(bank, "P3M")
    bank.clock.set(rate=60)
    advance.join(60)
    assert not advance.is_alive()
    assert bank.clock.read()["rate"] == 60


def test_a_duration_is_never_back_however_fast_the_clock_is(bank: Sandbox) -> None:
    bank.clock.set(rate=100_000)
    for _ in range(30):
        bank.clock.advance("PT0.001S")
