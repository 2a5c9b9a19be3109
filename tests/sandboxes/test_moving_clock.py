"""Requests beside an advance, where several units of work commit at the same time: in one process, and in two that
serve the same sandbox. Jobs take the clock with them, and what begins behind a job is not earlier."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple, NoReturn

import pytest

from sandbox.kernel import clock
from sandbox.sandboxes.moving import Moving
from sandbox.sandboxes.peers import Alone
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.settings import Settings
from sandbox.storage.server.unit import ServerUnit
from sandbox.testing import Sandbox as Bank
from tests.answers import answered, assert_problem
from tests.bank.test_advancing import busy
from tests.sandboxes.beside import Pair, pair_over
from tests.sandboxes.test_hands import held_up, here_and_there, until
from tests.sandboxes.test_two_processes import control, order
from tests.transport import bank_of

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers


@pytest.fixture(scope="module")
def pair(settings: Settings, tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Pair]:
    """Both in this process, so that their memory can be looked at; sessions outlive a year."""
    own = settings.model_copy(update={"dev_sessions": True})
    with pair_over(own, tmp_path_factory.mktemp("shared"), url) as made:
        yield made


class Posted(NamedTuple):
    """An entry of the ledger."""

    id: int
    moment: int
    kind: str
    request_id: str | None


class Stored:
    """What a sandbox's database says, by a connection of the test's own."""

    def __init__(self, url: str, database: str) -> None:
        self._connection = psycopg.connect(url, dbname=database, autocommit=True)

    def now(self) -> int:
        """Where the clock stands."""
        (value,) = self._connection.execute("SELECT value FROM sandbox_fact WHERE key = 'clock_anchor'").fetchone()
        return int(value)

    def entries(self) -> list[Posted]:
        """What was posted, in the order of the keys."""
        rows = self._connection.execute("SELECT id, moment, kind, request_id FROM entry ORDER BY id")
        return [Posted(*row) for row in rows]

    def has_one_waiting(self) -> bool:
        """Whether a unit waits for what another one has locked."""
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return self._connection.execute(query).fetchone() is not None

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def stored(pair: Pair, name: str, url: str) -> Iterator[Stored]:
    here, _ = here_and_there(pair, name)
    opened = Stored(url, json.loads(here.path.read_text())["database"])
    yield opened
    opened.close()


def made_at(answer: Any) -> int:
    """When what a request made was made."""
    return clock.parse(answered(answer)["created_at"])


@contextmanager
def advancing(pair: Pair, name: str, by: str) -> Iterator[Future[Any]]:
    """An advance that goes on while the block runs."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit(control, pair, name, "POST", "/clock/advance", json={"by": by})


@pytest.mark.parametrize("place", [0, 1], ids=["at the keeper", "at the other"])
def test_what_begins_behind_a_job_has_its_time_while_the_advance_goes_on(
    pair: Pair, name: str, stored: Stored, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    phone = pair.phones(name)[place]
    busy(bank_of(pair.keeper, name))
    before = made_at(order(phone))
    with held_up(monkeypatch, Sandbox, "set_clock") as (reached, may_go_on), advancing(pair, name, "P2M") as advance:
        assert reached.wait(30)
        assert before < stored.now() == made_at(order(phone))
        shown = phone.call("GET", "/v1/products")
        assert answered(shown)
        assert shown.headers["date"] == clock.http_date(stored.now() // clock.SECOND).decode()
        may_go_on.set()
        now = clock.parse(advance.result(30)["now"])
    assert stored.now() == now == made_at(order(phone))
    assert not any(sandbox.moving.is_on for sandbox in here_and_there(pair, name))


@pytest.mark.parametrize("place", [0, 1], ids=["at the keeper", "at the other"])
def test_what_begins_before_memory_knows_of_a_job_has_its_time(
    pair: Pair, name: str, stored: Stored, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    phone = pair.phones(name)[place]
    busy(bank_of(pair.keeper, name))
    before = made_at(order(phone))
    with held_up(monkeypatch, ServerUnit, "_refresh") as (reached, may_go_on), advancing(pair, name, "P2M") as advance:
        assert reached.wait(30)
        assert before < stored.now() == made_at(order(phone))
        may_go_on.set()
        advance.result(30)


@pytest.mark.parametrize("place", [0, 1], ids=["at the keeper", "at the other"])
def test_a_request_that_waits_for_a_job_of_its_member_comes_after_it(
    pair: Pair, name: str, stored: Stored, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    here, _ = pair.phones(name)
    phone = pair.phones(name)[place]
    wanted = phone.order("1.00")
    due = clock.parse(answered(order(here))["challenge"]["expires_at"])
    with (
        ThreadPoolExecutor() as pool,
        held_up(monkeypatch, Sandbox, "follow") as (reached, may_go_on),
        advancing(pair, name, "PT10M") as advance,
    ):
        assert reached.wait(30)
        asking = pool.submit(phone.call, "POST", "/v1/transfers", json=wanted)
        until(stored.has_one_waiting)
        may_go_on.set()
        assert made_at(asking.result(30)) >= due
        advance.result(30)


def test_a_sandbox_that_is_opened_meanwhile_reads_the_clock_as_well(
    pair: Pair, name: str, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, phone = pair.phones(name)
    busy(bank_of(pair.keeper, name))
    _, there = here_and_there(pair, name)
    pair.other.portal.call(there.sleep)
    with held_up(monkeypatch, Sandbox, "follow") as (reached, may_go_on), advancing(pair, name, "P2M") as advance:
        assert reached.wait(30)
        before = made_at(order(phone))
        with held_up(monkeypatch, Sandbox, "set_clock") as (moved, may_end):
            may_go_on.set()
            assert moved.wait(30)
            assert before < stored.now() == made_at(order(phone))
            may_end.set()
            advance.result(30)


def test_an_advance_that_fails_leaves_every_process_with_the_clock_of_the_last_job(
    pair: Pair, name: str, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = pair.phones(name)
    busy(bank_of(pair.keeper, name))
    before = stored.now()

    async def fail(*_: object) -> NoReturn:
        raise RuntimeError("the last step of an advance")

    with monkeypatch.context() as patched:
        patched.setattr(Sandbox, "set_clock", fail)
        path, body = "/_sandbox/clock/advance", {"by": "P2M"}
        assert_problem(bank_of(pair.keeper, name).call("POST", path, json=body), 500, "internal_error")
    assert not any(sandbox.moving.is_on for sandbox in here_and_there(pair, name))
    assert before < stored.now()
    assert [made_at(order(phone)) for phone in phones] == [stored.now()] * 2


def test_two_advances_at_once_end_when_both_have(pair: Pair, name: str) -> None:
    busy(bank_of(pair.keeper, name))
    _, phone = pair.phones(name)
    with advancing(pair, name, "P2M") as first, advancing(pair, name, "P1M") as second:
        moments = [clock.parse(each.result(30)["now"]) for each in (first, second)]
    assert made_at(order(phone)) == max(moments)
    assert not any(sandbox.moving.is_on for sandbox in here_and_there(pair, name))


def test_no_job_runs_twice_where_the_next_one_begins_before_memory_knows_of_the_last(
    pair: Pair, name: str, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(bank_of(pair.keeper, name))
    here, _ = here_and_there(pair, name)
    with held_up(monkeypatch, ServerUnit, "_refresh") as (reached, may_go_on), advancing(pair, name, "P1M") as first:
        assert reached.wait(30)
        with advancing(pair, name, "P1M") as second:
            until(lambda: here.moving._spans == 2)
            for _ in range(20):  # time enough for a job
                control(pair, name, "GET", "/clock")
            may_go_on.set()
            second.result(30)
        first.result(30)
    moments = [entry.moment for entry in stored.entries() if entry.kind == "life.remittance"]
    assert len(moments) == len(set(moments)) > 5


def test_a_unit_costs_no_statement_more_while_no_job_moves_the_clock(
    pair: Pair, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = pair.phones(name)

    async def fail(*_: object) -> NoReturn:
        raise AssertionError("nothing moves the clock")

    monkeypatch.setattr(ServerUnit, "_take_time", fail)
    for phone in phones:
        made_at(order(phone))
    control(pair, name, "POST", "/jobs/run")
    control(pair, name, "PUT", "/clock", json={"rate": 60})
    made_at(order(phones[1]))


class Slow(Alone):
    """Peers that are told slowly."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_go_on = asyncio.Event()

    @asynccontextmanager
    async def moving(self, name: str) -> AsyncIterator[None]:
        self.asked.append(f"begin {name}")
        await self.may_go_on.wait()
        try:
            yield
        finally:
            self.asked.append(f"end {name}")


async def test_a_caller_that_gives_up_leaves_no_clock_moving() -> None:
    peers = Slow()
    moving = Moving("mine", peers)

    async def advance() -> None:
        async with moving.going_on():
            raise AssertionError("it was cancelled")

    advancing = asyncio.create_task(advance())
    await asyncio.sleep(0.01)
    assert moving.is_on
    advancing.cancel()
    await asyncio.sleep(0.01)
    peers.may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await advancing
    assert (moving.is_on, peers.asked) == (False, ["begin mine", "end mine"])


MOST = 400


def deposit_until(over: threading.Event, bank: Bank, account: str, stored: Stored) -> dict[str, int]:
    """Make deposits until it is over; where the clock stood before each, by its request."""
    told: dict[str, int] = {}
    while not over.is_set() and len(told) < MOST:
        known = stored.now()
        made = bank.call("POST", f"/_sandbox/accounts/{account}/deposits", json={"amount": "1.00"})
        assert made.status_code == 201, made.text
        told[made.headers["x-request-id"]] = known
    return told


def test_no_posting_beside_a_year_of_jobs_is_earlier_than_a_job_before_it(
    pair: Pair, name: str, stored: Stored
) -> None:
    account = busy(bank_of(pair.keeper, name))
    before, over = stored.entries()[-1].id, threading.Event()
    with ThreadPoolExecutor() as pool:
        depositing = [pool.submit(deposit_until, over, bank, account, stored) for bank in pair.banks(name)]
        try:
            control(pair, name, "POST", "/clock/advance", json={"by": "P1Y"})
        finally:
            over.set()
        told = [each.result(60) for each in depositing]
    posted = [entry for entry in stored.entries() if entry.id > before]
    for known in told:
        made = {entry.request_id: entry.moment for entry in posted if entry.request_id in known}
        assert made.keys() == known.keys()
        assert [request for request, moment in made.items() if moment < known[request]] == []
        assert len(set(made.values())) > 5, "no deposit came between the jobs"
    remitted = [entry.moment for entry in posted if entry.kind == "life.remittance"]
    assert len(remitted) > 90
    assert remitted == sorted(remitted)
    bank_of(pair.keeper, name).ledger.assert_balanced()
