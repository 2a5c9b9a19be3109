"""Faults: what a bad network, failing partners of the bank, and mistakes of the bank itself would do."""

from typing import Annotated, Any, cast

from pydantic import ConfigDict, Field

from sandbox.bank.wire import Body, Listing, View
from sandbox.control import vocabulary
from sandbox.control.route import control_router
from sandbox.domain.faults import Effect, ExpressionError, Fault, Match, Wanted
from sandbox.http import refusals
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.http.index import RouteIndex
from sandbox.problem import CATALOGUE, FieldError, Text
from sandbox.problems import NotFound, ValidationFailed
from sandbox.sandboxes import faults
from sandbox.storage.unit import UnitOfWork

router = control_router("faults")
PREFIX = "flt"


class NewFault(Body):
    """A fault. The first one in the list that strikes a call wins; `first` puts this one before the others."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "match": {"operation_id": "confirmChallenge", "times": 1},
                    "effect": {"connection": "reset", "at": "response"},
                },
                {"effect": {"profile": "3g"}},
                {"match": {"condition": "amount > 10000"}, "effect": {"problem": "service_unavailable"}},
                {"effect": {"outage": "sms"}},
            ]
        }
    )

    match: Match = Match()
    effect: Effect
    first: Annotated[bool, Field(description="Whether it goes before the other faults.")] = False


class FaultPatch(Body):
    """Whether it strikes, and where it stands among the faults; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": False}]})

    enabled: Annotated[bool, Field(description="Whether it strikes.")] = True
    position: Annotated[int, Field(ge=0, le=10_000, description="How many faults are asked before it.")] = 0


class FaultView(View):
    """A fault: how many calls it fitted and how many it struck, and how often its condition could not be evaluated, so
    that the fault did not count, with the latest reason. It strikes nothing while it is not `enabled`."""

    id: str
    match: dict[str, Any]
    effect: dict[str, Any]
    seen: int
    hits: int
    errors: int
    last_error: str | None
    enabled: bool = Field(description="Whether it strikes.")


class FaultForm(View):
    """What a fault can be made of, for a form: the JSON Schema of `match` and `effect`, and names to choose from."""

    match: dict[str, Any] = Field(description="The JSON Schema of `match`, without references.")
    effect: dict[str, Any] = Field(description="The JSON Schema of `effect`, without references.")
    operations: list[str] = Field(description="The operations of the bank.")
    problems: dict[str, list[str]] = Field(description="By operation, the codes of the problems that it can answer.")


@router.get("/faults/form", operation_id="getFaultForm", summary="What a fault can be")
async def get_fault_form(call: Call) -> FaultForm:
    """Schemas and vocabularies for a page that makes faults."""
    routes = call.server.index.of_bank
    return FaultForm(
        match=_written_out(Match.model_json_schema()),
        effect=_written_out(Effect.model_json_schema()),
        operations=sorted(route.operation_id for route in routes),
        problems={route.operation_id: sorted(kind.code for kind in refusals.kinds(route)) for route in routes},
    )


def _written_out(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with each definition in place of the references to it. Tools that read the OpenAPI document follow
    references in its examples too, where they lead nowhere."""
    definitions = schema.pop("$defs", {})

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(each) for each in part]
        if not isinstance(part, dict):
            return part
        meant = definitions[part["$ref"].rpartition("/")[2]] if "$ref" in part else {}
        return {name: resolved(each) for name, each in {**meant, **part}.items() if name != "$ref"}

    return cast(dict[str, Any], resolved(schema))


@router.get("/faults", operation_id="listFaults", summary="List the faults")
async def list_faults(call: Call) -> Listing[FaultView]:
    """In the order in which they are asked."""
    rows = await call.unit.all(faults.FAULTS)
    return Listing[FaultView](items=[_view(call.unit, row) for row in rows])


@router.post(
    "/faults",
    operation_id="createFault",
    summary="Create a fault",
    status_code=201,
    responses=problems(*BODY_PROBLEMS),
)
async def create_fault(request: NewFault, call: Call) -> FaultView:
    """In force from the next call on, in this sandbox alone. Draws come from the sandbox's seed: the same calls on the
    same bank are struck again."""
    wanted = Wanted(match=request.match, effect=request.effect)
    _check(wanted, call.server.index)
    unit = call.unit
    front = await unit.one(faults.FIRST_POSITION) or 0
    key = await unit.insert(
        faults.ADD_FAULT,
        position=front - 1 if request.first else 2**31,
        wanted=wanted.model_dump_json(exclude_none=True, exclude_defaults=True),
        seen=0,
        hits=0,
        errors=0,
        last_error=None,
        off=None,
    )
    unit.on_commit(call.sandbox.read_faults)
    unit.record("fault.ordered", None, PREFIX, key)
    row = await unit.one(faults.FAULT, fault=key)
    assert row is not None
    return _view(unit, row)


@router.patch(
    "/faults/{fault_id}",
    operation_id="updateFault",
    summary="Switch or move a fault",
    responses=problems(NotFound, *BODY_PROBLEMS),
)
async def update_fault(fault_id: str, request: FaultPatch, call: Call) -> FaultView:
    """On or off, and earlier or later in the list. Its counters go on."""
    unit, key = call.unit, call.key(PREFIX, fault_id)
    if await unit.one(faults.FAULT, fault=key) is None:
        raise NotFound
    given = request.model_fields_set
    if "enabled" in given:
        await unit.later(faults.SWITCH, fault=key, is_off=None if request.enabled else 1)
    if "position" in given:
        others = [row.id for row in await unit.all(faults.FAULTS) if row.id != key]
        for place, fault in enumerate([*others[: request.position], key, *others[request.position :]]):
            await unit.later(faults.PLACE, fault=fault, place=place)
    unit.on_commit(call.sandbox.read_faults)
    row = await unit.one(faults.FAULT, fault=key)
    assert row is not None
    return _view(unit, row)


@router.delete("/faults", operation_id="clearFaults", summary="Delete all faults", status_code=204)
async def clear_faults(call: Call) -> None:
    """Every operation works again."""
    await call.unit.later(faults.DROP_FAULTS)
    call.unit.on_commit(call.sandbox.read_faults)


@router.delete(
    "/faults/{fault_id}",
    operation_id="deleteFault",
    summary="Delete a fault",
    status_code=204,
    responses=problems(NotFound),
)
async def delete_fault(fault_id: str, call: Call) -> None:
    """The fault strikes no further request."""
    if not await call.unit.change(faults.DROP_FAULT, fault=call.key(PREFIX, fault_id)):
        raise NotFound
    call.unit.on_commit(call.sandbox.read_faults)


def _check(wanted: Wanted, index: RouteIndex) -> None:
    """Raises ValidationFailed with every name that means nothing."""
    errors = []
    try:
        Fault.ready(wanted)
    except ExpressionError as error:
        words = f"{error.message} (at character {error.position + 1})"
        errors.append(FieldError("match.condition", "bad_condition", Text(words, words)))
    problem, match = wanted.effect.problem, wanted.match
    if problem is not None and problem not in CATALOGUE:
        unknown = Text("No existe ese problema.", "There is no such problem.")
        errors.append(FieldError("effect.problem", "not_an_option", unknown))
    errors += vocabulary.require_operation(index, match.operation_id, "match.operation_id")
    errors += vocabulary.require_path(index, match.path, "match.path")
    if errors:
        raise ValidationFailed(errors=errors)


def _view(unit: UnitOfWork, row: faults.FaultRow) -> FaultView:
    wanted = Wanted.model_validate_json(row.wanted, strict=False)
    return FaultView(
        id=unit.ids.name(PREFIX, row.id),
        match=wanted.match.model_dump(exclude_none=True, exclude_defaults=True),
        effect=wanted.effect.model_dump(exclude_none=True, exclude_defaults=True),
        seen=row.seen,
        hits=row.hits,
        errors=row.errors,
        last_error=row.last_error,
        enabled=not row.off,
    )
