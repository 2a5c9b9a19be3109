"""Every refusal that a call can meet: what its route declares, and what may go wrong before it and beneath it."""

from typing import TYPE_CHECKING

from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, codes
from sandbox.problem import CATALOGUE, Problem
from sandbox.problems import (
    BodyTooLarge,
    ControlTokenRequired,
    ForbiddenOrigin,
    HeadersTooLarge,
    InternalError,
    InvalidHost,
    KeeperUnreachable,
    MalformedRequest,
    ProblemNotDeclared,
    RequestTimeout,
    SandboxNotFound,
    ValidationFailed,
)
from sandbox.sandboxes.problems import SandboxDamaged, SandboxElsewhere, SandboxOfAnotherVersion
from sandbox.storage.problems import StorageBusy, StorageFull, StorageMissing, StorageReadOnly, StorageUnreachable

if TYPE_CHECKING:
    from sandbox.http.route import UnitRoute

_TRANSPORT: tuple[type[Problem], ...] = (
    MalformedRequest, InvalidHost, RequestTimeout, HeadersTooLarge, InternalError,
    StorageFull, StorageReadOnly, StorageMissing, StorageUnreachable, StorageBusy, KeeperUnreachable,
)  # fmt: skip
_OF_A_SANDBOX: tuple[type[Problem], ...] = (SandboxElsewhere, SandboxDamaged, SandboxOfAnotherVersion)
_UNASKED: tuple[type[Problem], ...] = (*_TRANSPORT, *_OF_A_SANDBOX, ProblemNotDeclared)
ANYWHERE = frozenset(kind.code for kind in _UNASKED)
"""The codes that no operation has anything to do with: what may go wrong before it and beneath it."""


def kinds(route: "UnitRoute") -> list[type[Problem]]:
    """Every problem that a call of the route can be answered with, besides those of faults that were ordered."""
    found = [CATALOGUE[code] for code in codes(route.responses)]
    found += _TRANSPORT
    if route.is_banks:
        found.append(ProblemNotDeclared)
    else:
        found += (ControlTokenRequired, ForbiddenOrigin)
    if route.uses_sandbox:
        found += (SandboxNotFound, *_OF_A_SANDBOX)
    if route.reads_body:
        found.append(BodyTooLarge)  # a body is read wherever one is sent
        if route.body_field is not None:
            found += BODY_PROBLEMS
    if route.takes_key and "POST" in (route.methods or ()):
        found += KEY_PROBLEMS
    if route.strict_query:
        found.append(ValidationFailed)  # a parameter that is unknown or stands twice
    return list(dict.fromkeys(found))
