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
from sandbox.bank.information.schemas import VERSION
from sandbox.bank.wire import EMAIL, PHONE
from sandbox.domain.events import FILTERS
from sandbox.domain.faults import PATH
from sandbox.domain.identity import Documents
from sandbox.problem import CATALOGUE
from sandbox.surfaces import BANK

Json = dict[str, Any]
_CLOSED = {"enum", "const", "pattern", "format"}


def _pattern(pattern: str) -> Json:
    return {"pattern": pattern}


def _id(prefix: str) -> Json:
    return _pattern(f"^{prefix}_[0-9a-f]{{32}}$")


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
NAME = _pattern("^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$")
_PATH = _pattern(PATH)
_DOCUMENTS = Documents().patterns()
DOCUMENT = _pattern("|".join(_DOCUMENTS.values()))
# One number a unit, of which the last may have a fraction.
_DURATION_PARTS = tuple(
    f"([0-9]{{1,{digits}}}([.,][0-9]{{1,9}}(?={unit}$))?{unit})?"
    for digits, unit in ((4, "Y"), (4, "M"), (5, "W"), (6, "D"), (7, "H"), (8, "M"), (9, "S"))
)
DURATION = _pattern("^P(?=[0-9]|T[0-9]){}{}{}{}(T(?=[0-9]){}{}{})?$".format(*_DURATION_PARTS))
_DAY = {"format": "date"}
_MOMENT = {"format": "date-time"}

_BY_NAME: Mapping[str, Json] = {
    "account_number": _MASKED,
    "card_number": _MASKED,
    "cut_off_date": _DAY,
    "due_date": _DAY,
    "next_installment_date": _DAY,
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
    "document_number": DOCUMENT,
    "operation_id": {"enum": "operations"},
    "nonce": {"contentEncoding": "base64"},
    "signature": {"contentEncoding": "base64"},
    "AccountInFull.number": _WHOLE_NUMBER,
    "AccountOverview.number": _WHOLE_NUMBER,
    "Advance.by": DURATION,
    "Advance.to": _MOMENT,
    "BeneficiaryDetail.account_number": _WHOLE_NUMBER,
    "BiometricProof.id": _id("nce"),
    "Book.number": _pattern("^([0-9]{6,20}|SYS-[A-Z_]+)$"),
    "CardInFull.number": _CARD_NUMBER,
    "ProblemKind.code": {"enum": sorted(CATALOGUE)},
    "ClockSet.now": _MOMENT,
    "StartingClock.now": _MOMENT,
    "Effect.problem": {"enum": sorted(CATALOGUE)},
    "Event.kind": {"enum": [kind for kind in FILTERS if "." in kind]},
    "DeviceRegistration.replaces": _id("dev"),
    "Exchange.operation_id": {"enum": "operations"},
    "HoldingItem.rate": _RATE,
    "HoldingItem.number": {},
    "Instalment.number": {},
    "InterbankTrait.account_number": _WHOLE_NUMBER,
    "Lookup.account_number": _WHOLE_NUMBER,
    "Match.path": _PATH,
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
    "NewMember.passport": _pattern(_DOCUMENTS["passport"]),
    "NewReferral.phone": _PHONE,
    "NewSandbox.name": NAME,
    "NewSnapshot.name": NAME,
    "Procedure.id": _pattern("^(chg|enr|rec)_[0-9a-f]{32}$"),
    "Profile.phone": _MASKED_PHONE,
    "Referral.phone": _MASKED_PHONE,
    "RequestMatch.path": _PATH,
    "Sandbox.name": NAME,
    "SandboxSummary.name": NAME,
    "Webhook.url": {"format": "uri"},
    "getProductRequest.request_id": _id("prq"),
    "X-App-Version": _pattern(VERSION),
}  # fmt: skip
# Ids, by the property or the parameter. To the server another text is the id of nothing, and not found.
_PREFIXES: Mapping[str, str] = {
    "account_id": "acc", "biller_id": "bil", "beneficiary_id": "ben", "card_id": "crd", "card_payment_id": "cpy",
    "challenge_id": "chl", "deferral_id": "def", "delivery_id": "dlv", "destination_account_id": "acc",
    "enrolment_id": "enr", "event_id": "evt", "external_card_id": "ext", "fault_id": "flt", "hold_id": "hld",
    "inquiry_id": "inq", "institution_id": "ins", "member_id": "mem", "origin_account_id": "acc", "payment_id": "pay",
    "product_id": "prd", "purchase_ids": "pur", "recovery_id": "rec", "registered_service_id": "srv",
    "registration_id": "dev", "schedule_id": "sch", "service_id": "srv", "simulation_id": "sim", "transfer_id": "trf",
    "webhook_id": "whk",
}  # fmt: skip
FIELDS = _BY_NAME.keys() | _PREFIXES.keys()
"""The names that have a form: a property or a parameter anywhere, or `Schema.property`, or `operation.parameter`."""


def close(shape: Json, name: str, schema: str, document: Json) -> None:
    """Give a text its form, in place. A vocabulary says more than the pattern that its words have."""
    form = _form(name, schema)
    if form is None:
        return
    if form.get("enum") == "operations":
        form = {"enum": _operations(document, schema)}
    for text in _texts(shape):
        if "enum" in form and "enum" not in text:
            text.pop("pattern", None)
        if not _CLOSED & text.keys():
            text.update(form)


def close_parameter(declared: Json, operation: str, document: Json) -> None:
    """Give a parameter its form, in place. A filter takes any text for an id, and finds nothing by it."""
    if declared["in"] != "query" or declared["name"] not in _PREFIXES:
        close(declared["schema"], declared["name"], operation, document)


def close_documents(schema: Json) -> None:
    """Give the number of an identity document the form of its kind, in place, where a request has both."""
    kinds = schema.get("properties", {}).get("document_type", {}).get("enum")
    if kinds is None or schema.get("additionalProperties") is not False:
        return
    condition: Json = {"title": kinds[-1], "properties": {"document_number": _pattern(_DOCUMENTS[kinds[-1]])}}
    for kind in reversed(kinds[:-1]):
        other = " or ".join(kinds[kinds.index(kind) + 1 :])
        condition = {
            "if": {"title": kind, "properties": {"document_type": {"const": kind}}},  # Redoc shows the titles
            "then": {"properties": {"document_number": _pattern(_DOCUMENTS[kind])}},
            "else": {**condition, "title": other},
        }
    schema.update(condition)


def _form(name: str, schema: str) -> Json | None:
    form = _BY_NAME.get(f"{schema}.{name}", _BY_NAME.get(name))
    if form is None and name in _PREFIXES:
        return _id(_PREFIXES[name])
    return form


def _texts(shape: Json) -> Iterable[Json]:
    """The shape itself, its alternatives and their items, so far as they are texts."""
    shapes = (shape, *shape.get("anyOf", ()))
    return [each for one in shapes for each in (one, one.get("items", {})) if each.get("type") == "string"]


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
    return {} if found is None else _id(found[1])
