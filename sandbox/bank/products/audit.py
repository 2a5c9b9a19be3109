"""The audit of loans, term deposits and the interest of savings."""

from sandbox.bank.auditing import Audit

AUDIT = Audit()
