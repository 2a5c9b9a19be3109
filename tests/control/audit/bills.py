"""Cases about bills."""

from collections.abc import Iterator

from sandbox.domain.ledger import SystemAccount
from tests.control.audit.database import MINE, MISSING, Case, Change, Database
from tests.control.audit.orders import cost_of


def bills() -> Iterator[Case]:
    """What can be wrong with bills, which are paid once."""

    def pay_again(**changes: object) -> Change:
        """A second payment, posted where it is completed, like one that was."""

        def change(db: Database) -> None:
            row = db.first("service_payment", f"status = 'completed' AND period > 0 AND origin_id = {MINE}")
            db.copy("service_payment", row, **changes)
            total = cost_of(db, "service_payment", row)
            fee = db.number(f"SELECT fee FROM service_payment WHERE id = {row}")
            if "status" not in changes:
                legs = (MINE, -total), (SystemAccount.BILLERS, total - fee), (SystemAccount.FEES, fee)
                db.post("service_payment", "service_payment", MISSING, *legs)

        return change

    yield Case("bill_paid_twice", "in the same month", pay_again())
    yield Case(None, "a bill that is paid in two months", pay_again(period="period + 100"))
    yield Case(None, "bills of two references", pay_again(reference="'1'"))
    yield Case(None, "bills of two companies", pay_again(biller_id="biller_id + 1"))
    yield Case(None, "top-ups of one number", pay_again(period="NULL"))
    yield Case(None, "a bill whose first payment was cancelled", pay_again(status="'cancelled'"))
