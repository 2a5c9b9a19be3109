"""What clients were told while the load ran: the one side of the verdict. Workers pass theirs on to the master."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field, fields

from loadtests.wire import Json


@dataclass
class Told:
    """What the clients of one sandbox were told.

    `members` were at work, each with what it had and what of it was held before its first turn, in cents; `absent`
    could not begin. `created` are operations that were ordered, each with its amount; `attempted` those for which the
    right code was sent, `completed` those of which it was answered that they are done, `refused` those of which it was
    answered that they are not: what was attempted and neither completed nor refused may have happened or not.
    `paying_off` are members who asked to pay a deferral off, `paid_off` the deferrals that were, with member and cents.
    `unfinished` turns were cut off long after the end; `failed` ones could not go on. `slips` is what a client saw that
    must never be, as (finding, what).
    """

    members: list[tuple[str, int, int]] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    created: list[tuple[str, str]] = field(default_factory=list)
    attempted: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    scheduled: list[tuple[str, str]] = field(default_factory=list)
    """Schedules, each with the moment at which it runs next."""
    paying_off: list[str] = field(default_factory=list)
    paid_off: list[tuple[str, str, int]] = field(default_factory=list)
    holds_seen: list[str] = field(default_factory=list)
    codes_refused: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    slips: list[tuple[str, str]] = field(default_factory=list)

    def before(self) -> dict[str, tuple[int, int]]:
        """Who was at work, with the cents they had and the least that was held of them: several users may share one."""
        found: dict[str, tuple[int, int]] = {}
        for member, book, held in self.members:
            found[member] = (book, min(held, found.get(member, (0, held))[1]))
        return found


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
        return sum(len(each.before()) for each in self.by_sandbox.values())

    def clear(self) -> None:
        """Forget all of it."""
        self.by_sandbox.clear()


LEDGER = Ledger()
"""What this process's clients were told."""
