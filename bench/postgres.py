"""`make bench-postgres`: a bank on a PostgreSQL server beside one in files, in one run; writes bench/postgres.json.

The server is of the run's own, on the disk of the temporary directory, with PostgreSQL's own settings: commits that
wait for the disk are measured, too.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2 as httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from bench.load import Measured, drive
from bench.plans import Plan, Shot, confirmation
from bench.sandboxes import MEBIBYTE, crowd, lifecycle
from bench.servers import product
from bench.throughput import Bank, Round, Row, measure
from tests import postgres

RESULTS = Path(__file__).parent / "postgres.json"
SERVER = "-c max_connections=400"
SQLITE, SERVED, DURABLE = "SQLite", "PostgreSQL", "PostgreSQL durable"
FEW = 8
IDLE_SECONDS = 1
TARGETS = {
    "createTransfer to SQLite's": "≥ 0.45", "CPU of the process to SQLite's": "≤ 1.1", "create_ms": "≤ 30",
    "reset_ms": "≤ 30", "create_ms without spares": "≤ 150", "reset_ms without spares": "≤ 150", "fork_ms": "≤ 250",
    "retries a request, spread": "< 0.05", "MiB of the server with 200 sandboxes": "≤ 1024",
}  # fmt: skip


def main() -> int:
    """Measure; the exit status is 1 when an answer was not 2xx or books do not balance afterwards, or when PostgreSQL
    is not installed."""
    parser = argparse.ArgumentParser(prog="python -m bench.postgres", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="how long each row is driven in a round (default 3)")
    parser.add_argument("--rounds", type=int, default=3, help="how often all rows are driven (default 3)")
    parser.add_argument("--sandboxes", type=int, default=200, help="how many to make for the memory (default 200)")
    options = parser.parse_args()
    console = Console(width=120)
    programs = postgres.programs()
    if programs is None:
        console.print("PostgreSQL is not installed: run `make postgres` as root")
        return 1
    with (
        tempfile.TemporaryDirectory() as directory,
        postgres.server(programs, SERVER, Path(tempfile.gettempdir())) as home,
    ):
        url = postgres.url(home)
        rows, told, sound = _throughput(Path(directory), url, options.seconds, options.rounds, console)
        with _served(Path(directory) / "bare", url, {"SANDBOX_DATABASE_SPARES": "0"}) as client:
            told |= {f"{name} without spares": taken for name, taken in lifecycle(client).items()}
        told |= _memory(Path(directory), home, options.sandboxes)
    RESULTS.write_text(
        json.dumps({name: row._asdict() for name, row in rows.items()} | {"others": told}, indent=2) + "\n",
        encoding="utf-8",
    )
    _print(console, rows, told)
    failed = sum(row.failed for row in rows.values())
    if failed or not sound:
        console.print(f"[red]{failed} answers were not 2xx" if failed else "[red]books do not balance")
    return 1 if failed or not sound else 0


def _throughput(
    directory: Path, url: str, seconds: float, rounds: int, console: Console
) -> tuple[dict[str, Row], dict[str, float], bool]:
    """The rows of each engine, what else was counted on the way, and whether all books balance."""
    with ExitStack() as stack:
        banks = {
            SQLITE: Bank(stack.enter_context(product(directory / "files")), seconds),
            SERVED: Bank(stack.enter_context(product(directory / "served", database=url)), seconds),
            DURABLE: Bank(stack.enter_context(product(directory / "durable", database=url, durable=True)), seconds),
        }
        shots = {f"{name} {row}": shot for name, bank in banks.items() for row, shot in bank.rounds().items()}
        wanted = {name: shots[f"{name} createTransfer"] for name in banks} | {
            f"{name} {row}": shots[f"{name} {row}"] for row in ("confirmChallenge", "getProducts") for name in banks
        }
        spread = Counted(banks[SERVED], wanted[SERVED])
        few = Counted(banks[SERVED], Few(banks[SERVED]).pay)
        # `measure` wants a floor to compare with: here it is SQLite.
        plan: dict[str, Round] = {"floor": wanted.pop(SQLITE), **wanted, SERVED: spread, "few who pay one": few}
        rows = measure(plan, rounds, console)
        rows = {SQLITE if name == "floor" else name: row for name, row in rows.items()}
        told = {
            "createTransfer to SQLite's": rows[SERVED].ratio,
            "createTransfer durable to SQLite's": rows[DURABLE].ratio,
            "CPU of the process to SQLite's": 1 / rows[SERVED].cpu_ratio,
            "retries a request, spread": spread.retries(),
            "retries a request, few": few.retries(),
        }
        told |= lifecycle(banks[SERVED].client)
        audits = [bank.client.get("/_sandbox/ledger/audit", timeout=120).json() for bank in banks.values()]
    return rows, told, all(audit["balanced"] for audit in audits)


class Counted:
    """A row that counts how many units had to be begun again in it."""

    def __init__(self, bank: Bank, row: Round) -> None:
        self._bank = bank
        self._row = row
        self._requests = 0
        self._conflicts = 0.0

    def __call__(self, number: int) -> Measured:
        before = _conflicts(self._bank.client)
        measured = self._row(number)
        self._conflicts += _conflicts(self._bank.client) - before
        self._requests += measured.requests
        return measured

    def retries(self) -> float:
        """Units that were begun again, a request."""
        return self._conflicts / max(1, self._requests)


class Few:
    """A few members who pay the same one, who pays another meanwhile: they lock the same accounts, from both ends."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._orders: Plan = [self._order(bank.client.get("/_sandbox/members", params={"persona": "al-dia"}))]
        for _ in range(FEW):
            made = {"accounts": [{"balance": "5000.00"}], "beneficiaries": [{"of": "al-dia"}], "movements": 0}
            self._orders.append(self._order(bank.client.post("/_sandbox/members", json=made)))

    def _order(self, answer: httpx.Response) -> Shot:
        told = answer.raise_for_status().json()
        member = told["items"][0] if "items" in told else told
        token = self._bank.members.log_in(member)
        headers = {"Authorization": f"Bearer {token}"}
        listed = self._bank.client.get("/v1/beneficiaries", headers=headers).raise_for_status().json()["items"]
        payee = next(each for each in listed if each["kind"] == "cooperative")
        body = {
            "kind": "cooperative",
            "origin_account_id": member["accounts"][0]["id"],
            "beneficiary_id": payee["id"],
            "amount": "0.01",
        }
        return Shot("POST", "/v1/transfers", token, json.dumps(body))

    def pay(self, number: int) -> Measured:
        """Confirmations that were prepared before the round, each sent once."""
        made = []
        for order in self._orders * max(1, round(self._bank.seconds * 10)):
            headers = {"Authorization": f"Bearer {order.token}", "Content-Type": "application/json"}
            answer = self._bank.client.post(order.path, content=order.body, headers=headers).raise_for_status()
            made.append((order, answer.json()["challenge"]["id"]))
        codes = self._bank.members.codes()
        plan = [confirmation(order, challenge, codes[challenge]) for order, challenge in made]
        return drive(self._bank.server, plan, self._bank.seconds, f"few-{number}", once=True)


def _conflicts(client: httpx.Client) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == "sandbox_conflicts_total"
    )


@contextmanager
def _served(data_dir: Path, url: str, settings: dict[str, str]) -> Iterator[httpx.Client]:
    with (
        product(data_dir, database=url, settings=settings) as served,
        httpx.Client(base_url=served.base, timeout=600) as client,
    ):
        yield client


def _memory(directory: Path, home: Path, number: int) -> dict[str, float]:
    """What the processes of the server take, with so many sandboxes in use and none asked for anything any longer."""
    settings = {"SANDBOX_MAX_OPEN_SANDBOXES": str(number + 1), "SANDBOX_DATABASE_IDLE_SECONDS": str(IDLE_SECONDS)}
    with _served(directory / "crowd", postgres.url(home), settings) as client:
        crowd(client, number)
        busiest = _server_mib(home)
        time.sleep(3 * IDLE_SECONDS)
        return {
            f"MiB of the server with {number} sandboxes": _server_mib(home),
            f"MiB of the server as the last of {number} was made": busiest,
        }


def _server_mib(home: Path) -> float:
    """Memory of the server's processes, what they share counted once (proc_pid_smaps(5), `Pss`)."""
    first = postgres.process_of(home)
    children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
    shares = [_pss(pid) for pid in (first, *map(int, children))]
    return sum(shares) * 1024 / MEBIBYTE


def _pss(pid: int) -> int:
    """Kibibytes; none of a process that has just ended."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))


def _print(console: Console, rows: dict[str, Row], told: dict[str, float]) -> None:
    table = Table("row", "requests/s", "CPU ms", "p50 ms", "p99/p50")
    for name, row in rows.items():
        table.add_row(
            name,
            f"{row.rps:.0f}",
            f"{row.cpu_ms:.3f}",
            f"{row.p50_ms:.2f}",
            f"{row.p99_ms / max(row.p50_ms, 1e-9):.1f}",
        )
    console.print(table)
    table = Table("what", "measured", "target")
    for name, number in told.items():
        table.add_row(name, f"{number:.3f}" if number < 1 else f"{number:.1f}", TARGETS.get(name, ""))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
