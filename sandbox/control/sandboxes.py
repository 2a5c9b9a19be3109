"""A bank for every test: made, reset and removed in milliseconds."""

from fastapi import Request, Response

from sandbox.bank.wire import Body, CleanText, Listing, Moment, View
from sandbox.control.route import control_router
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.kernel import clock
from sandbox.problems import SandboxNotFound
from sandbox.storage.bank import Bank
from sandbox.storage.registry import DefaultSandboxStays, InvalidSandboxName, Registry, SandboxExists

router = control_router("sandboxes")


class NewSandbox(Body):
    """The name it will be called by: `X-Sandbox: NAME` or `/s/NAME/…`."""

    name: CleanText


class SandboxView(View):
    """A sandbox and how to reach it."""

    name: str
    base_path: str
    seed: str
    now: Moment


class SandboxName(View):
    """A sandbox's name and base path."""

    name: str
    base_path: str


@router.get("/sandboxes", operation_id="listSandboxes", summary="All sandboxes")
async def list_sandboxes(call: Call) -> Listing[SandboxName]:
    """Every sandbox there is."""
    names = _registry(call).names()
    return Listing[SandboxName](items=[SandboxName(name=name, base_path=f"/s/{name}") for name in names])


@router.post(
    "/sandboxes",
    operation_id="createSandbox",
    summary="A new sandbox",
    status_code=201,
    responses=problems(InvalidSandboxName, SandboxExists, *BODY_PROBLEMS),
)
async def create_sandbox(request: NewSandbox, call: Call) -> SandboxView:
    """A private bank, as the golden seed has it. Ready when this answers."""
    return _view(_registry(call).create(request.name))


@router.get("/sandboxes/{name}", operation_id="getSandbox", summary="One sandbox", responses=problems(SandboxNotFound))
async def get_sandbox(name: str, call: Call) -> SandboxView:
    """Its seed and clock."""
    return _view(_registry(call).get(name))


@router.delete(
    "/sandboxes/{name}",
    operation_id="deleteSandbox",
    summary="Remove a sandbox",
    status_code=204,
    responses=problems(SandboxNotFound, DefaultSandboxStays),
)
async def delete_sandbox(name: str, call: Call) -> Response:
    """It is gone with its file."""
    await _registry(call).delete(name)
    return Response(status_code=204)


@router.post("/reset", operation_id="resetSandbox", summary="Back to the golden seed")
async def reset_sandbox(call: Call) -> SandboxView:
    """The selected sandbox as it was on its first day. A request in flight sees all of before or all of after."""
    return _view(await _registry(call).reset(call.bank.name))


def _registry(request: Request) -> Registry:
    registry: Registry = request.app.state.registry
    return registry


def _view(bank: Bank) -> SandboxView:
    return SandboxView(name=bank.name, base_path=f"/s/{bank.name}", seed=bank.seed, now=clock.show(bank.clock.now()))
