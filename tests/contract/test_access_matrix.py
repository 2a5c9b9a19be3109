"""Every operation of a member × everyone who may not do it: the documented refusal, and nothing changed in the database.

The operations come from the OpenAPI document, so that a new one without a request here fails the first test.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem
from tests.bank.access.test_manual_walk import NEW_PHONE, PASSWORD, Handset
from tests.content import Content
from tests.contract.test_every_route import every_operation
from tests.everything import billed_by, confirmed, deferred, made
from tests.transport import bank_of

pytestmark = pytest.mark.slow

OWNER, OTHER = "al-dia", "premium"
BILLS = "2000123456"
"""With two digits more: a bill that is due."""


@dataclass
class Requests:
    """A request for every operation that succeeds for its owner: operation id → method, path, body."""

    of: dict[str, tuple[str, str, Any]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def add(self, operation: str, method: str, path: str, body: Any = None) -> None:
        self.of[operation] = (method, path, body)


def prepare(phone: Phone, bills: str = BILLS) -> Requests:
    """Give the member one live object of every kind, and write a good request for every operation."""
    bank, member = phone.sandbox, phone.member
    first, second = (account["id"] for account in phone.savings()[:2])
    bank.members.deposit(first, "2000.00")
    biller, institution = billed_by(phone, "EEQ"), phone.send(operations.list_institutions())["items"][0]["id"]
    card = phone.send(operations.list_cards())["items"][0]["id"]
    own = {
        "kind": "own",
        "origin_account_id": first,
        "destination_account_id": second,
        "amount": "1.00",
        "reference": "x",
    }
    external = {
        "institution_id": institution, "number": "9999990000000014", "alias": "Otra", "document_type": "cedula",
        "document_number": "1712345675", "holder_name": "Alguien", "maximum_amount": "100.00",
    }  # fmt: skip
    done = confirmed(phone, made(phone, "/transfers", own))["id"]
    bill = made(phone, "/bill-inquiries", {"biller_id": biller, "reference": f"{bills}78"})["id"]
    payment = confirmed(phone, made(phone, "/service-payments", {"origin_account_id": first, "inquiry_id": bill}))["id"]
    due = made(phone, "/bill-inquiries", {"biller_id": biller, "reference": f"{bills}79"})["id"]
    saved = {"biller_id": biller, "reference": f"{bills}78", "alias": "Casa"}
    service = confirmed(phone, made(phone, "/registered-services", saved))["id"]
    monthly = {
        "origin_account_id": first,
        "biller_id": biller,
        "reference": f"{bills}78",
        "day_of_month": 5,
        "maximum_amount": "50.00",
    }
    schedule = confirmed(phone, made(phone, "/scheduled-payments", monthly))["id"]
    other_card = confirmed(phone, made(phone, "/external-cards", external))["id"]
    card_order = {"origin_account_id": first, "card_id": card, "amount": "1.00", "reference": "x"}
    card_payment = confirmed(phone, made(phone, "/card-payments", card_order))["id"]
    deferral = confirmed(phone, deferred(phone, "110.00", 6))["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "100.00", "term_months": 6}
    simulation = made(phone, "/deferral-simulations", wanted)["id"]
    product = phone.send(operations.list_requestable_products())["items"][0]["id"]
    asked = made(phone, "/product-requests", {"product_id": product})["id"]
    beneficiary = phone.send(operations.list_beneficiaries())["items"][0]["id"]
    device = phone.send(operations.list_devices())["items"][0]["id"]
    pending = made(phone, "/transfers", own)["challenge"]["id"]
    bank.clock.advance("PT2M")  # so that another code may be asked for
    # The code is read now: in a fork, it is the same.
    code = {"code": bank.inbox.code(pending)}

    requests = Requests()
    requests.ids = {
        "account": first, "transfer": done, "beneficiary": beneficiary, "service_payment": payment, "inquiry": due,
        "service": service, "schedule": schedule, "card": card, "external_card": other_card,
        "card_payment": card_payment, "deferral": deferral, "simulation": simulation, "request": asked,
        "device": device, "challenge": pending,
    }  # fmt: skip
    add = requests.add
    for operation, path in {
        "getSession": "/sessions/current", "getProfile": "/me", "getLimits": "/me/limits", "listDevices": "/me/devices",
        "listNotifications": "/me/notifications", "getProducts": "/products", "getAccount": f"/accounts/{first}",
        "listMovements": f"/accounts/{first}/movements", "listTransfers": "/transfers",
        "getTransfer": f"/transfers/{done}", "getTransferReceipt": f"/transfers/{done}/receipt",
        "listBeneficiaries": "/beneficiaries", "getBeneficiary": f"/beneficiaries/{beneficiary}",
        "listInstitutions": "/institutions", "listServiceCategories": "/service-categories", "listBillers": "/billers",
        "listServicePayments": "/service-payments", "getServicePayment": f"/service-payments/{payment}",
        "getServicePaymentReceipt": f"/service-payments/{payment}/receipt",
        "listRegisteredServices": "/registered-services", "listScheduledPayments": "/scheduled-payments",
        "getScheduledPayment": f"/scheduled-payments/{schedule}",
        "listScheduledPaymentRuns": f"/scheduled-payments/{schedule}/runs", "listCards": "/cards",
        "getCard": f"/cards/{card}", "listCardPurchases": f"/cards/{card}/purchases",
        "listExternalCards": "/external-cards", "getExternalCard": f"/external-cards/{other_card}",
        "listCardPayments": "/card-payments", "getCardPayment": f"/card-payments/{card_payment}",
        "getCardPaymentReceipt": f"/card-payments/{card_payment}/receipt", "getDeferralOptions": "/deferrals/options",
        "listDeferrals": "/deferrals", "getDeferral": f"/deferrals/{deferral}", "listFaqs": "/faqs",
        "listRequestableProducts": "/requestable-products", "listProductRequests": "/product-requests",
        "getProductRequest": f"/product-requests/{asked}", "getReferralInvitation": "/referrals/invitation",
        "listReferrals": "/referrals", "getChallenge": f"/challenges/{pending}",
        "getAccessMethods": "/me/access-methods",
    }.items():  # fmt: skip
        add(operation, "GET", path)
    add(
        "updateAccessMethods",
        "PUT",
        "/me/access-methods",
        {"fingerprint": True, "face": False, "public_key": Handset().pem},
    )
    add("deleteSession", "DELETE", "/sessions/current")
    add(
        "updateLimits",
        "PUT",
        "/me/limits",
        {"items": [{"kind": "own", "per_transaction": "100.00", "per_day": "100.00"}]},
    )
    add("changePassword", "POST", "/me/password-changes", {
        "username": member["username"], "current_password": member["password"], "new_password": PASSWORD,
        "confirmation": PASSWORD,
    })  # fmt: skip
    renamed = {"current_username": member["username"], "new_username": "otra2026", "confirmation": "otra2026"}
    add("changeUsername", "POST", "/me/username-changes", renamed)
    add("registerDevice", "POST", "/me/devices", NEW_PHONE | {"replaces": device})
    add("deleteDevice", "DELETE", f"/me/devices/{device}")
    add("previewTransfer", "POST", "/transfers/preview", own)
    add("createTransfer", "POST", "/transfers", own)
    number = next(each for each in bank.members.all() if each["persona"] is None)["accounts"][0]["number"]
    add("createBeneficiary", "POST", "/beneficiaries", {
        "kind": "cooperative", "account_number": number, "alias": "Nueva", "maximum_amount": "5.00",
    })  # fmt: skip
    add("lookupAccountHolder", "POST", "/account-holders/lookup", {"account_number": number})
    add("updateBeneficiary", "PATCH", f"/beneficiaries/{beneficiary}", {"alias": "Otro nombre"})
    add("deleteBeneficiary", "DELETE", f"/beneficiaries/{beneficiary}")
    add("inquireBill", "POST", "/bill-inquiries", {"biller_id": biller, "reference": f"{bills}70"})
    add("createServicePayment", "POST", "/service-payments", {"origin_account_id": first, "inquiry_id": due})
    add("createRegisteredService", "POST", "/registered-services", saved | {"reference": f"{bills}71"})
    add("deleteRegisteredService", "DELETE", f"/registered-services/{service}")
    add("createScheduledPayment", "POST", "/scheduled-payments", monthly | {"reference": f"{bills}72"})
    add("updateScheduledPayment", "PATCH", f"/scheduled-payments/{schedule}", {"day_of_month": 6})
    add("deleteScheduledPayment", "DELETE", f"/scheduled-payments/{schedule}")
    add("createExternalCard", "POST", "/external-cards", external | {"number": "4111111111111111"})
    add("updateExternalCard", "PATCH", f"/external-cards/{other_card}", {"alias": "Otro nombre"})
    add("deleteExternalCard", "DELETE", f"/external-cards/{other_card}")
    add("createCardPayment", "POST", "/card-payments", card_order)
    add("simulateDeferral", "POST", "/deferral-simulations", wanted)
    add("createDeferral", "POST", "/deferrals", {"simulation_id": simulation})
    add("prepayDeferral", "POST", f"/deferrals/{deferral}/prepayment", {"origin_account_id": first})
    add(
        "createProductRequest",
        "POST",
        "/product-requests",
        {"product_id": phone.send(operations.list_requestable_products())["items"][1]["id"]},
    )
    add("createReferral", "POST", "/referrals", {"name": "Alguien", "phone": "0991234567"})
    add("confirmChallenge", "POST", f"/challenges/{pending}/confirm", code)
    add("resendChallenge", "POST", f"/challenges/{pending}/resend")
    add("cancelChallenge", "DELETE", f"/challenges/{pending}")
    return requests


def of_members(client: httpx.Client) -> set[str]:
    """The operations that take a member's session."""
    return {
        operation["operationId"]
        for _, path, operation in every_operation(client)
        if path.startswith("/v1/") and {"member": []} in operation.get("security", [])
    }


def declared(client: httpx.Client) -> dict[str, set[str]]:
    """The codes that each operation is documented to refuse with."""
    return {
        operation["operationId"]: {
            code
            for response in operation["responses"].values()
            for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
        }
        for _, path, operation in every_operation(client)
        if path.startswith("/v1/")
    }


@pytest.fixture
def owner(bank: Sandbox) -> Phone:
    return bank.phone(OWNER)


def test_every_operation_has_a_request_that_succeeds(owner: Phone, client: httpx.Client) -> None:
    requests = prepare(owner)
    missing = of_members(client) - requests.of.keys()
    assert not missing, f"give `prepare` a request for {sorted(missing)}"
    refused = {}
    for number, operation in enumerate(sorted(of_members(client))):
        name = f"{owner.sandbox.name}-{number}"
        made = client.post("/_sandbox/sandboxes", json={"name": name, "from": owner.sandbox.name})
        assert made.status_code == 201, made.text
        method, path, body = requests.of[operation]
        answer = Phone(bank_of(client, name), owner.member, owner.token).call(method, f"/v1{path}", json=body)
        client.delete(f"/_sandbox/sandboxes/{name}")
        if not answer.is_success:
            refused[operation] = answer.text
    assert refused == {}


Refused = tuple[str | None, int, str]
"""The token to send, and what it is answered."""


def nothing(owner: Phone) -> Refused:
    return None, 401, "invalid_token"


def garbage(owner: Phone) -> Refused:
    return "garbage", 401, "invalid_token"


def refresh_token(owner: Phone) -> Refused:
    return owner.refresh_token, 401, "invalid_token"


def expired(owner: Phone) -> Refused:
    owner.sandbox.clock.advance("PT5M")
    return owner.token, 401, "session_expired"


def logged_out(owner: Phone) -> Refused:
    assert owner.call("DELETE", "/v1/sessions/current").status_code == 204
    return owner.token, 401, "session_expired"


def of_another_person_in_a_twin(owner: Phone) -> Refused:
    client, name = owner.sandbox.connection.client, f"{owner.sandbox.name}-twin"
    client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}})
    twin = bank_of(client, name)
    token = twin.phone(OTHER).token
    client.delete(f"/_sandbox/sandboxes/{name}")
    return token, 401, "invalid_token"


def locked_by_the_bank(owner: Phone) -> Refused:
    owner.sandbox.send(operations.update_member(owner.member["id"], {"locked_minutes": 30}))
    return owner.token, 423, "access_locked"


def inactive(owner: Phone) -> Refused:
    owner.sandbox.send(operations.update_member(owner.member["id"], {"status": "inactive"}))
    return owner.token, 403, "member_not_active"


def inactive_with_a_token_of_the_control_plane(owner: Phone) -> Refused:
    owner.sandbox.send(operations.update_member(owner.member["id"], {"status": "inactive"}))
    given = owner.sandbox.members.session(owner.member["id"])
    return given["access_token"], 403, "member_not_active"


def device_deleted(owner: Phone) -> Refused:
    device = owner.send(operations.list_devices())["items"][0]["id"]
    deletion = owner.call("DELETE", f"/v1/me/devices/{device}").json()["challenge"]["id"]
    owner.confirm(deletion)
    return owner.token, 401, "session_expired"


def device_replaced(owner: Phone) -> Refused:
    who = {"username": owner.member["username"], "password": owner.member["password"], "device": NEW_PHONE}
    challenge = owner.sandbox.call("POST", "/v1/sessions/device-replacements", json=who).json()["challenge"]["id"]
    body = {"code": owner.sandbox.inbox.code(challenge)}
    assert owner.sandbox.call("POST", f"/v1/challenges/{challenge}/confirm", json=body).status_code == 200
    return owner.token, 401, "session_expired"


CASES: tuple[Callable[[Phone], Refused], ...] = (
    nothing, garbage, refresh_token, expired, logged_out, of_another_person_in_a_twin, locked_by_the_bank, inactive,
    inactive_with_a_token_of_the_control_plane, device_deleted, device_replaced,
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_other_callers_are_refused(owner: Phone, client: httpx.Client, case: Callable[[Phone], Refused]) -> None:
    requests, codes = prepare(owner), declared(client)
    token, status, code = case(owner)
    content = Content(owner.sandbox)
    for operation in sorted(of_members(client)):
        method, path, body = requests.of[operation]
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = owner.sandbox.call(method, f"/v1{path}", json=body, headers=headers)
        assert_problem(answer, status, code)
        assert code in codes[operation], f"{operation} is not documented to refuse with {code}"
        content.assert_unchanged(operation)
    content.close()


def substitutions(body: Any, owned: dict[str, str], others: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """`body` of the other member, with one id at a time replaced by the owner's live object of the same kind."""
    for name, value in body.items():
        kind = next((kind for kind, key in others.items() if key == value), None)
        if kind is not None:
            yield name, body | {name: owned[kind]}


AS_RICH = {
    "accounts": [{"balance": "500.00"}, {"balance": "20.00"}],
    "beneficiaries": [{"of": "al-dia", "maximum": "100.00"}],
    "cards": [{"credit": "2000.00", "purchases": [{"merchant": "Tienda", "amount": "600.00", "days_ago": 50}]}],
}
"""A member who has all that `prepare` needs."""
EXPECTED = {("registerDevice", "replaces"): (404, "not_found")}


def test_another_members_live_objects_are_not_found_in_path_or_body(
    owner: Phone, bank: Sandbox, client: httpx.Client
) -> None:
    owned, codes = prepare(owner), declared(client)
    other = bank.phone(bank.send(operations.create_member(AS_RICH)))
    theirs = prepare(other, bills="2000123457")
    content = Content(bank)
    walked = 0
    for operation in sorted(of_members(client)):
        method, path, body = owned.of[operation]
        tries: list[tuple[str, str, Any]] = []
        if any(key in path for key in owned.ids.values()):
            tries.append(("path", path, body))
        _, own_path, own_body = theirs.of.get(operation, (method, path, None))
        if own_body is not None:
            tries += [(name, own_path, changed) for name, changed in substitutions(own_body, owned.ids, theirs.ids)]
        for where, target, sent in tries:
            answer = other.call(method, f"/v1{target}", json=sent)
            status, code = EXPECTED.get((operation, where), (404, "not_found"))
            assert_problem(answer, status, code)
            assert code in codes[operation], operation
            content.assert_unchanged((operation, where))
            walked += 1
    content.close()
    assert walked >= 38


def test_ids_in_bodies_are_all_tried(owner: Phone) -> None:
    """Every id in a body is one of a kind that `prepare` knows, or of the bank's own catalogues."""
    requests = prepare(owner)
    catalogue = re.compile(r"^(biller|institution|product)_id$")
    for operation, (_, _, body) in requests.of.items():
        for name, value in (body or {}).items():
            if (name.endswith("_id") or name == "replaces") and not catalogue.match(name):
                assert value in requests.ids.values() or name == "destination_account_id", (operation, name)
