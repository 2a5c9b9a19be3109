"""The form of texts: patterns, formats and closed vocabularies, by the names of properties and parameters.

Where a check stands before a field's own (`CleanText`), pydantic checks its pattern without telling of it, and an id or
a number of an answer is any text to it. What a schema declares itself comes first.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.bank.beneficiaries.schemas import ACCOUNT_NUMBER
from sandbox.bank.cards.schemas import CARD_NUMBER
from sandbox.bank.challenges.schemas import CODE
from sandbox.bank.wire import EMAIL, PHONE
from sandbox.domain.events import FILTERS
from sandbox.problem import CATALOGUE
from sandbox.surfaces import BANK

Json = dict[str, Any]
_CLOSED = {"enum", "const", "pattern", "format"}


def _pattern(pattern: str) -> Json:
    return {"pattern": pattern}


_MASKED = _pattern(r"^[0-9]{0,4}X+[0-9]{0,4}$")
_WHOLE_NUMBER = _pattern(ACCOUNT_NUMBER.pattern)
_CARD_NUMBER = _pattern(CARD_NUMBER.pattern)
_PHONE = _pattern(PHONE.pattern)
_MASKED_PHONE = _pattern("^09X{6}[0-9]{2}$")
_ADDRESS = _pattern(EMAIL.pattern)
# Masked in answers, as in `a***@example.com`.
_MASKED_ADDRESS = _pattern(r"^[^@\s]+@[^@\s]+$")
_RATE = _pattern(r"^[0-9]{1,3}(\.[0-9]{1,6})?$")
_REVISION = _pattern("^[0-9a-f]{1,16}$")
_NAME = _pattern("^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$")
_DAY = {"format": "date"}
_MOMENT = {"format": "date-time"}

_BY_NAME: Mapping[str, Json] = {
    "account_number": _MASKED,
    "card_number": _MASKED,
    "cut_off_date": _DAY,
    "due_date": _DAY,
    "email": _MASKED_ADDRESS,
    "origin_number": _MASKED,
    "number": _MASKED,
    "effective_rate": _RATE,
    "nominal_rate": _RATE,
    "revision": _REVISION,
    "rules_revision": _REVISION,
    "beneficiary_email": _ADDRESS,
    "period": _pattern("^[0-9]{4}-[0-9]{2}$"),
    "receipt_number": _pattern("^[0-9]{10}$"),
    "operation_id": {"enum": "operations"},
    "nonce": {"contentEncoding": "base64"},
    "signature": {"contentEncoding": "base64"},
    "AccountInFull.number": _WHOLE_NUMBER,
    "Advance.by": _pattern(r"^P(?!$)([0-9.]+[YMWD])*(T(?=[0-9])([0-9.]+[HMS])+)?$"),
    "Advance.to": _MOMENT,
    "BeneficiaryDetail.account_number": _WHOLE_NUMBER,
    "CardInFull.number": _CARD_NUMBER,
    "ProblemKind.code": {"enum": sorted(CATALOGUE)},
    "ClockSet.now": _MOMENT,
    "StartingClock.now": _MOMENT,
    "Effect.problem": {"enum": sorted(CATALOGUE)},
    "Event.kind": {"enum": [kind for kind in FILTERS if "." in kind]},
    "Exchange.operation_id": {"enum": "operations"},
    "HoldingItem.rate": _RATE,
    "HoldingItem.number": {},
    "Instalment.number": {},
    "InterbankTrait.account_number": _WHOLE_NUMBER,
    "Lookup.account_number": _WHOLE_NUMBER,
    "MemberPatch.email": _ADDRESS,
    "MemberPatch.phone": _PHONE,
    "MemberToUse.phone": _PHONE,
    "Message.code": _pattern(CODE.pattern),
    "BeneficiaryEdit.email": _ADDRESS,
    "NewBeneficiary.email": _ADDRESS,
    "NewInterbankBeneficiary.email": _ADDRESS,
    "NewBeneficiary.account_number": _WHOLE_NUMBER,
    "NewExternalCard.number": _CARD_NUMBER,
    "NewInterbankBeneficiary.account_number": _WHOLE_NUMBER,
    "NewReferral.phone": _PHONE,
    "NewSandbox.name": _NAME,
    "NewSnapshot.name": _NAME,
    "Procedure.id": _pattern("^(chg|enr|rec)_[0-9a-f]{32}$"),
    "Profile.phone": _MASKED_PHONE,
    "Referral.phone": _MASKED_PHONE,
    "Sandbox.name": _NAME,
    "SandboxSummary.name": _NAME,
    "Webhook.url": {"format": "uri"},
}  # fmt: skip
# Ids of answers, by the schema or the property; in requests any text is taken for an id, and not found.
_PREFIXES: Mapping[str, str] = {
    "account_id": "acc", "biller_id": "bil", "beneficiary_id": "ben", "card_id": "crd", "challenge_id": "chl",
    "card_payment_id": "cpy",
    "deferral_id": "def", "destination_account_id": "acc", "event_id": "evt", "external_card_id": "ext",
    "inquiry_id": "inq", "institution_id": "ins", "member_id": "mem", "origin_account_id": "acc", "payment_id": "pay",
    "product_id": "prd", "registered_service_id": "srv", "simulation_id": "sim", "transfer_id": "trf",
}  # fmt: skip


def closed(shape: Json, name: str, schema: str, document: Json) -> None:
    """Give a text its form, in place."""
    form = _form(name, schema)
    if form is None:
        return
    if form.get("enum") == "operations":
        form = {"enum": _operations(document, schema)}
    for text in _texts(shape):
        if not _CLOSED & text.keys():
            text.update(form)


def _form(name: str, schema: str) -> Json | None:
    form = _BY_NAME.get(f"{schema}.{name}", _BY_NAME.get(name))
    if form is None and name in _PREFIXES:
        return _pattern(f"^{_PREFIXES[name]}_[0-9a-f]{{32}}$")
    return form


def _texts(shape: Json) -> Iterable[Json]:
    """The shape itself and its alternatives, so far as they are texts."""
    return [each for each in (shape, *shape.get("anyOf", ())) if each.get("type") == "string"]


def _operations(document: Json, schema: str) -> list[str]:
    """Every operation of the bank; for scenarios `*`, too, which stands for any."""
    names = [
        described["operationId"]
        for path, item in document["paths"].items()
        if path.startswith(f"{BANK}/")
        for described in item.values()
    ]
    return sorted(names) + (["*"] if schema == "Scenario" else [])


ID = re.compile(r"([a-z]{3})_[0-9a-f]{28,32}")
"""An id in the examples of a schema: it tells the prefix, and is none of any bank."""


def of_example(example: object) -> Json:
    """The form of an id like this one."""
    found = ID.fullmatch(str(example))
    return {} if found is None else _pattern(f"^{found[1]}_[0-9a-f]{{32}}$")
