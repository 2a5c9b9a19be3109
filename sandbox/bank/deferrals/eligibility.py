"""Whether something can be deferred: the one judgement behind options, simulation, order and confirmation."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sandbox.bank.cards.queries import OwedCard
from sandbox.bank.cards.tables import CardPurchase
from sandbox.domain.owed import Owed
from sandbox.kernel import money
from sandbox.kernel.clock import DAY
from sandbox.problem import FieldError, Text
from sandbox.problems import DeferralNotEligible
from sandbox.storage.unit import UnitOfWork

_Question = tuple[str, Mapping[str, Any]]


class Asking(NamedTuple):
    """What is to be deferred: `purchases` of a card, or its revolving balance where there are none."""

    card: OwedCard
    owed: Owed
    purchases: list[CardPurchase]

    def billed(self, principal: int) -> int:
        """How much of the principal the statement may ask for: the purchases on it, or, as with a payment, all of the
        revolving balance that is deferred."""
        if not self.purchases:
            return principal
        return sum(row.amount for row in self.purchases if row.id <= self.card.last_billed)


def require(unit: UnitOfWork, asking: Asking, principal: int) -> None:
    """Raises the refusal of the rules, or DeferralNotEligible when less is owed."""
    unit.decide_together(*_questions(unit, asking, principal))
    words = _beyond_what_is_owed(asking.owed, principal)
    if words is not None:
        raise DeferralNotEligible(detail=words, errors=[FieldError("amount", "revolving_balance", words)])


def reasons(unit: UnitOfWork, asking: Asking, principal: int, language: str) -> list[str]:
    """Why `require` would refuse, in words; empty when it would not."""
    return _why(unit, list(_questions(unit, asking, principal)), asking.owed, principal, language)


def reasons_of_card(unit: UnitOfWork, card: OwedCard, owed: Owed, language: str) -> list[str]:
    """Why nothing at all can be deferred on the card, in words."""
    return _why(unit, [_about_card(card, owed)], owed, 1, language)


def _why(unit: UnitOfWork, questions: list[_Question], owed: Owed, principal: int, language: str) -> list[str]:
    refused = [finding for question in questions for finding in unit.rules.decide(*question).refused]
    if refused:
        return [finding.message(language) for finding in refused]
    words = _beyond_what_is_owed(owed, principal)
    return [] if words is None else [words.in_(language)]


def _questions(unit: UnitOfWork, asking: Asking, principal: int) -> Iterator[_Question]:
    """What the rules are asked, with the facts of this moment."""
    yield _about_card(asking.card, asking.owed)
    for row in asking.purchases:
        yield (
            "deferral.purchase",
            {
                "amount": row.amount,
                "kind": row.kind,
                "age_days": (unit.now - row.bought_at) // DAY,
                "deferred": row.deferral_id is not None,
            },
        )
    if not asking.purchases:
        yield "deferral.revolving", {"amount": principal, "revolving_balance": asking.owed.revolving}


def _about_card(card: OwedCard, owed: Owed) -> _Question:
    return "deferral.card", {"status": card.status, "overdue": owed.overdue}


def _beyond_what_is_owed(owed: Owed, principal: int) -> Text | None:
    """The ledger's own refusal, whatever the rules say: no more is deferred than is owed."""
    if principal <= owed.revolving:
        return None
    if owed.revolving == 0:
        return Text("La tarjeta no tiene saldo por diferir.", "The card has no balance to defer.")
    balance = money.show(owed.revolving)
    return Text(f"El saldo rotativo es {balance}.", f"The revolving balance is {balance}.")
