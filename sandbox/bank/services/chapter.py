"""What the payment of services declares."""

from sandbox.bank.chapter import Chapter, Job
from sandbox.bank.services import routes
from sandbox.bank.services.audit import AUDIT
from sandbox.bank.services.bills import ServicePaymentOperation
from sandbox.bank.services.registered import RegisteredServiceOperation
from sandbox.bank.services.schedules import DueSchedules, ScheduledPaymentOperation
from sandbox.bank.services.tables import BillInquiry, RegisteredService, ScheduledPayment, ScheduledRun, ServicePayment

CHAPTER = Chapter(
    "services",
    routers=(routes.router,),
    tables=(BillInquiry, ServicePayment, RegisteredService, ScheduledPayment, ScheduledRun),
    operations=(ServicePaymentOperation(), RegisteredServiceOperation(), ScheduledPaymentOperation()),
    jobs=(Job(60, DueSchedules()),),
    audit=AUDIT,
)
