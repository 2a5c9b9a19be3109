"""Cards, payments to them and cards elsewhere belong to their member."""

from sandbox.testing import Phone, operations
from tests import everything
from tests.answers import Json
from tests.ownership import assert_done, assert_not_found, card, external_card, owner, stranger

__all__ = ["owner", "stranger"]


def payment(origin: Phone, **to: str) -> Json:
    return {"origin_account_id": origin.savings()[0]["id"], "amount": "1.00", "reference": "x", **to}


def test_a_card_and_its_purchases_are_shown_to_its_member_alone(owner: Phone, stranger: Phone) -> None:
    for path in (f"/cards/{card(owner)}", f"/cards/{card(owner)}/purchases"):
        assert_not_found(stranger, "GET", path)
        assert_done(owner, "GET", path, 200)
    assert [each["id"] for each in stranger.send(operations.list_cards())["items"]] != [card(owner)]


def test_a_card_is_paid_by_its_member_alone_from_an_account_of_ones_own(owner: Phone, stranger: Phone) -> None:
    assert_not_found(stranger, "POST", "/card-payments", payment(stranger, card_id=card(owner)))
    assert_not_found(stranger, "POST", "/card-payments", payment(owner, card_id=card(owner)))
    assert_not_found(stranger, "POST", "/card-payments", payment(owner, card_id=card(stranger)))
    assert_done(stranger, "POST", "/card-payments", 201, payment(stranger, card_id=card(stranger)))


def test_a_card_elsewhere_is_paid_by_its_member_alone(owner: Phone, stranger: Phone) -> None:
    theirs, mine = external_card(owner), external_card(stranger)
    assert_not_found(stranger, "POST", "/card-payments", payment(stranger, external_card_id=theirs))
    assert_not_found(stranger, "POST", "/card-payments", payment(owner, external_card_id=theirs))
    assert_not_found(stranger, "POST", "/card-payments", payment(owner, external_card_id=mine))
    assert_done(owner, "POST", "/card-payments", 201, payment(owner, external_card_id=theirs))


def test_a_card_elsewhere_is_shown_edited_and_deleted_by_its_member_alone(owner: Phone, stranger: Phone) -> None:
    path = f"/external-cards/{external_card(owner)}"
    for method, body in (
        ("GET", None),
        ("PATCH", {"alias": "Mía"}),
        ("PATCH", {"maximum_amount": "1.00"}),
        ("PATCH", {"maximum_amount": "900.00"}),
        ("DELETE", None),
    ):
        assert_not_found(stranger, method, path, body)
    assert stranger.send(operations.list_external_cards())["items"] == []
    for method, body, status in (("GET", None, 200), ("PATCH", {"alias": "Mía"}, 200), ("DELETE", None, 204)):
        assert_done(owner, method, path, status, body)


def test_two_members_may_register_the_same_card_elsewhere(owner: Phone, stranger: Phone) -> None:
    external_card(owner)
    external_card(stranger)


def test_a_payment_is_shown_to_its_member_alone(owner: Phone, stranger: Phone) -> None:
    order = everything.made(owner, "/card-payments", payment(owner, card_id=card(owner)))
    path = f"/card-payments/{everything.confirmed(owner, order)['id']}"
    assert_not_found(stranger, "GET", path)
    assert_done(owner, "GET", path, 200)
    assert stranger.send(operations.list_card_payments())["items"] == []
