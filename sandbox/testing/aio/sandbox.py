"""A sandbox of a running server."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from sandbox.testing import operations
from sandbox.testing.aio.area import Refusal, refusal
from sandbox.testing.aio.areas import AsyncClock, AsyncInbox, AsyncJobs, AsyncLedger, AsyncLife, AsyncWebhooks
from sandbox.testing.aio.conditions import AsyncFaults, AsyncRules
from sandbox.testing.aio.connection import AsyncConnection
from sandbox.testing.aio.history import AsyncEvents, AsyncJournal
from sandbox.testing.aio.members import AsyncMembers
from sandbox.testing.aio.phone import AsyncPhone
from sandbox.testing.refusals import Problem
from sandbox.testing.wire import Liveliness, Request, Result, a_name, given, moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    import httpx2

    from sandbox.testing import models

__tracebackhide__ = True  # pytest shows where the test called


class AsyncSandbox:
    """A bank of its own on a running server: its members, clock, codes, rules, faults and books.

    `url`, `token` and `language` are those of `AsyncConnection`; `connection` is one to share. As a context manager
    it closes the connection at the end; one that `create` or `fork` made deletes itself on the server.
    """

    def __init__(
        self,
        name: str = "default",
        *,
        url: str | None = None,
        token: str | None = None,
        language: str | None = None,
        connection: AsyncConnection | None = None,
    ) -> None:
        self.name = name
        self.is_owned = False
        """Whether the end of the context deletes the sandbox."""
        self._is_shared = connection is not None
        self.connection = connection or AsyncConnection(url, token=token, language=language)

    def __repr__(self) -> str:
        return f"<sandbox {self.name} at {self.connection.url}>"

    # ── calls ──

    async def send(self, request: Request[Result], headers: dict[str, str] | None = None) -> Result:
        """The answer to an operation of `sandbox.testing.operations`. Raises Problem where it is refused."""
        return await self.connection.send(request, self.name, headers)

    @overload
    async def call(self, request: Request[Any], /, *, headers: dict[str, str] | None = None) -> httpx2.Response: ...

    @overload
    async def call(self, method: str, path: str, /, **options: Any) -> httpx2.Response: ...

    async def call(self, call: Request[Any] | str, path: str = "", /, **options: Any) -> httpx2.Response:
        """The whole answer as it came, with its status and headers; a refusal is an answer here.

        To an operation, or to a method and a path with the `options` of `httpx2.request`.
        """
        if isinstance(call, Request):
            return await self.connection.answer(call, self.name, **options)
        return await self.connection.call(call, path, self.name, **options)

    async def refused(
        self,
        request: Request[Any],
        kind: type[Refusal] = Problem,  # type: ignore[assignment]  # the default of the type variable
        headers: dict[str, str] | None = None,
    ) -> Refusal:
        """The refusal that an operation is expected to meet: `refused(operations.reset_sandbox(), problems.Busy)`.

        Raises AssertionError where it is accepted. Another refusal than `kind` is raised as what it is.
        """
        return await refusal(self, request, kind, headers)

    # ── sandboxes ──

    async def create(
        self,
        name: str | None = None,
        *,
        seed: str | None = None,
        members: int | None = None,
        rules: Mapping[str, str] | None = None,
        now: str | datetime | None = None,
        rate: float | None = None,
        life: Liveliness | None = None,
    ) -> Self:
        """A new sandbox from the server's seed, or from another `seed`, with so many `members`.

        `rules` are documents by name, as YAML. The clock starts at `now` and runs at `rate`: 0 stands still, 1 is real
        time. With `life`, members act by themselves: `quiet`, `typical` or `busy`. Without a `name` it gets one.
        Raises SandboxExists.
        """
        return await self._made(name, {"seed": seed, "members": members}, rules, now, rate, life)

    async def fork(
        self,
        name: str | None = None,
        *,
        snapshot: str | None = None,
        rules: Mapping[str, str] | None = None,
        now: str | datetime | None = None,
        rate: float | None = None,
        life: Liveliness | None = None,
    ) -> Self:
        """A new sandbox from the present state of this one, or from one of its snapshots; see `create`."""
        source = f"{self.name}@{snapshot}" if snapshot else self.name
        return await self._made(name, {"from": source}, rules, now, rate, life)

    def other(self, name: str) -> Self:
        """Another sandbox of the same server. Asks the server nothing."""
        return type(self)(name, connection=self.connection)

    async def sandboxes(self) -> list[models.SandboxSummary]:
        """Every sandbox of the server."""
        return (await self.send(operations.list_sandboxes()))["items"]

    async def info(self) -> models.Sandbox:
        """What this sandbox is. Raises SandboxNotFound."""
        return await self.send(operations.get_sandbox(self.name))

    async def delete(self, *, permanent: bool = False) -> None:
        """Remove the sandbox with its snapshots; unless `permanent`, `undelete` brings it back for a while. Raises
        SandboxNotFound."""
        await self.send(operations.delete_sandbox(self.name, permanent=permanent))

    async def undelete(self) -> models.SandboxSummary:
        """Bring the sandbox back that was deleted under this name. Raises DeletedSandboxNotFound, SandboxExists."""
        return await self.send(operations.undelete_sandbox(self.name))

    async def deleted(self) -> list[models.DeletedSandbox]:
        """The deleted sandboxes of the server that can be brought back, the latest first."""
        return (await self.send(operations.list_sandboxes()))["deleted"]

    async def reset(self) -> models.Sandbox:
        """Put the sandbox back to its first day."""
        return await self.send(operations.reset_sandbox())

    async def snapshot(self, name: str) -> models.Snapshot:
        """Keep the present state under a name."""
        return await self.send(operations.create_snapshot({"name": name}))

    async def snapshots(self) -> list[models.Snapshot]:
        """The snapshots that are kept."""
        return (await self.send(operations.list_snapshots()))["items"]

    async def restore(self, name: str) -> models.Sandbox:
        """Go back to a snapshot. Raises SnapshotNotFound."""
        return await self.send(operations.restore_snapshot(name))

    async def delete_snapshot(self, name: str) -> None:
        """Remove a snapshot."""
        await self.send(operations.delete_snapshot(name))

    async def export(self) -> bytes:
        """The whole sandbox as one SQLite file."""
        return await self.send(operations.export_sandbox())

    async def import_(self, database: bytes) -> models.Sandbox:
        """Replace the sandbox by an exported one. Raises ImportRefused."""
        return await self.send(operations.import_sandbox(database))

    async def record(self) -> models.Recording:
        """Reset the sandbox, freeze its clock and record every exchange from there."""
        return await self.send(operations.start_recording())

    async def recording(self) -> str:
        """What was recorded, as JSON lines. Raises NotRecording."""
        return await self.send(operations.get_recording())

    async def stop_recording(self) -> None:
        """End the recording and forget it."""
        await self.send(operations.stop_recording())

    async def scenarios(self) -> list[models.Scenario]:
        """The inputs that steer an outcome."""
        return (await self.send(operations.list_scenarios()))["items"]

    # ── what is in it ──

    @cached_property
    def clock(self) -> AsyncClock:
        """The sandbox's time."""
        return AsyncClock(self)

    @cached_property
    def inbox(self) -> AsyncInbox:
        """Every SMS and e-mail that went out, with their codes."""
        return AsyncInbox(self)

    @cached_property
    def members(self) -> AsyncMembers:
        """Who banks here."""
        return AsyncMembers(self)

    @cached_property
    def faults(self) -> AsyncFaults:
        """What goes wrong."""
        return AsyncFaults(self)

    @cached_property
    def rules(self) -> AsyncRules:
        """The rules in force."""
        return AsyncRules(self)

    @cached_property
    def journal(self) -> AsyncJournal:
        """The requests that were made."""
        return AsyncJournal(self)

    @cached_property
    def events(self) -> AsyncEvents:
        """What happened."""
        return AsyncEvents(self)

    @cached_property
    def ledger(self) -> AsyncLedger:
        """The books."""
        return AsyncLedger(self)

    @cached_property
    def jobs(self) -> AsyncJobs:
        """What is due later."""
        return AsyncJobs(self)

    @cached_property
    def webhooks(self) -> AsyncWebhooks:
        """Where events are delivered."""
        return AsyncWebhooks(self)

    @cached_property
    def life(self) -> AsyncLife:
        """How lively members are."""
        return AsyncLife(self)

    async def phone(self, member: str | models.MemberToUse) -> AsyncPhone:
        """The phone of a member, logged in. `member` is a persona's name or what `members` gave.

        Raises LookupError for an unknown persona, InvalidCredentials, AccessLocked.
        """
        found = await self.members.persona(member) if isinstance(member, str) else member
        return await AsyncPhone(self, found).log_in()

    # ── its end ──

    async def aclose(self) -> None:
        """Delete the sandbox if `create` or `fork` made it, and close the connection if it is this one's own."""
        if self.is_owned:
            self.is_owned = False
            await self.delete(permanent=True)
        if not self._is_shared:
            await self.connection.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _made(
        self,
        name: str | None,
        source: dict[str, Any],
        rules: Mapping[str, str] | None,
        now: str | datetime | None,
        rate: float | None,
        life: Liveliness | None,
    ) -> Self:
        body: Any = {
            "name": name or a_name(self.name if "from" in source else ""),
            **given(**source, rules=rules, life=life),
            "clock": given(now=now and moment(now), rate=rate),
        }
        made = self.other((await self.send(operations.create_sandbox(body)))["name"])
        made.is_owned = True
        return made
