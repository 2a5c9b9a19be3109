"""Refusals that need a state of their own, on every operation that declares them."""

from typing import Any

import httpx2 as httpx
import pytest

from tests.bank.access.test_manual_walk import PASSWORD, Handset, confirm, identity
from tests.bank.transfers.test_transfers import befriend, other_member
from tests.databases import database
from tests.support import Json, Phone, Sandbox, assert_problem, registry_of

NEW_PHONE = {"id": "dev-otro", "name": "Otro", "platform": "ios"}


@pytest.fixture
def owner(bank: Sandbox) -> Phone:
    """A member with accounts, certificates, a card with purchases, and beneficiaries."""
    return bank.phone(bank.persona("al-dia"))


def patch_member(owner: Phone, /, **changes: Any) -> None:
    owner.bank.control("PATCH", f"/members/{owner.member['id']}", json=changes)


def patch_account(phone: Phone, account: str, status: str) -> None:
    phone.bank.control("PATCH", f"/accounts/{account}", json={"status": status})


def certificate(phone: Phone) -> str:
    return next(account["id"] for account in phone.accounts() if account["type"] == "share_certificate")


def biller(phone: Phone, *, top_up: bool = False) -> Json:
    return next(each for each in phone.get("/billers")["items"] if each["top_up"] == top_up)


def service_payment(phone: Phone, origin: str) -> Json:
    return {
        "origin_account_id": origin,
        "biller_id": biller(phone, top_up=True)["id"],
        "reference": "0991234567",
        "amount": "5.00",
    }


def schedule(phone: Phone, origin: str) -> Json:
    each = biller(phone)
    return {
        "origin_account_id": origin,
        "biller_id": each["id"],
        "reference": each["reference_example"],
        "day_of_month": 5,
        "maximum_amount": "50.00",
    }


def card_payment(phone: Phone, origin: str) -> Json:
    return {
        "origin_account_id": origin,
        "card_id": phone.get("/cards")["items"][0]["id"],
        "amount": "5.00",
        "reference": "pago",
    }


def active_deferral(phone: Phone) -> str:
    card = phone.get("/cards")["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    simulation = phone.call("POST", "/deferral-simulations", json=wanted).json()["id"]
    made = phone.call("POST", "/deferrals", json={"simulation_id": simulation}).json()
    phone.confirm(made["challenge"]["id"])
    return str(made["id"])


def scheduled(phone: Phone) -> str:
    made = phone.call("POST", "/scheduled-payments", json=schedule(phone, phone.savings()[1]["id"])).json()
    phone.confirm(made["challenge"]["id"])
    return str(made["id"])


def debiting(phone: Phone) -> dict[str, Any]:
    """What takes money from an account, by operation: path and a body for an origin."""
    deferral = active_deferral(phone)
    return {
        "createServicePayment": ("/service-payments", service_payment),
        "createScheduledPayment": ("/scheduled-payments", schedule),
        "createCardPayment": ("/card-payments", card_payment),
        "prepayDeferral": (f"/deferrals/{deferral}/prepayment", lambda _, origin: {"origin_account_id": origin}),
        "createTransfer": ("/transfers", lambda each, origin: each.order(origin_account_id=origin)),
        "previewTransfer": ("/transfers/preview", lambda each, origin: each.order(origin_account_id=origin)),
    }


def test_share_certificates_pay_for_nothing(owner: Phone) -> None:
    origin = certificate(owner)
    for path, body in debiting(owner).values():
        assert_problem(owner.call("POST", path, json=body(owner, origin)), 422, "account_not_debitable")


def test_an_inactive_account_pays_for_nothing(owner: Phone) -> None:
    orders = debiting(owner)
    origin = owner.savings()[0]["id"]
    bodies = {name: (path, {**body(owner, origin)}) for name, (path, body) in orders.items()}
    planned = scheduled(owner)
    patch_account(owner, origin, "inactive")
    for path, body in bodies.values():
        assert_problem(owner.call("POST", path, json=body), 422, "account_not_active")
    edit = {"origin_account_id": origin}
    assert_problem(owner.call("PATCH", f"/scheduled-payments/{planned}", json=edit), 422, "account_not_active")
    edit = {"origin_account_id": certificate(owner)}
    assert_problem(owner.call("PATCH", f"/scheduled-payments/{planned}", json=edit), 422, "account_not_debitable")
    owner.bank.assert_balanced()


def test_what_is_held_by_order_pays_for_nothing(owner: Phone) -> None:
    orders = debiting(owner)
    origin = owner.savings()[0]["id"]
    left = owner.available(origin)
    hold = owner.bank.control("POST", f"/accounts/{origin}/holds", json={"amount": left})
    assert owner.available(origin) == "0.00"
    for name in ("createServicePayment", "createCardPayment", "prepayDeferral", "createTransfer"):
        path, body = orders[name]
        assert_problem(owner.call("POST", path, json=body(owner, origin)), 409, "insufficient_funds")
    owner.bank.control("DELETE", f"/holds/{hold['id']}")
    assert owner.available(origin) == left
    owner.bank.assert_balanced()


def test_without_a_phone_number_nothing_that_needs_a_code_begins(owner: Phone) -> None:
    orders = debiting(owner)
    origin = owner.savings()[0]["id"]
    card = owner.get("/cards")["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    simulation = owner.call("POST", "/deferral-simulations", json=wanted).json()["id"]
    each = biller(owner)
    number = next(a["number"] for m in owner.bank.members() if m["persona"] is None for a in m["accounts"])
    device = owner.get("/me/devices")["items"][0]["id"]
    who = {"username": owner.member["username"], "password": owner.member["password"]}
    calls: list[tuple[str, str, Json | None]] = [
        ("POST", path, body(owner, origin)) for name, (path, body) in orders.items() if name != "previewTransfer"
    ]
    calls += [
        ("POST", "/deferrals", {"simulation_id": simulation}),
        ("POST", "/registered-services", {"biller_id": each["id"], "reference": each["reference_example"], "alias": "Casa"}),
        ("POST", "/beneficiaries", {"kind": "cooperative", "account_number": number, "maximum_amount": "5.00"}),
        ("POST", "/external-cards", external_card(owner)),
        ("DELETE", f"/me/devices/{device}", None),
        ("POST", "/me/devices", NEW_PHONE | {"replaces": device}),
        ("POST", "/me/password-changes", {"username": who["username"], "current_password": who["password"], "new_password": PASSWORD, "confirmation": PASSWORD}),
        ("POST", "/me/username-changes", {"current_username": who["username"], "new_username": "otra2026", "confirmation": "otra2026"}),
        ("POST", "/sessions/device-replacements", who | {"device": NEW_PHONE}),
    ]  # fmt: skip
    beneficiary = owner.get("/beneficiaries")["items"][0]
    calls.append(("PATCH", f"/beneficiaries/{beneficiary['id']}", {"maximum_amount": "9000.00"}))
    saved = owner.call("POST", "/external-cards", json=external_card(owner)).json()
    owner.confirm(saved["challenge"]["id"])
    calls.append(("PATCH", f"/external-cards/{saved['id']}", {"maximum_amount": "9000.00"}))
    calls.remove(("POST", "/external-cards", external_card(owner)))
    calls.append(("POST", "/external-cards", external_card(owner, number="4111111111111111")))
    patch_member(owner, phone=None)
    for method, path, body in calls:
        assert_problem(owner.call(method, path, json=body), 409, "no_phone_on_file")
    owner.bank.assert_balanced()


def external_card(phone: Phone, **changes: Any) -> Json:
    institution = phone.get("/institutions")["items"][0]["id"]
    return {
        "institution_id": institution, "number": "9999990000000014", "alias": "Otra", "document_type": "cedula",
        "document_number": "1712345675", "holder_name": "Alguien", "maximum_amount": "100.00",
    } | changes  # fmt: skip


def test_references_of_another_form(owner: Phone) -> None:
    each, top_up = biller(owner), biller(owner, top_up=True)
    origin = owner.savings()[0]["id"]
    calls = {
        "/bill-inquiries": {"biller_id": each["id"], "reference": "x"},
        "/registered-services": {"biller_id": each["id"], "reference": "x", "alias": "Casa"},
        "/scheduled-payments": schedule(owner, origin) | {"reference": "x"},
        "/service-payments": service_payment(owner, origin) | {"biller_id": top_up["id"], "reference": "x"},
    }
    for path, body in calls.items():
        assert_problem(owner.call("POST", path, json=body), 422, "reference_malformed")


ENDS = {
    "cancelled": "challenge_cancelled", "confirmed": "challenge_already_confirmed", "expired": "challenge_expired",
    "locked": "challenge_locked",
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_a_code_that_is_over_can_be_neither_entered_nor_sent_again_nor_cancelled(phone: Phone, end: str) -> None:
    made = phone.transfer("1.00")["challenge"]["id"]
    if end == "cancelled":
        assert phone.call("DELETE", f"/challenges/{made}").status_code == 204
    elif end == "confirmed":
        assert phone.confirm(made).status_code == 200
    elif end == "locked":
        for _ in range(3):
            phone.confirm(made, phone.wrong_code(made))
    else:
        phone.bank.advance("PT4M")
        phone.get("/me")
        phone.bank.advance("PT1M")
        phone.log_in()
    for method, path in (("POST", "/resend"), ("POST", "/confirm"), ("DELETE", "")):
        body = {"code": "000000"} if path == "/confirm" else None
        answer = phone.call(method, f"/challenges/{made}{path}", json=body)
        assert_problem(answer, 409 if end in ("cancelled", "confirmed") else answer.status_code, ENDS[end])
    phone.bank.assert_balanced()


def order_to(phone: Phone, beneficiary: str, amount: str, kind: str = "cooperative") -> Json:
    return {
        "kind": kind,
        "origin_account_id": phone.savings()[0]["id"],
        "beneficiary_id": beneficiary,
        "amount": amount,
    }


def refuse_both(phone: Phone, order: Json, status: int, code: str) -> None:
    """A preview is refused as the transfer itself."""
    for path in ("/transfers/preview", "/transfers"):
        assert_problem(phone.call("POST", path, json=order), status, code)


def test_a_preview_is_refused_as_the_transfer_would_be(owner: Phone) -> None:
    origin = owner.savings()[0]["id"]
    ours = next(each for each in owner.get("/beneficiaries")["items"] if each["kind"] == "cooperative")
    refuse_both(owner, owner.order(destination_account_id=origin), 422, "same_account")
    refuse_both(owner, owner.order(destination_account_id=certificate(owner)), 422, "destination_not_creditable")
    refuse_both(owner, order_to(owner, ours["id"], "1.00", "interbank"), 422, "beneficiary_kind_mismatch")
    refuse_both(owner, order_to(owner, ours["id"], "500.01"), 422, "beneficiary_limit_exceeded")
    refuse_both(owner, owner.order("50000.01"), 422, "limit_exceeded")
    limits = owner.get("/me/limits")["items"]
    assert limits
    owner.call("PUT", "/me/limits", json={"items": [{"kind": "own", "per_transaction": "5.00", "per_day": "5.00"}]})
    refuse_both(owner, owner.order("5.01"), 422, "own_limit_exceeded")


def test_a_day_that_is_used_up(bank: Sandbox) -> None:
    phone = bank.phone(bank.persona("cupo-agotado"))
    beneficiary = phone.get("/beneficiaries")["items"][0]["id"]
    refuse_both(phone, order_to(phone, beneficiary, "0.01"), 422, "daily_limit_exceeded")


class TestTheSecondCheck:
    """What changed between the order and the code is seen when the code comes, and nothing moves."""

    def refused(self, phone: Phone, challenge: str, status: int, code: str) -> None:
        before = phone.accounts()
        assert_problem(phone.confirm(challenge), status, code)
        assert phone.accounts() == before
        phone.bank.assert_balanced()

    def test_the_origin_is_inactive_by_now(self, owner: Phone) -> None:
        made = owner.transfer("1.00")
        patch_account(owner, made["origin_account_id"], "inactive")
        self.refused(owner, made["challenge"]["id"], 422, "account_not_active")

    def test_the_destination_is_inactive_by_now(self, owner: Phone) -> None:
        made = owner.transfer("1.00")
        patch_account(owner, owner.savings()[1]["id"], "inactive")
        self.refused(owner, made["challenge"]["id"], 422, "destination_not_creditable")

    def test_the_members_own_limit_is_lower_by_now(self, owner: Phone) -> None:
        made = owner.transfer("10.00")
        owner.call("PUT", "/me/limits", json={"items": [{"kind": "own", "per_transaction": "5.00", "per_day": "5.00"}]})
        self.refused(owner, made["challenge"]["id"], 422, "own_limit_exceeded")

    def test_the_beneficiarys_maximum_is_lower_by_now(self, owner: Phone, bank: Sandbox) -> None:
        beneficiary = befriend(owner, other_member(bank, owner))["id"]
        made = owner.call("POST", "/transfers", json=order_to(owner, beneficiary, "40.00")).json()
        assert owner.call("PATCH", f"/beneficiaries/{beneficiary}", json={"maximum_amount": "10.00"}).status_code == 200
        self.refused(owner, made["challenge"]["id"], 422, "beneficiary_limit_exceeded")

    def test_the_member_is_of_another_segment_by_now(self, bank: Sandbox) -> None:
        phone = bank.phone(bank.persona("premium"))
        origin = phone.savings()[0]["id"]
        bank.control("POST", f"/accounts/{origin}/deposits", json={"amount": "90000.00"})
        single = phone.transfer("60000.00")
        patch_member(phone, segment="standard")
        self.refused(phone, single["challenge"]["id"], 422, "limit_exceeded")

    def test_the_days_limit_is_lower_by_now(self, bank: Sandbox) -> None:
        phone = bank.phone(bank.persona("premium"))
        origin = phone.savings()[0]["id"]
        bank.control("POST", f"/accounts/{origin}/deposits", json={"amount": "190000.00"})
        for _ in range(2):
            phone.confirm(phone.transfer("40000.00")["challenge"]["id"])
        made = phone.transfer("40000.00")
        patch_member(phone, segment="standard")
        self.refused(phone, made["challenge"]["id"], 422, "daily_limit_exceeded")

    def test_a_magic_amount_finds_no_funds_when_the_code_comes(self, owner: Phone) -> None:
        made = owner.transfer("66.66")
        self.refused(owner, made["challenge"]["id"], 409, "insufficient_funds")
        assert owner.get(f"/transfers/{made['id']}")["status"] == "pending_confirmation"

    def test_a_twin_was_registered_first(self, owner: Phone) -> None:
        each = biller(owner)
        service = {"biller_id": each["id"], "reference": each["reference_example"], "alias": "Casa"}
        for path, body, code in (
            ("/registered-services", service, "service_already_registered"),
            ("/external-cards", external_card(owner), "card_already_registered"),
        ):
            first, second = (owner.call("POST", path, json=body).json()["challenge"]["id"] for _ in range(2))
            assert owner.confirm(first).status_code == 200
            assert_problem(owner.confirm(second), 409, code)

    def test_another_device_was_registered_first(self, owner: Phone) -> None:
        device = owner.get("/me/devices")["items"][0]["id"]
        going = owner.call("DELETE", f"/me/devices/{device}").json()["challenge"]["id"]
        coming = [
            owner.call("POST", "/me/devices", json={**NEW_PHONE, "id": f"dev-{n}", "replaces": device}).json()["challenge"]["id"]
            for n in (1, 2)
        ]  # fmt: skip
        assert owner.confirm(going).status_code == 200
        owner.member["device"] = None
        owner.log_in()
        assert owner.confirm(coming[0]).status_code == 200
        owner.member["device"] = {**NEW_PHONE, "id": "dev-1"}
        owner.log_in()
        assert_problem(owner.confirm(coming[1]), 409, "device_limit_reached")


def test_a_share_certificate_that_became_the_origin(owner: Phone, client: httpx.Client) -> None:
    """No call makes a savings account a certificate; the second check holds even so."""
    made = owner.transfer("1.00")
    registry = registry_of(client)
    connection = database(registry.get(owner.bank.name))
    account = registry.get(owner.bank.name).ids.number("acc", made["origin_account_id"])
    connection.execute("UPDATE account SET type = 'share_certificate' WHERE id = ?", (account,))
    assert_problem(owner.confirm(made["challenge"]["id"]), 422, "account_not_debitable")
    connection.execute("UPDATE account SET type = 'savings' WHERE id = ?", (account,))


def test_credentials_that_may_not_be(owner: Phone) -> None:
    name = owner.member["username"]
    wrong = {"current_username": "otra", "new_username": "nueva2026", "confirmation": "nueva2026"}
    assert_problem(owner.call("POST", "/me/username-changes", json=wrong), 422, "current_credential_wrong")
    short = {"current_username": name, "new_username": "x", "confirmation": "x"}
    assert_problem(owner.call("POST", "/me/username-changes", json=short), 422, "username_not_allowed")


def test_keys_that_are_none(owner: Phone, bank: Sandbox) -> None:
    device = owner.get("/me/devices")["items"][0]["id"]
    body = {**NEW_PHONE, "replaces": device, "public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}
    assert_problem(owner.call("POST", "/me/devices", json=body), 422, "invalid_public_key")
    started = bank.call("POST", "/v1/enrolments", json=identity(bank.persona("sin-afiliar"))).json()
    confirm(bank, started)
    chosen = {
        "username": "wquinatoa77", "password": PASSWORD, "confirmation": PASSWORD, "access_method": "fingerprint",
        "device": NEW_PHONE,
    }  # fmt: skip
    where = f"/v1/enrolments/{started['id']}/credentials"
    assert_problem(bank.call("PUT", where, json=chosen), 422, "invalid_public_key")


def test_the_slower_of_two_enrolments_is_refused(bank: Sandbox) -> None:
    who = bank.persona("sin-afiliar")
    both = [bank.call("POST", "/v1/enrolments", json=identity(who)).json() for _ in range(2)]
    chosen = {
        "username": "wquinatoa77", "password": PASSWORD, "confirmation": PASSWORD, "access_method": "password",
        "device": NEW_PHONE,
    }  # fmt: skip
    for started in both:
        confirm(bank, started)
    where = [f"/v1/enrolments/{started['id']}/credentials" for started in both]
    assert bank.call("PUT", where[0], json=chosen).status_code == 200
    assert_problem(bank.call("PUT", where[1], json=chosen | {"username": "otro2026"}), 409, "already_enrolled")


@pytest.mark.parametrize("path", ["/v1/recoveries/username", "/v1/recoveries/password"])
def test_recovery_takes_documents_only(bank: Sandbox, path: str) -> None:
    bad = {"document_type": "cedula", "document_number": "1712345678"}
    assert_problem(bank.call("POST", path, json=bad), 422, "invalid_document")


def test_a_new_phone_before_login_is_refused_as_a_login_is(owner: Phone, bank: Sandbox) -> None:
    where = "/v1/sessions/device-replacements"
    login = {"username": owner.member["username"], "password": owner.member["password"], "device": NEW_PHONE}
    assert_problem(bank.call("POST", where, json=login | {"password": "x"}), 401, "invalid_credentials")
    patch_member(owner, locked_minutes=30)
    assert_problem(bank.call("POST", where, json=login), 423, "access_locked")
    patch_member(owner, locked_minutes=0, status="inactive")
    assert_problem(bank.call("POST", where, json=login), 403, "member_not_active")


def test_biometrics_refuse_as_a_login_does(owner: Phone, bank: Sandbox) -> None:
    handset = Handset()
    device = owner.member["device"]["id"]
    proof = {"id": "nce_" + "0" * 32, "device_id": device, "method": "fingerprint", "signature": "AAAA"}
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 409, "biometrics_not_enabled")
    wanted = {"fingerprint": True, "face": False, "public_key": handset.pem}
    assert owner.call("PUT", "/me/access-methods", json=wanted).status_code == 200
    proof = handset.proof(bank, device)
    patch_member(owner, status="inactive")
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 403, "member_not_active")
    patch_member(owner, status="active", biometrics_blocked=True)
    assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 423, "biometrics_blocked")
    patch_member(owner, biometrics_blocked=False)
    assert bank.call("POST", "/v1/sessions/biometric", json=handset.proof(bank, device)).status_code == 201
    nowhere = bank.phone(bank.persona("sin-dispositivo"))
    assert_problem(nowhere.call("PUT", "/me/access-methods", json=wanted), 409, "biometrics_not_enabled")


def test_an_account_nobody_has_is_no_beneficiary(phone: Phone) -> None:
    body = {"kind": "cooperative", "account_number": "410000000000", "maximum_amount": "5.00"}
    assert_problem(phone.call("POST", "/beneficiaries", json=body), 404, "account_holder_not_found")
    unknown = {
        "kind": "interbank", "institution_id": "ins_" + "0" * 32, "account_type": "savings", "account_number": "2203344556",
        "document_type": "cedula", "document_number": "1712345675", "holder_name": "Alguien", "maximum_amount": "5.00",
    }  # fmt: skip
    assert_problem(phone.call("POST", "/beneficiaries", json=unknown), 404, "not_found")


def test_a_card_that_fell_overdue_after_the_simulation(owner: Phone) -> None:
    card = owner.get("/cards")["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    simulation = owner.call("POST", "/deferral-simulations", json=wanted).json()["id"]
    owner.bank.control("PATCH", f"/cards/{card}", json={"overdue": True})
    assert_problem(owner.call("POST", "/deferrals", json={"simulation_id": simulation}), 422, "deferral_not_eligible")
