"""`make scale`: one process alone, and one and two behind HAProxy; what each part costs, and whether the model holds.

The machine is rarely idle and has few cores, on which the load has to run as well. So every round also counts the
processor time of each part, and the model is checked with that.
"""

import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2 as httpx

from bench.load import CONNECTIONS, drive
from bench.plans import Members, Plan
from bench.servers import SEED, Served, running
from loadtests.driver import free_port
from sandbox.cli.deploy import proxy
from sandbox.kernel.shards import number_of

RESULTS = Path(__file__).parent / "scale.json"
ROUNDS = 9
SECONDS = 2.0
SANDBOXES = 8
LOGINS = 4
_HEALTH = "/_sandbox/health"


class Fleet(NamedTuple):
    """Processes of the bank, and the address at which they are reached."""

    base: str
    banks: list[Served]
    proxies: list[Served]

    def cpu(self) -> float:
        """Seconds of processor time of all processes of the bank."""
        return sum(bank.cpu() for bank in self.banks)

    def proxy_cpu(self) -> float:
        """Seconds of processor time of the proxy."""
        return sum(each.cpu() for each in self.proxies)


class Costs(NamedTuple):
    """A round: requests a second; milliseconds of processor time a request in the bank, the proxy and the
    load; cores that all of them got; the share of the busiest process of the bank in the bank's processor time."""

    rps: float
    bank_ms: float
    proxy_ms: float
    load_ms: float
    cores: float
    busiest: float
    failed: float


def measure(directory: Path) -> dict[str, dict[str, Costs]]:
    """The costs of each row in each fleet. Rounds take turns, so that noise falls on all alike, and the one with the
    least processor time counts: what else runs on the machine can only add to it."""
    with ExitStack() as stack:
        fleets = {
            "alone": stack.enter_context(_fleet(directory / "alone", 1, behind_proxy=False)),
            "one behind the proxy": stack.enter_context(_fleet(directory / "one", 1)),
            "two behind the proxy": stack.enter_context(_fleet(directory / "two", 2)),
        }
        plans = {name: _plans(fleet) for name, fleet in fleets.items()}
        rounds: dict[str, dict[str, list[Costs]]] = {}
        for number in range(ROUNDS):
            for name, fleet in fleets.items():
                for row, plan in plans[name].items():
                    run = f"{row}-{number}-{time.time_ns()}"
                    rounds.setdefault(row, {}).setdefault(name, []).append(_round(fleet, plan, run))
    return {row: {name: min(each, key=cpu_ms) for name, each in found.items()} for row, found in rounds.items()}


def cpu_ms(costs: Costs) -> float:
    """Milliseconds of processor time that a request takes in all parts together."""
    return costs.bank_ms + costs.proxy_ms + costs.load_ms


def predicted(one: Costs, cores: float) -> float:
    """Requests a second of any number of processes that get so many cores with proxy and load, if a request costs what
    it costs with one process."""
    return cores * 1000 / cpu_ms(one)


def crowding(one: Costs, two: Costs) -> float:
    """How much dearer the machine was: the load does the same for a request, however many processes there are."""
    return two.load_ms / one.load_ms


def _round(fleet: Fleet, plan: Plan, run: str) -> Costs:
    before, proxy_before = [bank.cpu() for bank in fleet.banks], fleet.proxy_cpu()
    load_before, begun = _load_cpu(), time.perf_counter()
    connections = CONNECTIONS * len(fleet.banks)  # each process serves as many, however many there are
    measured = drive(fleet, plan, SECONDS, run, once=False, connections=connections)
    lasted = time.perf_counter() - begun
    used = [bank.cpu() - earlier for bank, earlier in zip(fleet.banks, before, strict=True)]
    spent = (sum(used), fleet.proxy_cpu() - proxy_before, _load_cpu() - load_before)
    bank, proxied, load = (seconds * 1000 / measured.requests for seconds in spent)
    return Costs(
        measured.requests / lasted, bank, proxied, load, sum(spent) / lasted, max(used) / sum(used), measured.failed
    )


def _load_cpu() -> float:
    """Processor time of this process and of the children that have ended: what sends the requests."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def _plans(fleet: Fleet) -> dict[str, Plan]:
    """Requests of members of several sandboxes, as many of each process."""
    count = len(fleet.banks)
    names = [
        name
        for number in range(1, count + 1)
        for name in [each for each in (f"scale-{i}" for i in range(100)) if number_of(each, count) == number][
            :SANDBOXES
        ]
    ]
    orders: Plan = []
    products: Plan = []
    for name in names:
        with httpx.Client(base_url=fleet.base, timeout=60) as client:
            client.post("/_sandbox/sandboxes", json={"name": name}).raise_for_status()
        with httpx.Client(base_url=f"{fleet.base}/s/{name}", timeout=60) as client:
            members = Members(client, LOGINS)
            orders += [shot._replace(path=f"/s/{name}{shot.path}") for shot in members.orders()]
            products += [shot._replace(path=f"/s/{name}{shot.path}") for shot in members.products()]
    return {"createTransfer": _mixed(orders), "getProducts": _mixed(products)}


def _mixed(plan: Plan) -> Plan:
    """The requests so that neighbours are of different sandboxes."""
    return [shot for first in range(LOGINS) for shot in plan[first::LOGINS]]


@contextmanager
def _fleet(directory: Path, count: int, *, behind_proxy: bool = True) -> Iterator[Fleet]:
    cores = f"0-{(os.cpu_count() or 1) - 1}"
    directory.mkdir()
    with ExitStack() as stack:
        banks = []
        for number in range(1, count + 1):
            port = free_port()
            environment = {
                "SANDBOX_DATA_DIR": str(directory / f"data-{number}"), "SANDBOX_PORT": str(port),
                "SANDBOX_SEED": SEED, "SANDBOX_WATCH_RULES": "false", "SANDBOX_SHARD": f"{number}/{count}",
            }  # fmt: skip
            command = [sys.executable, "-m", "sandbox", "serve"]
            banks.append(stack.enter_context(running(command, port, _HEALTH, environment, cores)))
        if not behind_proxy:
            yield Fleet(banks[0].base, banks, [])
            return
        configuration = directory / "haproxy.cfg"
        configuration.write_text(proxy(count), encoding="utf-8")
        port = free_port()
        addresses = {f"PROCESS_{number}": bank.base.removeprefix("http://") for number, bank in enumerate(banks, 1)}
        command = [shutil.which("haproxy") or "/usr/sbin/haproxy", "-db", "-f", str(configuration)]
        environment = {"BIND": f"127.0.0.1:{port}", **addresses}
        before = stack.enter_context(running(command, port, _HEALTH, environment, cores))
        yield Fleet(before.base, banks, [before])


def main() -> None:
    """Measure, print and write `bench/scale.json`."""
    with tempfile.TemporaryDirectory(prefix="sandbox-scale-") as directory:
        found = measure(Path(directory))
    for row, fleets in found.items():
        print(row)
        for name, costs in fleets.items():
            told = ", ".join(f"{field} {value:.3g}" for field, value in costs._asdict().items())
            print(f"  {name:<22} {told}")
        one, two = fleets["one behind the proxy"], fleets["two behind the proxy"]
        expected, dearer = predicted(one, two.cores), crowding(one, two)
        print(f"  predicted for two      rps {expected:.3g}, {expected / dearer:.3g} on a machine {dearer:.2f} as dear")
    results = {row: {name: costs._asdict() for name, costs in fleets.items()} for row, fleets in found.items()}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
