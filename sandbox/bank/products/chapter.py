"""What products and movements declare."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.products import routes, texts
from sandbox.bank.products.audit import AUDIT
from sandbox.bank.products.tables import Holding, HoldingMove, InterestCredit

CHAPTER = Chapter(
    "products",
    routers=(routes.router, routes.movements),
    tables=(Holding, HoldingMove, InterestCredit),
    audit=AUDIT,
    notices=(
        texts.InterestCredited,
        texts.InstalmentPaid,
        texts.LoanPaidOff,
        texts.InstalmentLackedFunds,
        texts.InstalmentRefused,
        texts.DepositMatured,
    ),
)
