"""The kinds of events, from their vocabulary."""

from collections.abc import Mapping

from handbook.markdown import code, codes, table
from sandbox.domain.events import EVENTS

ABOUT: Mapping[str, str] = {
    "access_methods": "Login by fingerprint or face was switched on or off.",
    "beneficiary": "An account that the member transfers to.",
    "beneficiary_maximum": "A higher maximum for a beneficiary, which needs a code.",
    "card": "A purchase with a card, or a statement that was cut.",
    "card_payment": "A payment of a card; those of other banks' cards settle later.",
    "challenge": "A code: the right one was entered, or a wrong one (`missed`).",
    "deferral": "A deferral of card purchases, and each instalment that falls due.",
    "deferral_prepayment": "The early payment of a deferral.",
    "device_deletion": "A device that is unregistered.",
    "device_registration": "A device that is registered within a session.",
    "device_replacement": "A device that takes the place of the registered one at login.",
    "enrolment": "A member who joins the app; `verified` when the code was right.",
    "external_card": "A card of another institution that the member registers to pay it.",
    "external_card_maximum": "A higher maximum for such a card, which needs a code.",
    "fault": "A fault that was ordered through the control plane.",
    "hold": "Money set aside by the control plane, as a court would.",
    "life": "What a member did on its own; `refused` and `forgotten` where it came to nothing.",
    "limits": "The member's own limits.",
    "member": "A member that the control plane created or changed.",
    "message": "An SMS or e-mail; `lost` in an outage, `withheld` where no member or phone is there to get it.",
    "password_change": "A new password, chosen within a session.",
    "password_recovery": "A forgotten password; `verified` when the code was right.",
    "product_request": "A product that the member asked for, and the answer.",
    "referral": "A friend to whom the member recommended the app.",
    "rules": "A rule document that this sandbox overrides, or no longer overrides.",
    "scheduled_payment": "A bill that is paid each month, and what became of each month's run.",
    "scheduled_payment_maximum": "A higher maximum for a scheduled payment, which needs a code.",
    "service": "A bill that the member registers to find it again.",
    "service_payment": "A payment of a bill or a top-up.",
    "session": "A login, its end, and a login that was refused.",
    "transfer": "A transfer; those to other banks are `in_process` until they are `settled` or `returned`.",
    "username_change": "A new username, chosen within a session.",
    "username_recovery": "A forgotten username.",
}


def text() -> str:
    """The table of all kinds."""
    if missing := EVENTS.keys() - ABOUT.keys():
        raise LookupError(f"say in handbook/events.py what these are about: {', '.join(sorted(missing))}")
    rows = [(code(noun), ABOUT[noun], codes(f"{noun}.{verb}" for verb in verbs)) for noun, verbs in EVENTS.items()]
    return table(("Noun", "What it is about", "Kinds"), rows)
