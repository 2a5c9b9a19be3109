"""What sandboxes cost: milliseconds to create, fork, snapshot, restore and reset one; memory with many of them."""

import statistics
import time

import httpx2 as httpx
from prometheus_client.parser import text_string_to_metric_families

TIMES = 15
MEBIBYTE = 1024 * 1024


def lifecycle(client: httpx.Client) -> dict[str, float]:
    """Median milliseconds of each operation on a sandbox as large as the default one."""
    spent: dict[str, list[float]] = {}

    def measure(operation: str, path: str, **body: str) -> None:
        begun = time.perf_counter()
        client.post(path, json=body or None).raise_for_status()
        spent.setdefault(f"{operation}_ms", []).append((time.perf_counter() - begun) * 1000)

    for number in range(TIMES):
        name = f"bench-{number}"
        here = f"/s/{name}/_sandbox"
        measure("create", "/_sandbox/sandboxes", name=name)
        measure("snapshot", f"{here}/snapshots", name="kept")
        measure("restore", f"{here}/snapshots/kept/restore")
        measure("reset", f"{here}/reset")
        measure("fork", "/_sandbox/sandboxes", **{"name": f"{name}-fork", "from": name})
        for made in (name, f"{name}-fork"):
            client.delete(f"/_sandbox/sandboxes/{made}").raise_for_status()
    return {name: statistics.median(each) for name, each in spent.items()}


def crowd(client: httpx.Client, number: int) -> dict[str, float]:
    """Memory with so many sandboxes, each with a member logged in."""
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
