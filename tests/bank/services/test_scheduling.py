"""Schedules: a bill once, a top-up with its amount, and a maximum that only a code raises."""

from typing import Any

import pytest

from sandbox.testing import Phone, operations
from tests import everything, stories
from tests.answers import Json, answered, assert_problem, failing
from tests.bank.challenges.test_second_check import leave
from tests.bank.test_system_accounts import cancel, cents, go_to, owner

__all__ = ["owner"]
FEE = 30  # of EEQ, in cents


def wanted(phone: Phone, biller: str = "EEQ", reference: str = everything.BILL, **changes: Any) -> Json:
    limits: Json = {"amount": "5.00"} if biller.startswith("Recarga") else {"maximum_amount": "100.00"}
    return limits | {
        "origin_account_id": phone.savings()[0]["id"], "biller_id": everything.billed_by(phone, biller),
        "reference": reference, "day_of_month": 5,
    } | changes  # fmt: skip


def scheduled(phone: Phone, **changes: Any) -> Json:
    return everything.confirmed(phone, everything.made(phone, "/scheduled-payments", wanted(phone, **changes)))


def order(phone: Phone, **changes: Any) -> Any:
    return phone.call("POST", "/v1/scheduled-payments", json=wanted(phone, **changes))


def patched(phone: Phone, schedule: Json, **changes: Any) -> Any:
    return phone.call("PATCH", f"/v1/scheduled-payments/{schedule['id']}", json=changes)


def test_one_bill_is_scheduled_once(owner: Phone) -> None:
    first = scheduled(owner)
    for changes in ({}, {"day_of_month": 20}, {"maximum_amount": "1.00"}):
        assert_problem(order(owner, **changes), 409, "already_scheduled")
    stories.edited(owner, f"/scheduled-payments/{first['id']}", paused=True)
    assert_problem(order(owner), 409, "already_scheduled")
    scheduled(owner, reference="200012345679")
    scheduled(owner, biller="CNEL", reference="1100223344")
    assert owner.call("DELETE", f"/v1/scheduled-payments/{first['id']}").status_code == 204
    scheduled(owner)
    owner.sandbox.ledger.assert_balanced()


def test_another_member_may_schedule_the_same_bill(owner: Phone) -> None:
    scheduled(owner)
    scheduled(owner.sandbox.phone("premium"))


def test_of_two_schedules_of_one_bill_that_wait_the_first_code_counts(owner: Phone) -> None:
    first, second = (everything.made(owner, "/scheduled-payments", wanted(owner)) for _ in range(2))
    everything.confirmed(owner, second)
    assert_problem(owner.call(owner.confirmation(first["challenge"]["id"])), 409, "already_scheduled")
    assert [each["id"] for each in owner.send(operations.list_scheduled_payments())["items"]] == [second["id"]]


def test_a_higher_maximum_waits_for_a_code(owner: Phone) -> None:
    made = scheduled(owner)
    place = f"/scheduled-payments/{made['id']}"
    raised = stories.edited(owner, place, maximum_amount="100.01")
    assert (raised["maximum_amount"], raised["pending_maximum_amount"]) == ("100.00", "100.01")
    for shown in (
        answered(owner.call("GET", f"/v1{place}")),
        owner.send(operations.list_scheduled_payments())["items"][0],
    ):
        assert (shown["pending_maximum_amount"], shown["challenge"]) == ("100.01", raised["challenge"])
    done = everything.confirmed(owner, raised)
    assert (done["maximum_amount"], done["pending_maximum_amount"], done["challenge"]) == ("100.01", None, None)


@pytest.mark.parametrize("maximum", ["0.01", "99.99", "100.00"])
def test_a_maximum_that_does_not_rise_counts_at_once(owner: Phone, maximum: str) -> None:
    edited = stories.edited(owner, f"/scheduled-payments/{scheduled(owner)['id']}", maximum_amount=maximum)
    assert (edited["maximum_amount"], edited["pending_maximum_amount"], edited["challenge"]) == (maximum, None, None)


def test_a_code_raises_the_maximum_to_what_was_asked_when_it_was_sent(owner: Phone) -> None:
    place = f"/scheduled-payments/{scheduled(owner)['id']}"
    first = stories.edited(owner, place, maximum_amount="200.00")
    second = stories.edited(owner, place, maximum_amount="300.00")
    assert everything.confirmed(owner, first)["maximum_amount"] == "200.00"
    cancel(owner, second["challenge"]["id"])
    assert (
        answered(owner.call("GET", f"/v1{place}"))["maximum_amount"],
        answered(owner.call("GET", f"/v1{place}"))["pending_maximum_amount"],
    ) == ("200.00", None)


def test_the_maximum_of_a_paused_schedule_is_raised_too(owner: Phone) -> None:
    place = f"/scheduled-payments/{scheduled(owner)['id']}"
    raised = stories.edited(owner, place, paused=True, maximum_amount="150.00")
    assert (raised["status"], raised["pending_maximum_amount"]) == ("paused", "150.00")
    done = everything.confirmed(owner, raised)
    assert (done["status"], done["maximum_amount"], done["next_run_at"]) == ("paused", "150.00", None)


def test_the_maximum_of_a_schedule_that_was_deleted_is_not_raised(owner: Phone) -> None:
    made = scheduled(owner)
    raised = stories.edited(owner, f"/scheduled-payments/{made['id']}", maximum_amount="150.00")
    assert owner.call("DELETE", f"/v1/scheduled-payments/{made['id']}").status_code == 204
    assert_problem(owner.call(owner.confirmation(raised["challenge"]["id"])), 404, "not_found")


def test_a_maximum_is_raised_by_a_member_with_a_phone(owner: Phone) -> None:
    made = scheduled(owner)
    owner.sandbox.send(operations.update_member(owner.member["id"], {"phone": None}))
    assert_problem(patched(owner, made, maximum_amount="150.00"), 409, "no_phone_on_file")
    assert patched(owner, made, maximum_amount="50.00").status_code == 200


def test_a_top_up_is_scheduled_with_its_amount_as_often_as_is_wanted(owner: Phone) -> None:
    claro = {"biller": "Recarga Claro", "reference": "0991234567"}
    made = scheduled(owner, **claro)
    assert (made["amount"], made["maximum_amount"]) == ("5.00", "5.00")
    assert scheduled(owner)["amount"] is None
    scheduled(owner, **claro, day_of_month=20)
    before = owner.savings()[0]["available_balance"]
    go_to(owner, "2026-12-04T23:59:00-05:00")
    assert owner.savings()[0]["available_balance"] == before
    go_to(owner, "2027-02-06T00:00:00-05:00")
    runs = owner.send(operations.list_scheduled_payment_runs(made["id"]))["items"]
    assert [(run["period"], run["outcome"], run["amount"]) for run in runs] == [
        (period, "paid", "5.00") for period in ("2027-02", "2027-01", "2026-12")
    ]
    paid = owner.send(operations.get_service_payment(runs[0]["payment_id"]))
    assert (paid["amount"], paid["automatic"], paid["biller"]) == ("5.00", True, "Recarga Claro")
    owner.sandbox.ledger.assert_balanced()


def test_a_higher_amount_of_a_top_up_waits_for_a_code(owner: Phone) -> None:
    made = scheduled(owner, biller="Recarga Claro", reference="0991234567")
    raised = stories.edited(owner, f"/scheduled-payments/{made['id']}", amount="10.00")
    assert (raised["amount"], raised["pending_maximum_amount"]) == ("5.00", "10.00")
    done = everything.confirmed(owner, raised)
    assert (done["amount"], done["maximum_amount"]) == ("10.00", "10.00")
    lowered = stories.edited(owner, f"/scheduled-payments/{made['id']}", amount="1.00")
    assert (lowered["amount"], lowered["maximum_amount"], lowered["challenge"]) == ("1.00", "1.00", None)


@pytest.mark.parametrize(
    ("biller", "changes", "told"),
    [
        ("Recarga Claro", {"amount": None}, {"amount": "required"}),
        ("Recarga Claro", {"maximum_amount": "5.00"}, {"maximum_amount": "not_taken"}),
        ("Recarga Claro", {"amount": "4.00"}, {"amount": "not_an_option"}),
        ("EEQ", {"maximum_amount": None}, {"maximum_amount": "required"}),
        ("EEQ", {"amount": "5.00"}, {"amount": "not_taken"}),
    ],
)
def test_a_bill_takes_a_maximum_and_a_top_up_an_amount(
    owner: Phone, biller: str, changes: Json, told: dict[str, str]
) -> None:
    reference = everything.BILL if biller == "EEQ" else "0991234567"
    refused = order(owner, biller=biller, reference=reference, **changes)
    assert failing(assert_problem(refused, 422, "validation_failed")) == told


@pytest.mark.parametrize(
    ("biller", "changes", "told"),
    [
        ("Recarga Claro", {"maximum_amount": "1.00"}, {"maximum_amount": "not_taken"}),
        ("Recarga Claro", {"amount": "4.00"}, {"amount": "not_an_option"}),
        ("EEQ", {"amount": "1.00"}, {"amount": "not_taken"}),
    ],
)
def test_an_edit_takes_what_the_schedule_has(owner: Phone, biller: str, changes: Json, told: dict[str, str]) -> None:
    reference = everything.BILL if biller == "EEQ" else "0991234567"
    made = scheduled(owner, biller=biller, reference=reference)
    assert failing(assert_problem(patched(owner, made, **changes), 422, "validation_failed")) == told
    assert owner.send(operations.get_scheduled_payment(made["id"])) == made


def due_at_the_run(phone: Phone) -> int:
    """What the bill of the next run will cost with its fee, in cents, asked a minute before it."""
    go_to(phone, "2026-12-05T07:59:00-05:00")
    asked = {"biller_id": everything.billed_by(phone, "EEQ"), "reference": everything.BILL}
    return cents(everything.made(phone, "/bill-inquiries", asked)["total"])


def outcome(phone: Phone, made: Json) -> str:
    phone.sandbox.clock.advance("PT1M")
    (run,) = phone.log_in().send(operations.list_scheduled_payment_runs(made["id"]))["items"]
    phone.sandbox.ledger.assert_balanced()
    return str(run["outcome"])


@pytest.mark.parametrize(("beyond", "expected"), [(-1, "retrying"), (0, "paid"), (1, "paid")])
def test_a_run_needs_the_bill_and_its_fee_to_the_cent(owner: Phone, beyond: int, expected: str) -> None:
    made = scheduled(owner)
    leave(owner, due_at_the_run(owner) + beyond)
    assert outcome(owner, made) == expected


@pytest.mark.parametrize(("beyond", "expected"), [(-1, "over_maximum"), (0, "paid"), (1, "paid")])
def test_a_maximum_allows_a_bill_of_exactly_as_much(owner: Phone, beyond: int, expected: str) -> None:
    """The fee is not the bill's: the maximum is of what the company asks for."""
    made = scheduled(owner)
    bill = due_at_the_run(owner) - FEE
    stories.edited(owner, f"/scheduled-payments/{made['id']}", maximum_amount=f"{(bill + beyond) / 100:.2f}")
    assert outcome(owner, made) == expected
