"""The operations a code can authorise. Each chapter declares its own; the challenge knows none of them by name."""

from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import BaseModel

from sandbox.domain.vocabulary import Ending
from sandbox.problem import Problem
from sandbox.storage.unit import UnitOfWork


class Operation(Protocol):
    """What waits for a code. `kind` names it on the wire, `prefix` its public ids, `refusals` what may end it."""

    @property
    def kind(self) -> str: ...

    @property
    def prefix(self) -> str: ...

    @property
    def view(self) -> type[BaseModel]: ...

    @property
    def refusals(self) -> tuple[type[Problem], ...]: ...

    async def confirm(self, unit: UnitOfWork, key: int, asked: Mapping[str, Any]) -> BaseModel:
        """Run it, once; gives the resource as it is now. `asked` is what was stored with the challenge. Whatever it
        raises leaves everything as it was."""

    async def abandon(self, unit: UnitOfWork, key: int, outcome: Ending) -> None:
        """It will not run: `outcome` is cancelled, expired or locked. Gives back whatever was held for it."""


def called(unit: UnitOfWork, kind: str) -> Operation:
    """The operation of that kind, as the sandbox of the unit has it."""
    operation: Operation = unit.sandbox.work.operations[kind]
    return operation
