"""Behaviours as data: who does what, when, and for how much. `rules/life.yaml` declares them."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from sandbox.domain.vocabulary import Segment

Pace = Literal["quiet", "typical", "busy"]
"""How lively a life is."""
Level = Literal["off", Pace]
PACES: tuple[Pace, ...] = get_args(Pace)
What = Literal[
    "salary", "remittance", "takings", "transfer", "transfer_received", "withdrawal", "purchase", "service", "fee",
    "interest", "card_purchase", "card_payment", "loan_instalment", "maturity",
]  # fmt: skip
"""What happens: money that comes in, money that goes out, and what a product does on its day.

`takings` are sales that customers pay by transfer, `transfer` goes to a beneficiary of the cooperative,
`transfer_received` comes from another institution, `service` is a bill that is debited, `maturity` a term deposit's.
"""
WHATS: tuple[What, ...] = get_args(What)
Product = Literal["card", "loan", "term_deposit"]
Days = Literal["all", "business", "weekend"]
Moves = Literal["before", "after"] | None
ROUND = 10_000
"""A whole, in hundredths of a percent."""


class Who(NamedTuple):
    """Whose behaviour it is: members of a segment (None: of any) who have every product, and of them a share.

    A member's place, 0 to 9,999, is drawn for the name `of`; behaviours of one name and of ranges that do not overlap
    exclude each other. `first` is included, `until` is not.
    """

    segment: Segment | None
    has: frozenset[Product]
    of: str
    first: int
    until: int


class Monthly(NamedTuple):
    """Once a month for each of `days` (31 is the last day of any month), or on a day of the member's own between two
    days. Where that is no business day it moves, but not out of its month."""

    days: tuple[int, ...]
    between: tuple[int, int] | None
    moves: Moves


class Often(NamedTuple):
    """So many times a month on average, in hundredths, by pace; on days of that kind."""

    per_month: Mapping[Pace, int]
    days: Days


class WhenDue(NamedTuple):
    """On the day on which a term deposit matures."""


When = Monthly | Often | WhenDue


class Spread(NamedTuple):
    """An amount in cents: half of all are between `least` and `usual`, half above, the greater the rarer, and none is
    above `most`. Whole multiples of `step`. `own`: drawn once for each member, as is the label, and varied by up to
    that part (hundredths of a percent) up or down; None: drawn each time."""

    least: int
    usual: int
    most: int
    step: int
    own: int | None


class Part(NamedTuple):
    """A part (hundredths of a percent) of what is available on the account, within bounds; whole multiples of
    `step`."""

    percent: int
    least: int
    most: int
    step: int


class OfStatement(NamedTuple):
    """What a card's statement asks for: all of it, or the least."""

    asks: Literal["total", "minimum"]


Amount = Spread | Part | OfStatement | None
"""None: what the product says."""


class Behaviour(NamedTuple):
    """Something members do. `opens` and `closes` are minutes since midnight, between which it happens; `labels` are
    what the movement's reference may say; `forgotten` is how often it is forgotten, in hundredths of a percent."""

    id: str
    what: What
    who: Who
    when: When
    opens: int
    closes: int
    amount: Amount
    labels: tuple[str, ...]
    forgotten: int


class Living(NamedTuple):
    """A member as behaviours see them: which segment, which products, and on which local days (since 1970) a term
    deposit of theirs matures. `places` are those among the members that are known rather than drawn, by name."""

    member: int
    segment: Segment
    has: frozenset[Product] = frozenset()
    matures: tuple[int, ...] = ()
    places: tuple[tuple[str, int], ...] = ()


class Order(NamedTuple):
    """One thing that a member does, in the order in which things happen.

    `amount` in cents; None where it depends on the account or the product. `pick` is 32 bits of chance for a choice
    that depends on what there is, such as a beneficiary.
    """

    moment: int
    member: int
    behaviour: Behaviour
    number: int
    amount: int | None
    label: str
    pick: int
    is_forgotten: bool
