"""How what members do is booked, in the past that is seeded and in a bank that runs."""

from collections.abc import Mapping
from typing import NamedTuple

from sandbox.domain import concepts
from sandbox.domain.ledger import SystemAccount
from sandbox.domain.life.behaviours import What


class Booking(NamedTuple):
    """The bank's own account on the other side, 1 where the member gains and −1 where the member gives, and the concept
    of the movement."""

    other: SystemAccount
    sign: int
    concept: str


BOOKINGS: Mapping[What, Booking] = {
    "salary": Booking(SystemAccount.FUNDING, 1, concepts.SALARY),
    "remittance": Booking(SystemAccount.FUNDING, 1, concepts.REMITTANCE),
    "takings": Booking(SystemAccount.FUNDING, 1, concepts.SALE),
    "transfer_received": Booking(SystemAccount.FUNDING, 1, concepts.INTERBANK_RECEIVED),
    "withdrawal": Booking(SystemAccount.FUNDING, -1, concepts.WITHDRAWAL),
    "purchase": Booking(SystemAccount.CARD_ISSUERS, -1, concepts.CARD_PURCHASE),
    "service": Booking(SystemAccount.BILLERS, -1, concepts.DIRECT_DEBIT),
    "fee": Booking(SystemAccount.FEES, -1, concepts.ASSISTANCE_FEE),
}
"""What has a bank's account on the other side. The rest has a member's, or is a product's."""
