"""The kinds of events: every noun, and what can happen to it. Filters and webhooks take these names and no others."""

from collections.abc import Mapping

from sandbox.domain.life.behaviours import WHATS

# How an order ends that no code confirmed.
_ABANDONED = ("cancelled", "expired", "locked")
_PROCEDURE = ("started", "completed", *_ABANDONED)

EVENTS: Mapping[str, tuple[str, ...]] = {
    "access_methods": ("changed",),
    "beneficiary": ("created", "confirmed", "edited", "maximum_raised", "deleted", *_ABANDONED),
    "beneficiary_maximum": ("created", *_ABANDONED),
    "card": ("purchase", "statement"),
    "card_payment": ("created", "completed", "in_process", "postponed", "settled", *_ABANDONED),
    "challenge": ("confirmed", "missed", *_ABANDONED),
    "deferral": ("created", "active", "instalment", "prepaid", *_ABANDONED),
    "deferral_prepayment": ("created", "completed", *_ABANDONED),
    "device_deletion": _PROCEDURE,
    "device_registration": _PROCEDURE,
    "device_replacement": _PROCEDURE,
    "enrolment": ("started", "verified", "completed", *_ABANDONED),
    "external_card": ("created", "registered", "maximum_raised", *_ABANDONED),
    "external_card_maximum": ("created", *_ABANDONED),
    "fault": ("ordered",),
    "hold": ("placed", "lifted"),
    "life": (*WHATS, "refused", "forgotten", "changed"),
    "limits": ("changed",),
    "member": ("made", "altered"),
    "message": ("sent", "lost", "withheld"),
    "password_change": _PROCEDURE,
    "password_recovery": ("started", "verified", "completed", *_ABANDONED),
    "product_request": ("created", "in_review", "answered"),
    "referral": ("created",),
    "rules": ("overridden", "reset"),
    "scheduled_payment": (
        "created", "active", "paid", "nothing_due", "over_maximum", "retrying", "insufficient_funds",
        "biller_unavailable", "refused", "maximum_raised", *_ABANDONED,
    ),
    "scheduled_payment_maximum": ("created", *_ABANDONED),
    "service": ("created", "registered", *_ABANDONED),
    "service_payment": ("created", "completed", *_ABANDONED),
    "session": ("started", "ended", "refused"),
    "transfer": ("created", "completed", "in_process", "postponed", "settled", "returned", *_ABANDONED),
    "username_change": _PROCEDURE,
    "username_recovery": _PROCEDURE,
}  # fmt: skip
KINDS = frozenset(f"{noun}.{verb}" for noun, verbs in EVENTS.items() for verb in verbs)
FILTERS = tuple(sorted([*EVENTS, *KINDS]))
"""What a filter may be: a noun, or a noun and what happened to it."""
