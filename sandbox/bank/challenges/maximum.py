"""A maximum that is raised by a code: the same for everything that has one.

It has no row of its own. What was asked is stored with the challenge, so several may wait, and each code raises the
maximum to exactly what was asked when it was sent.
"""

from abc import abstractmethod
from collections.abc import Sequence

from sandbox.bank.challenges import service as challenges
from sandbox.bank.challenges import texts
from sandbox.bank.challenges.service import Asked, Waiting
from sandbox.bank.challenges.story import Beside, Finished, Row, Shown, Story
from sandbox.bank.members.session import LiveSession
from sandbox.domain.rules.wording import Phrase
from sandbox.domain.vocabulary import Ending
from sandbox.kernel import money
from sandbox.problems import NotFound
from sandbox.storage.unit import UnitOfWork


class MaximumStory(Story[Row, int, Shown]):
    """The higher maximum of what `of` registers. Its plan is the maximum, in cents."""

    of: Story[Row, None, Shown]
    live: tuple[str, ...] = ("active",)
    """The statuses in which a maximum can be raised."""

    @abstractmethod
    async def set_maximum(self, unit: UnitOfWork, row: Row, maximum: int) -> None:
        """Write the maximum, in cents."""

    @abstractmethod
    def name(self, row: Row) -> str | Phrase:
        """What the notice calls it: «El máximo de …»; a phrase where that is no proper name."""

    async def start(self, unit: UnitOfWork, member: LiveSession, key: int, maximum: int) -> None:
        """Ask for a code for a higher maximum. Raises NoPhoneOnFile."""
        await self.begin(unit, member, key, maximum, {"maximum": money.show(maximum)}, {"maximum": maximum})

    async def row(self, unit: UnitOfWork, key: int) -> Row:
        """What the maximum belongs to."""
        return await self.of.row(unit, key)

    async def plan_again(self, unit: UnitOfWork, row: Row, asked: Asked) -> int:
        """What was asked. Raises NotFound when it was deleted meanwhile."""
        if row.status not in self.live:
            raise NotFound
        maximum: int = asked["maximum"]
        return maximum

    async def finish(self, unit: UnitOfWork, row: Row, plan: int, entry: int | None) -> Finished:
        """The higher maximum counts."""
        await self.set_maximum(unit, row, plan)
        maximum = money.show(plan)
        return Finished(
            await self.of.shown_one(unit, await self.row(unit, row.id)),
            f"{self.of.noun}.maximum_raised",
            {"maximum": maximum},
            texts.MaximumRaised(self.name(row), maximum),
        )

    async def close(self, unit: UnitOfWork, row: Row, outcome: Ending) -> None:
        """The maximum stays as it was."""

    async def show(self, unit: UnitOfWork, row: Row, beside: Beside) -> Shown:
        """What the maximum belongs to."""
        return await self.of.show(unit, row, beside)

    async def raised(self, unit: UnitOfWork, rows: Sequence[Row]) -> dict[int, Waiting]:
        """The newest higher maximum that each of `rows` that are live waits for, in one query."""
        found = await challenges.waiting(unit, self.kind, [row.id for row in rows if row.status in self.live])
        return {key: waiting for key, waiting in found.items() if waiting.challenge.status == "pending"}


def asked_maximum(waiting: Waiting | None) -> str | None:
    """The maximum that waits for its code, as amounts are shown; None where a challenge asks for no maximum."""
    asked = None if waiting is None else waiting.asked.get("maximum")
    return None if asked is None else money.show(asked)
