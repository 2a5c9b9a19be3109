"""Transfers belong to the member who made them, and take money from accounts of the member alone."""

import pytest

from sandbox.testing import Phone, operations
from tests import everything
from tests.answers import Json
from tests.ownership import assert_done, assert_not_found, beneficiary, owner, stranger

__all__ = ["owner", "stranger"]
WAYS = ["/transfers", "/transfers/preview"]


def own(origin: Phone, destination: Phone, place: int = 1) -> Json:
    return {
        "kind": "own", "amount": "1.00", "origin_account_id": origin.savings()[0]["id"],
        "destination_account_id": destination.savings()[place]["id"],
    }  # fmt: skip


def to_beneficiary(kind: str, origin: Phone, of: Phone) -> Json:
    return {
        "kind": kind, "amount": "1.00", "origin_account_id": origin.savings()[0]["id"],
        "beneficiary_id": beneficiary(of, kind),
    }  # fmt: skip


@pytest.mark.parametrize("path", WAYS)
def test_both_ends_of_an_own_transfer_are_the_members(owner: Phone, stranger: Phone, path: str) -> None:
    for order in (own(owner, owner), own(owner, stranger), own(stranger, owner), own(stranger, owner, 0)):
        assert_not_found(stranger, "POST", path, order)
    assert_done(owner, "POST", path, 201 if path == "/transfers" else 200, own(owner, owner))


@pytest.mark.parametrize("path", WAYS)
@pytest.mark.parametrize("kind", ["cooperative", "interbank"])
def test_origin_and_beneficiary_are_the_members(owner: Phone, stranger: Phone, path: str, kind: str) -> None:
    assert_not_found(stranger, "POST", path, to_beneficiary(kind, owner, owner))
    assert_not_found(stranger, "POST", path, to_beneficiary(kind, stranger, owner))
    mixed = to_beneficiary("cooperative", owner, stranger)
    assert_not_found(stranger, "POST", path, mixed)
    assert_done(owner, "POST", path, 201 if path == "/transfers" else 200, to_beneficiary(kind, owner, owner))


def test_a_transfer_that_ran_is_shown_to_its_member_alone(owner: Phone, stranger: Phone) -> None:
    made = everything.confirmed(owner, owner.transfer("1.00"))["id"]
    for path in (f"/transfers/{made}", f"/transfers/{made}/receipt"):
        assert_not_found(stranger, "GET", path)
        assert_done(owner, "GET", path, 200)
    assert stranger.send(operations.list_transfers())["items"] == []


def test_the_receiver_of_a_transfer_sees_it_in_the_movements_alone(owner: Phone, stranger: Phone) -> None:
    """Both ends know of the money; the transfer, with the sender's account and balance, is the sender's."""
    made = everything.confirmed(
        stranger, everything.made(stranger, "/transfers", to_beneficiary("cooperative", stranger, stranger))
    )
    receiver = owner.sandbox.phone("sin-fondos")
    assert receiver.send(operations.list_movements(receiver.savings()[0]["id"]))["items"][0]["amount"] == "1.00"
    assert_not_found(receiver, "GET", f"/transfers/{made['id']}")
    assert_not_found(receiver, "GET", f"/transfers/{made['id']}/receipt")


def test_a_cancelled_transfer_gives_the_days_use_back_to_its_member_alone(owner: Phone, stranger: Phone) -> None:
    def used(phone: Phone) -> str:
        return next(
            str(each["used_today"]) for each in phone.send(operations.get_limits())["items"] if each["kind"] == "own"
        )

    owner.transfer("5.00")
    stranger.cancel(stranger.transfer("1.00"))
    assert (used(owner), used(stranger)) == ("5.00", "0.00")
