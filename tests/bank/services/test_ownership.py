"""Inquiries, payments, saved services and schedules belong to the member who made them."""

import pytest

from sandbox.testing import Phone, operations
from tests import everything
from tests.answers import Json
from tests.ownership import assert_done, assert_not_found, biller, owner, stranger

__all__ = ["owner", "stranger"]


def origin(phone: Phone) -> Json:
    return {"origin_account_id": phone.savings()[0]["id"]}


def inquiry(phone: Phone) -> Json:
    return {"inquiry_id": everything.made(phone, "/bill-inquiries", biller(phone))["id"]}


def top_up(phone: Phone) -> Json:
    company = everything.billed_by(phone, "Recarga Claro")
    return {"biller_id": company, "reference": "0991234567", "amount": "5.00"}


def monthly(phone: Phone) -> Json:
    return biller(phone) | {"day_of_month": 5, "maximum_amount": "100.00"}


@pytest.fixture
def schedule(owner: Phone) -> str:
    """An active schedule of the owner's that has run once."""
    order = origin(owner) | monthly(owner)
    made = str(everything.confirmed(owner, everything.made(owner, "/scheduled-payments", order))["id"])
    owner.sandbox.clock.advance_to("2026-12-05T09:00:00-05:00")
    owner.log_in()
    return made


def test_a_bill_is_paid_from_an_inquiry_of_ones_own(owner: Phone, stranger: Phone) -> None:
    asked = inquiry(owner)
    assert_not_found(stranger, "POST", "/service-payments", origin(stranger) | asked)
    assert_not_found(stranger, "POST", "/service-payments", origin(owner) | asked)
    assert_done(owner, "POST", "/service-payments", 201, origin(owner) | asked)


def test_bills_and_top_ups_are_paid_from_ones_own_account(owner: Phone, stranger: Phone) -> None:
    for order in (inquiry(stranger), top_up(stranger)):
        assert_not_found(stranger, "POST", "/service-payments", origin(owner) | order)
        assert_done(stranger, "POST", "/service-payments", 201, origin(stranger) | order)


def test_a_service_is_saved_with_ones_own_account(owner: Phone, stranger: Phone) -> None:
    order = biller(stranger) | {"alias": "Casa"}
    assert_not_found(stranger, "POST", "/registered-services", origin(owner) | order)
    assert_done(stranger, "POST", "/registered-services", 201, origin(stranger) | order)


def test_a_payment_is_shown_to_its_member_alone(owner: Phone, stranger: Phone) -> None:
    order = everything.made(owner, "/service-payments", origin(owner) | inquiry(owner))
    paid = f"/service-payments/{everything.confirmed(owner, order)['id']}"
    assert_not_found(stranger, "GET", paid)
    assert_done(owner, "GET", paid, 200)
    assert stranger.send(operations.list_service_payments())["items"] == []


def test_a_saved_service_is_asked_for_and_deleted_by_its_member_alone(owner: Phone, stranger: Phone) -> None:
    order = everything.made(owner, "/registered-services", biller(owner) | {"alias": "Casa"})
    saved = everything.confirmed(owner, order)["id"]
    asked = {"registered_service_id": saved}
    assert_not_found(stranger, "POST", "/bill-inquiries", asked)
    assert_not_found(stranger, "DELETE", f"/registered-services/{saved}")
    assert stranger.send(operations.list_registered_services())["items"] == []
    assert_done(owner, "POST", "/bill-inquiries", 201, asked)
    assert_done(owner, "DELETE", f"/registered-services/{saved}", 204)


def test_a_payment_is_scheduled_from_ones_own_account(owner: Phone, stranger: Phone) -> None:
    assert_not_found(stranger, "POST", "/scheduled-payments", origin(owner) | monthly(stranger))
    order = everything.made(stranger, "/scheduled-payments", origin(stranger) | monthly(stranger))
    made = f"/scheduled-payments/{everything.confirmed(stranger, order)['id']}"
    assert_not_found(stranger, "PATCH", made, origin(owner))
    other = {"origin_account_id": stranger.savings()[1]["id"]}
    assert assert_done(stranger, "PATCH", made, 200, other)["origin_account_id"] == other["origin_account_id"]


def test_a_schedule_is_shown_edited_and_deleted_by_its_member_alone(
    owner: Phone, stranger: Phone, schedule: str
) -> None:
    stranger.log_in()
    path = f"/scheduled-payments/{schedule}"
    assert len(assert_done(owner, "GET", f"{path}/runs", 200)["items"]) == 1
    for method, where, body in (
        ("GET", path, None),
        ("GET", f"{path}/runs", None),
        ("PATCH", path, {"paused": True}),
        ("PATCH", path, origin(stranger)),
        ("DELETE", path, None),
    ):
        assert_not_found(stranger, method, where, body)
    assert stranger.send(operations.list_scheduled_payments())["items"] == []
    assert_done(owner, "PATCH", path, 200, {"paused": True})
    assert_done(owner, "DELETE", path, 204)


def test_two_members_may_pay_save_and_schedule_the_same_service(owner: Phone, stranger: Phone) -> None:
    """What is a duplicate within one member's own is none between two."""
    for phone in (owner, stranger):
        saved = everything.made(phone, "/registered-services", biller(phone) | {"alias": "Casa"})
        assert everything.confirmed(phone, saved)["status"] == "active"
        planned = everything.made(phone, "/scheduled-payments", origin(phone) | monthly(phone))
        assert everything.confirmed(phone, planned)["status"] == "active"
