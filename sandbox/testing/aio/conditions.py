"""Faults and rules of a sandbox: the conditions that it works under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sandbox.testing import operations
from sandbox.testing.aio.area import AsyncArea

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from sandbox.testing import models

__tracebackhide__ = True  # pytest shows where the test called


class AsyncFaults(AsyncArea):
    """What goes wrong in a sandbox: an ordered list, of which the first fault that matches a call strikes."""

    async def add(self, effect: models.Effect, *, first: bool = False, **match: Unpack[models.Match]) -> models.Fault:
        """Add a fault; `match` says which calls are meant, and `first` puts it before the others.

        `faults.add({"connection": "reset", "at": "response"}, operation_id="confirmChallenge", times=1)`
        """
        return await self._sandbox.send(operations.create_fault({"effect": effect, "match": match, "first": first}))

    async def refuse(self, code: models.ProblemCode, **match: Unpack[models.Match]) -> models.Fault:
        """Refuse the calls that match with a problem of the catalogue."""
        return await self.add({"problem": code}, **match)

    async def delay(self, milliseconds: float, **match: Unpack[models.Match]) -> models.Fault:
        """Let the calls that match wait before the bank sees them."""
        return await self.add({"delay": {"ms": milliseconds}}, **match)

    async def network(self, profile: Literal["4g", "3g", "edge", "flaky"]) -> models.Fault:
        """Put all calls on a network of this kind."""
        return await self.add({"profile": profile})

    async def outage(self, of: Literal["sms", "email", "biller", "settlement"]) -> models.Fault:
        """Take down a system behind the bank."""
        return await self.add({"outage": of})

    async def all(self) -> list[models.Fault]:
        """The faults in their order, with how often each was met."""
        return (await self._sandbox.send(operations.list_faults()))["items"]

    async def remove(self, fault_id: str) -> None:
        """Remove a fault."""
        await self._sandbox.send(operations.delete_fault(fault_id))

    async def clear(self) -> None:
        """Remove all faults."""
        await self._sandbox.send(operations.clear_faults())


class AsyncRules(AsyncArea):
    """The rules in force in a sandbox, which may override any document for itself."""

    async def all(self) -> models.Rules:
        """The documents with their revisions."""
        return await self._sandbox.send(operations.list_rules())

    async def read(self, document: str) -> str:
        """A document in force, as YAML."""
        return await self._sandbox.send(operations.get_rules(document))

    async def override(self, document: str, text: str, *, dry_run: bool = False) -> models.DocumentTaken:
        """Put a document of its own in force. Raises RulesInvalid, with every mistake; then nothing changes.

        `dry_run` changes nothing either, and lists the decisions of the log that would be others.
        """
        return await self._sandbox.send(operations.put_rules(document, text, dry_run=dry_run))

    async def replace(self, document: str, old: str, new: str) -> models.DocumentTaken:
        """Override a document by itself, with `new` in place of `old`.

        `rules.replace("otp", "attempts: 3", "attempts: 1")`

        Raises ValueError unless `old` stands in it exactly once.
        """
        text = await self.read(document)
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in the document {document}, not once")
        return await self.override(document, text.replace(old, new))

    async def reset(self, document: str) -> None:
        """Go back to the server's own document. Raises RulesInvalid where others that the sandbox has
        hold only beside this one."""
        await self._sandbox.send(operations.reset_rules(document))

    async def evaluate(self, document: str, subject: str, facts: Mapping[str, object]) -> models.Decision:
        """What the rules answer to a question, and why. Amounts are integer cents. Raises FactsDoNotFit."""
        return await self._sandbox.send(operations.evaluate_rules(document, {"subject": subject, "facts": dict(facts)}))

    async def decisions(
        self, *, request_id: str | None = None, limit: int | None = None
    ) -> list[models.LoggedDecision]:
        """The latest decisions, newest first, with the facts that they saw."""
        return (await self._sandbox.send(operations.list_decisions(request_id=request_id, limit=limit)))["items"]
