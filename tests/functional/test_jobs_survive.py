"""Due work is done exactly once, whatever happens in the middle of an advance; a year leaves every cent in its place."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.kernel import clock
from sandbox.storage.connection import Connection
from sandbox.testing import Sandbox, operations
from tests import postgres
from tests.databases import columns_of
from tests.functional.processes import Server
from tests.transport import bank_of

KEYS_OF_ROWS = ("id", "of_id", "operation_id", "entry_id")
"""PostgreSQL gives no key again that was given in a transaction that a kill undid."""
DECEMBER = clock.start_of(date(2026, 12, 1))
MOST_RUNS = 100
"""Of 460 in all, those that an advance may make before it is killed."""
TARGET = "2036-11-23T09:15:00-05:00"


def advance_in_vain(server: Server) -> None:
    try:
        server.client.post("/_sandbox/clock/advance", json={"to": TARGET}, timeout=60)
    except httpx.TransportError:
        return  # the process was killed in the middle, as it should be


def history(bank: Sandbox) -> list[Any]:
    phone = bank.phone("pago-programado-manana")
    schedules = phone.send(operations.list_scheduled_payments())["items"]
    cards = bank.phone("al-dia").send(operations.list_cards())["items"]
    runs = []
    for schedule in schedules:
        cursor: str | None = ""
        while cursor is not None:
            params = {"limit": 200} | ({"cursor": cursor} if cursor else {})
            page = phone.send(operations.list_scheduled_payment_runs(schedule["id"], **params))
            runs += [(run["period"], run["outcome"], run["attempts"], run["amount"]) for run in page["items"]]
            cursor = page["next_cursor"]
    return [runs, phone.accounts(), cards, schedules]


@pytest.mark.slow
def test_a_kill_in_the_middle_of_an_advance_loses_and_repeats_nothing(tmp_path: Path) -> None:
    whole = Server(tmp_path / "whole", members="20").start()
    whole.bank.clock.freeze()
    done = whole.client.post("/_sandbox/clock/advance", json={"to": TARGET}, timeout=60).json()["jobs"]
    expected = history(whole.bank)
    whole.interrupt()

    cut = Server(tmp_path / "cut", members="20").start()
    cut.bank.clock.freeze()
    for _ in range(3):
        thread = threading.Thread(target=advance_in_vain, args=(cut,))
        with cut.database("default") as reader:
            before = runs_so_far(reader)
            with no_more_than(before + MOST_RUNS, reader):
                thread.start()
                while thread.is_alive() and runs_so_far(reader) < before + 5:
                    threading.Event().wait(0.001)
                cut.kill()
        thread.join(20)
        cut.start()
    stood = cut.bank.clock.read()["now"]
    left = cut.client.post("/_sandbox/clock/advance", json={"to": TARGET}, timeout=60).json()["jobs"]
    assert left == done[-len(left) :]
    assert 0 < len(left) < len(done)  # the kills did come in the middle
    assert stood == done[-len(left) - 1]["due_at"]  # where the last job had run
    assert history(cut.bank) == expected
    assert cut.bank.ledger.audit()["balanced"], cut.bank.ledger.audit()["violations"]
    cut.interrupt()


@contextmanager
def no_more_than(runs: int, reader: Connection) -> Iterator[None]:
    """Have an advance get no further than that for a block: the run behind them never ends. Else it may be over before a
    test that waits for the processor sees that it has begun."""
    if postgres.VARIABLES:  # a server of databases would go on for a process that is gone
        reader.execute("SELECT pg_advisory_lock(1)")
        reader.execute(
            "CREATE OR REPLACE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS"
            f" 'BEGIN IF (SELECT count(*) FROM scheduled_run) > {runs} THEN PERFORM pg_advisory_xact_lock(1); END IF;"
            " RETURN NULL; END'"
        )
        what = "EXECUTE FUNCTION wait_for_the_test()"
    else:
        endless = (
            "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT count(*) FROM number"
        )
        what = f"WHEN (SELECT count(*) FROM scheduled_run) > {runs} BEGIN SELECT ({endless}); END"
    reader.execute(f"CREATE TRIGGER no_more AFTER INSERT ON scheduled_run FOR EACH ROW {what}")
    yield
    if postgres.VARIABLES:
        reader.execute("SELECT pg_advisory_unlock(1)")
    reader.execute(f"DROP TRIGGER no_more{' ON scheduled_run' if postgres.VARIABLES else ''}")


def runs_so_far(reader: Connection) -> int:
    """Read past the server: a request would wait for its turn between the jobs, and the advance be over before it."""
    return int(reader.execute("SELECT count(*) FROM scheduled_run").fetchone()[0])


def test_the_books_balance_after_a_year_of_the_whole_bank(bank: Sandbox) -> None:
    jobs = bank.clock.advance("P1Y")["jobs"]
    assert len(jobs) > 40
    assert [job["due_at"] for job in jobs] == sorted(job["due_at"] for job in jobs)
    bank.ledger.assert_balanced()


def lived(bank: Sandbox, place: Path) -> list[Any]:
    """Every row of what members did by themselves and of what it moved, up to the first of December."""
    place.write_bytes(bank.call("GET", "/_sandbox/export").content)
    keys = KEYS_OF_ROWS if postgres.VARIABLES else ()
    with closing(sqlite3.connect(place)) as reader:
        return [
            reader.execute(
                f"SELECT {', '.join(name for name in columns_of(table) if name not in keys)} FROM {table}"
                f" WHERE moment < {DECEMBER} ORDER BY id"
            ).fetchall()
            for table in ("life_order", "entry", "posting")
        ]


@pytest.mark.long
@pytest.mark.slow
def test_life_that_is_killed_again_and_again_is_the_same_life(tmp_path: Path) -> None:
    """The clock runs a day a second: while the server is down days go by, and it catches up on them."""
    cut = Server(tmp_path / "cut", life="busy").start()
    cut.bank.clock.set(rate=86_400)
    wanted: dict[str, Any] = {"kind": "life", "wait": 30}
    for _ in range(3):
        wanted["after"] = cut.bank.send(operations.next_event(**wanted))["id"]
        cut.kill()
        cut.start()
    while (event := cut.bank.send(operations.next_event(**wanted)))["at"] < "2026-12-02":
        wanted["after"] = event["id"]
    cut.bank.clock.freeze()
    broken = lived(cut.bank, tmp_path / "cut.sqlite")
    assert cut.bank.ledger.audit()["balanced"], cut.bank.ledger.audit()["violations"]
    whole = cut.client.post("/_sandbox/sandboxes", json={"name": "whole", "life": "busy", "clock": {"rate": 0}})
    assert whole.status_code == 201, whole.text
    bank = bank_of(cut.client, "whole")
    bank.clock.advance_to("2026-12-03T00:00:00-05:00")
    assert lived(bank, tmp_path / "whole.sqlite") == broken
    assert len(broken[0]) > 200
    cut.interrupt()
