"""`python -m bench`: measure everything in one run, print a table, write bench/results.json."""

import argparse
import contextlib
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
from rich.console import Console
from rich.table import Table

from bench.load import Measured, drive
from bench.sandboxes import crowd, lifecycle
from bench.servers import SEED, plain, product
from sandbox.kernel import clock

RESULTS = Path(__file__).parent / "results.json"
# What DESIGN asks of each row, as a ratio to the floor; None where there is no such number.
TARGETS = {"floor": None, "createTransfer": 0.55, "confirmChallenge": 0.45, "getProducts": 0.60, "listMovements": 0.60}
PREPARED_A_SECOND = 3000
Plan = list[tuple[str, str, str, str]]
Round = Callable[[int], Measured]


def main() -> int:
    """Measure; the exit status is 1 when an answer was not 2xx or the books do not balance afterwards."""
    options = _options()
    console = Console()
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with product(directory / "first") as (_, first_start):
            pass
        base, second_start = stack.enter_context(product(directory / "first"))
        shutil.copyfile(next((directory / "first").glob("golden-*.sqlite")), directory / "naive.sqlite")
        floor, _ = stack.enter_context(plain("bench.floor", {}))
        bank = Bench(base, options.seconds)
        rounds = bank.rounds(floor)
        if not options.skip_naive:
            environment = {"BENCH_DATABASE": str(directory / "naive.sqlite"), "BENCH_SEED": SEED}
            naive, _ = stack.enter_context(plain("bench.naive", environment))
            live = directory / "first" / "sandboxes" / "default" / "bank.sqlite"
            bank.copy_sessions(live, directory / "naive.sqlite")
            rounds["naive"] = lambda number: bank.transfers(naive, f"naive-{number}")
        quiet, _ = stack.enter_context(product(directory / "quiet", journal=False))
        unwatched = Bench(quiet, options.seconds)
        rounds["journalOff"] = lambda number: unwatched.transfers(quiet, f"quiet-{number}")
        wanted = {name: row for name, row in rounds.items() if name in {*(options.only or rounds), "floor"}}
        measured = _measure(wanted, options.rounds, console)
        life = lifecycle(bank.client) | {"first_start_s": first_start, "start_s": second_start}
        growth = bank.growth()
        many = crowd(bank.client, options.sandboxes)
        audit = bank.client.get("/_sandbox/ledger/audit", timeout=120).json()
    rows = _rows(measured)
    _print(console, rows, life, growth, many)
    RESULTS.write_text(
        json.dumps({**rows, "lifecycle": life, "growth": growth, "crowd": many}, indent=2) + "\n", encoding="utf-8"
    )
    failed = sum(shot.failed for shots in measured.values() for shot in shots)
    if failed:
        console.print(f"[red]{failed} answers were not 2xx")
    if not audit["balanced"]:
        console.print("[red]the books do not balance", audit["violations"][:5])
    return 1 if failed or not audit["balanced"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the hot path against the floor.")
    parser.add_argument("--seconds", type=float, default=3, help="how long each row is driven in a round (default 3)")
    parser.add_argument("--rounds", type=int, default=3, help="how often all rows are driven (default 3)")
    parser.add_argument("--sandboxes", type=int, default=1000, help="how many to make for the memory (default 1000)")
    parser.add_argument(
        "--only", nargs="+", choices=[*TARGETS, "journalOff", "naive"], help="these rows alone, and the floor"
    )
    parser.add_argument("--skip-naive", action="store_true", help="leave the naive way out")
    return parser.parse_args()


class Bench:
    """The members, tokens and plans with which the product is driven."""

    def __init__(self, base: str, seconds: float) -> None:
        self.base = base
        self.seconds = seconds
        self.client = httpx.Client(base_url=base, timeout=60)
        self.client.put("/_sandbox/clock", json={"rate": 0})
        members = self.client.get("/_sandbox/members", params={"limit": 200}).json()["items"]
        usable = [member for member in members if not member["persona"] and len(_savings(member)) > 1]
        self.logins = [(self._log_in(member), *_savings(member)[:2]) for member in usable[:32]]
        long = self.client.get("/_sandbox/members", params={"persona": "historia-larga"}).json()["items"][0]
        self.long_history = (self._log_in(long), _savings(long)[0])

    def _log_in(self, member: dict[str, Any]) -> str:
        login = {"username": member["username"], "password": member["password"], "device": member["device"]}
        token: str = self.client.post("/v1/sessions", json=login).json()["access_token"]
        return token

    def rounds(self, floor: str) -> dict[str, Round]:
        """What each row does in a round."""
        reads = [token for token, *_ in self.logins]
        movements = [
            ("GET", f"/v1/accounts/{origin}/movements?limit=20", token, "") for token, origin, _ in self.logins
        ]
        return {
            "floor": lambda number: self.transfers(floor, f"floor-{number}"),
            "createTransfer": lambda number: self.transfers(self.base, f"create-{number}"),
            "confirmChallenge": lambda number: self.confirmations(f"confirm-{number}"),
            "getProducts": lambda number: self._drive([("GET", "/v1/products", token, "") for token in reads], number),
            "listMovements": lambda number: self._drive(movements, number),
        }

    def transfers(self, base: str, run: str) -> Measured:
        """Orders between the members' own accounts, a cent each, every one with a key of its own."""
        return drive(base, self._orders(), self.seconds, f"{run}-{time.time_ns()}", once=False)

    def confirmations(self, run: str) -> Measured:
        """Challenges prepared beforehand, each confirmed once."""
        orders = self._orders()
        plan: Plan = []
        for number in range(int(PREPARED_A_SECOND * self.seconds)):
            _, path, token, body = orders[number % len(orders)]
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            made = self.client.post(path, content=body, headers=headers).json()["challenge"]["id"]
            plan.append(("POST", f"/v1/challenges/{made}/confirm", token, ""))
        codes = self._codes()
        plan = [(method, path, token, f'{{"code":"{codes[path.split("/")[3]]}"}}') for method, path, token, _ in plan]
        return drive(self.base, plan, self.seconds, run, once=True)

    def growth(self) -> dict[str, float]:
        """A page deep in a long history, as a multiple of the first page (by time)."""
        token, account = self.long_history
        path = f"/v1/accounts/{account}/movements"
        headers = {"Authorization": f"Bearer {token}"}
        page = self.client.get(path, params={"limit": 200}, headers=headers).json()
        for _ in range(90):
            page = self.client.get(path, params={"limit": 200, "cursor": page["next_cursor"]}, headers=headers).json()
        deep = f"{path}?limit=50&cursor={page['next_cursor']}"
        first, last = (
            drive(self.base, [("GET", url, token, "")], 1, "growth", once=False) for url in (f"{path}?limit=50", deep)
        )
        return {"deep_page_ratio": first.rps / last.rps}

    def copy_sessions(self, source: Path, database: Path) -> None:
        """Let the naive server's database know the sessions of the product's."""
        connection = sqlite3.connect(database)
        connection.execute("ATTACH ? AS live", (str(source),))
        connection.execute("INSERT INTO session SELECT * FROM live.session")
        # Two of its threads would race to insert the day's first row, and one would fail.
        today = clock.day_of(clock.wall())
        connection.execute("INSERT INTO daily_use SELECT DISTINCT member_id, ?, 'own', 0 FROM session", (today,))
        connection.commit()
        connection.close()

    def _drive(self, plan: Plan, number: int) -> Measured:
        return drive(self.base, plan, self.seconds, f"read-{number}", once=False)

    def _orders(self) -> Plan:
        body = '{{"kind":"own","origin_account_id":"{}","destination_account_id":"{}","amount":"0.01"}}'
        return [("POST", "/v1/transfers", token, body.format(first, second)) for token, first, second in self.logins]

    def _codes(self) -> dict[str, str]:
        """The code of every challenge, as the inbox tells them."""
        codes = {}
        cursor: str | None = None
        while True:
            params: dict[str, Any] = {"limit": 200} | ({"cursor": cursor} if cursor else {})
            page = self.client.get("/_sandbox/messages", params=params).json()
            codes |= {message["challenge_id"]: message["code"] for message in page["items"]}
            cursor = page["next_cursor"]
            if cursor is None:
                self.client.delete("/_sandbox/messages")
                return codes


def _savings(member: dict[str, Any]) -> list[str]:
    return [account["id"] for account in member["accounts"] if account["type"] == "savings"]


def _measure(rows: dict[str, Round], rounds: int, console: Console) -> dict[str, list[Measured]]:
    """Every row once a round, so that noise falls on all alike; a first short round warms up."""
    measured: dict[str, list[Measured]] = {name: [] for name in rows}
    for number in range(rounds):
        for name, row in rows.items():
            shot = row(number)
            measured[name].append(shot)
            console.print(f"round {number + 1} {name}: {shot.rps:.0f} requests/s, {shot.failed} failed", style="dim")
    return measured


def _rows(measured: dict[str, list[Measured]]) -> dict[str, dict[str, float]]:
    floor = statistics.median(shot.rps for shot in measured["floor"])
    return {
        name: {
            "rps": statistics.median(shot.rps for shot in shots),
            "ratio": statistics.median(shot.rps for shot in shots) / floor,
            "p50_ms": statistics.median(shot.p50_ms for shot in shots),
            "p99_ms": statistics.median(shot.p99_ms for shot in shots),
        }
        for name, shots in measured.items()
    }


def _print(
    console: Console,
    rows: dict[str, dict[str, float]],
    life: dict[str, float],
    growth: dict[str, float],
    many: dict[str, float],
) -> None:
    table = Table("row", "requests/s", "ratio to floor", "target", "p50 ms", "p99 ms", "p99/p50")
    for name, row in rows.items():
        target = TARGETS.get(name)
        met = "" if target is None else f"{target:.2f} {'met' if row['ratio'] >= target else 'missed'}"
        spread = row["p99_ms"] / row["p50_ms"]
        table.add_row(
            name,
            f"{row['rps']:.0f}",
            f"{row['ratio']:.2f}",
            met,
            f"{row['p50_ms']:.2f}",
            f"{row['p99_ms']:.2f}",
            f"{spread:.1f}",
        )
    console.print(table)
    if "naive" in rows and "createTransfer" in rows:
        times = rows["createTransfer"]["rps"] / rows["naive"]["rps"]
        console.print(f"createTransfer is {times:.1f} times as fast as the naive way (target 8)")
    if "journalOff" in rows and "createTransfer" in rows:
        cost = rows["journalOff"]["rps"] / rows["createTransfer"]["rps"] - 1
        console.print(f"the journal costs createTransfer {cost:.1%} of its rate")
    console.print(
        f"sandbox made in {life['create_ms']:.1f} ms, forked in {life['fork_ms']:.1f}, kept in "
        f"{life['snapshot_ms']:.1f}, brought back in {life['restore_ms']:.1f}, reset in {life['reset_ms']:.1f} "
        f"(target 25 each); {many['sandboxes']:.0f} sandboxes in {many['rss_mib']:.0f} MiB (target 600); "
        f"first start {life['first_start_s']:.2f} s (target 6), next start {life['start_s']:.2f} s (target 1.5); "
        f"a deep page costs {growth['deep_page_ratio']:.2f} times the first (target 1.3)"
    )


if __name__ == "__main__":
    sys.exit(main())
