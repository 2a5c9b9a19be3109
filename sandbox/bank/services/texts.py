"""What the payment of services tells: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class ServicePaid(NamedTuple):
    """A bill or a top-up paid."""

    amount: str
    biller: str
    reference: str


class ServiceRegistered(NamedTuple):
    """A service registered."""

    biller: str
    reference: str


class PaymentScheduled(NamedTuple):
    """A payment on a day of each month."""

    biller: str
    reference: str
    day: int


class ScheduleHadNothingDue(NamedTuple):
    """The month is over without a debt."""

    biller: str
    reference: str


class ScheduleExceededMaximum(NamedTuple):
    """The month is over: the debt exceeds the maximum."""

    biller: str
    reference: str


class ScheduleLackedFunds(NamedTuple):
    """The month is over without funds."""

    biller: str
    reference: str


class ScheduleGotNoAnswer(NamedTuple):
    """The month is over without an answer of the biller."""

    biller: str
    reference: str


class ScheduleRefused(NamedTuple):
    """The month is over: account or reference are not valid."""

    biller: str
    reference: str


class ScheduleLacksFundsToday(NamedTuple):
    """No funds, and another attempt tomorrow."""

    biller: str
    reference: str


class ScheduleGetsNoAnswerToday(NamedTuple):
    """No answer of the biller, and another attempt tomorrow."""

    biller: str
    reference: str
