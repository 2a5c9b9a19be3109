"""What life declares."""

from sandbox.bank.chapter import Chapter, Job
from sandbox.bank.life import texts
from sandbox.bank.life.audit import AUDIT
from sandbox.bank.life.service import DueLife
from sandbox.bank.life.tables import LifeOrder

CHAPTER = Chapter(
    "life",
    tables=(LifeOrder,),
    jobs=(Job(0, DueLife()),),
    audit=AUDIT,
    notices=(
        texts.CardPaymentForgotten,
        texts.InstalmentForgotten,
        texts.RemittanceCredited,
        texts.SalaryCredited,
        texts.SaleCredited,
        texts.TransferCredited,
    ),
)
