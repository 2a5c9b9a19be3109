"""Referrals belong to the member who made them."""

from sandbox.testing import Phone, operations
from tests import everything
from tests.ownership import owner, stranger

__all__ = ["owner", "stranger"]
FRIEND = {"name": "Ana", "phone": "0987654321"}


def test_a_referral_is_shown_to_its_member_alone_and_two_may_refer_the_same_friend(
    owner: Phone, stranger: Phone
) -> None:
    made = everything.made(owner, "/referrals", FRIEND)
    assert stranger.send(operations.list_referrals())["items"] == []
    everything.made(stranger, "/referrals", FRIEND)
    assert owner.send(operations.list_referrals())["items"] == [made]
    assert (
        owner.send(operations.get_referral_invitation())["code"]
        != stranger.send(operations.get_referral_invitation())["code"]
    )
