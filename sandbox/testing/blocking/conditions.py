# Written by `python -m clients.python`; do not edit.
"""Faults and rules of a sandbox: the conditions that it works under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sandbox.testing import operations
from sandbox.testing.blocking.area import Area

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from sandbox.testing import models

__tracebackhide__ = True  # pytest shows where the test called


class Faults(Area):
    """What goes wrong in a sandbox: an ordered list, of which the first fault that matches a call strikes."""

    def add(self, effect: models.Effect, *, first: bool = False, **match: Unpack[models.Match]) -> models.Fault:
        """Add a fault; `match` says which calls are meant, and `first` puts it before the others.

        `faults.add({"connection": "reset", "at": "response"}, operation_id="confirmChallenge", times=1)`
        """
        return self._sandbox.send(operations.create_fault({"effect": effect, "match": match, "first": first}))

    def refuse(self, code: models.ProblemCode, **match: Unpack[models.Match]) -> models.Fault:
        """Refuse the calls that match with a problem of the catalogue."""
        return self.add({"problem": code}, **match)

    def delay(self, milliseconds: float, **match: Unpack[models.Match]) -> models.Fault:
        """Let the calls that match wait before the bank sees them."""
        return self.add({"delay": {"ms": milliseconds}}, **match)

    def network(self, profile: Literal["4g", "3g", "edge", "flaky"]) -> models.Fault:
        """Put all calls on a network of this kind."""
        return self.add({"profile": profile})

    def outage(self, of: Literal["sms", "email", "biller", "settlement"]) -> models.Fault:
        """Take down a system behind the bank."""
        return self.add({"outage": of})

    def all(self) -> list[models.Fault]:
        """The faults in their order, with how often each was met."""
        return self._sandbox.send(operations.list_faults())["items"]

    def remove(self, fault_id: str) -> None:
        """Remove a fault."""
        self._sandbox.send(operations.delete_fault(fault_id))

    def clear(self) -> None:
        """Remove all faults."""
        self._sandbox.send(operations.clear_faults())


class Rules(Area):
    """The rules in force in a sandbox, which may override any document for itself."""

    def all(self) -> models.Rules:
        """The documents with their revisions."""
        return self._sandbox.send(operations.list_rules())

    def read(self, document: str) -> str:
        """A document in force, as YAML."""
        return self._sandbox.send(operations.get_rules(document))

    def override(self, document: str, text: str, *, dry_run: bool = False) -> models.DocumentTaken:
        """Put a document of its own in force. Raises RulesInvalid, with every mistake; then nothing changes.

        `dry_run` changes nothing either, and lists the decisions of the log that would be others.
        """
        return self._sandbox.send(operations.put_rules(document, text, dry_run=dry_run))

    def replace(self, document: str, old: str, new: str) -> models.DocumentTaken:
        """Override a document by itself, with `new` in place of `old`.

        `rules.replace("otp", "attempts: 3", "attempts: 1")`

        Raises ValueError unless `old` stands in it exactly once.
        """
        text = self.read(document)
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in the document {document}, not once")
        return self.override(document, text.replace(old, new))

    def reset(self, document: str) -> None:
        """Go back to the server's own document. Raises RulesInvalid where others that the sandbox has
        hold only beside this one."""
        self._sandbox.send(operations.reset_rules(document))

    def evaluate(self, document: str, subject: str, facts: Mapping[str, object]) -> models.Decision:
        """What the rules answer to a question, and why. Amounts are integer cents. Raises FactsDoNotFit."""
        return self._sandbox.send(operations.evaluate_rules(document, {"subject": subject, "facts": dict(facts)}))

    def decisions(self, *, request_id: str | None = None, limit: int | None = None) -> list[models.LoggedDecision]:
        """The latest decisions, newest first, with the facts that they saw."""
        return self._sandbox.send(operations.list_decisions(request_id=request_id, limit=limit))["items"]
