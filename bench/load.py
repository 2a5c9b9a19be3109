"""Driving one server for a while: wrk where there is one, else a bounded client of ours."""

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

CONNECTIONS = 16
LOAD_CORE = 1


@dataclass(frozen=True)
class Measured:
    """What came of a round: requests a second, latencies, processor time a request, answers that were not 2xx."""

    rps: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    requests: int
    failed: int


_LUA = """
local shots = {}
for line in io.lines("%(plan)s") do shots[#shots + 1] = line end
local at, key, once = 0, 0, %(once)s
local run = "%(run)s-"
function request()
  at = at + 1
  if at > #shots then
    if once then wrk.thread:stop() end
    at = once and #shots or 1
  end
  local method, path, token, body = shots[at]:match("^(%%S+)\\t(%%S+)\\t(%%S*)\\t(.*)$")
  key = key + 1
  local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token}
  if method == "POST" then headers["Idempotency-Key"] = run .. key end
  return wrk.format(method, path, headers, body)
end
function done(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format('\\nRESULT {"requests": %%d, "us": %%d, "failed": %%d, "p50": %%f, "p99": %%f}\\n',
    summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(99)))
end
"""


class Driven(Protocol):
    """What is driven: a base URL, and the seconds of processor time that were used behind it."""

    @property
    def base(self) -> str: ...

    def cpu(self) -> float: ...


def drive(
    server: Driven,
    plan: Sequence[tuple[str, str, str, str]],
    seconds: float,
    run: str,
    *,
    once: bool,
    connections: int = CONNECTIONS,
) -> Measured:
    """Send the plan's (method, path, token, body), over and over or once each, for `seconds` at most."""
    before = server.cpu()
    if shutil.which("wrk"):
        measured = _wrk(server.base, plan, seconds, run, connections, once=once)
    else:
        measured = asyncio.run(_ours(server.base, plan, seconds, run, connections, once=once))
    return replace(measured, cpu_ms=(server.cpu() - before) * 1000 / measured.requests)


def _wrk(
    base: str, plan: Sequence[tuple[str, str, str, str]], seconds: float, run: str, connections: int, *, once: bool
) -> Measured:
    with tempfile.TemporaryDirectory() as directory:
        shots, script = Path(directory) / "plan", Path(directory) / "load.lua"
        shots.write_text("".join("\t".join(shot) + "\n" for shot in plan), encoding="utf-8")
        script.write_text(_LUA % {"plan": shots, "once": "true" if once else "false", "run": run}, encoding="utf-8")
        command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
        ended = subprocess.run(
            [*command, "-s", str(script), base], capture_output=True, text=True, timeout=seconds + 60, check=True
        )
    told = next(line for line in ended.stdout.splitlines() if line.startswith("RESULT "))
    result = json.loads(told.removeprefix("RESULT "))
    return Measured(
        rps=result["requests"] / (result["us"] / 1e6),
        p50_ms=result["p50"] / 1000,
        p99_ms=result["p99"] / 1000,
        cpu_ms=0,
        requests=result["requests"],
        failed=result["failed"],
    )


async def _ours(
    base: str, plan: Sequence[tuple[str, str, str, str]], seconds: float, run: str, connections: int, *, once: bool
) -> Measured:
    host, port = base.removeprefix("http://").split(":")
    took: list[float] = []
    failed = 0
    taken = 0
    until = time.perf_counter() + seconds

    async def connection() -> None:
        nonlocal failed, taken
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.perf_counter() < until and not (once and taken >= len(plan)):
            taken += 1
            method, path, token, body = plan[(taken - 1) % len(plan)]
            begun = time.perf_counter()
            writer.write(
                f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
                f"Idempotency-Key: {run}-{taken}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            failed += not head.startswith(b"http/1.1 2")
            took.append(time.perf_counter() - begun)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    lasted = time.perf_counter() - begun
    took.sort()
    return Measured(
        rps=len(took) / lasted,
        p50_ms=took[len(took) // 2] * 1000,
        p99_ms=took[len(took) * 99 // 100] * 1000,
        cpu_ms=0,
        requests=len(took),
        failed=failed,
    )
