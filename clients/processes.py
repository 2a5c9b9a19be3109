"""Programs that serve while a check runs."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx

from clients.toolbox import environment

_READY_SECONDS = 60
_ENDING_SECONDS = 10


@contextmanager
def running(
    command: list[str], probe: str, *, place: Path | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server until the block ends; it begins once `probe` answers with success. Raises RuntimeError when it never
    does."""
    process = subprocess.Popen(
        command, cwd=place, env=environment() | dict(variables or {}),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(probe, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(probe: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(probe, timeout=10, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{probe} did not answer")
