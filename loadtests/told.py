"""What clients were told while the load ran: the one side of the verdict. Workers pass theirs on to the master."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field, fields

from loadtests.wire import Json


@dataclass
class Told:
    """What the clients of one sandbox were told.

    `created` are operations that were ordered, each with its amount; `attempted` those for which the right code was
    sent, `completed` those of which it was answered that they are done, `refused` those of which it was answered that
    they are not. What was attempted and neither completed nor refused may have happened or not. `slips` is what a
    client saw that must never be, as (finding, what).
    """

    members: list[tuple[str, int]] = field(default_factory=list)
    """Who was at work, each with the cents of theirs that were held before."""
    created: list[tuple[str, str]] = field(default_factory=list)
    attempted: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    scheduled: list[tuple[str, str]] = field(default_factory=list)
    """Schedules, each with the moment at which it runs next."""
    holds_seen: list[str] = field(default_factory=list)
    codes_tried_again: list[str] = field(default_factory=list)
    slips: list[tuple[str, str]] = field(default_factory=list)

    def held_before(self) -> dict[str, int]:
        """Who was at work, and the cents of theirs that were held before: the least, where several users shared one."""
        before: dict[str, int] = {}
        for member, cents in self.members:
            before[member] = min(cents, before.get(member, cents))
        return before


class Ledger:
    """What was told, by sandbox."""

    def __init__(self) -> None:
        self.by_sandbox: dict[str, Told] = defaultdict(Told)

    def of(self, sandbox: str) -> Told:
        """What the clients of one sandbox were told."""
        return self.by_sandbox[sandbox]

    def drain(self) -> Json:
        """What is in it, to be told once; it is empty afterwards."""
        told = {sandbox: asdict(each) for sandbox, each in self.by_sandbox.items()}
        for each in self.by_sandbox.values():
            for part in fields(each):
                getattr(each, part.name).clear()
        return told

    def add(self, told: Json) -> None:
        """What another process was told, too."""
        for sandbox, each in told.items():
            mine = self.of(sandbox)
            for name, entries in each.items():
                getattr(mine, name).extend(tuple(entry) if isinstance(entry, list) else entry for entry in entries)

    def count(self, name: str) -> int:
        """How many there are of a part, over all sandboxes."""
        return sum(len(getattr(each, name)) for each in self.by_sandbox.values())

    def members(self) -> int:
        """How many members were at work, over all sandboxes."""
        return sum(len(each.held_before()) for each in self.by_sandbox.values())


LEDGER = Ledger()
"""What this process's clients were told."""
