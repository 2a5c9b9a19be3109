"""What cards declare."""

from sandbox.bank.cards import routes, texts
from sandbox.bank.cards.audit import AUDIT
from sandbox.bank.cards.external import EXTERNAL_CARDS, MAXIMUMS
from sandbox.bank.cards.payments import PAYMENTS, CardSettlement
from sandbox.bank.cards.service import StatementRoll
from sandbox.bank.cards.tables import Card, CardPayment, CardPurchase, ExternalCard
from sandbox.bank.chapter import Chapter, Job

CHAPTER = Chapter(
    "cards",
    routers=(routes.router,),
    tables=(Card, CardPurchase, ExternalCard, CardPayment),
    operations=(EXTERNAL_CARDS, MAXIMUMS, PAYMENTS),
    jobs=(Job(20, StatementRoll()), Job(30, CardSettlement())),
    audit=AUDIT,
    notices=(
        texts.CardPaid,
        texts.CardRegistered,
        texts.StatementCut,
    ),
)
