"""`python -m bench.instructions`: instructions per request, compared with the baseline.

Instructions in user space do not depend on what else the machine does: two runs agree to a fraction of a percent.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
from rich.console import Console
from rich.table import Table

from bench import callgrind, counted
from bench.plans import Members, Plan
from bench.servers import ROOT, product

BASELINE = Path(__file__).parent / "baseline.json"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
FLOOR = "floor"
TARGETS = {"createTransfer": 1.9, "confirmChallenge": 2.4, "getProducts": 1.0, "listMovements": 1.8}
"""The most that each row is to cost, as a multiple of the floor."""
ALLOWED = 1.05
"""By how much a ratio may exceed its baseline: what noise there is, with room for a change that is worth it."""

Ratios = dict[str, float]


@dataclass(frozen=True)
class Counted:
    """What a request of a row executes: instructions in all, and by the file that they are in."""

    instructions: float
    by_object: dict[str, float]


def main() -> int:
    """Count and compare; the exit status is 1 when a ratio exceeds its baseline by more than is allowed."""
    options = _options()
    console = Console(width=120)
    if not callgrind.is_installed():
        print("SKIPPED valgrind is not installed: run `make valgrind` as root")
        return 0
    rows = count()
    ratios = ratios_of(rows)
    baseline = read_baseline(BASELINE).get(VERSION)
    console.print(_table(rows, ratios, baseline or {}))
    if options.where:
        console.print(_places(rows))
    if options.update:
        write_baseline(BASELINE, VERSION, ratios)
        console.print(
            f"bench/baseline.json holds these ratios for Python {VERSION}; say why in docs/explanation/performance.md."
        )
        return 0
    if baseline is None:
        console.print(f"bench/baseline.json has no baseline for Python {VERSION}: nothing to compare with.")
        return 0
    grown = exceeding(ratios, baseline)
    for row in grown:
        console.print(
            f"{row} costs {ratios[row]:.3f} times the floor, more than {ALLOWED:.2f} times its baseline of "
            f"{baseline[row]:.3f}. Make it cheaper; or raise the baseline (`make instructions-baseline`) and state why "
            "in docs/explanation/performance.md.",
            style="red",
        )
    return 1 if grown else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.instructions", description="Count instructions per request and compare with the baseline."
    )
    parser.add_argument("--update", action="store_true", help="write the ratios to bench/baseline.json")
    parser.add_argument("--where", action="store_true", help="show in which libraries the instructions are")
    return parser.parse_args()


def count() -> dict[str, Counted]:
    """What a request of each row executes."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with product(directory) as server:
            (directory / "plan.json").write_text(json.dumps(_plans(server.base)), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
        environment |= {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
        counts = callgrind.run(["-m", "bench.counted", str(directory)], directory, counted.MARK, environment)
        return dict(_differences(counts))


def _plans(base: str) -> dict[str, Plan]:
    with httpx.Client(base_url=base, timeout=60) as client:
        members = Members(client)
        return {
            "createTransfer": members.orders(),
            "getProducts": members.products(),
            "listMovements": members.movements(),
        }


def _differences(counts: list[Path]) -> Iterator[tuple[str, Counted]]:
    """By row, the long run less the short one, for a request. Three files belong to a row; the first is its warming."""
    requests = (counted.LONG - counted.SHORT) * counted.AT_ONCE
    for number, row in enumerate(counted.ROWS):
        _, short, long = counts[3 * number : 3 * number + 3]
        places: Counter[str] = callgrind.by_object(long)
        places.subtract(callgrind.by_object(short))
        difference = callgrind.total(long) - callgrind.total(short)
        yield row, Counted(difference / requests, {place: each / requests for place, each in places.items()})


def ratios_of(rows: dict[str, Counted]) -> Ratios:
    """Each row as a multiple of the floor, without the floor itself."""
    floor = rows[FLOOR].instructions
    return {row: told.instructions / floor for row, told in rows.items() if row != FLOOR}


def exceeding(ratios: Ratios, baseline: Ratios) -> list[str]:
    """The rows whose ratio is more than is allowed over the baseline."""
    return [row for row, ratio in ratios.items() if row in baseline and ratio > baseline[row] * ALLOWED]


def read_baseline(path: Path) -> dict[str, Ratios]:
    """The ratios by Python version."""
    told: dict[str, Ratios] = json.loads(path.read_text(encoding="utf-8"))
    return told


def write_baseline(path: Path, version: str, ratios: Ratios) -> None:
    """Replace the ratios of one Python version; those of the others stay."""
    told = read_baseline(path) if path.exists() else {}
    told[version] = {row: round(ratio, 3) for row, ratio in ratios.items()}
    path.write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _table(rows: dict[str, Counted], ratios: Ratios, baseline: Ratios) -> Table:
    table = Table("row", "instructions per request", "ratio to floor", "baseline", "change", "target")
    for row, told in rows.items():
        cells = [row, f"{told.instructions:,.0f}"]
        if row in ratios:
            known = baseline.get(row)
            cells += [
                f"{ratios[row]:.3f}",
                f"{known:.3f}" if known else "—",
                f"{ratios[row] / known - 1:+.1%}" if known else "—",
                f"≤ {TARGETS[row]:.1f}",
            ]
        table.add_row(*cells)
    return table


def _places(rows: dict[str, Counted]) -> Table:
    """Thousands of instructions per request, by library and row; those with less than half a percent are left out."""
    table = Table("thousands of instructions in", *rows)
    everywhere: Counter[str] = Counter()
    for told in rows.values():
        everywhere.update(told.by_object)
    for place, each in everywhere.most_common():
        if each > 0.005 * everywhere.total():
            table.add_row(place, *(f"{told.by_object.get(place, 0) / 1000:,.0f}" for told in rows.values()))
    return table


if __name__ == "__main__":
    sys.exit(main())
