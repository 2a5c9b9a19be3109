"""How products move: interest on savings, instalments of loans, term deposits that mature (docs/reference/products.md).

The ledger has no accounts of loans and of term deposits: their principal lies in the bank's own funds, from which a
loan was paid out and to which a term deposit was paid in. So the principal of an instalment returns to FUNDING, and
that of a deposit comes back from there; interest is INTEREST's. Each move is a row, which the audit compares with its
entry.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from sandbox.bank.ledger import service as ledger
from sandbox.bank.products import queries, texts
from sandbox.bank.products.schemas import HoldingType
from sandbox.bank.products.tables import Holding
from sandbox.domain import calendars, concepts, interest
from sandbox.domain.interest import Instalment
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.kernel import clock, masks, money
from sandbox.kernel.clock import DAY
from sandbox.problems import AccountNotActive
from sandbox.storage.unit import UnitOfWork

OPERATION = "holding_move"
"""What entries of loans and deposits call the row that they were made for."""
Outcome = Literal["paid", "matured", "insufficient_funds", "account_not_active"]


class Moved(NamedTuple):
    """What became of a loan's instalment or of a term deposit, in cents. Unless the outcome is `paid` or `matured`
    nothing moved, and the amounts are what was asked for. `balance` is the principal after it."""

    holding: int
    type: HoldingType
    number: str
    principal: int
    interest: int
    balance: int
    outcome: Outcome

    @property
    def amount(self) -> int:
        """Principal and interest."""
        return self.principal + self.interest


class Due(NamedTuple):
    """An instalment that waits to be paid, in cents."""

    holding: int
    number: str
    amount: int


async def credit_interest(unit: UnitOfWork, account: int) -> int:
    """Credit a savings account with the interest of the local month's days up to today, less those already credited;
    gives the cents credited.

    0 where it rounds to nothing, where today's was credited already, and for an account that is no savings account.
    """
    today = clock.local(unit.now).date()
    first, until = clock.day_of(clock.start_of(today.replace(day=1))), clock.day_of(unit.now)
    last = await unit.one(queries.LAST_CREDITED_DAY, account=account)
    since = first if last is None else max(first, last + 1)
    days = until - since + 1
    if days < 1:
        return 0
    begin, end = clock.begin_of(since), clock.begin_of(until + 1)
    earning = await unit.one(queries.EARNING, account=account, since=begin, end=end, days=days, day=DAY)
    if earning is None:
        return 0
    savings = unit.rules.products.settings.savings
    amount = interest.of_savings(earning.book * days - earning.missing, savings.rate, savings.day_count)
    if not amount:
        return 0
    credit = await unit.insert(queries.ADD_CREDIT, account_id=account, until=until, amount=amount, credited_at=unit.now)
    await ledger.post(
        unit,
        "interest_credit",
        "interest_credit",
        credit,
        [
            Leg(SystemAccount.INTEREST, -amount, concepts.SAVINGS_INTEREST),
            Leg(account, amount, concepts.SAVINGS_INTEREST),
        ],
    )
    return amount


async def pay_instalment(unit: UnitOfWork, member: int, account: int) -> list[Moved]:
    """Debit the member's account with every instalment that is due by the end of the local month, those missed before
    included, loan by loan and the oldest instalment first. Gives what became of each.

    An instalment that cannot be debited moves nothing, and the later ones of its loan are not tried. Raises NotFound
    for an account of another member, AccountNotDebitable for share certificates.
    """
    moved: list[Moved] = []
    for loan in await unit.all(queries.HOLDINGS_OF_TYPE, member=member, kind="loan"):
        moved += await _pay_due(unit, loan, account)
    return moved


async def due(unit: UnitOfWork, member: int) -> list[Due]:
    """The oldest instalment of each of the member's loans that is due by the end of the local month and not paid."""
    found: list[Due] = []
    for loan in await unit.all(queries.HOLDINGS_OF_TYPE, member=member, kind="loan"):
        level, left = terms(loan)
        if loan.balance and _is_due(unit, loan.due_at, left):
            part = interest.instalment(loan.balance, loan.rate, level, left)
            found.append(Due(loan.id, loan.number, part.amount))
    return found


async def mature(unit: UnitOfWork, member: int, account: int) -> list[Moved]:
    """Pay the term deposits whose local day has come back to the member's account, with the interest of their days.
    Gives what was paid; the account is credited whatever its status.

    Raises NotFound for an account of another member.
    """
    await ledger.owned(unit, member, account)
    deposits = await unit.all(queries.HOLDINGS_OF_TYPE, member=member, kind="term_deposit")
    today = clock.day_of(unit.now)
    return [await _mature(unit, each, account) for each in deposits if clock.day_of(each.due_at) <= today]


def told(moved: Moved) -> NamedTuple:
    """The notice for the member of what became of a loan or a deposit."""
    number, amount = masks.number(moved.number), money.show(moved.amount)
    if moved.outcome == "matured":
        return texts.DepositMatured(money.show(moved.principal), money.show(moved.interest), number)
    if moved.outcome == "paid" and moved.balance:
        return texts.InstalmentPaid(amount, number, money.show(moved.balance))
    return _TOLD[moved.outcome](amount, number)


def told_of_interest(amount: int, account_number: str) -> NamedTuple:
    """The notice for the member of `amount` cents of interest on a savings account."""
    return texts.InterestCredited(money.show(amount), masks.number(account_number))


_TOLD: Mapping[Outcome, Callable[[str, str], NamedTuple]] = {
    "paid": texts.LoanPaidOff,
    "insufficient_funds": texts.InstalmentLackedFunds,
    "account_not_active": texts.InstalmentRefused,
}


async def _pay_due(unit: UnitOfWork, loan: Holding, account: int) -> list[Moved]:
    level, left = terms(loan)
    balance = loan.balance
    moved: list[Moved] = []
    while balance and _is_due(unit, loan.due_at, left):
        part = interest.instalment(balance, loan.rate, level, left)
        outcome = await _outcome(unit, loan.member_id, account, part.amount)
        moved.append(Moved(loan.id, "loan", loan.number, *part, outcome))
        if outcome != "paid":
            break
        balance, left = part.balance, left - 1
        await _pay(unit, loan, account, part, left)
    return moved


def terms(loan: Holding) -> tuple[int, int]:
    """The level instalment of a loan in cents, and how many are left."""
    assert loan.instalment is not None
    assert loan.instalments_left is not None
    return loan.instalment, loan.instalments_left


def _is_due(unit: UnitOfWork, last_due_at: int, left: int) -> bool:
    due_at = interest.instalment_due_at(last_due_at, left)
    return calendars.month_of(due_at) <= calendars.month_of(unit.now)


async def _outcome(unit: UnitOfWork, member: int, account: int, amount: int) -> Outcome:
    """Whether the account can be debited with that much. Raises NotFound, AccountNotDebitable."""
    try:
        found = await ledger.debitable(unit, member, account)
    except AccountNotActive:
        return "account_not_active"
    return "paid" if found.book - found.held >= amount else "insufficient_funds"


async def _pay(unit: UnitOfWork, loan: Holding, account: int, part: Instalment, left: int) -> None:
    """One debit of the account, which the bank books as interest and as principal that comes back."""
    reference = masks.number(loan.number)
    move = await _keep(unit, loan, account, part)
    await ledger.post(
        unit,
        "instalment",
        OPERATION,
        move,
        [
            Leg(account, -part.amount, concepts.LOAN_INSTALMENT, reference),
            Leg(SystemAccount.FUNDING, part.principal, concepts.LOAN_INSTALMENT, reference),
            Leg(SystemAccount.INTEREST, part.interest, concepts.LOAN_INTEREST, reference),
        ],
    )
    outcome = "active" if part.balance else "paid"
    await unit.later(queries.SET_HOLDING, holding=loan.id, left_over=part.balance, left=left, outcome=outcome)


async def _mature(unit: UnitOfWork, deposit: Holding, account: int) -> Moved:
    part = Instalment(deposit.balance, at_maturity(unit, deposit), 0)
    reference = masks.number(deposit.number)
    move = await _keep(unit, deposit, account, part)
    await ledger.post(
        unit,
        "maturity",
        OPERATION,
        move,
        [
            Leg(SystemAccount.FUNDING, -part.principal, concepts.DEPOSIT_MATURITY, reference),
            Leg(account, part.principal, concepts.DEPOSIT_MATURITY, reference),
            Leg(SystemAccount.INTEREST, -part.interest, concepts.DEPOSIT_INTEREST, reference),
            Leg(account, part.interest, concepts.DEPOSIT_INTEREST, reference),
        ],
    )
    await unit.later(queries.SET_HOLDING, holding=deposit.id, left_over=0, left=None, outcome="matured")
    return Moved(deposit.id, "term_deposit", deposit.number, *part, "matured")


def at_maturity(unit: UnitOfWork, deposit: Holding) -> int:
    """The interest in cents that a term deposit pays on its due date, by the rules in force."""
    days = interest.deposit_days(deposit.opened_at, deposit.due_at)
    day_count = unit.rules.products.settings.term_deposit.day_count
    return interest.of_deposit(deposit.balance, deposit.rate, days, day_count)


async def _keep(unit: UnitOfWork, holding: Holding, account: int, part: Instalment) -> int:
    """The row of a move; gives its key."""
    before = await unit.one(queries.MOVES_OF, holding=holding.id)
    return await unit.insert(
        queries.ADD_MOVE,
        holding_id=holding.id,
        account_id=account,
        kind="instalment" if holding.type == "loan" else "maturity",
        number=(before or 0) + 1,
        principal=part.principal,
        interest=part.interest,
        balance=part.balance,
        moved_at=unit.now,
    )
