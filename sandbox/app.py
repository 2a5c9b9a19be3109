"""The composition root: settings in, application out."""

import asyncio
import contextlib
import functools
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from starlette.types import Receive, Scope, Send

from sandbox import background
from sandbox.bank.access.carrying import carry_sessions
from sandbox.bank.chapter import Chapter, Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.bank.seeds import Seed
from sandbox.console import routes as console
from sandbox.control import (
    clock,
    events,
    factory,
    faults,
    health,
    jobs,
    journal,
    leases,
    ledger,
    life,
    members,
    messages,
    money,
    people,
    questions,
    recordings,
    rules,
    sandboxes,
    scenarios,
    state,
    stream,
    traffic,
    verify,
    webhooks,
)
from sandbox.control.faulting import FaultInjection
from sandbox.document import pages, site
from sandbox.document.document import Document
from sandbox.document.site import Site
from sandbox.domain.life.behaviours import Level
from sandbox.domain.rules import Readings, RuleSource
from sandbox.http import answers, logs
from sandbox.http.access import AccessLog
from sandbox.http.cors import Cors, listed
from sandbox.http.gate import Gate, Watch
from sandbox.http.guard import Guard, is_loopback
from sandbox.http.index import RouteIndex
from sandbox.http.route import UnitRoute
from sandbox.http.server import Server
from sandbox.kernel.features import chosen
from sandbox.problem import CATALOGUE, Problem
from sandbox.sandboxes.bounds import Bounds, RingSizes
from sandbox.sandboxes.engine import Engine
from sandbox.sandboxes.hands import RegistryHands
from sandbox.sandboxes.inspection import Trust
from sandbox.sandboxes.places import Places
from sandbox.sandboxes.problems import SandboxDamaged, SandboxOfAnotherVersion
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sqlite import SqliteEngine
from sandbox.seeding.documents import SeedInvalid
from sandbox.settings import Settings
from sandbox.starting import CannotStart, Progress, ServerAway, ensure_golden, lock_of, origin_of, require_own, shard_of
from sandbox.storage import schema
from sandbox.storage.errors import ServerGone
from sandbox.storage.failures import FAILURES, storage_problem
from sandbox.storage.problems import StorageFull, StorageMissing, StorageReadOnly
from sandbox.storage.threads import in_thread
from sandbox.workers.roles import SINGLE, Role

if TYPE_CHECKING:
    from sandbox.http.traces import Traces

log = logging.getLogger("sandbox")


class Application:
    """The server as one ASGI application: the gate, and behind it compiled routes and pages."""

    def __init__(
        self,
        server: Server,
        role: Role,
        unlock: Callable[[], None],
        document: Document,
        traces: "Traces | None" = None,
    ) -> None:
        self.server = server
        self._role = role
        self._traces = traces
        self._unlock = unlock
        self._document = document
        self._pages = _pages(document, Site(server.settings.docs_dir), self._running)
        settings = server.settings
        correlation_header = settings.correlation_header
        control = Cors(settings.control_origins, local=False, devices=False, correlation_header=correlation_header)
        self._gate = Gate(
            server,
            self._pages,
            Guard(settings.control_token, frozenset(listed(settings.allowed_hosts)), control),
            FaultInjection(),
            Cors(
                settings.cors_origins,
                local=True,
                devices=settings.cors_devices,
                correlation_header=correlation_header,
            ),
            control,
            self._watches(),
            role.elsewhere,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._gate(scope, receive, send)

    def _watches(self) -> Iterator[Watch]:
        """What takes note of every request."""
        settings = self.server.settings
        if settings.access_log != "off":
            yield AccessLog(settings.access_log, settings.slow_ms, self.server.index).note
        if self._traces is not None:
            yield self._traces.note

    @property
    def registry(self) -> Registry:
        """The sandboxes."""
        return self.server.registry

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return self._document.content

    async def close(self) -> None:
        """Close every sandbox and give the data directory up."""
        await self.registry.close()
        self._unlock()
        if self._traces is not None:
            await in_thread(self._traces.close)

    def _known(self) -> list[str]:
        return [sandbox.name for sandbox in self.registry.known()]

    @contextlib.asynccontextmanager
    async def _running(self, _: FastAPI) -> AsyncIterator[None]:
        registry, settings = self.registry, self.server.settings
        async with AsyncExitStack() as running:
            running.push_async_callback(self.close)
            hands = RegistryHands(registry)
            running.push_async_callback(hands.close)
            await running.enter_async_context(self._role.running(hands, self._known))
            await running.enter_async_context(background.running(registry, registry.rules, settings))
            yield


def create_app(
    settings: Settings,
    progress: Progress | None = None,
    chapters: Iterable[Chapter] = CHAPTERS,
    role: Role = SINGLE,
) -> Application:
    """The application over a data directory; the golden database is made first where it is missing. Of several
    processes, the keeper alone makes and removes what is there.

    Raises CannotStart for settings that must not be served and for a seed that does not hold, RulesInvalid for rule
    documents that do not hold, ValueError for chapters that do not fit together.
    """
    chapters = tuple(chapters)
    bank = Chapters(chapters)
    schema.require_declared(bank.tables)
    _require_guarded(settings)
    logs.install()
    readings = Readings(settings.data_dir / "rules.json")
    source = RuleSource(settings.rules_dir, frozenset(CATALOGUE), bank.vocabulary, readings)
    origin_of(settings)
    traces = _traces(settings.otel_endpoint)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as failing:
            if role.locks:
                failing.callback(lock_of(settings.data_dir).release)
            if role.peers.keeps:
                readings.save()
            registry = _registry(settings, source, bank, progress, role)
            unlock = failing.pop_all().close  # called when the application is closed
    except SeedInvalid as invalid:
        raise CannotStart(str(invalid)) from None
    except ServerGone as gone:
        raise ServerAway(f"the server of SANDBOX_DATABASE_URL cannot be used: {gone}") from None
    except FAILURES as error:
        problem = storage_problem(error, settings.data_dir)
        if problem is None:
            raise
        raise CannotStart(f"{settings.data_dir} cannot be used: {_WHY[type(problem)]}") from None
    index = RouteIndex(_compiled([*bank.routers(), *_CONTROL]))
    document = Document(
        index.routes,
        functools.partial(_personas_alone, settings, chapters),
        settings.data_dir,
        functools.partial(_name_of_personas, settings, source, bank.seeds),
    )
    correlation_header = settings.correlation_header.lower().encode()
    server = Server(registry, settings, index, bank.checks, correlation_header)
    return Application(server, role, unlock, document, traces)


def _name_of_personas(settings: Settings, source: RuleSource, seeds: tuple[Seed, ...]) -> str:
    """Another one for every change of what a bank of the personas alone is made of, and of the rules it goes by."""
    from sandbox.seeding import golden

    alone = origin_of(settings)._replace(members=0)
    return golden.golden_name(alone, golden.Recipe(settings.seed_dir, seeds, source.current)) + source.current.revision


@contextlib.asynccontextmanager
async def _personas_alone(settings: Settings, chapters: tuple[Chapter, ...]) -> AsyncIterator[Application]:
    """An application over a bank with the same seed and its personas alone, which leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="sandbox-examples-") as directory:
        alone = Settings(
            data_dir=Path(directory),
            rules_dir=settings.rules_dir,
            seed_dir=settings.seed_dir,
            seed=settings.seed,
            clock_start=settings.clock_start,
            members=0,
            host="127.0.0.1",
            control_token=None,
            control_origins="",
            watch_rules=False,
            life="off",
            shard="1/1",
            database_url="",
        )
        application = await in_thread(create_app, alone, None, chapters)
        try:
            yield application
        finally:
            await application.close()


def _traces(endpoint: str) -> "Traces | None":
    """Where spans go, or None without an `endpoint`. Raises CannotStart where the libraries are missing."""
    if not endpoint:
        return None
    try:
        from sandbox.http.traces import Traces  # an extra
    except ModuleNotFoundError as missing:
        raise CannotStart(
            f"SANDBOX_OTEL_ENDPOINT needs {missing.name}: pip install 'cooprogreso-sandbox[otel]'"
        ) from None
    return Traces(endpoint)


def _require_guarded(settings: Settings) -> None:
    """Raises CannotStart where the control plane would be open to more than this machine without a token."""
    if settings.control_token is not None:
        return
    if not is_loopback(settings.host):
        raise CannotStart(
            f"{settings.host} is not a loopback address: set SANDBOX_CONTROL_TOKEN (16 characters or more) "
            "so that not everybody on the network can steer the bank"
        )
    if listed(settings.control_origins):
        raise CannotStart(
            "SANDBOX_CONTROL_ORIGINS admits pages of other origins to the control plane: set SANDBOX_CONTROL_TOKEN "
            "(16 characters or more), which they have to send"
        )


_WHY: dict[type[Problem], str] = {
    StorageFull: "the disk is full; free some space and start again",
    StorageReadOnly: "it is read-only; make it writable or set SANDBOX_DATA_DIR to another place",
    StorageMissing: "it cannot be created there; set SANDBOX_DATA_DIR to another place",
}


def _registry(
    settings: Settings, source: RuleSource, bank: Chapters, progress: Progress | None, role: Role
) -> Registry:
    """The sandboxes of the data directory; in the keeper, with the golden database checked and the default one made and
    opened."""
    places = Places(settings.data_dir)
    shard = shard_of(settings)
    trust = Trust()
    engine = _engine(settings, trust, role)
    if role.peers.keeps:
        places.prepare()
        require_own(places, shard)
        engine.prepare(places)
    registry = Registry(
        places,
        origin_of(settings),
        functools.partial(ensure_golden, settings, source, bank.seeds, progress=progress),
        source,
        RingSizes(settings.journal_size, settings.decision_log_size, settings.journal_bytes, settings.recording_bytes),
        bank.work._replace(carry=carry_sessions if settings.dev_sessions else None),
        engine,
        trust,
        Bounds(
            settings.max_sandboxes,
            settings.max_open_sandboxes,
            settings.idle_seconds,
            deleted_bytes=settings.deleted_bytes,
            deleted_seconds=settings.deleted_seconds,
        ),
        auto_create=settings.auto_create,
        life_of_default=settings.life or "off",
        shard=shard,
        peers=role.peers,
        process=role.number,
    )
    if role.peers.keeps:
        registry.goldens.sound(registry.goldens.origin)
        unusable = asyncio.run(_default_problem(registry, settings.life))
        if unusable is not None:
            log.error("%s To start over: POST /_sandbox/reset, or `sandbox reset`", unusable.detail.en)
    return registry


def _engine(settings: Settings, trust: Trust, role: Role) -> Engine:
    """Where databases live. Raises CannotStart where what it needs is not installed."""
    if not settings.database_url:
        return SqliteEngine(trust)
    try:
        from sandbox.sandboxes.server import Options, ServerEngine  # an extra
    except ModuleNotFoundError as missing:
        raise CannotStart(
            f"SANDBOX_DATABASE_URL needs {missing.name}: pip install 'cooprogreso-sandbox[postgres]'"
        ) from None
    options = Options(
        connections=settings.database_connections,
        idle_seconds=settings.database_idle_seconds,
        spares=settings.database_spares,
        durable=settings.database_durable,
        features=chosen(settings.database_features),
        temporary=settings.database_temporary and role.peers.keeps,
    )
    return ServerEngine(settings.database_url, settings.data_dir, options)


async def _default_problem(registry: Registry, level: Level | None) -> Problem | None:
    """Open the default sandbox, and have it live as the settings say, where they do; why it cannot be used, or None."""
    try:
        default = await registry.ensure_default()
    except (SandboxDamaged, SandboxOfAnotherVersion) as unusable:
        return unusable
    if default is not None and level is not None and default.life.level != level:
        await life.set_level(default, level)
    if default is not None:
        default.store.withdraw()  # the loop that serves requests opens connections of its own
    return None


_CONTROL: tuple[APIRouter, ...] = (
    health.probes, health.router, clock.router, messages.router,
    members.router, people.router, state.router, factory.router, leases.router, money.router, sandboxes.router,
    sandboxes.carrying, recordings.router,
    rules.router, questions.router, faults.router, ledger.router, journal.router, traffic.router, verify.router,
    life.router, events.router, stream.router, webhooks.router, jobs.router, scenarios.router, health.metrics,
)  # fmt: skip


def _compiled(routers: Iterable[APIRouter]) -> Iterator[UnitRoute]:
    for router in routers:
        for route in router.routes:
            if not isinstance(route, UnitRoute):
                raise TypeError(f"{route} is not compiled")
            yield route


def _pages(document: Document, handbook: Site, lifespan: Any) -> FastAPI:
    """What is served by no compiled route: documents, the documentation and the console."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan, redirect_slashes=False)
    answers.install(app)
    pages.install(app, document, handbook)
    site.install(app, handbook)
    console.install(app)
    return app
