"""Members that live: how lively, and what they did so far."""

from pydantic import ConfigDict

from sandbox.bank.jobs import service as jobs
from sandbox.bank.life import service
from sandbox.bank.wire import Body, Moment, View
from sandbox.control.route import control_router
from sandbox.domain.life.behaviours import Level
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.kernel import clock
from sandbox.sandboxes import life
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.unit import UnitOfWork

router = control_router("life")
_MOST_ROUNDS = 5  # beside an advance of a fast clock, each moment that is reached has passed; then life goes on from it


class LifeSet(Body):
    """How lively members are: `off`, `quiet`, `typical` or `busy`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"level": "typical"}]})

    level: Level


class LifeView(View):
    """How lively members are who have no level of their own. Everything up to `until` has happened; null where no
    member lives. `counts` has how many orders there were of each kind, and how many were refused and forgotten."""

    level: Level
    until: Moment | None
    counts: dict[str, int]


@router.get("/life", operation_id="getLife", summary="Get how lively members are")
async def get_life(call: Call) -> LifeView:
    """The level, up to when life has come, and what members did by themselves."""
    return await _view(call)


@router.put("/life", operation_id="setLife", summary="Set how lively members are", responses=problems(*BODY_PROBLEMS))
async def set_life(request: LifeSet, call: Call) -> LifeView:
    """From now on members do what their behaviours say: salaries arrive, bills are debited, cards are used. Nothing of
    the past is made up. `off` stops it; members with a level of their own go on."""
    await catch_up(call)
    await _state(call.unit, request.level)
    until = max(call.unit.now, call.sandbox.life.until)  # as it will be once this has been committed
    return LifeView(level=request.level, until=clock.show(until), counts=await service.counts(call.unit))


async def catch_up(call: Call) -> None:
    """Run what is due by the unit's moment in a bank that lives, before its life begins anew there. For a unit that has
    not written."""
    sandbox, unit = call.sandbox, call.unit
    for _ in range(_MOST_ROUNDS):
        if not sandbox.life.goes_on:
            break
        await unit.pause()
        reached = sandbox.clock.now()
        await jobs.run_due(sandbox, reached)
        await unit.hold_turn()
        if unit.now <= reached:  # it may have got a later moment with its turn
            break


async def set_level(sandbox: Sandbox, level: Level) -> None:
    """Have a sandbox live at that level from now on, without a request."""
    unit = sandbox.unit("start")
    try:
        await _state(unit, level)
        await unit.commit()
    finally:
        unit.rollback()


async def _state(unit: UnitOfWork, level: Level) -> None:
    await life.set_level(unit, level)
    unit.record("life.changed", None, "life", 0, kind=level)


async def _view(call: Call) -> LifeView:
    standing = call.sandbox.life
    until = clock.show(standing.until) if standing.goes_on else None
    return LifeView(level=standing.level, until=until, counts=await service.counts(call.unit))
