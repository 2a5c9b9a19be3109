"""What deferrals declare."""

from sandbox.bank.chapter import Chapter, Job
from sandbox.bank.deferrals import routes, texts
from sandbox.bank.deferrals.audit import AUDIT
from sandbox.bank.deferrals.service import DEFERRALS, PREPAYMENTS, Instalments
from sandbox.bank.deferrals.tables import Deferral, DeferralInstalment, DeferralPrepayment, Simulation

CHAPTER = Chapter(
    "deferrals",
    routers=(routes.router,),
    tables=(Simulation, Deferral, DeferralInstalment, DeferralPrepayment),
    operations=(DEFERRALS, PREPAYMENTS),
    jobs=(Job(40, Instalments()),),
    audit=AUDIT,
    notices=(
        texts.DeferralMade,
        texts.DeferralPrepaid,
    ),
)
