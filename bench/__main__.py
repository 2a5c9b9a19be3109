"""`python -m bench`: measure everything in one run, print a table, write bench/results.json."""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.sandboxes import crowd, lifecycle
from bench.throughput import ON_A_SERVER, Row, contenders, measure, write

RESULTS = Path(__file__).parent / "results.json"
TARGETS = {"createTransfer": 0.55, "confirmChallenge": 0.45, "getProducts": 0.90, "listMovements": 0.60}
"""The least that each row is to reach, as a ratio to the floor."""
AGAINST_PRISM = {"createTransfer": 1.0, "getProducts": 1.6}
"""The same as a ratio to what Prism's static mock answers."""
SPREAD = 2.5
"""The most that createTransfer's p99 is to be, as a multiple of its p50."""
LIFE_TARGETS = {
    "create_ms": 15.0, "fork_ms": 15.0, "snapshot_ms": 15.0, "reset_ms": 40.0, "restore_ms": 40.0,
    "first_start_s": 3.0, "start_s": 1.2, "rss_mib": 250.0,
}  # fmt: skip
"""The most that each is to take; memory is that of a thousand sandboxes."""


def main() -> int:
    """Measure; the exit status is 1 when an answer was not 2xx or the books do not balance afterwards."""
    options = _options()
    console = Console(width=120)
    with (
        tempfile.TemporaryDirectory() as directory,
        contenders(
            Path(directory),
            options.seconds,
            naive=not options.skip_naive,
            database=options.database,
            console=console,
        ) as started,
    ):
        wanted = {*(options.only or started.rounds), "floor"}
        rows = measure({name: row for name, row in started.rounds.items() if name in wanted}, options.rounds, console)
        client = started.bank.client
        life = lifecycle(client) | {"first_start_s": started.first_start, "start_s": started.start}
        life |= crowd(client, options.sandboxes)
        audit = client.get("/_sandbox/ledger/audit", timeout=120).json()
    write(RESULTS, rows, life=life)
    _print(console, rows, life)
    failed = sum(row.failed for row in rows.values())
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
    parser.add_argument("--only", nargs="+", metavar="ROW", help="these rows alone, and the floor")
    parser.add_argument("--skip-naive", action="store_true", help="leave the naive way out")
    parser.add_argument(
        "--database", default="", metavar="URL", help="a PostgreSQL server to measure sandboxes on, beside files"
    )
    return parser.parse_args()


def _print(console: Console, rows: dict[str, Row], life: dict[str, float]) -> None:
    table = Table("row", "requests/s", "ratio", "by CPU", "target", "to Prism", "by CPU", "target", "p50 ms", "p99/p50")
    for name, row in rows.items():
        mock = rows.get(f"Prism {name}")
        table.add_row(
            name,
            f"{row.rps:.0f}",
            f"{row.ratio:.2f}",
            f"{row.cpu_ratio:.2f}",
            f"≥ {TARGETS[name]:.2f}" if name in TARGETS else "",
            f"{row.rps / mock.rps:.2f}" if mock else "",
            f"{mock.cpu_ms / row.cpu_ms:.2f}" if mock else "",
            f"≥ {AGAINST_PRISM[name]:.1f}" if mock else "",
            f"{row.p50_ms:.2f}",
            f"{row.p99_ms / row.p50_ms:.1f}" + (f" (≤ {SPREAD})" if name == "createTransfer" else ""),
        )
    console.print(table)
    _print_engines(console, rows)
    for other, words in (("naive", "the naive way"), ("journal off", "itself without the journal")):
        if other in rows and "createTransfer" in rows:
            times = rows["createTransfer"].rps / rows[other].rps
            console.print(f"createTransfer answers {times:.2f} times as many requests as {words}.")
    table = Table("what", "measured", "target")
    for name, told in life.items():
        table.add_row(name, f"{told:.2f}", f"≤ {LIFE_TARGETS[name]:g}" if name in LIFE_TARGETS else "")
    console.print(table)


def _print_engines(console: Console, rows: dict[str, Row]) -> None:
    """What a PostgreSQL server costs beside files, in the same run."""
    table = Table("on a PostgreSQL server", "requests/s", "to SQLite", "CPU of the process to SQLite's", "p99/p50")
    for name, row in rows.items():
        alike = rows.get(name.removeprefix(ON_A_SERVER).removeprefix("durable "))
        if name.startswith(ON_A_SERVER) and alike is not None:
            cells = f"{row.rps:.0f}", f"{row.rps / alike.rps:.2f}", f"{row.cpu_ms / alike.cpu_ms:.2f}"
            table.add_row(name, *cells, f"{row.p99_ms / row.p50_ms:.1f}")
    if table.row_count:
        console.print(table)


if __name__ == "__main__":
    sys.exit(main())
