"""Every table of a sandbox, so that whoever makes the schema makes all of it."""

from sandbox.bank.access import tables as access
from sandbox.bank.beneficiaries import statements as lookups
from sandbox.bank.beneficiaries import tables as beneficiaries
from sandbox.bank.cards import tables as cards
from sandbox.bank.challenges import tables as challenges
from sandbox.bank.deferrals import tables as deferrals
from sandbox.bank.information import tables as information
from sandbox.bank.ledger import tables as ledger
from sandbox.bank.notifications import tables as notifications
from sandbox.bank.procedures import tables as procedures
from sandbox.bank.products import tables as products
from sandbox.bank.referrals import tables as referrals
from sandbox.bank.requests import tables as requests
from sandbox.bank.services import tables as services
from sandbox.bank.transfers import tables as transfers
from sandbox.http import idempotency
from sandbox.sandboxes import faults, overrides, webhooks
from sandbox.storage import events

__all__ = [
    "access", "beneficiaries", "cards", "challenges", "deferrals", "events", "faults", "idempotency", "information",
    "ledger", "lookups", "notifications", "overrides", "procedures", "products", "referrals", "requests", "services",
    "transfers", "webhooks",
]  # fmt: skip
