"""Serving: bind, seed, say where to look, run until stopped."""

import asyncio
import functools
import gc
import os
import signal
import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from importlib import import_module
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
from sandbox.starting import CannotStart, ServerAway, lock_of, require_workers_possible
from sandbox.storage import engine
from sandbox.workers.roles import SINGLE, Keeper, Role, Worker
from sandbox.workers.sockets import Inner, bound, inner, shared
from sandbox.workers.supervisor import CANNOT_START, KEEPER, TRY_AGAIN, Post, Supervisor
from sandbox.workers.ties import listen

CutSlow = Callable[[Iterable[object], float], None]
Begun = Callable[[], None]
INTERRUPTED = 128 + signal.SIGINT
"""The exit status after Ctrl-C, as shells have it."""


_IMPORTED_LATE = (
    "httptools", "psycopg", "sandbox.cli.connections", "structlog", "uvicorn.lifespan.on", "uvloop",
)  # fmt: skip


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
            now = asyncio.get_running_loop().time()
            # A loop that stood still finds its timers due before it reads what clients have sent meanwhile, in time.
            # That of asyncio looks at its sockets in the next turn, and reads behind what that turn begins with.
            for _ in range(2):
                await asyncio.sleep(0)
            self._cut_slow(self.server_state.connections, now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send home who listens, then stop."""
        for sandbox in self._registry.known():
            sandbox.send_listeners_home()
        await super().shutdown(sockets)


class _WorkersServer(_Server):
    """The same in one of several workers, which its supervisor stops. The keeper also listens on a socket for the
    others."""

    def __init__(
        self, config: uvicorn.Config, registry: Registry, cut_slow: CutSlow, inner: socket.socket | None, begun: Begun
    ) -> None:
        super().__init__(config, registry, cut_slow)
        self._inner = inner
        self._begun = begun

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop on SIGTERM, and end at once where nothing is served yet. Ctrl-C is the supervisor's."""
        if sig == signal.SIGTERM:
            if not self.started:
                os._exit(0)
            self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say that the worker is ready."""
        await super().startup(sockets)
        if self._inner is not None:
            self.servers.append(await listen(self._protocol, self._inner))
        self._begun()

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]  # as uvicorn calls it
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made


def serve_until_stopped(settings: Settings, console: Console) -> int:
    """Run the server; gives the exit status."""
    lines.configure(settings.log_level, settings.log_format)
    try:
        if settings.workers > 1:
            return _serve_with_workers(settings, console)
        return _serve_alone(settings, console)
    except (CannotStart, RulesInvalid) as reason:
        console.print(str(reason), style="red", markup=False, highlight=False)
        return 1


def _serve_alone(settings: Settings, console: Console) -> int:
    with bound(settings.host, settings.port) as listener:
        port: int = listener.getsockname()[1]
        settings = settings.model_copy(update={"port": port})  # the one it got, where any would do
        app = _application(settings, console, SINGLE)
        protocol, cut_slow = _protocol(app.registry, settings)
        server = _Server(_configuration(app, settings, protocol), app.registry, cut_slow)
        print(*_welcome(app, settings.host, port), "Ctrl-C stops it.", sep="\n", flush=True)
        settle_memory()
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    return INTERRUPTED if server.interrupted else 0


def _serve_with_workers(settings: Settings, console: Console) -> int:
    """Supervise workers, one of which is the keeper."""
    require_workers_possible(settings)
    _import_all()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.callback(lock_of(settings.data_dir).release)
        listeners = shared(settings.host, settings.port, settings.workers)
        for listener in listeners:
            stack.enter_context(listener)
        settings = settings.model_copy(update={"port": listeners[0].getsockname()[1]})
        between = stack.enter_context(inner())

        def work(post: Post) -> int:
            lines.configure(settings.log_level, settings.log_format, worker=post.number)
            return _work(settings, console, post, listeners[post.number - 1], between)

        status = Supervisor(settings.workers, work, _say_begun).run()
    if status == 128 + signal.SIGTERM:
        signal.raise_signal(signal.SIGTERM)  # as a process without workers ends
        return 0  # the first process of a container cannot end by a signal
    return status


def _work(settings: Settings, console: Console, post: Post, listener: socket.socket, between: Inner) -> int:
    """Serve as one of several workers; gives the exit status."""
    keeps = post.number == KEEPER
    silence = settings.worker_seconds
    role: Role = (
        Keeper(between.ties, post.others, silence)
        if keeps
        else Worker(post.number, between.ties_path, between.control_path, silence)
    )
    try:
        app = _application(settings, console, role)
    except (CannotStart, RulesInvalid) as reason:
        console.print(str(reason), style="red", markup=False, highlight=False)
        return TRY_AGAIN if isinstance(reason, ServerAway) else CANNOT_START
    protocol, cut_slow = _protocol(app.registry, settings)
    words = "\n".join(_welcome(app, settings.host, settings.port)) if keeps else ""
    server = _WorkersServer(
        _configuration(app, settings, protocol),
        app.registry,
        cut_slow,
        between.control if keeps else None,
        lambda: post.ready(words),
    )
    settle_memory()
    server.run(sockets=[listener])
    return 0


def _say_begun(words: str, pids: dict[int, int]) -> None:
    told = ", ".join(f"{number} ({pid})" for number, pid in pids.items())
    print(words, f"Workers (and their processes): {told}", "Ctrl-C stops them.", sep="\n", flush=True)


def _import_all() -> None:
    """Import what workers would import each by itself when they start."""
    for name in _IMPORTED_LATE:
        if find_spec(name) is not None:
            import_module(name)


def _application(settings: Settings, console: Console, role: Role) -> Application:
    """The application over the data directory of the settings, seeded if need be. Raises CannotStart, RulesInvalid."""
    engine.tune()
    with SeedingBar(console) as report:
        return create_app(settings, report, role=role)


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
        timeout_graceful_shutdown=3,  # streams end at once by themselves; below what a supervisor waits
        timeout_keep_alive=75,  # as long as most clients keep theirs: a shorter one cuts calls that were just sent
        lifespan="on",
    )


def _welcome(app: Application, host: str, port: int) -> list[str]:
    """What to say when the server is ready: where to look, and who can log in."""
    registry: Registry = app.registry
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    words = [
        "Cooprogreso Sandbox\n",
        f"the bank           {base}/v1",
        f"its documentation  {base}/docs",
        f"console            {base}/_sandbox/console",
        f"control plane      {base}/_sandbox/members  (who can log in)",
        f"codes              {base}/_sandbox/messages  (every SMS that went out)",
        "",
        "Log in as",
    ]
    if app.server.settings.dev_sessions:
        words.insert(-2, "developer mode     sessions outlive idling, clock jumps and resets")
    default = registry.peek(DEFAULT)
    rows = [] if default is None else _some_members(registry, default)
    words += [
        f"  {name:<18} password {password}  device {device}  ({persona})" for name, password, device, persona in rows
    ]
    if not registry.shard.holds(DEFAULT):
        words[-1] = f"Process {registry.shard}; the sandbox default belongs to another one."
    elif default is None:
        words[-1] = f"The sandbox default cannot be used (see above): POST {base}/_sandbox/reset starts it over."
    return [*words, ""]


def _some_members(registry: Registry, sandbox: Sandbox) -> list[tuple[str, str, str, str]]:
    """Username, password, device and persona of a few who can log in."""
    with registry.engine.connected(sandbox.path) as connection:
        return connection.execute(
            "SELECT username, password_plain, device_key, coalesce(persona, 'generated') FROM member"
            " JOIN device ON device.member_id = member.id AND removed_at IS NULL"
            " WHERE username IS NOT NULL AND status = 'active' AND locked_until IS NULL ORDER BY member.id LIMIT 3"
        ).fetchall()
