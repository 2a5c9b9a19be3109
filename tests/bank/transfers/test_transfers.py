"""Transfers between accounts of the cooperative."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem


def other_member(bank: Sandbox, than: Phone) -> dict:
    return next(
        m for m in bank.members.all() if m["persona"] is None and m["username"] and m["id"] != than.member["id"]
    )


def befriend(phone: Phone, other: dict, maximum: str = "500.00") -> dict:
    """Register the other member's savings account as a beneficiary, with its code."""
    number = next(account["number"] for account in other["accounts"] if account["type"] == "savings")
    answer = phone.call(
        "POST", "/v1/beneficiaries", json={"kind": "cooperative", "account_number": number, "maximum_amount": maximum}
    )
    if answer.status_code == 409:
        return next(
            b for b in phone.send(operations.list_beneficiaries())["items"] if b["account_number"][-3:] == number[-3:]
        )
    assert answer.status_code == 201, answer.text
    phone.confirm(answer.json())
    return answer.json()


def to_beneficiary(phone: Phone, beneficiary: dict, amount: str, **changes: object) -> dict:
    return {
        "kind": "cooperative",
        "origin_account_id": phone.savings()[0]["id"],
        "beneficiary_id": beneficiary["id"],
        "amount": amount,
    } | changes


def test_money_reaches_another_member_with_its_concepts(phone: Phone, bank: Sandbox) -> None:
    other = other_member(bank, phone)
    beneficiary = befriend(phone, other)
    order = to_beneficiary(phone, beneficiary, "25.00", reference="arriendo", beneficiary_email="rosa@example.com")
    created = phone.call("POST", "/v1/transfers", json=order)
    assert created.status_code == 201, created.text
    assert created.json()["beneficiary_email"] == "r***@example.com"
    phone.confirm(created.json())
    sent = phone.send(operations.list_movements(order["origin_account_id"]))["items"][0]
    assert (sent["amount"], sent["reference"]) == ("-25.00", "arriendo")
    assert sent["concept"].startswith("1634 - ")
    theirs = bank.phone(other)
    account = theirs.savings()[0]
    received = theirs.send(operations.list_movements(account["id"]))["items"][0]
    assert (received["amount"], received["balance"]) == ("25.00", account["book_balance"])
    assert received["concept"].startswith("22047 - ")
    mail = bank.send(operations.list_messages(to="rosa@example.com"))["items"]
    assert "25.00" in mail[-1]["text"]
    assert phone.send(operations.list_notifications())["items"][0]["kind"] == "transfer"
    bank.ledger.assert_balanced()


def test_a_preview_prices_and_changes_nothing(phone: Phone) -> None:
    before = (phone.accounts(), phone.send(operations.list_transfers()), phone.send(operations.get_limits()))
    preview = phone.call("POST", "/v1/transfers/preview", json=phone.order("10.00")).json()
    assert (preview["amount"], preview["fee"], preview["tax"], preview["total"]) == ("10.00", "0.00", "0.00", "10.00")
    assert preview["settles_at"] == phone.sandbox.clock.read()["now"]
    assert (phone.accounts(), phone.send(operations.list_transfers()), phone.send(operations.get_limits())) == before


def test_the_same_key_and_body_get_the_first_answer_again(phone: Phone) -> None:
    order, key = phone.order("10.00"), {"Idempotency-Key": "pago-1"}
    first = phone.call("POST", "/v1/transfers", json=order, headers=key)
    again = phone.call("POST", "/v1/transfers", json=order, headers=key)
    assert again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(phone.send(operations.list_transfers())["items"]) == 1


def test_the_same_key_with_another_body_is_refused(phone: Phone) -> None:
    key = {"Idempotency-Key": "pago-1"}
    phone.call("POST", "/v1/transfers", json=phone.order("10.00"), headers=key)
    answer = phone.call("POST", "/v1/transfers", json=phone.order("11.00"), headers=key)
    assert_problem(answer, 422, "idempotency_key_reused")


def test_a_key_is_forgotten_after_a_day(phone: Phone) -> None:
    order, key = phone.order("10.00"), {"Idempotency-Key": "pago-1"}
    phone.call("POST", "/v1/transfers", json=order, headers=key)
    phone.sandbox.clock.advance("P1D")
    answer = phone.log_in().call("POST", "/v1/transfers", json=order, headers=key)
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


def test_a_refused_order_keeps_no_key(phone: Phone) -> None:
    key = {"Idempotency-Key": "pago-1"}
    poor = phone.order("999999999.99")
    assert phone.call("POST", "/v1/transfers", json=poor, headers=key).status_code in (409, 422)
    assert phone.call("POST", "/v1/transfers", json=phone.order("1.00"), headers=key).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_key_nobody_can_read_is_refused(phone: Phone, key: str) -> None:
    answer = phone.call("POST", "/v1/transfers", json=phone.order(), headers={"Idempotency-Key": key})
    assert_problem(answer, 400, "invalid_idempotency_key")


def test_a_key_is_each_members_own(phone: Phone, bank: Sandbox) -> None:
    key = {"Idempotency-Key": "pago-1"}
    other = bank.phone(
        next(
            m
            for m in bank.members.all()
            if len([a for a in m["accounts"] if a["type"] == "savings"]) > 1
            and m["username"]
            and m["status"] == "active"
            and m["id"] != phone.member["id"]
            and m["device"]
            and m["persona"] is None
        )
    )
    assert phone.call("POST", "/v1/transfers", json=phone.order("1.00"), headers=key).status_code == 201
    answer = other.call("POST", "/v1/transfers", json=other.order("1.00"), headers=key)
    assert answer.status_code in (201, 409)
    assert "idempotency-replayed" not in answer.headers


def test_one_account_is_not_both_ends(phone: Phone) -> None:
    origin = phone.savings()[0]["id"]
    answer = phone.call("POST", "/v1/transfers", json=phone.order(destination=origin))
    assert_problem(answer, 422, "same_account")


def test_over_a_beneficiarys_maximum_a_rule_says_no_and_which(phone: Phone, bank: Sandbox) -> None:
    beneficiary = befriend(phone, other_member(bank, phone), "5.00")
    answer = phone.call("POST", "/v1/transfers", json=to_beneficiary(phone, beneficiary, "5.01"))
    problem = assert_problem(answer, 422, "beneficiary_limit_exceeded")
    assert problem["rule"]["id"]
    assert problem["rule"]["revision"]
    assert problem["errors"][0]["field"] == "amount"
    decision = bank.send(operations.list_decisions(request_id=problem["request_id"]))["items"][0]
    assert problem["rule"]["id"] in decision["refused"]
    assert decision["facts"]["amount"] == 501
    assert any(step["rule"] == problem["rule"]["id"] and step["passed"] is False for step in decision["trace"])


def test_all_refusing_rules_are_told_at_once(phone: Phone, bank: Sandbox) -> None:
    beneficiary = befriend(phone, other_member(bank, phone), "5.00")
    answer = phone.call("POST", "/v1/transfers", json=to_beneficiary(phone, beneficiary, "999999999.99"))
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) >= 3


def test_share_certificates_are_never_debited_nor_credited(bank: Sandbox) -> None:
    for member in bank.members.all():
        shares = [account["id"] for account in member["accounts"] if account["type"] == "share_certificate"]
        savings = [account["id"] for account in member["accounts"] if account["type"] == "savings"]
        if shares and savings and member["username"] and member["status"] == "active" and member["persona"] is None:
            break
    else:
        pytest.skip("no member with share certificates")
    phone = bank.phone(member)
    order = {"kind": "own", "amount": "0.01", "origin_account_id": shares[0], "destination_account_id": savings[0]}
    assert_problem(phone.call("POST", "/v1/transfers", json=order), 422, "account_not_debitable")
    order = {**order, "origin_account_id": savings[0], "destination_account_id": shares[0]}
    assert_problem(phone.call("POST", "/v1/transfers", json=order), 422, "destination_not_creditable")


def test_a_receipt_is_there_once_the_transfer_ran(phone: Phone) -> None:
    transfer = phone.transfer("10.00")
    assert_problem(phone.call("GET", f"/v1/transfers/{transfer['id']}/receipt"), 409, "receipt_not_ready")
    phone.confirm(transfer["challenge"]["id"])
    receipt = phone.send(operations.get_transfer_receipt(transfer["id"]))
    assert receipt["total"] == "10.00"
    assert "X" in receipt["origin"]["number"]
    assert receipt["date"] == phone.sandbox.clock.read()["now"]
    assert len(receipt["receipt_number"]) == 10


def test_transfers_are_listed_newest_first_page_by_page(phone: Phone) -> None:
    made = [phone.transfer("0.01")["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = phone.send(operations.list_transfers(limit=2, cursor=cursor))
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen[:5] == made[::-1]


@pytest.mark.parametrize("cursor", ["nope", "W10", "WyJhIl0", "eyJ9", "WzFlNDAwXQ", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTld"])
def test_a_cursor_of_ones_own_making_is_refused(phone: Phone, cursor: str) -> None:
    assert_problem(phone.call("GET", "/v1/transfers", params={"cursor": cursor}), 422, "invalid_cursor")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5"])
def test_a_page_has_one_to_two_hundred_items(phone: Phone, limit: str) -> None:
    assert_problem(phone.call("GET", "/v1/transfers", params={"limit": limit}), 422, "validation_failed")


def test_a_transfer_pending_counts_in_todays_use_and_a_cancelled_one_does_not(phone: Phone) -> None:
    transfer = phone.transfer("10.00")
    limits = {item["kind"]: item for item in phone.send(operations.get_limits())["items"]}
    assert limits["own"]["used_today"] == "10.00"
    phone.call("DELETE", f"/v1/challenges/{transfer['challenge']['id']}")
    limits = {item["kind"]: item for item in phone.send(operations.get_limits())["items"]}
    assert limits["own"]["used_today"] == "0.00"


def test_a_receipt_is_a_pdf_too(phone: Phone) -> None:
    transfer = phone.transfer("10.00", reference="café ☕ (1) \\")
    phone.confirm(transfer["challenge"]["id"])
    path, accept = f"/transfers/{transfer['id']}/receipt", {"Accept": "application/pdf"}
    answer = phone.call("GET", f"/v1{path}", headers=accept)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"%%EOF" in answer.content[-8:]
    assert answer.content == phone.call("GET", f"/v1{path}", headers=accept).content


def test_while_the_first_request_runs_its_key_is_taken(phone: Phone, client) -> None:
    bank = client.app.registry.get(phone.sandbox.name)
    member = bank.ids.number("mem", phone.member["id"])
    bank.running_keys.add((member, "pago-1"))
    answer = phone.call("POST", "/v1/transfers", json=phone.order("1.00"), headers={"Idempotency-Key": "pago-1"})
    assert_problem(answer, 409, "idempotency_in_progress")
    bank.running_keys.clear()
    again = phone.call("POST", "/v1/transfers", json=phone.order("1.00"), headers={"Idempotency-Key": "pago-1"})
    assert again.status_code == 201
    assert bank.running_keys == set()


@pytest.mark.parametrize(
    ("per_transaction", "per_day", "left"),
    [
        (None, None, ("50000.00", "100000.00")),
        ("5.00", None, ("5.00", "100000.00")),
        (None, "24.00", ("50000.00", "24.00")),
        ("5.00", "24.00", ("5.00", "24.00")),
    ],
)
def test_a_preview_tells_what_the_members_own_caps_leave(
    phone: Phone, per_transaction: str | None, per_day: str | None, left: tuple[str, str]
) -> None:
    caps = {"kind": "own", "per_transaction": per_transaction, "per_day": per_day}
    assert phone.call("PUT", "/v1/me/limits", json={"items": [caps]}).status_code == 200

    def limits_left() -> tuple[str, str]:
        told = phone.call("POST", "/v1/transfers/preview", json=phone.order("1.00")).json()["limits_left"]
        return told["per_transaction"], told["today"]

    assert limits_left() == left
    phone.transfer("4.00")
    assert limits_left() == (left[0], f"{float(left[1]) - 4:.2f}")
