"""What a sandbox's database says of itself, read and checked as a whole before it is believed."""

import json
import re
import sqlite3
from typing import NamedTuple

from sandbox.domain.faults import Faults
from sandbox.domain.institution import Institution, institution_of
from sandbox.domain.life.behaviours import Level
from sandbox.domain.life.standing import Standing
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, Micros, start_of
from sandbox.sandboxes import faults, life
from sandbox.sandboxes.overrides import OVERRIDES
from sandbox.sandboxes.webhooks import WEBHOOKS
from sandbox.storage import schema
from sandbox.storage.connection import Connection
from sandbox.storage.schema import Origin

FASTEST_MILLIS = 100_000_000
"""The highest clock rate, 100,000 times real time, in thousandths."""
_KIND = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)?")  # of events: `transfer`, `transfer.completed`
_EARLIEST, _LATEST = start_of(clock.EARLIEST), start_of(clock.LATEST) + DAY


class ContentsRefused(Exception):
    """A database that does not make sense; the message says why, in English."""


class OtherVersion(Exception):
    """A database of another schema version, which the message names."""


class Given(NamedTuple):
    """What a sandbox was explicitly made with; None where it follows the server's settings."""

    seed: str | None = None
    members: int | None = None
    clock_start: Micros | None = None
    life: Level | None = None
    rate_millis: int | None = None

    def over(self, base: Origin) -> Origin:
        """The origin that these values and, for the rest, `base` make."""
        return Origin(
            base.seed if self.seed is None else self.seed,
            base.members if self.members is None else self.members,
            base.clock_start if self.clock_start is None else self.clock_start,
        )

    def fact(self) -> str:
        """As it is stored."""
        return json.dumps(self._asdict())

    def with_clock(self, rate_millis: int | None) -> dict[str, str]:
        """The facts of a sandbox that is made with this, and whose clock runs at that rate, or at its own."""
        rate = self.rate_millis if rate_millis is None else rate_millis
        facts = {} if rate is None else {"clock_rate_millis": str(rate)}
        return facts if self == Given() else facts | {"given": self.fact()}


class Contents(NamedTuple):
    """A sandbox as its database has it. Moments in microseconds; `clock_origin` None until it is first opened."""

    secret: bytes
    origin: Origin
    given: Given
    institution: Institution
    starts: int
    clock_anchor: Micros
    clock_origin: Micros | None
    clock_rate_millis: int
    overrides: dict[str, str]
    faults: Faults
    has_webhooks: bool
    life: Standing


def read(connection: Connection) -> Contents:
    """Everything a sandbox must know before it is used. Raises ContentsRefused, OtherVersion, sqlite3.Error."""
    try:
        known = schema.facts(connection)
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        raise ContentsRefused("it holds no sandbox") from None
    if known.get("schema_version") != schema.version():
        raise OtherVersion(known.get("schema_version") or "unknown")
    try:
        return _contents(connection, known)
    except (KeyError, ValueError, TypeError) as error:
        raise ContentsRefused(f"its content is not valid: {error}") from None


def _contents(connection: Connection, known: dict[str, str]) -> Contents:
    secret = bytes.fromhex(known["secret"])
    if len(secret) != 32:
        raise ValueError("a secret has 32 bytes")
    started = known["clock_origin"]
    for hook in map(WEBHOOKS.shape, connection.execute(WEBHOOKS.sql)):
        kinds = json.loads(hook.kinds)
        if not isinstance(kinds, list) or not all(isinstance(kind, str) and _KIND.fullmatch(kind) for kind in kinds):
            raise ValueError(f"the kinds of webhook {hook.id}")
        if not hook.url.startswith(("http://", "https://")):
            raise ValueError(f"the address of webhook {hook.id}")
    return Contents(
        secret=secret,
        origin=schema.origin(known),
        given=_given(known.get("given", "{}")),
        institution=institution_of(known["institution"]),
        starts=_within("starts", int(known["starts"]), 0, 1 << 40),
        clock_anchor=Micros(_within("clock_anchor", int(known["clock_anchor"]), _EARLIEST, _LATEST)),
        clock_origin=Micros(_within("clock_origin", int(started), 0, _LATEST)) if started else None,
        clock_rate_millis=_within("clock_rate_millis", int(known["clock_rate_millis"]), 0, FASTEST_MILLIS),
        overrides=overrides(connection),
        faults=faults.read(connection),
        has_webhooks=has_webhooks(connection),
        life=life.read(connection),
    )


def overrides(connection: Connection) -> dict[str, str]:
    """The rule documents that the sandbox has of its own: text by name."""
    return {row.document: row.text for row in map(OVERRIDES.shape, connection.execute(OVERRIDES.sql))}


def has_webhooks(connection: Connection) -> bool:
    """Whether any webhook is registered."""
    return connection.execute("SELECT 1 FROM webhook").fetchone() is not None


def _given(text: str) -> Given:
    values = json.loads(text)
    seed, members, start, level, rate = (values.get(name) for name in Given._fields)
    if start is not None:
        start = Micros(_within("clock_start", int(start), _EARLIEST, _LATEST))
    if level is not None and level not in life.LEVELS:
        raise ValueError(f"the level of life {level}")
    if rate is not None:
        rate = _within("rate_millis", int(rate), 0, FASTEST_MILLIS)
    return Given(None if seed is None else str(seed), None if members is None else int(members), start, level, rate)


def _within(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError(f"{name} {value} is out of range")
    return value
