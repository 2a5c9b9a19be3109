"""How lively a sandbox is, as its database has it: facts, and the level that a member may have of its own."""

import json
from typing import get_args

from sandbox.domain.life.behaviours import Level
from sandbox.domain.life.standing import Standing
from sandbox.kernel.clock import Micros
from sandbox.storage import schema
from sandbox.storage.connection import Connection
from sandbox.storage.schema import STATE_FACT
from sandbox.storage.unit import UnitOfWork

LEVELS: tuple[Level, ...] = get_args(Level)
_LIVING_MEMBER = "SELECT 1 FROM member WHERE life IS NOT NULL AND life <> 'off' LIMIT 1"
_ALL_STILL = "UPDATE member SET life = NULL WHERE life IS NOT NULL AND life <> 'off'"


def read(connection: Connection) -> Standing:
    """How its life stands. Raises KeyError, ValueError for facts that do not make sense."""
    known = schema.facts(connection)
    level = known.get("life", "off")
    if level not in LEVELS:
        raise ValueError(f"the level of life {level}")
    goes_on = level != "off" or connection.execute(_LIVING_MEMBER).fetchone() is not None
    return Standing(
        level,
        Micros(int(known.get("life_until", 0))),
        known.get("life_rules", ""),
        int(known.get("life_changes", 0)),
        goes_on,
    )


def facts(level: Level, moment: Micros) -> dict[str, str]:
    """The facts of a sandbox whose life begins at `moment`."""
    return {"life": level, "life_until": str(moment)}


def fork(connection: Connection, level: Level | None, rate_millis: int | None) -> None:
    """State facts in the copy of a sandbox: its clock runs at that rate, or as before. It is still, also its members,
    unless it is given a level; then its life begins where its clock stands, or where life has come to if that is
    further (`begin_anew`)."""
    known = schema.facts(connection)
    if level is None:
        connection.execute(_ALL_STILL)
    given = json.loads(known.get("given", "{}")) | {"life": level or "off"}
    begun = {}
    if rate_millis is not None:
        given["rate_millis"], begun["clock_rate_millis"] = rate_millis, str(rate_millis)
    begins = max(int(known["clock_anchor"]), int(known.get("life_until", 0)))
    begun |= facts(level or "off", Micros(begins))
    schema.state(connection, given=json.dumps(given), **begun)


async def set_level(unit: UnitOfWork, level: Level) -> None:
    """Have members live at that level from now on; nothing of the past is made up."""
    await unit.later(STATE_FACT, key="life", value=level)
    await begin_anew(unit)


async def begin_anew(unit: UnitOfWork) -> None:
    """Have life begin anew where the clock is, because members changed: what they would have done before is not made
    up. While an advance runs, and where one was cut off, life has come further than the clock: then it goes on from
    there, so that nothing happens twice."""
    await note_change(unit)
    await move_on(unit, max(unit.now, unit.sandbox.life.until), "")


async def note_change(unit: UnitOfWork) -> None:
    """Have what members will do planned anew, because what they are or have has changed."""
    await unit.later(STATE_FACT, key="life_changes", value=str(unit.sandbox.life.changes + 1))
    unit.on_commit(unit.sandbox.read_life)


async def move_on(unit: UnitOfWork, until: Micros, rules: str) -> None:
    """State up to where life has come, and by which revision of its rules."""
    await unit.later(STATE_FACT, key="life_until", value=str(until))
    if rules != unit.sandbox.life.rules:
        await unit.later(STATE_FACT, key="life_rules", value=rules)
    unit.on_commit(unit.sandbox.read_life)
