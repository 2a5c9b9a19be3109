"""Serving: bind, seed, say where to look, run until stopped."""

import asyncio
import errno
import functools
import gc
import signal
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.util import find_spec
from types import FrameType
from typing import Any

import uvicorn
from rich.console import Console

from sandbox.app import Application, create_app
from sandbox.cli import lines
from sandbox.cli.progress import SeedingBar
from sandbox.domain.rules import RulesInvalid
from sandbox.sandboxes.registry import DEFAULT, Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.settings import Settings
from sandbox.starting import CannotStart
from sandbox.storage import engine

CutSlow = Callable[[Iterable[object], float], None]
INTERRUPTED = 128 + signal.SIGINT
"""The exit status after Ctrl-C, as shells have it."""


class _Server(uvicorn.Server):
    """Uvicorn, which waits for open answers when it stops; streams would never end by themselves."""

    def __init__(self, config: uvicorn.Config, registry: Registry, cut_slow: CutSlow) -> None:
        super().__init__(config)
        self._registry = registry
        self._cut_slow = cut_slow
        self.interrupted = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Remember Ctrl-C: what uvicorn raises again when it has stopped may be lost while its loop closes."""
        self.interrupted = self.interrupted or sig == signal.SIGINT
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Cut slow connections once a second; uvicorn calls this ten times."""
        if counter % 10 == 0:
            self._cut_slow(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send home who listens, then stop."""
        for sandbox in self._registry.known():
            sandbox.send_listeners_home()
        await super().shutdown(sockets)


def serve_until_stopped(settings: Settings, console: Console) -> int:
    """Run the server; gives the exit status."""
    lines.configure(settings.log_level, settings.log_format)
    try:
        listener = _bind(settings)
        port: int = listener.getsockname()[1]
        settings = settings.model_copy(update={"port": port})  # the one it got, where any would do
        engine.tune()
        with SeedingBar(console) as report:
            app = create_app(settings, report)
    except (CannotStart, RulesInvalid) as reason:
        console.print(str(reason), style="red", markup=False, highlight=False)
        return 1
    with listener:
        protocol, cut_slow = _protocol(app.registry, settings)
        server = _Server(_configuration(app, settings, protocol), app.registry, cut_slow)
        _welcome(app, settings.host, port)
        settle_memory()
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    return INTERRUPTED if server.interrupted else 0


def settle_memory() -> None:
    """Take what start-up made out of the garbage collector's sight: it stays until the end, and walking it through
    takes 60 ms each time, in the middle of a request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _protocol(registry: Registry, settings: Settings) -> tuple[Any, CutSlow]:
    """How a connection is read, and what cuts slow ones. Without httptools it is uvicorn's own way, which bounds
    neither the time nor the head of a request."""
    if find_spec("httptools") is None:
        return "h11", _cut_none
    from sandbox.cli.connections import Bounds, Connection, cut_slow

    bounds = Bounds(settings.request_seconds, settings.max_header_bytes)
    return functools.partial(Connection, bounds, registry.next_request_id), cut_slow


def _cut_none(connections: Iterable[object], now: float) -> None:
    """Uvicorn's own connections tell nothing of when they began."""


def _configuration(app: Application, settings: Settings, protocol: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio" if find_spec("uvloop") is None else "uvloop",
        http=protocol,
        access_log=False,
        log_config=None,
        log_level="warning" if settings.log_level == "info" else settings.log_level,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,  # as long as most clients keep theirs: a shorter one cuts calls that were just sent
        lifespan="on",
    )


def _bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise CannotStart(f"{settings.host}:{settings.port} {why} (set SANDBOX_PORT to use another)") from None
    listener.set_inheritable(True)
    return listener


def _welcome(app: Application, host: str, port: int) -> None:
    registry: Registry = app.registry
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    lines = [
        f"the bank           {base}/v1",
        f"its documentation  {base}/docs",
        f"console            {base}/_sandbox/console",
        f"control plane      {base}/_sandbox/members  (who can log in)",
        f"codes              {base}/_sandbox/messages  (every SMS that went out)",
        "",
        "Log in as",
    ]
    if app.server.settings.dev_sessions:
        lines.insert(-2, "developer mode     sessions outlive idling, clock jumps and resets")
    default = registry.peek(DEFAULT)
    rows = [] if default is None else _some_members(registry, default)
    lines += [
        f"  {name:<18} password {password}  device {device}  ({persona})" for name, password, device, persona in rows
    ]
    if not registry.shard.holds(DEFAULT):
        lines[-1] = f"Process {registry.shard}; the sandbox default belongs to another one."
    elif default is None:
        lines[-1] = f"The sandbox default cannot be used (see above): POST {base}/_sandbox/reset starts it over."
    lines += ["", "Ctrl-C stops it."]
    print("Cooprogreso Sandbox\n", *lines, sep="\n", flush=True)


def _some_members(registry: Registry, sandbox: Sandbox) -> list[tuple[str, str, str, str]]:
    """Username, password, device and persona of a few who can log in."""
    with registry.engine.connected(sandbox.path) as connection:
        return connection.execute(
            "SELECT username, password_plain, device_key, coalesce(persona, 'generated') FROM member"
            " JOIN device ON device.member_id = member.id AND removed_at IS NULL"
            " WHERE username IS NOT NULL AND status = 'active' AND locked_until IS NULL ORDER BY member.id LIMIT 3"
        ).fetchall()
