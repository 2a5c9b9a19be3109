"""A bank for every test: made, forked, reset, kept, put back, carried away and brought in, in milliseconds."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import Request, Response
from fastapi.responses import FileResponse
from pydantic import ConfigDict, Field
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from sandbox.bank.jobs import service as jobs
from sandbox.bank.wire import Body, CleanText, Listing, Moment, View
from sandbox.control.clock import ClockGoesForward, moment_of
from sandbox.control.ledger import audit_file
from sandbox.control.route import control_router, plain_router
from sandbox.control.rules import DocumentRefused, checked
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.kernel import clock
from sandbox.problems import BodyTooLarge, FieldError, NotFound, SandboxNotFound, Text, ValidationFailed
from sandbox.sandboxes import files
from sandbox.storage import schema
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.sandboxes.problems import (
    DefaultSandboxStays,
    ImportRefused,
    InvalidSandboxName,
    SandboxExists,
    SnapshotExists,
    SnapshotNotFound,
    SnapshotOfAnotherVersion,
    TooManySandboxes,
)
from sandbox.sandboxes.registry import Registry
from sandbox.storage.schema import Origin
from sandbox.storage.unit import UnitOfWork

router = control_router("sandboxes")
carrying = plain_router("sandboxes")
_SQLITE = "application/vnd.sqlite3"
_PARENT = re.compile(r"(?P<name>[^@]+)(?:@(?P<snapshot>[^@]+))?")


class StartingClock(Body):
    """Where its clock starts and how fast it runs: 0 frozen, 1 real time."""

    now: str | None = Field(None, examples=["2026-11-24T08:00:00-05:00"])
    rate: Annotated[float, Field(ge=0, le=100_000, strict=False)] | None = None


class NewSandbox(Body):
    """The name it will be called by: `X-Sandbox: NAME` or `/s/NAME/…`; and what it is made from.

    `from` is another sandbox as it stands now (`default`) or one of its snapshots (`default@before-payday`); without it
    the sandbox is seeded: `seed`, how many `members`, at the moment `clock.now`. `rules` puts documents in place of the
    base ones.
    """

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={"examples": [{"name": "mi-prueba", "clock": {"rate": 0}}]},
    )

    name: CleanText
    seed: Annotated[CleanText, Field(min_length=1, max_length=200)] | None = None
    members: Annotated[int, Field(ge=0, le=100_000)] | None = None
    parent: Annotated[CleanText, Field(max_length=130)] | None = Field(None, alias="from", examples=["default"])
    rules: dict[str, str] = Field(default_factory=dict, description="Documents by name, as YAML.")
    clock: StartingClock = StartingClock()


class SandboxView(View):
    """A sandbox and how to reach it."""

    name: str
    base_path: str
    seed: str
    members: int
    now: Moment
    rate: float


class SandboxName(View):
    """A sandbox's name and base path."""

    name: str
    base_path: str


class NewSnapshot(Body):
    """The name it is kept under."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "antes-del-pago"}]})

    name: CleanText


class SnapshotView(View):
    """A snapshot. `usable` is false when it was made by another version of the schema."""

    name: str
    schema_version: str
    usable: bool
    size_bytes: int


@router.get("/sandboxes", operation_id="listSandboxes", summary="All sandboxes")
async def list_sandboxes(call: Call) -> Listing[SandboxName]:
    """Every sandbox there is."""
    names = registry_of(call).names()
    return Listing[SandboxName](items=[SandboxName(name=name, base_path=f"/s/{name}") for name in names])


@router.post(
    "/sandboxes",
    operation_id="createSandbox",
    summary="A new sandbox",
    status_code=201,
    responses=problems(
        InvalidSandboxName, SandboxExists, TooManySandboxes, SandboxNotFound, SnapshotNotFound,
        SnapshotOfAnotherVersion, DocumentRefused, NotFound, ClockGoesForward, *BODY_PROBLEMS,
    ),
)  # fmt: skip
async def create_sandbox(request: NewSandbox, call: Call) -> SandboxView:
    """A private bank: seeded, or a fork of another one. Ready when this answers."""
    registry = registry_of(call)
    rate = None if request.clock.rate is None else round(request.clock.rate * 1000)
    start = moment_of(request.clock.now, "clock.now") if request.clock.now is not None else None
    await checked(call.sandbox.source, request.rules)
    if request.parent is None:
        base = registry.origin
        origin = Origin(
            request.seed or base.seed,
            base.members if request.members is None else request.members,
            start or base.clock_start,
        )
        sandbox = await registry.create(request.name, origin, rate_millis=rate)
    else:
        sandbox = await registry.create(request.name, parent=_parent(request), rate_millis=rate)
    try:
        await _set_up(sandbox, request, call.unit.request_id)
    except BaseException:
        await registry.delete(sandbox.name)
        raise
    return _view(sandbox)


@router.get("/sandboxes/{name}", operation_id="getSandbox", summary="One sandbox", responses=problems(SandboxNotFound))
async def get_sandbox(name: str, call: Call) -> SandboxView:
    """Its seed and clock."""
    return _view(registry_of(call).get(name))


@router.delete(
    "/sandboxes/{name}",
    operation_id="deleteSandbox",
    summary="Remove a sandbox",
    status_code=204,
    responses=problems(SandboxNotFound, DefaultSandboxStays),
)
async def delete_sandbox(name: str, call: Call) -> Response:
    """It is gone with its file and its snapshots."""
    await registry_of(call).delete(name)
    return Response(status_code=204)


@router.post("/reset", operation_id="resetSandbox", summary="Back to the golden seed")
async def reset_sandbox(call: Call) -> SandboxView:
    """The selected sandbox as it was on its first day. A request in flight sees all of before or all of after."""
    return _view(await registry_of(call).reset(call.sandbox.name))


@router.get("/snapshots", operation_id="listSnapshots", summary="What was kept")
async def list_snapshots(call: Call) -> Listing[SnapshotView]:
    """The selected sandbox's snapshots."""
    return Listing[SnapshotView](items=[_kept(path) for path in registry_of(call).snapshots(call.sandbox.name)])


@router.post(
    "/snapshots",
    operation_id="createSnapshot",
    summary="Keep it as it stands",
    status_code=201,
    responses=problems(InvalidSandboxName, SnapshotExists, *BODY_PROBLEMS),
)
async def create_snapshot(request: NewSnapshot, call: Call) -> SnapshotView:
    """The whole bank, clock included, to come back to."""
    return _kept(await registry_of(call).snapshot(call.sandbox.name, request.name))


@router.post(
    "/snapshots/{name}/restore",
    operation_id="restoreSnapshot",
    summary="Come back to a snapshot",
    responses=problems(SnapshotNotFound, SnapshotOfAnotherVersion),
)
async def restore_snapshot(name: str, call: Call) -> SandboxView:
    """The selected sandbox as it was then: the one way in which time goes back."""
    return _view(await registry_of(call).restore(call.sandbox.name, name))


@router.delete(
    "/snapshots/{name}",
    operation_id="deleteSnapshot",
    summary="Throw a snapshot away",
    status_code=204,
    responses=problems(SnapshotNotFound),
)
async def delete_snapshot(name: str, call: Call) -> Response:
    """It cannot be restored any more; sandboxes made from it stay."""
    registry_of(call).forget(call.sandbox.name, name)
    return Response(status_code=204)


@router.get(
    "/export",
    operation_id="exportSandbox",
    summary="Carry it away",
    response_class=FileResponse,
    responses={200: {"content": {_SQLITE: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def export_sandbox(call: Call) -> FileResponse:
    """The selected sandbox as one SQLite file, to import elsewhere or to look into."""
    registry = registry_of(call)
    file = registry.scratch(call.sandbox.name)
    await registry.export(call.sandbox.name, file)
    return FileResponse(
        file,
        media_type=_SQLITE,
        filename=f"{call.sandbox.name}.sqlite",
        background=BackgroundTask(files.remove, file),
    )


@carrying.post(
    "/import",
    operation_id="importSandbox",
    summary="Bring one in",
    responses=problems(ImportRefused, BodyTooLarge),
    openapi_extra={
        "requestBody": {"required": True, "content": {_SQLITE: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def import_sandbox(request: Request) -> SandboxView:
    """The file takes the place of the selected sandbox once it has been checked: its form, its version, its books."""
    registry = registry_of(request)
    sandbox: Sandbox = request.scope["sandbox.bank"]
    maximum: int = request.app.state.settings.max_import_bytes
    file = registry.scratch(sandbox.name)
    try:
        await _receive(request.stream(), file, maximum)
        sandbox = await registry.replace(sandbox.name, file, _violations)
    finally:
        files.remove(file)
    return _view(sandbox)


def registry_of(request: Request) -> Registry:
    """The registry of the application that answers."""
    registry: Registry = request.app.state.registry
    return registry


async def _set_up(sandbox: Sandbox, request: NewSandbox, request_id: str) -> None:
    """Rules and clock of a sandbox that was just made. Raises ClockGoesForward."""
    target = moment_of(request.clock.now, "clock.now") if request.clock.now and request.parent else None
    if target is not None and target < sandbox.clock.now():
        raise ClockGoesForward(now=clock.show(sandbox.clock.now()))
    unit = UnitOfWork(sandbox, request_id)
    try:
        for document, text in request.rules.items():
            await unit.override(document, text)
        await unit.commit()
        if target is not None:
            await jobs.run_due(sandbox, target)
            await unit.set_clock(max(target, sandbox.clock.now()), sandbox.clock.rate_millis)
            await unit.commit()
    finally:
        unit.rollback()


def _parent(request: NewSandbox) -> tuple[str, str | None]:
    if request.seed is not None or request.members is not None:
        words = Text(
            "Con «from» no se siembra: quita seed y members.", "With “from” nothing is seeded: drop seed and members."
        )
        raise ValidationFailed(errors=[FieldError("from", "one_of", words)])
    parts = _PARENT.fullmatch(request.parent or "")
    if parts is None:
        raise SandboxNotFound(name=request.parent)
    return parts["name"], parts["snapshot"]


async def _receive(stream: AsyncIterator[bytes], file: Path, maximum: int) -> None:
    size = 0
    try:
        with file.open("wb") as target:
            async for chunk in stream:
                size += len(chunk)
                if size > maximum:
                    raise BodyTooLarge(maximum=maximum)
                target.write(chunk)
    except ClientDisconnect:
        raise ImportRefused(reason="it did not arrive whole") from None


def _violations(path: Path) -> list[str]:
    return [f"{each.subject} {each.detail}" for each in audit_file(path).violations]


def _kept(path: Path) -> SnapshotView:
    theirs = files.version_of(path)
    return SnapshotView(
        name=path.stem, schema_version=theirs, usable=theirs == schema.version(), size_bytes=path.stat().st_size
    )


def _view(sandbox: Sandbox) -> SandboxView:
    return SandboxView(
        name=sandbox.name,
        base_path=f"/s/{sandbox.name}",
        seed=sandbox.origin.seed,
        members=sandbox.origin.members,
        now=clock.show(sandbox.clock.now()),
        rate=sandbox.clock.rate_millis / 1000,
    )
