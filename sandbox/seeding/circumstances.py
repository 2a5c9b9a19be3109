"""Where and when members are made."""

from dataclasses import dataclass, field

from sandbox.domain.institution import Institution
from sandbox.domain.life.plan import Plan
from sandbox.kernel import clock
from sandbox.seeding.books import Books
from sandbox.seeding.first_day import FirstDay
from sandbox.seeding.people import People


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The books, whose bank it is, what the rules say, what members do, and the moment at which what is made has
    its past behind it.

    `numbers` are those of accounts by key, as far as they are needed.
    """

    books: Books
    people: People
    institution: Institution
    first_day: FirstDay
    plan: Plan
    start: int
    numbers: dict[int, str] = field(default_factory=dict)

    def today(self, before: int) -> int:
        """The moment so long before the start, or midnight where that was yesterday."""
        return max(clock.midnight_of(self.start), self.start - before)
