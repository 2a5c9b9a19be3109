"""What the rules say when a bank or a member is made, for what happened before: history is not judged again when rules
change."""

from typing import NamedTuple, Self

from sandbox.domain.calendars import BusinessDays, Cycle, next_settlement
from sandbox.domain.identity import Documents
from sandbox.domain.life.behaviours import What
from sandbox.domain.life.booking import BOOKINGS
from sandbox.domain.life.plan import Plan
from sandbox.domain.rules import RuleBook
from sandbox.domain.rules.kinds import Argon2
from sandbox.domain.rules.life import Life
from sandbox.kernel.clock import Micros
from sandbox.kernel.entropy import Entropy

_ACCOUNTS = frozenset[What]({*BOOKINGS, "transfer"})
_CARDS = frozenset[What]({"card_purchase", "card_payment"})


class Plans(NamedTuple):
    """What members have done with their accounts, and with their cards. What loans and deposits do on their days is
    left to the days to come."""

    accounts: Plan
    cards: Plan


class FirstDay(NamedTuple):
    """All that seeding asks the rules. Golden databases with different answers are different ones.

    `fee` and `tax` are an interbank transfer's, in cents; `runs_at` is minutes since midnight; `minimum` is the part of
    a card's statement to be paid, in basis points; `life` is what members do by themselves.
    """

    fee: int
    tax: int
    cycles: tuple[Cycle, ...]
    business_days: BusinessDays
    runs_at: int
    due_days: int
    minimum: int
    failed_logins: int
    biometric_failures: int
    documents: Documents
    hashing: Argon2
    life: Life

    @classmethod
    def of(cls, rules: RuleBook) -> Self:
        """What these rules say."""
        price = rules.fees.for_kind("interbank")
        return cls(
            fee=price.fee,
            tax=price.tax,
            cycles=tuple(rules.settlement.as_cycles),
            business_days=rules.business_days,
            runs_at=rules.schedules.settings.runs_at,
            due_days=rules.cards.settings.due_days,
            minimum=rules.cards.settings.minimum_percent,
            failed_logins=rules.sessions.settings.failed_logins,
            biometric_failures=rules.devices.settings.biometric_failures,
            documents=rules.identity,
            hashing=rules.credentials.settings.argon2,
            life=rules.life,
        )

    def settles_at(self, moment: Micros) -> Micros:
        """When an interbank transfer confirmed at that moment arrives."""
        return next_settlement(moment, self.cycles, self.business_days)

    def plans(self, entropy: Entropy) -> Plans:
        """What members of a sandbox have done before the first day."""
        every = self.life.as_planned
        accounts = [each for each in every if each.what in _ACCOUNTS]
        cards = [each for each in every if each.what in _CARDS]
        return Plans(Plan(accounts, self.business_days, entropy), Plan(cards, self.business_days, entropy))
