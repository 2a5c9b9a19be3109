"""Accounts and their movements are shown to their member alone."""

from sandbox.testing import Phone
from tests.answers import assert_problem
from tests.ownership import assert_done, assert_not_found, owner, stranger

__all__ = ["owner", "stranger"]


def test_an_account_and_its_movements_are_the_members_alone(owner: Phone, stranger: Phone) -> None:
    for account in owner.accounts():
        for path in (f"/accounts/{account['id']}", f"/accounts/{account['id']}/movements"):
            assert_not_found(stranger, "GET", path)
            assert_done(owner, "GET", path, 200)


def test_no_export_shows_another_members_movements(owner: Phone, stranger: Phone) -> None:
    path = f"/accounts/{owner.savings()[0]['id']}/movements"
    csv = {"Accept": "text/csv"}
    assert_problem(stranger.call("GET", f"/v1{path}", headers=csv), 404, "not_found")
    assert owner.call("GET", f"/v1{path}", headers=csv).status_code == 200


def test_the_summary_shows_nothing_of_another_member(owner: Phone, stranger: Phone) -> None:
    def ids(phone: Phone) -> set[str]:
        return {item["id"] for group in phone.products()["groups"] for item in group["items"]}

    assert len(ids(owner)) == 4
    assert len(ids(stranger)) == 3
    assert ids(owner).isdisjoint(ids(stranger))
