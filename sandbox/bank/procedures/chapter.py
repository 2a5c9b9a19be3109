"""What procedures declare."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.procedures.tables import Procedure

CHAPTER = Chapter("procedures", tables=(Procedure,))
