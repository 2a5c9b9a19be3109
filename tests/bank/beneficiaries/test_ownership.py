"""Beneficiaries belong to the member who registered them."""

from tests.ownership import assert_done, assert_not_found, beneficiary, owner, stranger
from tests.support import Phone

__all__ = ["owner", "stranger"]


def test_a_beneficiary_is_shown_edited_and_deleted_by_its_member_alone(owner: Phone, stranger: Phone) -> None:
    path = f"/beneficiaries/{beneficiary(owner, 'interbank')}"
    for method, body in (
        ("GET", None),
        ("PATCH", {"alias": "Otra"}),
        ("PATCH", {"maximum_amount": "1.00"}),
        ("PATCH", {"maximum_amount": "9000.00"}),
        ("DELETE", None),
    ):
        assert_not_found(stranger, method, path, body)
    for method, body, status in (("GET", None, 200), ("PATCH", {"alias": "Otra"}, 200), ("DELETE", None, 204)):
        assert_done(owner, method, path, status, body)


def test_no_search_finds_another_members_beneficiaries(owner: Phone, stranger: Phone) -> None:
    mine = {each["id"] for each in stranger.get("/beneficiaries")["items"]}
    assert mine.isdisjoint(each["id"] for each in owner.get("/beneficiaries")["items"])
    assert len(mine) == 1
    for search in ("Carmen", "2203344556"):
        assert stranger.get("/beneficiaries", params={"q": search})["items"] == []
        assert len(owner.get("/beneficiaries", params={"q": search})["items"]) == 1
