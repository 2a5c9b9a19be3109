"""What the rules say when a bank or a member is made, for what happened before: history is not judged again when rules
change."""

from typing import NamedTuple, Self

from sandbox.domain.calendars import BusinessDays, Cycle, next_settlement
from sandbox.domain.identity import Documents
from sandbox.domain.life.plan import Plan
from sandbox.domain.rules import RuleBook
from sandbox.domain.rules.kinds import Argon2
from sandbox.domain.rules.life import Life
from sandbox.domain.rules.products import SavingsTerms, TermDepositTerms
from sandbox.kernel.clock import Micros
from sandbox.kernel.entropy import Entropy


class FirstDay(NamedTuple):
    """All that seeding asks the rules. Golden databases with different answers are different ones.

    `fee` and `tax` are an interbank transfer's, in cents; `runs_at` is minutes since midnight; `minimum` is the part of
    a card's statement to be paid, in basis points; `life` is what members do by themselves, `savings` and
    `term_deposit` what they earn.
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
    savings: SavingsTerms
    term_deposit: TermDepositTerms

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
            savings=rules.products.settings.savings,
            term_deposit=rules.products.settings.term_deposit,
        )

    def settles_at(self, moment: Micros) -> Micros:
        """When an interbank transfer confirmed at that moment arrives."""
        return next_settlement(moment, self.cycles, self.business_days)

    def plan(self, entropy: Entropy) -> Plan:
        """What members of a sandbox have done before the first day, and go on to do."""
        return Plan(self.life.as_planned, self.business_days, entropy)
