"""Due work is done exactly once, whatever happens in the middle of an advance; a year leaves every cent in its place."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.functional.processes import Server
from tests.support import Sandbox

TARGET = "2036-11-23T09:15:00-05:00"


def advance_in_vain(server: Server) -> None:
    try:
        server.client.post("/_sandbox/clock/advance", json={"to": TARGET}, timeout=60)
    except httpx.TransportError:
        return  # the process was killed in the middle, as it should be


def history(bank: Sandbox) -> list[Any]:
    phone = bank.phone(bank.persona("pago-programado-manana"))
    schedules = phone.get("/scheduled-payments")["items"]
    cards = bank.phone(bank.persona("al-dia")).get("/cards")["items"]
    runs = []
    for schedule in schedules:
        cursor: str | None = ""
        while cursor is not None:
            params = {"limit": 200} | ({"cursor": cursor} if cursor else {})
            page = phone.get(f"/scheduled-payments/{schedule['id']}/runs", params=params)
            runs += [(run["period"], run["outcome"], run["attempts"], run["amount"]) for run in page["items"]]
            cursor = page["next_cursor"]
    return [runs, phone.accounts(), cards, schedules]


@pytest.mark.slow
def test_a_kill_in_the_middle_of_an_advance_loses_and_repeats_nothing(tmp_path: Path) -> None:
    whole = Server(tmp_path / "whole", members="20").start()
    whole.bank.freeze()
    done = whole.client.post("/_sandbox/clock/advance", json={"to": TARGET}, timeout=60).json()["jobs"]
    expected = history(whole.bank)
    whole.interrupt()

    cut = Server(tmp_path / "cut", members="20").start()
    cut.bank.freeze()
    for _ in range(3):
        thread = threading.Thread(target=advance_in_vain, args=(cut,))
        with closing(sqlite3.connect(cut.database("default"))) as reader:
            before = runs_so_far(reader)
            thread.start()
            while thread.is_alive() and runs_so_far(reader) < before + 5:
                threading.Event().wait(0.001)
            cut.kill()
        thread.join(20)
        cut.start()
    left = cut.client.post("/_sandbox/clock/advance", json={"to": TARGET}, timeout=60).json()["jobs"]
    assert left == done[-len(left) :]
    assert 0 < len(left) < len(done)  # the kills did come in the middle
    assert history(cut.bank) == expected
    assert cut.bank.audit()["balanced"], cut.bank.audit()["violations"]
    cut.interrupt()


def runs_so_far(reader: sqlite3.Connection) -> int:
    """Read past the server: a request would wait for its turn between the jobs, and the advance be over before it."""
    return int(reader.execute("SELECT count(*) FROM scheduled_run").fetchone()[0])


def test_the_books_balance_after_a_year_of_the_whole_bank(bank: Sandbox) -> None:
    jobs = bank.advance("P1Y")["jobs"]
    assert len(jobs) > 40
    assert [job["due_at"] for job in jobs] == sorted(job["due_at"] for job in jobs)
    bank.assert_balanced()
