"""Tests of the quick part start no processes: it is quick because of that."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_ELSEWHERE = ("slow", "browser", "proxy", "workers", "docs", "wheel")
_STARTS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}
_running: list[str] = []


@contextmanager
def watched(item: pytest.Item) -> Iterator[None]:
    """Have a test of the quick part fail where it starts a process."""
    is_quick = not any(item.get_closest_marker(name) for name in _ELSEWHERE)
    _running[:] = [item.nodeid] if is_quick else []
    try:
        yield
    finally:
        _running.clear()


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _running and event in _STARTS:
        raise RuntimeError(f"{_running[0]} starts a process, and is not marked as slow")


sys.addaudithook(_heard)
