"""A bank for every test: create, fork, reset, snapshot, restore, export and import sandboxes, in milliseconds."""

import os
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from sandbox.bank.jobs import service as jobs
from sandbox.bank.wire import Listing
from sandbox.control.clock import ClockGoesForward, moment_of
from sandbox.control.documents import DocumentRefused, checked, hold_checked
from sandbox.control.ledger import audit_file
from sandbox.control.route import file_router, upload_router
from sandbox.control.sandbox_schemas import (
    DeletedSandbox,
    NewSandbox,
    NewSnapshot,
    OpenSandbox,
    SandboxListing,
    SandboxSummary,
    SandboxView,
    SnapshotView,
)
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.kernel import clock
from sandbox.problem import FieldError, Text
from sandbox.problems import BodyTooLarge, NotFound, SandboxNotFound, ValidationFailed
from sandbox.sandboxes import files, overrides, survey
from sandbox.sandboxes.census import Listed
from sandbox.sandboxes.contents import Given
from sandbox.sandboxes.deleted import Kept
from sandbox.sandboxes.problems import (
    DefaultSandboxStays,
    DeletedSandboxNotFound,
    ImportRefused,
    InvalidSandboxName,
    ParentElsewhere,
    SandboxDamaged,
    SandboxElsewhere,
    SandboxExists,
    SandboxInUse,
    SandboxOfAnotherVersion,
    SnapshotDamaged,
    SnapshotExists,
    SnapshotNotFound,
    SnapshotOfAnotherVersion,
    TooManySandboxes,
)
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.failures import storage_problem
from sandbox.storage.problems import StorageFull, StorageReadOnly
from sandbox.storage.threads import in_thread

router = file_router("sandboxes")
carrying = upload_router("sandboxes")
_DISK = (StorageFull, StorageReadOnly)
_UNUSABLE = (SandboxElsewhere, SandboxDamaged, SandboxOfAnotherVersion)
_PIECE = 1 << 20
_SQLITE = "application/vnd.sqlite3"
_PARENT = re.compile(r"(?P<name>[^@]+)(?:@(?P<snapshot>[^@]+))?")


@router.get("/sandboxes", operation_id="listSandboxes", summary="List sandboxes")
async def list_sandboxes(call: Call) -> SandboxListing:
    """Every sandbox of the process that answers, also those that are damaged or of another schema version. Behind a
    proxy, `X-Sandbox-Shard: NUMBER` chooses the process."""
    registry = call.server.registry
    await survey.note_uses(registry)
    items = [_summary(registry, each) for each in await survey.listed(registry)]
    gone = [_deleted(each) for each in await registry.bin.kept()]
    return SandboxListing(items=items, deleted=gone, shard=str(registry.shard))


@router.post(
    "/sandboxes",
    operation_id="createSandbox",
    summary="Create a sandbox",
    status_code=201,
    responses=problems(
        InvalidSandboxName, SandboxExists, TooManySandboxes, ParentElsewhere, SandboxNotFound, SnapshotNotFound,
        SnapshotOfAnotherVersion, SnapshotDamaged, DocumentRefused, NotFound, ClockGoesForward, *_UNUSABLE, *_DISK,
        *BODY_PROBLEMS,
    ),
)  # fmt: skip
async def create_sandbox(request: NewSandbox, call: Call) -> SandboxView:
    """A private bank: seeded, or a fork of another one. Ready when this answers."""
    registry = call.server.registry
    rate = None if request.clock.rate is None else round(request.clock.rate * 1000)
    start = moment_of(request.clock.now, "clock.now") if request.clock.now is not None else None
    await checked(registry.rules, request.rules)
    if request.parent is None:
        given, parent = Given(request.seed, request.members, start, request.life, rate), None
    else:
        given, parent = Given(life=request.life, rate_millis=rate), _parent(request)
    set_up = partial(_set_up, request, call.request_id)
    sandbox = await registry.create(request.name, given, parent=parent, set_up=set_up)
    return _view(sandbox)


@router.get(
    "/sandboxes/{name}",
    operation_id="getSandbox",
    summary="Get a sandbox",
    responses=problems(SandboxNotFound, *_UNUSABLE),
)
async def get_sandbox(name: str, call: Call) -> SandboxView:
    """Its seed and clock."""
    return _view(await call.server.registry.open(name))


@router.delete(
    "/sandboxes/{name}",
    operation_id="deleteSandbox",
    summary="Delete a sandbox",
    status_code=204,
    responses=problems(SandboxNotFound, SandboxElsewhere, DefaultSandboxStays, *_DISK),
)
async def delete_sandbox(
    name: str,
    call: Call,
    permanent: Annotated[bool, Query(description="Keep nothing of it.")] = False,  # noqa: FBT002  # a query parameter
) -> None:
    """Deletes it with its snapshots. `undeleteSandbox` brings it back for `SANDBOX_DELETED_SECONDS`, unless the
    deletion is `permanent` or the bounds on what is kept are exceeded (`SANDBOX_DELETED_BYTES`, 20 sandboxes, the free
    space of the disk)."""
    await call.server.registry.delete(name, permanent=permanent)


@router.post(
    "/sandboxes/{name}/undelete",
    operation_id="undeleteSandbox",
    summary="Undelete a sandbox",
    responses=problems(
        InvalidSandboxName, SandboxElsewhere, DeletedSandboxNotFound, SandboxExists, TooManySandboxes, *_DISK
    ),
)
async def undelete_sandbox(name: str, call: Call) -> SandboxSummary:
    """Brings back the sandbox that was deleted latest under that name, with its snapshots and as it was: its clock has
    gone on. What only memory held of it is gone: journal, decisions, recording and leases."""
    registry = call.server.registry
    return _summary(registry, await registry.undelete(name))


@router.post("/reset", operation_id="resetSandbox", summary="Reset a sandbox", responses=problems(SandboxInUse, *_DISK))
async def reset_sandbox(call: Call) -> SandboxView:
    """The selected sandbox as it was on its first day: with the seed, members and start it was created with and, where
    it was created without, those of the settings. A request in flight sees all of before or all of after."""
    return _view(await call.server.registry.reset(call.sandbox_name))


@router.get("/snapshots", operation_id="listSnapshots", summary="List snapshots", responses=problems(SandboxNotFound))
async def list_snapshots(call: Call) -> Listing[SnapshotView]:
    """The selected sandbox's snapshots."""
    kept = await call.server.registry.snapshots(call.sandbox_name)
    return Listing[SnapshotView](items=[_snapshot(each) for each in kept])


@router.post(
    "/snapshots",
    operation_id="createSnapshot",
    summary="Create a snapshot",
    status_code=201,
    responses=problems(InvalidSandboxName, SnapshotExists, *_UNUSABLE, *_DISK, *BODY_PROBLEMS),
)
async def create_snapshot(request: NewSnapshot, call: Call) -> SnapshotView:
    """A copy of the whole bank, clock included, to restore later."""
    return _snapshot(await call.server.registry.snapshot(call.sandbox_name, request.name))


@router.post(
    "/snapshots/{name}/restore",
    operation_id="restoreSnapshot",
    summary="Restore a snapshot",
    responses=problems(SnapshotNotFound, SnapshotOfAnotherVersion, SnapshotDamaged, SandboxInUse, *_DISK),
)
async def restore_snapshot(name: str, call: Call) -> SandboxView:
    """The selected sandbox as it was then: the one way in which time goes back."""
    return _view(await call.server.registry.restore(call.sandbox_name, name))


@router.delete(
    "/snapshots/{name}",
    operation_id="deleteSnapshot",
    summary="Delete a snapshot",
    status_code=204,
    responses=problems(SnapshotNotFound),
)
async def delete_snapshot(name: str, call: Call) -> None:
    """It can no longer be restored; sandboxes made from it stay."""
    await call.server.registry.forget(call.sandbox_name, name)


@router.get(
    "/export",
    operation_id="exportSandbox",
    summary="Export a sandbox",
    response_class=StreamingResponse,
    responses={
        **problems(SandboxNotFound, SandboxDamaged, *_DISK),
        200: {"content": {_SQLITE: {"schema": {"type": "string", "format": "binary"}}}},
    },
)
async def export_sandbox(call: Call) -> Response:
    """The selected sandbox as one SQLite file, to import elsewhere or to look into; also one of another version."""
    name = call.sandbox_name
    file = await call.server.registry.export(name)
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    file.unlink()  # lives on while it is sent, and leaves nothing behind however the sending ends
    headers = {
        "Content-Length": str(os.fstat(descriptor).st_size),
        "Content-Disposition": f'attachment; filename="{name}.sqlite"',
    }
    if call.method == "HEAD":
        os.close(descriptor)
        return Response(headers=headers, media_type=_SQLITE)
    return StreamingResponse(_pieces(descriptor), media_type=_SQLITE, headers=headers)


@carrying.post(
    "/import",
    operation_id="importSandbox",
    summary="Import a sandbox",
    responses=problems(ImportRefused, BodyTooLarge, SandboxInUse, *_DISK),
    openapi_extra={
        "requestBody": {"required": True, "content": {_SQLITE: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def import_sandbox(call: Call) -> SandboxView:
    """The file takes the place of the selected sandbox once it has been checked: its form, version, content, books."""
    registry = call.server.registry
    name = registry.get(call.sandbox_name).name  # or nothing of the file is received
    maximum = call.server.settings.max_import_bytes
    audit = partial(_violations, call.server.checks)
    file = registry.places.scratch(name)
    try:
        await _receive(call.stream(), file, maximum)
        sandbox = await registry.replace(name, file, audit)
    except OSError as error:
        problem = storage_problem(error, registry.places.data_dir)
        if problem is None:
            raise
        raise problem from error
    finally:
        await in_thread(files.remove, file)  # as a file: what it says is the client's
    return _view(sandbox)


def _pieces(descriptor: int) -> Iterator[bytes]:
    with open(descriptor, "rb") as file:
        while piece := file.read(_PIECE):
            yield piece


async def _set_up(request: NewSandbox, request_id: str, sandbox: Sandbox) -> None:
    """Rules and clock of a sandbox that was just made. Raises ClockGoesForward, DocumentRefused."""
    target = moment_of(request.clock.now, "clock.now") if request.clock.now and request.parent else None
    if target is not None and target < sandbox.clock.now():
        raise ClockGoesForward(now=clock.show(sandbox.clock.now()))
    unit = sandbox.unit(request_id)
    try:
        if request.rules:
            await hold_checked(unit, sandbox, request.rules)  # with those that it has of its parent
        for document, text in request.rules.items():
            await overrides.put(unit, sandbox, document, text)
        await unit.commit()
        if target is not None:
            await jobs.advance(sandbox, target)
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


def _violations(checks: Mapping[str, str], path: Path) -> list[str]:
    return [f"{each.subject} {each.detail}" for each in audit_file(path, checks).violations]


def _summary(registry: Registry, listed: Listed) -> SandboxSummary:
    sandbox = registry.peek(listed.name)
    return SandboxSummary(
        name=listed.name, base_path=f"/s/{listed.name}", state=listed.state, schema_version=listed.schema_version,
        reason=listed.reason, size_bytes=listed.size, open=None if sandbox is None else _open(sandbox),
    )  # fmt: skip


def _deleted(each: Kept) -> DeletedSandbox:
    return DeletedSandbox(
        name=each.name,
        deleted_at=clock.show(each.moment),
        kept_until=clock.show(each.expires),
        size_bytes=each.size,
    )


def _open(sandbox: Sandbox) -> OpenSandbox:
    return OpenSandbox(
        members=sandbox.origin.members,
        now=clock.show(sandbox.clock.now()),
        rate=sandbox.clock.rate_millis / 1000,
        overrides=sorted(sandbox.own_rules.overrides),
        faults=len(sandbox.faults.calls) + len(sandbox.faults.outages),
        recording=sandbox.notes.recording is not None,
        idle_seconds=round(max(0.0, time.monotonic() - sandbox.used_at), 1),
    )


def _snapshot(listed: Listed) -> SnapshotView:
    return SnapshotView(
        name=listed.name,
        schema_version=listed.schema_version,
        usable=listed.state == "ready",
        size_bytes=listed.size,
        reason=listed.reason,
    )


def _view(sandbox: Sandbox) -> SandboxView:
    return SandboxView(
        name=sandbox.name,
        base_path=f"/s/{sandbox.name}",
        seed=sandbox.origin.seed,
        members=sandbox.origin.members,
        now=clock.show(sandbox.clock.now()),
        rate=sandbox.clock.rate_millis / 1000,
        life=sandbox.life.level,
    )
