"""How many requests a second each row answers: every row once a round, so that noise falls on all of them alike."""

import json
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2 as httpx
from rich.console import Console

from bench import prism
from bench.load import Measured, drive
from bench.plans import MEMBERS, Members, Plan, confirmation
from bench.servers import SEED, Served, plain, product
from sandbox.kernel import clock

PREPARED_A_SECOND = 3000
ON_A_SERVER = "PostgreSQL "
"""What the names of rows begin with whose sandboxes are on a PostgreSQL server."""
Round = Callable[[int], Measured]


class Row(NamedTuple):
    """The medians of a row's rounds; `ratio` is the rate as a multiple of the floor's.

    `cpu_ratio` is what the rate would be, as such a multiple, if the processor had nothing else to do.
    """

    rps: float
    ratio: float
    cpu_ms: float
    cpu_ratio: float
    p50_ms: float
    p99_ms: float
    failed: int


class Bank:
    """The product, driven for `seconds` at a time by members who are logged in."""

    def __init__(self, server: Served, seconds: float, logins: int = MEMBERS) -> None:
        self.server = server
        self.seconds = seconds
        self.client = httpx.Client(base_url=server.base, timeout=600)
        self.members = Members(self.client, logins)

    def rounds(self) -> dict[str, Round]:
        """What each row does in a round."""
        products, movements = self.members.products(), self.members.movements()
        return {
            "createTransfer": lambda number: self.transfers(self.server, f"create-{number}"),
            "confirmChallenge": lambda number: self.confirmations(f"confirm-{number}"),
            "getProducts": lambda number: self.reads(self.server, products, f"products-{number}"),
            "listMovements": lambda number: self.reads(self.server, movements, f"movements-{number}"),
        }

    def transfers(self, server: Served, run: str) -> Measured:
        """Orders to the server, a cent each, every one with a key of its own."""
        return drive(server, self.members.orders(), self.seconds, f"{run}-{time.time_ns()}", once=False)

    def confirmations(self, run: str) -> Measured:
        """Confirmations of challenges that are prepared before the round, each sent once."""
        orders = self.members.orders()
        made = []
        for number in range(int(PREPARED_A_SECOND * self.seconds)):
            order = orders[number % len(orders)]
            headers = {"Authorization": f"Bearer {order.token}", "Content-Type": "application/json"}
            answer = self.client.post(order.path, content=order.body, headers=headers).raise_for_status()
            made.append((order, answer.json()["challenge"]["id"]))
        codes = self.members.codes()
        plan = [confirmation(order, challenge, codes[challenge]) for order, challenge in made]
        return drive(self.server, plan, self.seconds, run, once=True)

    def reads(self, server: Served, plan: Plan, run: str) -> Measured:
        """The plan's requests to the server, over and over."""
        return drive(server, plan, self.seconds, run, once=False)


class Contenders(NamedTuple):
    """The product, what each row does in a round, and the seconds from start to ready: the first time and the next."""

    bank: Bank
    rounds: dict[str, Round]
    first_start: float
    start: float


@contextmanager
def contenders(
    directory: Path, seconds: float, *, naive: bool, database: str, console: Console
) -> Iterator[Contenders]:
    """Start the product and everything it is compared with: the floor, Prism, no journal, the naive way, and itself on
    the PostgreSQL server at the URL `database`, if there is one."""
    with ExitStack() as stack:
        with product(directory / "first") as first:
            pass
        server = stack.enter_context(product(directory / "first"))
        bank = Bank(server, seconds)
        floor = stack.enter_context(plain("bench.floor", {}))
        rounds: dict[str, Round] = {"floor": lambda number: bank.transfers(floor, f"floor-{number}"), **bank.rounds()}
        if prism.is_installed():
            mock = stack.enter_context(prism.static(server.base, directory))
            products = bank.members.products()
            rounds["Prism createTransfer"] = lambda number: bank.transfers(mock, f"prism-{number}")
            rounds["Prism getProducts"] = lambda number: bank.reads(mock, products, f"prism-{number}")
        else:
            console.print("Prism is not installed (`make clients-install` does): measured without it.")
        quiet = stack.enter_context(product(directory / "quiet", journal=False))
        unwatched = Bank(quiet, seconds)
        rounds["journal off"] = lambda number: unwatched.transfers(quiet, f"quiet-{number}")
        if naive:
            usual = stack.enter_context(_naive(directory))
            rounds["naive"] = lambda number: bank.transfers(usual, f"naive-{number}")
        if database:
            rounds |= _on_a_server(stack, directory, seconds, database)
        yield Contenders(bank, rounds, first.start, server.start)


def _on_a_server(stack: ExitStack, directory: Path, seconds: float, database: str) -> dict[str, Round]:
    """The product's rows with its sandboxes on a PostgreSQL server, with commits that do not wait for the disk and, for
    transfers, with some that do."""
    shared = Bank(stack.enter_context(product(directory / "shared", database=database)), seconds)
    durable = Bank(stack.enter_context(product(directory / "durable", database=database, durable=True)), seconds)
    rounds = {f"{ON_A_SERVER}{name}": row for name, row in shared.rounds().items()}
    rounds[f"{ON_A_SERVER}durable createTransfer"] = lambda number: durable.transfers(
        durable.server, f"durable-{number}"
    )
    return rounds


@contextmanager
def _naive(directory: Path) -> Iterator[Served]:
    """The naive server over a copy of the product's database, with the sessions of its members."""
    database = directory / "naive.sqlite"
    shutil.copyfile(next((directory / "first").glob("golden-*.sqlite")), database)
    _copy_sessions(directory / "first" / "sandboxes" / "default" / "bank.sqlite", database)
    with plain("bench.naive", {"BENCH_DATABASE": str(database), "BENCH_SEED": SEED}) as server:
        yield server


def _copy_sessions(source: Path, database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("ATTACH ? AS live", (str(source),))
    connection.execute("INSERT INTO session SELECT * FROM live.session")
    # Two of its threads would race to insert the day's first row, and one would fail.
    today = clock.day_of(clock.wall())
    connection.execute("INSERT INTO daily_use SELECT DISTINCT member_id, ?, 'own', 0 FROM session", (today,))
    connection.commit()
    connection.close()


def measure(rounds: dict[str, Round], times: int, console: Console) -> dict[str, Row]:
    """Drive all rows `times` times; the medians by row."""
    measured: dict[str, list[Measured]] = {name: [] for name in rounds}
    for number in range(times):
        for name, row in rounds.items():
            shot = row(number)
            measured[name].append(shot)
            console.print(f"round {number + 1} {name}: {shot.rps:.0f} requests/s, {shot.failed} failed", style="dim")
    floor = measured["floor"]
    return {name: _medians(shots, floor) for name, shots in measured.items()}


def _medians(shots: list[Measured], floor: list[Measured]) -> Row:
    rps = statistics.median(shot.rps for shot in shots)
    cpu_ms = statistics.median(shot.cpu_ms for shot in shots)
    return Row(
        rps=rps,
        ratio=rps / statistics.median(shot.rps for shot in floor),
        cpu_ms=cpu_ms,
        cpu_ratio=statistics.median(shot.cpu_ms for shot in floor) / cpu_ms,
        p50_ms=statistics.median(shot.p50_ms for shot in shots),
        p99_ms=statistics.median(shot.p99_ms for shot in shots),
        failed=sum(shot.failed for shot in shots),
    )


def write(path: Path, rows: dict[str, Row], **others: dict[str, float]) -> None:
    """Keep the results as JSON."""
    told = {name: row._asdict() for name, row in rows.items()} | others
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
