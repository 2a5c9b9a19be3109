"""Refusals that need a state of their own, on every operation that declares them."""

from typing import Any

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem
from tests.bank.access.test_manual_walk import PASSWORD
from tests.bank.transfers.test_transfers import befriend, other_member
from tests.databases import database
from tests.transport import registry_of

NEW_PHONE = {"id": "dev-otro", "name": "Otro", "platform": "ios"}


@pytest.fixture
def owner(bank: Sandbox) -> Phone:
    """A member with accounts, certificates, a card with purchases, and beneficiaries."""
    return bank.phone("al-dia")


def patch_member(owner: Phone, /, **changes: Any) -> None:
    owner.sandbox.send(operations.update_member(owner.member["id"], changes))


def patch_account(phone: Phone, account: str, status: str) -> None:
    phone.sandbox.send(operations.update_account(account, {"status": status}))


def certificate(phone: Phone) -> str:
    return next(account["id"] for account in phone.accounts() if account["type"] == "share_certificate")


def biller(phone: Phone, *, top_up: bool = False) -> Json:
    return next(each for each in phone.send(operations.list_billers())["items"] if each["top_up"] == top_up)


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
        "card_id": phone.send(operations.list_cards())["items"][0]["id"],
        "amount": "5.00",
        "reference": "pago",
    }


def active_deferral(phone: Phone) -> str:
    card = phone.send(operations.list_cards())["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    simulation = phone.call("POST", "/v1/deferral-simulations", json=wanted).json()["id"]
    made = phone.call("POST", "/v1/deferrals", json={"simulation_id": simulation}).json()
    phone.confirm(made["challenge"]["id"])
    return str(made["id"])


def scheduled(phone: Phone) -> str:
    made = phone.call("POST", "/v1/scheduled-payments", json=schedule(phone, phone.savings()[1]["id"])).json()
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
        "createTransfer": ("/transfers", lambda each, origin: each.order(origin=origin)),
        "previewTransfer": ("/transfers/preview", lambda each, origin: each.order(origin=origin)),
    }


def test_share_certificates_pay_for_nothing(owner: Phone) -> None:
    origin = certificate(owner)
    for path, body in debiting(owner).values():
        assert_problem(owner.call("POST", f"/v1{path}", json=body(owner, origin)), 422, "account_not_debitable")


def test_an_inactive_account_pays_for_nothing(owner: Phone) -> None:
    orders = debiting(owner)
    origin = owner.savings()[0]["id"]
    bodies = {name: (path, {**body(owner, origin)}) for name, (path, body) in orders.items()}
    planned = scheduled(owner)
    patch_account(owner, origin, "inactive")
    for path, body in bodies.values():
        assert_problem(owner.call("POST", f"/v1{path}", json=body), 422, "account_not_active")
    edit = {"origin_account_id": origin}
    assert_problem(owner.call("PATCH", f"/v1/scheduled-payments/{planned}", json=edit), 422, "account_not_active")
    edit = {"origin_account_id": certificate(owner)}
    assert_problem(owner.call("PATCH", f"/v1/scheduled-payments/{planned}", json=edit), 422, "account_not_debitable")
    owner.sandbox.ledger.assert_balanced()


def test_what_is_held_by_order_pays_for_nothing(owner: Phone) -> None:
    orders = debiting(owner)
    origin = owner.savings()[0]["id"]
    left = owner.available(origin)
    hold = owner.sandbox.send(operations.hold_money(origin, {"amount": left}))
    assert owner.available(origin) == "0.00"
    for name in ("createServicePayment", "createCardPayment", "prepayDeferral", "createTransfer"):
        path, body = orders[name]
        assert_problem(owner.call("POST", f"/v1{path}", json=body(owner, origin)), 409, "insufficient_funds")
    owner.sandbox.send(operations.release_hold(hold["id"]))
    assert owner.available(origin) == left
    owner.sandbox.ledger.assert_balanced()


def test_without_a_phone_number_nothing_that_needs_a_code_begins(owner: Phone) -> None:
    orders = debiting(owner)
    origin = owner.savings()[0]["id"]
    card = owner.send(operations.list_cards())["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    simulation = owner.call("POST", "/v1/deferral-simulations", json=wanted).json()["id"]
    each = biller(owner)
    number = next(a["number"] for m in owner.sandbox.members.all() if m["persona"] is None for a in m["accounts"])
    device = owner.send(operations.list_devices())["items"][0]["id"]
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
    beneficiary = owner.send(operations.list_beneficiaries())["items"][0]
    calls.append(("PATCH", f"/beneficiaries/{beneficiary['id']}", {"maximum_amount": "9000.00"}))
    saved = owner.call("POST", "/v1/external-cards", json=external_card(owner)).json()
    owner.confirm(saved["challenge"]["id"])
    calls.append(("PATCH", f"/external-cards/{saved['id']}", {"maximum_amount": "9000.00"}))
    calls.remove(("POST", "/external-cards", external_card(owner)))
    calls.append(("POST", "/external-cards", external_card(owner, number="4111111111111111")))
    patch_member(owner, phone=None)
    for method, path, body in calls:
        assert_problem(owner.call(method, f"/v1{path}", json=body), 409, "no_phone_on_file")
    owner.sandbox.ledger.assert_balanced()


def external_card(phone: Phone, **changes: Any) -> Json:
    institution = phone.send(operations.list_institutions())["items"][0]["id"]
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
        assert_problem(owner.call("POST", f"/v1{path}", json=body), 422, "reference_malformed")


ENDS = {
    "cancelled": "challenge_cancelled", "confirmed": "challenge_already_confirmed", "expired": "challenge_expired",
    "locked": "challenge_locked",
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_a_code_that_is_over_can_be_neither_entered_nor_sent_again_nor_cancelled(phone: Phone, end: str) -> None:
    made = phone.transfer("1.00")["challenge"]["id"]
    if end == "cancelled":
        assert phone.call("DELETE", f"/v1/challenges/{made}").status_code == 204
    elif end == "confirmed":
        phone.confirm(made)
    elif end == "locked":
        for _ in range(3):
            phone.call(phone.confirmation(made, phone.wrong_code(made)))
    else:
        phone.sandbox.clock.advance("PT4M")
        phone.send(operations.get_profile())
        phone.sandbox.clock.advance("PT1M")
        phone.log_in()
    for method, path in (("POST", "/resend"), ("POST", "/confirm"), ("DELETE", "")):
        body = {"code": "000000"} if path == "/confirm" else None
        answer = phone.call(method, f"/v1/challenges/{made}{path}", json=body)
        assert_problem(answer, 409 if end in ("cancelled", "confirmed") else answer.status_code, ENDS[end])
    phone.sandbox.ledger.assert_balanced()


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
        assert_problem(phone.call("POST", f"/v1{path}", json=order), status, code)


def test_a_preview_is_refused_as_the_transfer_would_be(owner: Phone) -> None:
    origin = owner.savings()[0]["id"]
    ours = next(each for each in owner.send(operations.list_beneficiaries())["items"] if each["kind"] == "cooperative")
    refuse_both(owner, owner.order(destination=origin), 422, "same_account")
    refuse_both(owner, owner.order(destination=certificate(owner)), 422, "destination_not_creditable")
    refuse_both(owner, order_to(owner, ours["id"], "1.00", "interbank"), 422, "beneficiary_kind_mismatch")
    refuse_both(owner, order_to(owner, ours["id"], "500.01"), 422, "beneficiary_limit_exceeded")
    refuse_both(owner, owner.order("50000.01"), 422, "limit_exceeded")
    limits = owner.send(operations.get_limits())["items"]
    assert limits
    owner.call("PUT", "/v1/me/limits", json={"items": [{"kind": "own", "per_transaction": "5.00", "per_day": "5.00"}]})
    refuse_both(owner, owner.order("5.01"), 422, "own_limit_exceeded")


def test_a_day_that_is_used_up(bank: Sandbox) -> None:
    phone = bank.phone("cupo-agotado")
    beneficiary = phone.send(operations.list_beneficiaries())["items"][0]["id"]
    refuse_both(phone, order_to(phone, beneficiary, "0.01"), 422, "daily_limit_exceeded")


class TestTheSecondCheck:
    """What changed between the order and the code is seen when the code comes, and nothing moves."""

    def refused(self, phone: Phone, challenge: str, status: int, code: str) -> None:
        before = phone.accounts()
        assert_problem(phone.call(phone.confirmation(challenge)), status, code)
        assert phone.accounts() == before
        phone.sandbox.ledger.assert_balanced()

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
        owner.call(
            "PUT", "/v1/me/limits", json={"items": [{"kind": "own", "per_transaction": "5.00", "per_day": "5.00"}]}
        )
        self.refused(owner, made["challenge"]["id"], 422, "own_limit_exceeded")

    def test_the_beneficiarys_maximum_is_lower_by_now(self, owner: Phone, bank: Sandbox) -> None:
        beneficiary = befriend(owner, other_member(bank, owner))["id"]
        made = owner.call("POST", "/v1/transfers", json=order_to(owner, beneficiary, "40.00")).json()
        assert (
            owner.call("PATCH", f"/v1/beneficiaries/{beneficiary}", json={"maximum_amount": "10.00"}).status_code == 200
        )
        self.refused(owner, made["challenge"]["id"], 422, "beneficiary_limit_exceeded")

    def test_the_member_is_of_another_segment_by_now(self, bank: Sandbox) -> None:
        phone = bank.phone("premium")
        origin = phone.savings()[0]["id"]
        bank.members.deposit(origin, "90000.00")
        single = phone.transfer("60000.00")
        patch_member(phone, segment="standard")
        self.refused(phone, single["challenge"]["id"], 422, "limit_exceeded")

    def test_the_days_limit_is_lower_by_now(self, bank: Sandbox) -> None:
        phone = bank.phone("premium")
        origin = phone.savings()[0]["id"]
        bank.members.deposit(origin, "190000.00")
        for _ in range(2):
            phone.confirm(phone.transfer("40000.00"))
        made = phone.transfer("40000.00")
        patch_member(phone, segment="standard")
        self.refused(phone, made["challenge"]["id"], 422, "daily_limit_exceeded")

    def test_a_magic_amount_finds_no_funds_when_the_code_comes(self, owner: Phone) -> None:
        made = owner.transfer("66.66")
        self.refused(owner, made["challenge"]["id"], 409, "insufficient_funds")
        assert owner.send(operations.get_transfer(made["id"]))["status"] == "pending_confirmation"

    def test_a_twin_was_registered_first(self, owner: Phone) -> None:
        each = biller(owner)
        service = {"biller_id": each["id"], "reference": each["reference_example"], "alias": "Casa"}
        for path, body, code in (
            ("/registered-services", service, "service_already_registered"),
            ("/external-cards", external_card(owner), "card_already_registered"),
        ):
            first, second = (owner.call("POST", f"/v1{path}", json=body).json()["challenge"]["id"] for _ in range(2))
            owner.confirm(first)
            assert_problem(owner.call(owner.confirmation(second)), 409, code)

    def test_another_device_was_registered_first(self, owner: Phone) -> None:
        device = owner.send(operations.list_devices())["items"][0]["id"]
        going = owner.call("DELETE", f"/v1/me/devices/{device}").json()["challenge"]["id"]
        coming = [
            owner.call("POST", "/v1/me/devices", json={**NEW_PHONE, "id": f"dev-{n}", "replaces": device}).json()["challenge"]["id"]
            for n in (1, 2)
        ]  # fmt: skip
        owner.confirm(going)
        owner.member["device"] = None
        owner.log_in()
        owner.confirm(coming[0])
        owner.member["device"] = {**NEW_PHONE, "id": "dev-1"}
        owner.log_in()
        assert_problem(owner.call(owner.confirmation(coming[1])), 409, "device_limit_reached")


def test_a_share_certificate_that_became_the_origin(owner: Phone, client: httpx.Client) -> None:
    """No call makes a savings account a certificate; the second check holds even so."""
    made = owner.transfer("1.00")
    registry = registry_of(client)
    connection = database(registry.get(owner.sandbox.name))
    account = registry.get(owner.sandbox.name).ids.number("acc", made["origin_account_id"])
    connection.execute("UPDATE account SET type = 'share_certificate' WHERE id = ?", (account,))
    assert_problem(owner.call(owner.confirmation(made["challenge"]["id"])), 422, "account_not_debitable")
    connection.execute("UPDATE account SET type = 'savings' WHERE id = ?", (account,))


def test_an_account_that_does_not_exist_is_no_beneficiary(phone: Phone) -> None:
    body = {"kind": "cooperative", "account_number": "410000000000", "maximum_amount": "5.00"}
    assert_problem(phone.call("POST", "/v1/beneficiaries", json=body), 404, "account_holder_not_found")
    unknown = {
        "kind": "interbank", "institution_id": "ins_" + "0" * 32, "account_type": "savings", "account_number": "2203344556",
        "document_type": "cedula", "document_number": "1712345675", "holder_name": "Alguien", "maximum_amount": "5.00",
    }  # fmt: skip
    assert_problem(phone.call("POST", "/v1/beneficiaries", json=unknown), 404, "not_found")


def test_a_card_that_fell_overdue_after_the_simulation(owner: Phone) -> None:
    card = owner.send(operations.list_cards())["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    simulation = owner.call("POST", "/v1/deferral-simulations", json=wanted).json()["id"]
    owner.sandbox.send(operations.update_card(card, {"overdue": True}))
    assert_problem(
        owner.call("POST", "/v1/deferrals", json={"simulation_id": simulation}), 422, "deferral_not_eligible"
    )
