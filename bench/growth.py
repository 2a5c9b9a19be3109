"""`python -m bench.growth`: what a large bank costs, as multiples of a small one; writes bench/growth.json.

The small bank has a thousand members, and an account with twenty thousand movements. The large one has a hundred
thousand members, and a million movements on that account. What a request costs is processor time of the server, which
other programs on the machine disturb less than they disturb rates.
"""

import contextlib
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.load import drive
from bench.plans import MOVEMENTS, Plan
from bench.servers import SEED, Served, product
from bench.throughput import Bank
from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.rules import RuleBook
from sandbox.kernel.clock import MINUTE, SECOND
from sandbox.seeding import golden
from sandbox.seeding.books import Books
from sandbox.settings import Settings
from sandbox.starting import origin_of

RESULTS = Path(__file__).parent / "growth.json"
SMALL, LARGE = 1_000, 100_000
ADDED = 1_000_000
DEEP_PAGE = 10_000
LOGINS = 512
ROUNDS = 5
SECONDS = 2.0
ALLOWED = 1.2
"""The most that a request to the large bank is to cost, as a multiple of one to the small bank."""
SEEDING = 40.0
"""Seconds in which the large bank is to be seeded."""

RATE = 4_000
"""Members seeded in a second."""

Measures = dict[str, float]


def main() -> int:
    """Measure and print; the exit status is 1 when the books of a bank do not balance."""
    console = Console(width=120)
    measured: dict[str, Measures] = {}
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        banks: dict[str, GrownBank] = {}
        for size, members in (("small", SMALL), ("large", LARGE)):
            directory = Path(name) / size
            measured[size] = _seed(directory, members)
            console.print(
                f"{size} bank seeded: {members:,} members in {measured[size]['seeding_s']:.1f} s", style="dim"
            )
            server = stack.enter_context(product(directory, members))
            measured[size]["start_s"] = server.start
            banks[size] = GrownBank(server)
        for size, costs in _request_costs(banks, console).items():
            measured[size] |= costs
        for size, bank in banks.items():
            measured[size] |= bank.audit()
    RESULTS.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    console.print(_table(measured["small"], measured["large"]))
    return 0 if all(each["violations"] == 0 for each in measured.values()) else 1


def _seed(directory: Path, members: int) -> Measures:
    """Make the golden database; the large bank's account gets its movements afterwards."""
    settings = Settings(data_dir=directory, seed=SEED, members=members)
    origin = origin_of(settings)
    directory.mkdir()
    recipe = golden.Recipe(settings.seed_dir, Chapters(CHAPTERS).seeds, RuleBook.load(settings.rules_dir))
    path = directory / golden.golden_name(origin, recipe)
    begun, cpu = time.perf_counter(), _processor_time()
    golden.build(path, origin, recipe)
    told = {"seeding_s": time.perf_counter() - begun, "seeding_cpu_s": _processor_time() - cpu}
    if members == LARGE:
        add_movements(path, origin.clock_start, ADDED)
    return told | {"file_mib": path.stat().st_size / 2**20}


def _processor_time() -> float:
    """Seconds of this process and of those that it has ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def add_movements(path: Path, start: int, number: int) -> None:
    """Deposit and withdraw a dollar in turn on the account with the long history, in the minute before `start`."""
    connection = sqlite3.connect(path, isolation_level=None)
    with contextlib.closing(connection):
        connection.execute("BEGIN")
        [account] = connection.execute(
            "SELECT min(account.id) FROM account JOIN member ON member.id = member_id WHERE persona = 'historia-larga'"
        ).fetchone()
        books = Books(connection)
        for each in range(number):
            amount = 1_00 if each % 2 == 0 else -1_00
            moment = start - MINUTE + SECOND + each * (MINUTE - 2 * SECOND) // number
            legs = (Leg(account, amount, "growth"), Leg(SystemAccount.FUNDING, -amount, "growth"))
            books.post(moment, "history", "account", account, *legs)
            if each % 10_000 == 0:
                books.write()
        books.write()
        books.settle()
        connection.execute("COMMIT")


class GrownBank:
    """A bank of some size, with members who are logged in, whose requests cost processor time."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self._bank = Bank(server, SECONDS, LOGINS)
        self._client = self._bank.client
        self._deep = self._walk(DEEP_PAGE)

    def rows(self) -> dict[str, Callable[[str], float]]:
        """What a request of each row costs, in milliseconds, when it is driven for a while."""
        members = self._bank.members
        pages = {"first page": members.movements(), "deep page": [members.page_of_movements(self._deep)]}
        rows: dict[str, Callable[[str], float]] = {
            row: lambda run, plan=plan: self._cost(plan, run)  # type: ignore[misc]  # the default binds it
            for row, plan in pages.items()
        }
        return rows | {"createTransfer": lambda run: self._cost(members.orders(), run)}

    def audit(self) -> Measures:
        """How long the audit takes, and what it finds."""
        begun, cpu = time.perf_counter(), self._server.cpu()
        audit = self._client.get("/_sandbox/ledger/audit").raise_for_status().json()
        return {
            "audit_s": time.perf_counter() - begun,
            "audit_cpu_s": self._server.cpu() - cpu,
            "postings": audit["postings"],
            "violations": len(audit["violations"]),
        }

    def _walk(self, page: int) -> str:
        """The cursor of a page of the long history, or of its last but one where it has not so many."""
        skipped, cursor = 0, ""
        while skipped < page * MOVEMENTS:
            shot = self._bank.members.page_of_movements(cursor, limit=200)
            answer = self._client.get(shot.path, headers={"Authorization": f"Bearer {shot.token}"})
            following = answer.raise_for_status().json()["next_cursor"]
            if following is None:
                break
            skipped, cursor = skipped + 200, following
        return cursor

    def _cost(self, plan: Plan, run: str) -> float:
        shot = drive(self._server, plan, SECONDS, run, once=False)
        if shot.failed:
            raise RuntimeError(f"{shot.failed} of {shot.requests} answers were not 2xx")
        return shot.cpu_ms


def _request_costs(banks: dict[str, GrownBank], console: Console) -> dict[str, Measures]:
    """The median cost of each row by bank; the banks take turns, so that noise falls on both."""
    costs: dict[str, dict[str, list[float]]] = {size: {} for size in banks}
    rows = {size: bank.rows() for size, bank in banks.items()}
    for number in range(ROUNDS):
        for size, each in rows.items():
            for row, cost in each.items():
                told = cost(f"{row.replace(' ', '-')}-{number}")
                costs[size].setdefault(row, []).append(told)
                console.print(f"round {number + 1} {size} {row}: {told:.3f} ms", style="dim")
    return {size: {row: statistics.median(told) for row, told in each.items()} for size, each in costs.items()}


def _table(small: Measures, large: Measures) -> Table:
    table = Table("what", f"{SMALL:,} members", f"{LARGE:,} members", "ratio", "target")
    targets = {
        f"page {DEEP_PAGE:,} of the long history (CPU ms)": ("first page", "deep page"),
        "first page of the long history (CPU ms)": ("first page", "first page"),
        "createTransfer (CPU ms)": ("createTransfer", "createTransfer"),
    }
    for what, (least, most) in targets.items():
        ratio = large[most] / small[least]
        table.add_row(what, f"{small[least]:.3f}", f"{large[most]:.3f}", f"{ratio:.2f}", f"≤ {ALLOWED}")
    for what, key, target in (
        ("seeding (s)", "seeding_s", f"≤ {SEEDING:.0f} s"),
        ("seeding (CPU s)", "seeding_cpu_s", ""),
        ("start to ready (s)", "start_s", ""),
        ("audit (s)", "audit_s", ""),
        ("audit (CPU s)", "audit_cpu_s", ""),
        ("database (MiB)", "file_mib", ""),
    ):
        table.add_row(what, f"{small[key]:,.2f}", f"{large[key]:,.2f}", f"{large[key] / small[key]:.1f}", target)
    table.add_row("postings", f"{small['postings']:,.0f}", f"{large['postings']:,.0f}")
    for what, key, target in (("second", "seeding_s", f"≥ {RATE:,}"), ("CPU second", "seeding_cpu_s", "")):
        rates = [f"{members / each[key]:,.0f}" for members, each in ((SMALL, small), (LARGE, large))]
        table.add_row(f"members seeded per {what}", *rates, "", target)
    return table


if __name__ == "__main__":
    sys.exit(main())
