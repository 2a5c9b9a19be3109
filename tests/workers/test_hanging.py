"""Real workers that are stopped in the middle of their work, as a debugger or a blocked loop would."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from sandbox.kernel import clock
from sandbox.testing import Phone
from tests import postgres
from tests.answers import answered
from tests.bank.test_advancing import busy
from tests.transport import bank_of
from tests.waiting import until
from tests.workers.processes import Workers, insisted

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers
SILENCE = 6  # seconds: a machine that is busy lets a sound worker wait, too
MOST = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    own = {"worker_seconds": str(SILENCE), "dev_sessions": "true"}
    with postgres.server(programs) as home:
        server = Workers(tmp_path_factory.mktemp("hanging"), postgres.url(home), **own)
        server.start()
        yield server
        server.close()


def made(server: Workers, name: str) -> str:
    """A sandbox of the test's own, its clock frozen."""
    answered(server.client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}))
    return name


def test_a_worker_that_hangs_is_replaced_and_holds_nothing_up(server: Workers) -> None:
    name = made(server, "hangs")
    phone = bank_of(server.client, name).phone("al-dia")
    with server.at(1) as first, server.at(2) as second:
        there = Phone(bank_of(second, name), phone.member, phone.token)
        answered(there.call("GET", "/v1/products"))
        former = server.pids[2]
        os.kill(former, signal.SIGSTOP)
        moved = answered(bank_of(first, name).call("POST", "/_sandbox/clock/advance", json={"by": "PT1H"}))
    server.wait_until_back(2, former)
    assert f"worker 2 hangs: no sign of life for {float(SILENCE)} seconds; process {former} is ended" in server.output
    assert "worker 2 has ended by signal 9; it is started again" in server.output
    with server.at(2) as second:
        there = Phone(bank_of(second, name), phone.member, phone.token)
        ordered = answered(there.call("POST", "/v1/transfers", json=there.order("1.00")))
        assert ordered["created_at"] == moved["now"]


def test_a_keeper_that_hangs_is_replaced_and_calls_for_it_go_on(server: Workers) -> None:
    name = made(server, "keeper")
    with server.at(2) as second:
        former = server.pids[1]
        os.kill(former, signal.SIGSTOP)
        bank = bank_of(second, name)
        told = insisted(lambda: bank.call("GET", "/_sandbox/clock"), 200).json()
        assert told["rate"] == 0
    server.wait_until_back(1, former)
    assert "the keeper hangs" in server.output


@contextmanager
def held_up_behind_a_job(server: Workers, name: str) -> Iterator[None]:
    """Have an advance wait within a block, once the first code has expired, for the member who was made last. Else it may
    be over before a request comes between its jobs, on a machine that has much else to do."""
    import psycopg

    database = json.loads((server.data_dir / "sandboxes" / name / "bank.json").read_text())["database"]
    with psycopg.connect(server.settings["database_url"], dbname=database) as holder:
        holder.execute("SELECT 1 FROM account WHERE member_id = (SELECT max(id) FROM member) FOR UPDATE")
        yield


def test_requests_at_another_worker_follow_the_jobs_of_a_year(server: Workers) -> None:
    name = made(server, "year")
    with server.at(1) as first, server.at(2) as second, ThreadPoolExecutor() as pool:
        keeper, other = bank_of(first, name), bank_of(second, name)
        busy(keeper)
        phone = keeper.phone("al-dia")
        there = Phone(other, phone.member, phone.token)
        wanted = there.order("0.01")
        before = clock.parse(keeper.clock.read()["now"])

        def ordered() -> int:
            return clock.parse(answered(there.call("POST", "/v1/transfers", json=wanted))["created_at"])

        def shown() -> str:
            return there.call("GET", "/v1/products").headers["date"]

        moments, at_first = [ordered()], shown()
        with held_up_behind_a_job(server, name):
            advance = pool.submit(keeper.clock.advance, "P1Y")
            until(lambda: shown() != at_first)
            moments.append(ordered())
        while not advance.done() and len(moments) < MOST:  # each is a job more: it expires
            moments.append(ordered())
        end = clock.parse(advance.result(120)["now"])
        moments.append(ordered())
    assert moments == sorted(moments)
    assert moments[-1] == end
    assert [moment for moment in moments if before < moment < end], "no request came between the jobs"
    keeper = bank_of(server.client, name)
    keeper.ledger.assert_balanced()
