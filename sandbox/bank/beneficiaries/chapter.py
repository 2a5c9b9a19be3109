"""What beneficiaries declare."""

from sandbox.bank.beneficiaries import routes
from sandbox.bank.beneficiaries.service import BeneficiaryOperation, MaximumOperation
from sandbox.bank.beneficiaries.tables import Beneficiary, Institution, LookupUse
from sandbox.bank.chapter import Chapter

CHAPTER = Chapter(
    "beneficiaries",
    routers=(routes.router,),
    tables=(Institution, Beneficiary, LookupUse),
    operations=(BeneficiaryOperation(), MaximumOperation()),
)
