"""The audit of payments of services. That a bill is paid once is the index `bill_paid_once`'s to see to."""

from sandbox.bank.auditing import Audit, Order

AUDIT = Audit(orders=(Order("service_payment", "amount + fee", fee="fee"),))
