"""What the ledger declares."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.ledger.audit import AUDIT
from sandbox.bank.ledger.tables import Account, Entry, Hold, Posting

CHAPTER = Chapter("ledger", tables=(Account, Hold, Entry, Posting), audit=AUDIT)
