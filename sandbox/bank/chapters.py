"""The chapters of the bank, in the order of their routes and of the audit. A new one is imported and listed here."""

from typing import Final

from sandbox.bank.access.chapter import CHAPTER as ACCESS
from sandbox.bank.beneficiaries.chapter import CHAPTER as BENEFICIARIES
from sandbox.bank.cards.chapter import CHAPTER as CARDS
from sandbox.bank.challenges.chapter import CHAPTER as CHALLENGES
from sandbox.bank.chapter import Chapter
from sandbox.bank.deferrals.chapter import CHAPTER as DEFERRALS
from sandbox.bank.information.chapter import CHAPTER as INFORMATION
from sandbox.bank.ledger.chapter import CHAPTER as LEDGER
from sandbox.bank.life.chapter import CHAPTER as LIFE
from sandbox.bank.notifications.chapter import CHAPTER as NOTIFICATIONS
from sandbox.bank.procedures.chapter import CHAPTER as PROCEDURES
from sandbox.bank.products.chapter import CHAPTER as PRODUCTS
from sandbox.bank.profile.chapter import CHAPTER as PROFILE
from sandbox.bank.referrals.chapter import CHAPTER as REFERRALS
from sandbox.bank.requests.chapter import CHAPTER as REQUESTS
from sandbox.bank.services.chapter import CHAPTER as SERVICES
from sandbox.bank.transfers.chapter import CHAPTER as TRANSFERS

CHAPTERS: Final[tuple[Chapter, ...]] = (
    LEDGER,
    PROCEDURES,
    ACCESS,
    PROFILE,
    NOTIFICATIONS,
    PRODUCTS,
    TRANSFERS,
    BENEFICIARIES,
    SERVICES,
    CARDS,
    DEFERRALS,
    INFORMATION,
    REQUESTS,
    REFERRALS,
    CHALLENGES,
    LIFE,
)
