"""Interest of savings: the closing balance of each day, once a month."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from sandbox.bank.ledger import service as ledger
from sandbox.bank.products import moves
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.kernel import clock, money
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Sandbox
from tests.bank.products.owners import Owner, at, key, owner
from tests.transport import registry_of
from tests.units import in_unit


def deposit(saver: Owner, moment: str, amount: int) -> None:
    """Cents that come to the account, or go where negative, at a local moment."""

    async def post(unit: UnitOfWork) -> int:
        legs = [Leg(SystemAccount.FUNDING, -amount, "x"), Leg(saver.account, amount, "x")]
        return await ledger.post(unit, "deposit", "account", saver.account, legs)

    in_unit(saver.bank, post, at(moment))


def change_rate(bank: Sandbox, old: str, new: str) -> None:
    text = bank.rules.read("products")
    assert text.count(old) == 1
    bank.rules.override("products", text.replace(old, new))


def by_hand(closings: dict[date, int], rate: str = "2.00", day_count: int = 360) -> int:
    """The interest of closing balances in cents, added up day by day."""
    earned = sum(Decimal(cents) * Decimal(rate) / 100 / day_count for cents in closings.values())
    return int(Decimal(earned).quantize(Decimal(1), ROUND_HALF_UP))


def test_a_month_at_one_balance(bank: Sandbox) -> None:
    saver = owner(bank, balance="1000.00")
    before = saver.books()
    assert saver.credit("2026-12-31T23:30:00") == 1_72  # 1,000.00 × 2 % × 31 / 360 = 1.7222
    assert saver.movements() == [("130 - NC INTERESES GANADOS", "1.72")]
    assert saver.available() == "1001.72"
    assert saver.books() == (before[0], before[1] - 1_72)
    bank.ledger.assert_balanced()


def test_each_day_earns_on_the_balance_with_which_it_closes(bank: Sandbox) -> None:
    saver = owner(bank, balance="1000.00")
    changes = [
        ("2026-12-01T00:00:00", 500_00), ("2026-12-10T08:00:00", -1200_00), ("2026-12-10T23:59:59", 37_11),
        ("2026-12-11T00:00:00", 5_000_00), ("2026-12-20T12:00:00", -4_000_00), ("2026-12-31T10:00:00", 9_999_99),
    ]  # fmt: skip
    for moment, amount in changes:
        deposit(saver, moment, amount)
    days = [date(2026, 12, 1) + timedelta(days=day) for day in range(31)]
    closings = {
        day: 1000_00 + sum(amount for moment, amount in changes if moment[:10] <= day.isoformat()) for day in days
    }
    assert saver.credit("2026-12-31T23:35:00") == by_hand(closings)
    bank.ledger.assert_balanced()


@pytest.mark.parametrize("moment", ["2027-01-01T00:00:00", "2027-01-02T09:00:00", "2027-01-12T08:00:00"])
@pytest.mark.parametrize("amount", [500_000_00, 1, -900_00])
def test_what_comes_behind_the_month_has_no_part_in_it(bank: Sandbox, moment: str, amount: int) -> None:
    """As a request's money does while a server catches up on the days for which it was down."""
    saver = owner(bank, balance="1000.00")
    deposit(saver, "2026-12-11T00:00:00", 10_00)
    deposit(saver, moment, amount)
    days = {date(2026, 12, day): 1000_00 if day < 11 else 1010_00 for day in range(1, 32)}
    assert saver.credit("2026-12-31T23:30:00") == by_hand(days)
    bank.ledger.assert_balanced()


def test_a_later_month_earns_on_the_interest_of_the_one_before(bank: Sandbox) -> None:
    saver = owner(bank, balance="100000.00")
    assert saver.credit("2026-12-31T23:30:00") == 172_22
    assert saver.credit("2027-01-31T23:30:00") == by_hand({date(2027, 1, day): 100_172_22 for day in range(1, 32)})
    assert saver.credit("2027-02-28T23:30:00") == by_hand({date(2027, 2, day): 100_344_74 for day in range(1, 29)})
    bank.ledger.assert_balanced()


def test_nothing_is_credited_twice(bank: Sandbox) -> None:
    saver = owner(bank, balance="1000.00")
    assert saver.credit("2026-12-31T23:30:00") == 1_72
    assert saver.credit("2026-12-31T23:59:59") == 0
    assert saver.available() == "1001.72"
    bank.ledger.assert_balanced()


def test_a_second_credit_in_a_month_is_for_the_days_since_the_first(bank: Sandbox) -> None:
    saver = owner(bank, balance="100000.00")
    assert saver.credit("2026-12-15T23:30:00") == by_hand({date(2026, 12, day): 100_000_00 for day in range(1, 16)})
    rest = {date(2026, 12, day): 100_083_33 for day in range(16, 32)}
    assert saver.credit("2026-12-31T23:30:00") == by_hand(rest)


def test_a_month_in_which_nothing_was_credited_is_not_made_up_for(bank: Sandbox) -> None:
    """Life was off in January."""
    saver = owner(bank, balance="100000.00")
    assert saver.credit("2026-12-31T23:30:00") == 172_22
    assert saver.credit("2027-02-28T23:30:00") == by_hand({date(2027, 2, day): 100_172_22 for day in range(1, 29)})


@pytest.mark.parametrize(("balance", "cents"), [("2.90", 0), ("2.91", 1), ("0.00", 0)])
def test_less_than_half_a_cent_is_nothing(bank: Sandbox, balance: str, cents: int) -> None:
    """In 31 days, half a cent is the interest of 2.9032."""
    saver = owner(bank, balance=balance)
    before = saver.movements()
    assert saver.credit("2026-12-31T23:30:00") == cents
    assert len(saver.movements()) - len(before) == cents
    bank.ledger.assert_balanced()


def test_share_certificates_earn_nothing(bank: Sandbox) -> None:
    saver = owner(bank)
    shares = key(bank, "acc", saver.phone.accounts()[1]["id"])
    assert saver.credit("2026-12-31T23:30:00", shares) == 0
    assert saver.credit("2026-12-31T23:30:00", SystemAccount.FUNDING) == 0
    bank.ledger.assert_balanced()


def test_rate_and_day_count_are_those_of_the_rules(bank: Sandbox) -> None:
    saver = owner(bank, balance="100000.00")
    month = {date(2026, 12, day): 100_000_00 for day in range(1, 32)}
    change_rate(bank, 'rate: "2.00"', 'rate: "0.00"')
    assert saver.credit("2026-12-30T23:30:00") == 0
    change_rate(bank, 'rate: "0.00", balance: daily_closing, day_count: 360',
                'rate: "3.50", balance: daily_closing, day_count: 365')  # fmt: skip
    assert saver.credit("2026-12-31T23:30:00") == by_hand(month, "3.50", 365)


def test_the_notice_tells_amount_and_account(bank: Sandbox) -> None:
    sandbox = registry_of(bank.connection.client).get(bank.name)
    told = moves.told_of_interest(1_72, "410000000098")
    assert sandbox.rules.wording.text(told, "es", sandbox.institution.names) == (
        "Acreditamos $1.72 de intereses en tu cuenta 410XXXXXX098."
    )
    assert sandbox.rules.wording.text(told, "en", sandbox.institution.names) == (
        "We credited $1.72 of interest to your account 410XXXXXX098."
    )


@pytest.mark.parametrize("moment", ["2026-12-31T23:30:00", "2028-02-29T23:30:00"])
def test_the_month_is_the_local_one(bank: Sandbox, moment: str) -> None:
    """What comes at the last moment of the month before is there on every day, what comes a moment later too."""
    first = clock.local(at(moment)).date().replace(day=1)
    saver = owner(bank, balance="0.00")
    deposit(saver, f"{first - timedelta(days=1)}T23:59:59.999", 50_000_00)
    deposit(saver, f"{first}T00:00:00", 50_000_00)
    days = clock.local(at(moment)).day
    assert money.show(saver.credit(moment)) == money.show(
        by_hand({first + timedelta(d): 100_000_00 for d in range(days)})
    )
