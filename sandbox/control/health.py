"""Is it alive, is it ready, what is it?"""

from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter

from sandbox.bank.wire import Moment, View
from sandbox.control.route import control_router
from sandbox.http.call import Call
from sandbox.kernel import clock
from sandbox.storage import schema

router = control_router("service")
alive = APIRouter(prefix="/_sandbox", tags=["Control: service"])


class Health(View):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(View):
    """The selected sandbox can be used."""

    status: Literal["ready"] = "ready"


class Info(View):
    """What runs here."""

    name: str = "Cooprogreso Sandbox"
    version: str
    sandbox: str
    seed: str
    schema_version: str
    rules_revision: str
    now: Moment


@alive.get("/health", operation_id="getHealth", summary="Alive?")
async def get_health() -> Health:
    """Answers as long as the process does."""
    return Health()


@router.get("/ready", operation_id="getReadiness", summary="Ready?")
async def get_readiness(_: Call) -> Readiness:
    """Answers once the sandbox is seeded and open; the server takes no request before."""
    return Readiness()


@router.get("/info", operation_id="getInfo", summary="What runs here?")
async def get_info(call: Call) -> Info:
    """Version, seed, schema and rules in force."""
    return Info(
        version=version("cooprogreso-sandbox"),
        sandbox=call.bank.name,
        seed=call.bank.origin.seed,
        schema_version=schema.version(),
        rules_revision=call.unit.rules.revision,
        now=clock.show(call.unit.now),
    )
