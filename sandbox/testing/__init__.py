"""The Python client of a sandbox, for tests and tools: it knows the server over HTTP only.

    with Sandbox() as server, server.fork(rate=0) as sandbox:
        phone = sandbox.phone("al-dia")
        phone.transfer("25.00")
        phone.confirm()
        sandbox.ledger.assert_balanced()

Every operation without a method of its own goes through `send`: `phone.send(operations.get_limits())`. A refusal is an
exception of `problems`. Under asyncio the same words are awaited: `AsyncSandbox`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.testing.aio.connection import AsyncConnection
    from sandbox.testing.aio.phone import AsyncPhone
    from sandbox.testing.aio.sandbox import AsyncSandbox
    from sandbox.testing.blocking.connection import Connection
    from sandbox.testing.blocking.phone import Phone
    from sandbox.testing.blocking.sandbox import Sandbox
    from sandbox.testing.refusals import Problem, UnexpectedAnswer
    from sandbox.testing.server import Server
    from sandbox.testing.wire import rehearsing

__all__ = [
    "AsyncConnection",
    "AsyncPhone",
    "AsyncSandbox",
    "Connection",
    "Phone",
    "Problem",
    "Sandbox",
    "Server",
    "UnexpectedAnswer",
    "rehearsing",
]

# The pytest plugin is loaded by every run of pytest: only what is used is imported.
_MODULES = {
    "AsyncConnection": "aio.connection",
    "AsyncPhone": "aio.phone",
    "AsyncSandbox": "aio.sandbox",
    "Connection": "blocking.connection",
    "Phone": "blocking.phone",
    "Problem": "refusals",
    "Sandbox": "blocking.sandbox",
    "Server": "server",
    "UnexpectedAnswer": "refusals",
    "rehearsing": "wire",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
