"""What beneficiaries declare."""

from sandbox.bank.beneficiaries import routes, texts
from sandbox.bank.beneficiaries.seeds import SEED
from sandbox.bank.beneficiaries.service import BENEFICIARIES, MAXIMUMS
from sandbox.bank.beneficiaries.tables import Beneficiary, Institution, LookupUse
from sandbox.bank.chapter import Chapter

CHAPTER = Chapter(
    "beneficiaries",
    routers=(routes.router,),
    tables=(Institution, Beneficiary, LookupUse),
    operations=(BENEFICIARIES, MAXIMUMS),
    notices=(texts.BeneficiaryRegistered,),
    seeds=(SEED,),
)
