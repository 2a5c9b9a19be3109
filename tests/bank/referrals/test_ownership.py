"""Referrals belong to the member who made them."""

from tests import everything
from tests.ownership import owner, stranger
from tests.support import Phone

__all__ = ["owner", "stranger"]
FRIEND = {"name": "Ana", "phone": "0987654321"}


def test_a_referral_is_shown_to_its_member_alone_and_two_may_refer_the_same_friend(
    owner: Phone, stranger: Phone
) -> None:
    made = everything.made(owner, "/referrals", FRIEND)
    assert stranger.get("/referrals")["items"] == []
    everything.made(stranger, "/referrals", FRIEND)
    assert owner.get("/referrals")["items"] == [made]
    assert owner.get("/referrals/invitation")["code"] != stranger.get("/referrals/invitation")["code"]
