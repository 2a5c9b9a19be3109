"""What transfers declare."""

from sandbox.bank.chapter import Chapter, Job
from sandbox.bank.transfers import routes, texts
from sandbox.bank.transfers.audit import AUDIT
from sandbox.bank.transfers.service import TRANSFER
from sandbox.bank.transfers.settlement import Settlement
from sandbox.bank.transfers.tables import DailyUse, OwnCap, Transfer

CHAPTER = Chapter(
    "transfers",
    routers=(routes.router,),
    tables=(Transfer, DailyUse, OwnCap),
    operations=(TRANSFER,),
    jobs=(Job(70, Settlement()),),
    audit=AUDIT,
    messages=(
        texts.TransferReceived,
        texts.InterbankTransferReceived,
    ),
    notices=(
        texts.TransferSent,
        texts.TransferReturned,
    ),
)
