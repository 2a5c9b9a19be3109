"""Every table of a sandbox, so that whoever makes the schema makes all of it."""

from sandbox.bank.access import tables as access
from sandbox.bank.beneficiaries import statements as lookups
from sandbox.bank.beneficiaries import tables as beneficiaries
from sandbox.bank.challenges import tables as challenges
from sandbox.bank.ledger import tables as ledger
from sandbox.bank.notifications import tables as notifications
from sandbox.bank.procedures import tables as procedures
from sandbox.bank.transfers import tables as transfers
from sandbox.http import idempotency
from sandbox.storage import events

__all__ = [
    "access", "beneficiaries", "challenges", "events", "idempotency", "ledger", "lookups", "notifications",
    "procedures", "transfers",
]  # fmt: skip
