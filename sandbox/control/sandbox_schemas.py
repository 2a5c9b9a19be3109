"""What crosses the wire of sandboxes and snapshots."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from sandbox.bank.wire import Body, CleanText, Listing, Moment, View
from sandbox.domain.life.behaviours import Level


class StartingClock(Body):
    """Where its clock starts and how fast it runs: 0 frozen, 1 real time."""

    now: str | None = Field(None, examples=["2026-11-24T08:00:00-05:00"])
    rate: Annotated[float, Field(ge=0, le=100_000)] | None = None


class NewSandbox(Body):
    """The name it will be called by: `X-Sandbox: NAME` or `/s/NAME/…`; and what it is made from.

    `from` is another sandbox in its present state (`default`) or a snapshot of one (`default@before-payday`); without
    it the sandbox is seeded: `seed`, how many `members`, at the moment `clock.now`. `rules` puts documents in place of
    the base ones. `life` is how lively members are, `off` where it is left out.
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
    life: Level | None = None


class SandboxView(View):
    """A sandbox and how to reach it."""

    name: str
    base_path: str
    seed: str
    members: int
    now: Moment
    rate: float
    life: Level


class OpenSandbox(View):
    """What memory knows of a sandbox whose database is open."""

    members: int
    now: Moment
    rate: float
    overrides: list[str] = Field(description="The rule documents that are its own.")
    faults: int = Field(description="How many faults are in force.")
    recording: bool = Field(description="Whether it is being recorded.")
    idle_seconds: float = Field(description="Seconds of real time since it was used.")


class SandboxSummary(View):
    """A sandbox's name, base path and state. `damaged` and of `other_version`: `reason` says why, and it can be reset,
    restored, deleted and, if of another version, exported."""

    name: str
    base_path: str
    state: Literal["ready", "damaged", "other_version"]
    schema_version: str
    reason: str | None
    size_bytes: int
    open: OpenSandbox | None = Field(description="What is known while its database is open; null while it sleeps.")


class DeletedSandbox(View):
    """A sandbox that was deleted and can be undeleted."""

    name: str
    deleted_at: Moment = Field(description="When it was deleted, by the machine's clock.")
    kept_until: Moment = Field(
        description="It may go earlier: when others are deleted, or when the disk needs the room."
    )
    size_bytes: int = Field(description="Its database and snapshots.")


class SandboxListing(Listing[SandboxSummary]):
    """The sandboxes of the process that answers."""

    deleted: list[DeletedSandbox] = Field(description="Those that `undeleteSandbox` brings back, the latest first.")

    shard: Annotated[
        str,
        Field(
            description="Whose sandboxes these are: of which of how many processes, `1/1` where there is only one "
            "(`SANDBOX_SHARD`).",
            examples=["1/1"],
        ),
    ]


class NewSnapshot(Body):
    """The name it is kept under."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "antes-del-pago"}]})

    name: CleanText


class SnapshotView(View):
    """A snapshot. `usable` is false when it was made by another version of the schema, or is damaged (`reason`)."""

    name: str
    schema_version: str
    usable: bool
    size_bytes: int
    reason: str | None
