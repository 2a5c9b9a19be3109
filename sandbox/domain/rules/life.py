"""The rule document on what members do by themselves."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PlainValidator, PrivateAttr, WithJsonSchema, model_validator

from sandbox.domain.life.behaviours import (
    ROUND,
    Amount,
    Behaviour,
    Days,
    Monthly,
    OfStatement,
    Often,
    Pace,
    Product,
    Spread,
    What,
    WhenDue,
    Who,
)
from sandbox.domain.life.behaviours import Part as PartOf
from sandbox.domain.rules.documents import Document, Money, Part, Percent, TimeOfDay
from sandbox.domain.vocabulary import Segment

_CENT = 1
_NEEDS: dict[str, Product] = {
    "card_purchase": "card", "card_payment": "card", "loan_instalment": "loan", "maturity": "term_deposit",
}  # fmt: skip
_BY_PRODUCT = frozenset({"interest", "loan_instalment", "maturity"})


def _times(value: Any) -> int:
    """So many times, as hundredths."""
    try:
        hundredths = Decimal(value) * 100 if isinstance(value, str) else None
    except InvalidOperation:
        hundredths = None
    if hundredths is None or hundredths != hundredths.to_integral_value() or not 0 <= hundredths <= 50_000:
        raise ValueError('write how often as text with two decimals, as in "2.50", 500.00 at most')
    return int(hundredths)


Times = Annotated[int, PlainValidator(_times), WithJsonSchema({"type": "string", "examples": ["2.50"]})]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
DayOfMonth = Annotated[int, Field(ge=1, le=31)]
Label = Annotated[str, Field(min_length=1, max_length=40)]


class Share(Part):
    """A share of the members. Behaviours that draw by one name and whose ranges do not overlap exclude each other."""

    of: Name
    first: Percent = Field(0, alias="from")
    until: Percent = Field(ROUND, alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first >= self.until:
            raise ValueError("from is not below to")
        return self


class Whose(Part):
    """Which members: of a segment, who have every one of these products, a share of them."""

    segment: Segment | None = None
    has: list[Product] = Field(default_factory=list)
    share: Share | None = None


class Between(Part):
    """A day of the month of the member's own."""

    first: DayOfMonth = Field(alias="from")
    last: DayOfMonth = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError("from is after to")
        return self


class OnDays(Part):
    """Once for each of these days of a month, or on a day of the member's own; 31 is the last day of any month."""

    days: list[DayOfMonth] | None = Field(None, min_length=1)
    between: Between | None = None
    moves: Literal["before", "after"] | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.days is None) == (self.between is None):
            raise ValueError("write days or between, one of the two")
        return self


class PerMonth(Part):
    """So many times a month on average, by pace."""

    quiet: Times
    typical: Times
    busy: Times
    on: Days = "all"


class WhenDoes(Part):
    """When: on days of the month, so many times a month, or when the product falls due. Between two times of day."""

    monthly: OnDays | None = None
    per_month: PerMonth | None = None
    due: Literal[True] | None = None
    opens: TimeOfDay = Field(alias="from")
    closes: TimeOfDay = Field(alias="to")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(part is not None for part in (self.monthly, self.per_month, self.due)) != 1:
            raise ValueError("write monthly, per_month or due, one of the three")
        if self.opens >= self.closes:
            raise ValueError("from is not before to")
        return self


class Own(Part):
    """The amount is the member's own, drawn once; each time it varies by up to so much."""

    vary: Percent = 0


class HowMuch(Part):
    """Half of all amounts lie between least and usual, the others above, the greater the rarer. In place of usual: a
    part of what is available, or what a card's statement asks for."""

    least: Money | None = None
    usual: Money | None = None
    most: Money | None = None
    step: Money | None = None
    own: Own | None = None
    of_available: Percent | None = None
    of_statement: Literal["total", "minimum"] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if sum(part is not None for part in (self.usual, self.of_available, self.of_statement)) != 1:
            raise ValueError("write usual, of_available or of_statement, one of the three")
        if self.of_statement is not None:
            if any(part is not None for part in (self.least, self.most, self.step, self.own)):
                raise ValueError("what a statement asks for has no bounds")
            return self
        if self.least is None or self.most is None:
            raise ValueError("least and most are needed")
        if self.own is not None and self.usual is None:
            raise ValueError("own needs usual")
        usual = self.least if self.usual is None else self.usual
        if not 0 < (self.step or _CENT) <= self.least <= usual <= self.most:
            raise ValueError("step, least, usual and most do not follow each other")
        return self

    @property
    def as_amount(self) -> Amount:
        """The amount as plans take it."""
        if self.of_statement is not None:
            return OfStatement(self.of_statement)
        least, most, step = int(self.least or 0), int(self.most or 0), int(self.step or _CENT)
        if self.of_available is not None:
            return PartOf(self.of_available, least, most, step)
        return Spread(least, int(self.usual or 0), most, step, None if self.own is None else self.own.vary)


class BehaviourEntry(Part):
    """A behaviour: what happens, to which members, when, for how much, and what the movement says."""

    id: Name
    what: What
    who: Whose = Field(default_factory=Whose)
    when: WhenDoes
    amount: HowMuch | None = None
    labels: list[Label] = Field(default_factory=list, max_length=200)
    forgotten: Percent = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needed = _NEEDS.get(self.what)
        if needed is not None and needed not in self.who.has:
            raise ValueError(f"{self.what} needs who.has: [{needed}]")
        if (self.amount is None) != (self.what in _BY_PRODUCT):
            raise ValueError(f"{self.what} has {'no amount of its own' if self.amount else 'an amount'}")
        if self.amount is not None and (self.amount.of_statement is not None) != (self.what == "card_payment"):
            raise ValueError("a statement is paid by card_payment, which pays nothing else")
        if (self.when.due is not None) != (self.what == "maturity"):
            raise ValueError("due is for maturity, which happens at no other time")
        if self.forgotten and self.what not in ("card_payment", "loan_instalment"):
            raise ValueError("what can be forgotten is card_payment and loan_instalment")
        return self

    @property
    def as_behaviour(self) -> Behaviour:
        """The behaviour as plans take it."""
        share = self.who.share or Share.model_validate({"of": self.id})
        return Behaviour(
            id=self.id,
            what=self.what,
            who=Who(self.who.segment, frozenset(self.who.has), share.of, share.first, share.until),
            when=_when(self.when),
            opens=self.when.opens,
            closes=self.when.closes,
            amount=None if self.amount is None else self.amount.as_amount,
            labels=tuple(self.labels),
            forgotten=self.forgotten,
        )


class LifeSettings(Part):
    """At which pace generated members lived before a bank's first day."""

    past: Pace


class Life(Document):
    """What members do by themselves."""

    kind = "life"
    document: Literal["life"]
    settings: LifeSettings
    behaviours: list[BehaviourEntry] = Field(max_length=100)
    _as_planned: tuple[Behaviour, ...] = PrivateAttr()

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        ids = [each.id for each in self.behaviours]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"two behaviours are called {', '.join(twice)}")
        self._as_planned = tuple(each.as_behaviour for each in self.behaviours)

    @property
    def as_planned(self) -> tuple[Behaviour, ...]:
        """The behaviours as plans take them."""
        return self._as_planned


def _when(when: WhenDoes) -> Monthly | Often | WhenDue:
    if when.monthly is not None:
        between = when.monthly.between
        return Monthly(
            tuple(when.monthly.days or ()),
            None if between is None else (between.first, between.last),
            when.monthly.moves,
        )
    if when.per_month is not None:
        rates = when.per_month
        return Often({"quiet": rates.quiet, "typical": rates.typical, "busy": rates.busy}, rates.on)
    return WhenDue()
