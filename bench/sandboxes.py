"""What sandboxes cost: milliseconds to make, fork, keep, bring back and reset one; memory with many of them."""

import statistics
import time
from collections.abc import Callable

import httpx2 as httpx
from prometheus_client.parser import text_string_to_metric_families

TIMES = 15
MEBIBYTE = 1024 * 1024


def lifecycle(client: httpx.Client) -> dict[str, float]:
    """Median milliseconds of each operation on a sandbox as large as the default one."""
    spent: dict[str, list[float]] = {}

    def measure(name: str, call: Callable[[], httpx.Response]) -> None:
        begun = time.perf_counter()
        call().raise_for_status()
        spent.setdefault(f"{name}_ms", []).append((time.perf_counter() - begun) * 1000)

    for number in range(TIMES):
        name = f"bench-{number}"
        here = f"/s/{name}/_sandbox"
        measure("create", lambda name=name: client.post("/_sandbox/sandboxes", json={"name": name}))
        measure("snapshot", lambda here=here: client.post(f"{here}/snapshots", json={"name": "kept"}))
        measure("restore", lambda here=here: client.post(f"{here}/snapshots/kept/restore"))
        measure("reset", lambda here=here: client.post(f"{here}/reset"))
        measure(
            "fork", lambda name=name: client.post("/_sandbox/sandboxes", json={"name": f"{name}-fork", "from": name})
        )
        for made in (name, f"{name}-fork"):
            client.delete(f"/_sandbox/sandboxes/{made}")
    return {name: statistics.median(each) for name, each in spent.items()}


def crowd(client: httpx.Client, number: int) -> dict[str, float]:
    """Memory with so many sandboxes, each of which somebody has logged in to."""
    for each in range(number):
        name = f"crowd-{each}"
        client.post("/_sandbox/sandboxes", json={"name": name, "members": 20}).raise_for_status()
        member = client.get(f"/s/{name}/_sandbox/members", params={"persona": "al-dia"}).json()["items"][0]
        login = {"username": member["username"], "password": member["password"], "device": member["device"]}
        client.post(f"/s/{name}/v1/sessions", json=login).raise_for_status()
    told = {
        sample.name: sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }
    return {"sandboxes": told["sandbox_sandboxes"], "rss_mib": told["process_resident_memory_bytes"] / MEBIBYTE}
