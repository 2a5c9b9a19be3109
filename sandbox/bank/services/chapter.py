"""What the payment of services declares."""

from sandbox.bank.chapter import Chapter, Job
from sandbox.bank.services import routes, texts
from sandbox.bank.services.audit import AUDIT
from sandbox.bank.services.registered import REGISTERED
from sandbox.bank.services.runs import DueSchedules
from sandbox.bank.services.schedules import MAXIMUMS, SCHEDULES
from sandbox.bank.services.seeds import SEED
from sandbox.bank.services.service import PAYMENTS
from sandbox.bank.services.tables import BillInquiry, RegisteredService, ScheduledPayment, ScheduledRun, ServicePayment

CHAPTER = Chapter(
    "services",
    routers=(routes.router,),
    tables=(BillInquiry, ServicePayment, RegisteredService, ScheduledPayment, ScheduledRun),
    operations=(PAYMENTS, REGISTERED, SCHEDULES, MAXIMUMS),
    jobs=(Job(60, DueSchedules()),),
    audit=AUDIT,
    notices=(
        texts.ServicePaid,
        texts.ServiceRegistered,
        texts.PaymentScheduled,
        texts.ScheduleHadNothingDue,
        texts.ScheduleExceededMaximum,
        texts.ScheduleLackedFunds,
        texts.ScheduleGotNoAnswer,
        texts.ScheduleRefused,
        texts.ScheduleLacksFundsToday,
        texts.ScheduleGetsNoAnswerToday,
    ),
    seeds=(SEED,),
)
