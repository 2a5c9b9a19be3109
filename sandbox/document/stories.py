"""What each example sends, and what comes before it, in terms of the seed: `{member.accounts.0.id}` is the id of the
member's first account, `{createTransfer.id}` what an earlier step answered.

An operation that asks for nothing needs no story: it is sent as it is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Json = dict[str, Any]
_NOTHING: Mapping[str, Any] = MappingProxyType({})

PERSONA = "al-dia"
"""Who sends an example, where its story names no other."""


class Step(NamedTuple):
    """A request: its operation, the values of parameters by name, its body."""

    operation: str
    params: Mapping[str, Any] = _NOTHING
    body: Any = None


class Story(NamedTuple):
    """An example: who sends what after which steps. A step that is only a name is that operation's own example.

    `looks` are requests that only find ids; they change nothing, so a client need not repeat them.
    """

    params: Mapping[str, Any] = _NOTHING
    body: Any = None
    before: tuple[Step | str, ...] = ()
    looks: tuple[str, ...] = ()
    member: str = PERSONA


SAVINGS = "{member.accounts.0.id}"
CARD = "{member.cards.0.id}"
_BILLER = "{listBillers.items.name=EEQ.id}"
_BILL = {"biller_id": _BILLER, "reference": "200012345678"}
_NEW_PASSWORD = {"new_password": "Nueva2026@", "confirmation": "Nueva2026@"}  # made up
_PHONE = {"id": "dev-ejemplo-0001", "name": "Teléfono nuevo", "platform": "android"}
_PUBLIC_KEY = "{key.public}"


def _confirmed(operation: str) -> tuple[Step | str, ...]:
    """The steps that order something and confirm it."""
    challenge = f"{{{operation}.challenge.id}}"
    return (
        operation,
        Step("nextMessage", {"challenge_id": challenge}),
        Step("confirmChallenge", {"challenge_id": challenge}, {"code": "{nextMessage.code}"}),
    )


_BIOMETRICS = (
    Step("updateAccessMethods", body={"fingerprint": True, "face": False, "public_key": _PUBLIC_KEY}),
    "startBiometricLogin",
)

BANK: dict[str, Story] = {
    "createSession": Story(
        body={"username": "{member.username}", "password": "{member.password}", "device": "{member.device}"}
    ),
    "refreshSession": Story(body={"refresh_token": "{createSession.refresh_token}"}, before=("createSession",)),
    "replaceDevice": Story(
        body={"username": "{member.username}", "password": "{member.password}", "device": _PHONE}
    ),
    "startBiometricLogin": Story(body={"device_id": "{member.device.id}"}, before=_BIOMETRICS[:1]),
    "createBiometricSession": Story(
        body={
            "id": "{startBiometricLogin.id}", "device_id": "{member.device.id}", "method": "fingerprint",
            "signature": "{signed:startBiometricLogin.nonce}",
        },
        before=_BIOMETRICS,
    ),
    "startEnrolment": Story(
        body={"document_type": "cedula", "document_number": "{member.document_number}"}, member="sin-afiliar"
    ),
    "getEnrolment": Story(
        {"enrolment_id": "{startEnrolment.id}"}, before=("startEnrolment",), member="sin-afiliar"
    ),
    "completeEnrolment": Story(
        {"enrolment_id": "{startEnrolment.id}"},
        body={
            "username": "wilsonq2026", "password": "Nueva2026@", "confirmation": "Nueva2026@",
            "access_method": "password", "device": _PHONE,
        },
        before=_confirmed("startEnrolment"),
        member="sin-afiliar",
    ),
    "recoverUsername": Story(body={"document_type": "cedula", "document_number": "{member.document_number}"}),
    "recoverPassword": Story(body={"document_type": "cedula", "document_number": "{member.document_number}"}),
    "resetPassword": Story(
        {"recovery_id": "{recoverPassword.id}"}, body=_NEW_PASSWORD, before=_confirmed("recoverPassword")
    ),
    "updateAccessMethods": Story(body={"fingerprint": True, "face": True, "public_key": _PUBLIC_KEY}),
    "updateLimits": Story(body={"items": [{"kind": "interbank", "per_transaction": "500.00", "per_day": "1000.00"}]}),
    "changePassword": Story(
        body={"username": "{member.username}", "current_password": "{member.password}", **_NEW_PASSWORD}
    ),
    "changeUsername": Story(
        body={
            "current_username": "{member.username}", "new_username": "rosaelena2026", "confirmation": "rosaelena2026"
        }
    ),
    "registerDevice": Story(body=_PHONE, member="sin-dispositivo"),
    "deleteDevice": Story({"registration_id": "{listDevices.items.0.id}"}, looks=("listDevices",)),
    "checkCredential": Story(body={"kind": "password", "value": "Nueva2026@"}),
    "getUsernameAvailability": Story({"name": "rosaelena2026"}),
    "getAccount": Story({"account_id": SAVINGS}),
    "listMovements": Story({"account_id": SAVINGS, "sort": "date", "limit": 3}),
    "previewTransfer": Story(
        body={
            "kind": "own", "origin_account_id": SAVINGS, "destination_account_id": "{member.accounts.1.id}",
            "amount": "10.00", "reference": "Ahorro",
        }
    ),
    "createTransfer": Story(
        body={
            "kind": "own", "origin_account_id": SAVINGS, "destination_account_id": "{member.accounts.1.id}",
            "amount": "10.00", "reference": "Ahorro",
        }
    ),
    "getTransfer": Story({"transfer_id": "{createTransfer.id}"}, before=("createTransfer",)),
    "getTransferReceipt": Story({"transfer_id": "{createTransfer.id}"}, before=_confirmed("createTransfer")),
    "listBeneficiaries": Story({"kind": "interbank"}),
    "createBeneficiary": Story(
        body={
            "kind": "interbank", "institution_id": "{listInstitutions.items.name=Banco Guayaquil.id}",
            "account_type": "savings", "account_number": "2201112223", "document_type": "cedula",
            "document_number": "1712345675", "holder_name": "Marta Suquillo", "email": "marta@example.com",
            "alias": "Marta", "maximum_amount": "200.00",
        },
        looks=("listInstitutions",),
    ),
    "lookupAccountHolder": Story(body={"account_number": "{neighbour.accounts.0.number}"}),
    "getBeneficiary": Story({"beneficiary_id": "{listBeneficiaries.items.0.id}"}, looks=("listBeneficiaries",)),
    "updateBeneficiary": Story(
        {"beneficiary_id": "{listBeneficiaries.items.0.id}"}, body={"alias": "Carmencita"}, looks=("listBeneficiaries",)
    ),
    "deleteBeneficiary": Story({"beneficiary_id": "{listBeneficiaries.items.0.id}"}, looks=("listBeneficiaries",)),
    "listBillers": Story(),
    "inquireBill": Story(body=_BILL, looks=("listBillers",)),
    "createServicePayment": Story(
        body={"origin_account_id": SAVINGS, "inquiry_id": "{inquireBill.id}"}, before=("inquireBill",)
    ),
    "listServicePayments": Story({"automatic": False}, before=_confirmed("createServicePayment")),
    "getServicePayment": Story({"payment_id": "{createServicePayment.id}"}, before=("createServicePayment",)),
    "getServicePaymentReceipt": Story(
        {"payment_id": "{createServicePayment.id}"}, before=_confirmed("createServicePayment")
    ),
    "createRegisteredService": Story(body={**_BILL, "alias": "Luz de casa"}, looks=("listBillers",)),
    "deleteRegisteredService": Story(
        {"service_id": "{createRegisteredService.id}"}, before=_confirmed("createRegisteredService")
    ),
    "createScheduledPayment": Story(
        body={"origin_account_id": SAVINGS, **_BILL, "day_of_month": 5, "maximum_amount": "80.00"},
        looks=("listBillers",),
    ),
    "getScheduledPayment": Story({"schedule_id": "{createScheduledPayment.id}"}, before=("createScheduledPayment",)),
    "updateScheduledPayment": Story(
        {"schedule_id": "{createScheduledPayment.id}"}, body={"paused": True},
        before=_confirmed("createScheduledPayment"),
    ),
    "deleteScheduledPayment": Story(
        {"schedule_id": "{createScheduledPayment.id}"}, before=_confirmed("createScheduledPayment")
    ),
    "listScheduledPaymentRuns": Story(
        {"schedule_id": "{createScheduledPayment.id}"}, before=_confirmed("createScheduledPayment")
    ),
    "getCard": Story({"card_id": CARD}),
    "listCardPurchases": Story({"card_id": CARD, "limit": 3}),
    "createExternalCard": Story(
        body={
            "institution_id": "{listInstitutions.items.name=Banco Pichincha.id}", "number": "9999990000000014",
            "alias": "Mi Visa", "document_type": "cedula", "document_number": "{member.document_number}",
            "holder_name": "Rosa Chicaiza", "maximum_amount": "500.00",
        },
        looks=("listInstitutions",),
    ),
    "getExternalCard": Story({"external_card_id": "{createExternalCard.id}"}, before=("createExternalCard",)),
    "updateExternalCard": Story(
        {"external_card_id": "{createExternalCard.id}"}, body={"alias": "Visa de viajes"},
        before=_confirmed("createExternalCard"),
    ),
    "deleteExternalCard": Story(
        {"external_card_id": "{createExternalCard.id}"}, before=_confirmed("createExternalCard")
    ),
    "createCardPayment": Story(
        body={"origin_account_id": SAVINGS, "card_id": CARD, "amount": "50.00", "reference": "Pago de tarjeta"}
    ),
    "getCardPayment": Story({"card_payment_id": "{createCardPayment.id}"}, before=("createCardPayment",)),
    "getCardPaymentReceipt": Story(
        {"card_payment_id": "{createCardPayment.id}"}, before=_confirmed("createCardPayment")
    ),
    "simulateDeferral": Story(
        body={
            "card_id": CARD, "kind": "purchases",
            "purchase_ids": ["{getDeferralOptions.cards.0.purchases.eligible=true.purchase.id}"],
            "term_months": 6, "grace_months": 0, "plan": "with_interest",
        },
        looks=("getDeferralOptions",),
    ),
    "createDeferral": Story(body={"simulation_id": "{simulateDeferral.id}"}, before=("simulateDeferral",)),
    "getDeferral": Story({"deferral_id": "{createDeferral.id}"}, before=("createDeferral",)),
    "prepayDeferral": Story(
        {"deferral_id": "{createDeferral.id}"}, body={"origin_account_id": SAVINGS},
        before=_confirmed("createDeferral"),
    ),
    "getAppInfo": Story({"X-App-Version": "3.4.1"}),
    "listFaqs": Story({"q": "contraseña"}),
    "createProductRequest": Story(
        body={"product_id": "{listRequestableProducts.items.1.id}", "amount": "100.00", "note": "Por la tarde"},
        looks=("listRequestableProducts",),
    ),
    "getProductRequest": Story({"request_id": "{createProductRequest.id}"}, before=("createProductRequest",)),
    "createReferral": Story(body={"name": "Ana Tipán", "phone": "0991234567"}),
    "getChallenge": Story({"challenge_id": "{createTransfer.challenge.id}"}, before=("createTransfer",)),
    "cancelChallenge": Story({"challenge_id": "{createTransfer.challenge.id}"}, before=("createTransfer",)),
    "confirmChallenge": Story(
        {"challenge_id": "{createTransfer.challenge.id}"}, body={"code": "{nextMessage.code}"},
        before=_confirmed("createTransfer")[:2],
    ),
    "resendChallenge": Story(
        {"challenge_id": "{createTransfer.challenge.id}"},
        before=("createTransfer", Step("advanceClock", body={"by": "PT2M"})),
    ),
}  # fmt: skip

_HOOK = {"url": "http://127.0.0.1:9/hook", "kinds": ["transfer"]}

CONTROL: dict[str, Story] = {
    "setClock": Story(body={"now": "2026-11-24T08:00:00-05:00", "rate": 0}),
    "advanceClock": Story(body={"by": "P1D"}),
    "listMessages": Story({"channel": "sms"}, before=("createTransfer",)),
    "nextMessage": Story({"challenge_id": "{createTransfer.challenge.id}"}, before=("createTransfer",)),
    "setLife": Story(body={"level": "typical"}),
    "listMembers": Story({"persona": PERSONA}),
    "createMember": Story(
        body={
            "accounts": [{"balance": "850.00"}, {"balance": "20.00", "status": "inactive"}],
            "beneficiaries": [{"of": PERSONA, "maximum": "100.00"}],
            "cards": [{"credit": "900.00", "purchases": [{"merchant": "Tienda", "amount": "120.00", "days_ago": 4}]}],
        }
    ),
    "getMember": Story({"member_id": "{member.id}"}),
    "updateMember": Story({"member_id": "{member.id}"}, body={"locked_minutes": 30}),
    "updateAccount": Story({"account_id": SAVINGS}, body={"status": "inactive"}),
    "updateCard": Story({"card_id": CARD}, body={"overdue": True}),
    "holdMoney": Story({"account_id": SAVINGS}, body={"amount": "4.75", "reason": "judicial"}),
    "releaseHold": Story({"hold_id": "{holdMoney.id}"}, before=("holdMoney",)),
    "openSession": Story({"member_id": "{member.id}"}),
    "leaseMember": Story(body={"traits": {"persona": PERSONA}, "seconds": 60}),
    "releaseMember": Story({"member_id": "{leaseMember.member.id}"}, before=("leaseMember",)),
    "depositMoney": Story({"account_id": SAVINGS}, body={"amount": "100.00"}),
    "buyWithCard": Story({"card_id": CARD}, body={"merchant": "Tienda", "amount": "35.20"}),
    "createSandbox": Story(body={"name": "mi-prueba", "clock": {"rate": 0}}),
    "getSandbox": Story({"name": "default"}),
    "deleteSandbox": Story({"name": "mi-prueba"}, before=("createSandbox",)),
    "undeleteSandbox": Story({"name": "mi-prueba"}, before=("createSandbox", "deleteSandbox")),
    "createSnapshot": Story(body={"name": "antes-del-pago"}),
    "restoreSnapshot": Story({"name": "antes-del-pago"}, before=("createSnapshot",)),
    "deleteSnapshot": Story({"name": "antes-del-pago"}, before=("createSnapshot",)),
    "importSandbox": Story(body="{exportSandbox}", before=("exportSandbox",)),
    "getRecording": Story(before=("startRecording",)),
    "stopRecording": Story(before=("startRecording",)),
    "getRules": Story({"document": "app"}),
    "putRules": Story({"document": "app"}, body="{getRules}", looks=("getRules",)),
    "resetRules": Story({"document": "app"}, before=("putRules",)),
    "listCases": Story({"document": "otp"}),
    "listQuestions": Story({"document": "otp"}),
    "evaluateRules": Story(
        {"document": "otp"},
        body={
            "subject": "otp.resend",
            "facts": {"seconds_since_last_send": 30, "seconds_to_wait": 90, "sends_last_hour": 1},
        },
    ),
    "listDecisions": Story({"limit": 1}, before=("createTransfer",)),
    "createFault": Story(
        body={
            "match": {"operation_id": "confirmChallenge", "times": 1},
            "effect": {"connection": "reset", "at": "response"},
        }
    ),
    "updateFault": Story({"fault_id": "{createFault.id}"}, body={"enabled": False}, before=("createFault",)),
    "deleteFault": Story({"fault_id": "{createFault.id}"}, before=("createFault",)),
    "listEntries": Story({"limit": 1}, before=_confirmed("createTransfer")),
    "listRequests": Story({"operation_id": "createTransfer"}, before=("createTransfer",)),
    "searchMembers": Story({"q": "al-dia", "limit": 1}),
    "getMemberOverview": Story({"member_id": "{member.id}"}),
    "listLedgerAccounts": Story({"limit": 1}),
    "listTraffic": Story({"limit": 1}, before=("createTransfer",)),
    "getRequest": Story({"request_id": "mi-pedido-1"}, before=(Step("getProducts", {"X-Request-Id": "mi-pedido-1"}),)),
    "verifyRequests": Story(
        body={"match": {"operation_id": "createTransfer", "body": {"amount": "10.00"}}, "count": {"exactly": 1}},
        before=("createTransfer",),
    ),
    "listEvents": Story({"kind": "transfer"}, before=("createTransfer",)),
    "streamEvents": Story({"kind": "transfer"}),
    "nextEvent": Story({"kind": "transfer"}, before=("createTransfer",)),
    "createWebhook": Story(body=_HOOK),
    "deleteWebhook": Story({"webhook_id": "{createWebhook.id}"}, before=("createWebhook",)),
    "listDeliveries": Story({"webhook_id": "{createWebhook.id}"}, before=("createWebhook", "createTransfer")),
}  # fmt: skip

STORIES: dict[str, Story] = {**BANK, **CONTROL}


def story_of(operation: str) -> Story:
    """The story of an operation."""
    return STORIES.get(operation, Story())
