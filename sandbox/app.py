"""The composition root: settings in, application out."""

import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, Any

from fastapi import APIRouter, FastAPI

from sandbox import background
from sandbox.bank.access import routes as access
from sandbox.bank.beneficiaries import routes as beneficiaries
from sandbox.bank.cards import routes as cards
from sandbox.bank.challenges import routes as challenges
from sandbox.bank.deferrals import routes as deferrals
from sandbox.bank.information import routes as information
from sandbox.bank.notifications import routes as notifications
from sandbox.bank.products import routes as products
from sandbox.bank.profile import routes as profile
from sandbox.bank.referrals import routes as referrals
from sandbox.bank.requests import routes as requests
from sandbox.bank.services import routes as services
from sandbox.bank.transfers import routes as transfers
from sandbox.control import clock, health, journal, leases, ledger, members, messages, money, rules, sandboxes, state
from sandbox.domain.rules import RuleSource
from sandbox.http import answers, docs
from sandbox.http.cors import BankCors
from sandbox.http.describe import PROBLEM_SCHEMA
from sandbox.http.gate import Gate
from sandbox.http.guard import Guard, is_loopback
from sandbox.http.index import RouteIndex
from sandbox.kernel.clock import Micros
from sandbox.kernel.clock import parse as parse_moment
from sandbox.problems import CATALOGUE
from sandbox.settings import Settings
from sandbox.storage.bank import RingSizes
from sandbox.storage.registry import Registry

Progress = Callable[[int, int], None]


class CannotStart(Exception):
    """The settings do not allow a start; the message says what to change."""


def create_app(settings: Settings, progress: Progress | None = None) -> FastAPI:
    """The application over a data directory; the golden database is made first where it is missing.

    Raises CannotStart for settings that must not be served, RulesInvalid for rule documents that do not hold.
    """
    if not is_loopback(settings.host) and settings.control_token is None:
        raise CannotStart(
            f"{settings.host} is not a loopback address: set SANDBOX_CONTROL_TOKEN (16 characters or more) "
            "so that not everybody on the network can steer the bank"
        )
    source = RuleSource(settings.rules_dir, frozenset(CATALOGUE))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings.data_dir)
    golden = ensure_golden(settings, progress)
    rings = RingSizes(settings.journal_size, settings.decision_log_size)
    registry = Registry(
        settings.data_dir / "sandboxes" / golden.stem, golden, source, rings, auto_create=settings.auto_create
    )
    registry.ensure_default()
    app = _application(settings, registry, source, lock)
    _route(app)
    return app


def ensure_golden(settings: Settings, progress: Progress | None = None) -> Path:
    """The path of the golden database of these settings, made now if it is not there. Raises CannotStart."""
    from sandbox.seeding import golden  # Faker alone takes longer to import than a start may last

    try:
        start = parse_moment(settings.clock_start)
    except ValueError as error:
        raise CannotStart(f"SANDBOX_CLOCK_START {settings.clock_start!r}: {error}") from None
    path = settings.data_dir / _golden_name(settings, start)
    if not path.exists():
        golden.build(
            path,
            seed=settings.seed,
            members=settings.members,
            clock_start=start,
            seed_dir=settings.seed_dir,
            progress=progress,
        )
    return path


def _golden_name(settings: Settings, start: Micros) -> str:
    from sandbox.seeding import golden

    return golden.golden_name(settings.seed, settings.members, start, settings.seed_dir)


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: FastAPI's, with the schema all problems share and how a member is recognised."""
    document = FastAPI.openapi(app)
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["securitySchemes"] = {"member": {"type": "http", "scheme": "bearer"}}
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which no answer of ours ever is
        components["schemas"].pop(name, None)
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        if "application/json" in operation["responses"].get("422", {}).get("content", {}):
            del operation["responses"]["422"]
    return document


def _application(settings: Settings, registry: Registry, source: RuleSource, lock: IO[str]) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.router.middleware_stack = RouteIndex(app.router)
        async with background.running(registry, source, watch=settings.watch_rules):
            yield
        registry.close()
        lock.close()

    app = FastAPI(
        title="Cooprogreso Sandbox",
        version="0.1.0",
        description="A bank in a box. `/v1` is the bank as the mobile app sees it, `/_sandbox` the control plane.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.registry = registry
    app.state.settings = settings
    answers.install(app)
    hosts = frozenset(host.strip().lower() for host in settings.allowed_hosts.split(",") if host.strip())
    app.add_middleware(BankCors, origins=settings.cors_origins)
    app.add_middleware(
        Gate,
        registry=registry,
        guard=Guard(settings.control_token, hosts),
        max_body_bytes=settings.max_body_bytes,
        journal=settings.journal_size > 0,
    )
    return app


def _route(app: FastAPI) -> None:
    routers: list[APIRouter] = [
        access.entrance, access.router, profile.router, profile.rules, notifications.router, products.router,
        products.movements, transfers.router, beneficiaries.router, services.router, cards.router, deferrals.router,
        information.router, information.questions, information.contact, requests.router, referrals.router,
        challenges.make_router(), health.alive, health.router, clock.router, messages.router, members.router,
        state.router, leases.router, money.router, sandboxes.router, rules.router, ledger.router, journal.router,
    ]  # fmt: skip
    for router in routers:
        # Flat, not included: each route stays its own class, and the index finds it in one step.
        app.router.routes.extend(router.routes)
    docs.install(app)
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]  # FastAPI's own way to adapt the document


def _lock(directory: Path) -> IO[str]:
    """One process a data directory: two would write one database each behind the other's back. Raises CannotStart."""
    file = (directory / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise CannotStart(f"another server uses {directory} (set SANDBOX_DATA_DIR to use another place)") from None
    file.write(str(os.getpid()))
    file.flush()
    return file
