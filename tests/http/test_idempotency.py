"""A key stands for one request: its member, its operation, its path and its body."""

from tests import everything
from tests.content import contents
from tests.ownership import owner, stranger
from tests.support import Phone, assert_problem

__all__ = ["owner", "stranger"]
KEY = {"Idempotency-Key": "pago-1"}


def assert_reused(phone: Phone, path: str, body: object) -> None:
    before = contents(phone.bank)
    assert_problem(phone.call("POST", path, json=body, headers=KEY), 422, "idempotency_key_reused")
    assert contents(phone.bank) == before


def test_the_same_body_on_another_path_is_another_request(owner: Phone) -> None:
    order = owner.order("1.00")
    first = owner.call("POST", "/transfers/preview", json=order, headers=KEY)
    assert first.status_code == 200, first.text
    assert_reused(owner, "/transfers", order)
    again = owner.call("POST", "/transfers/preview", json=order, headers=KEY)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


def test_the_same_body_for_another_object_is_another_request(owner: Phone) -> None:
    """Two prepayments have the same body: which deferral is paid off stands in the path."""
    first, second = (
        everything.confirmed(owner, everything.deferred(owner, amount, 6))["id"] for amount in ("120.00", "130.00")
    )
    origin = {"origin_account_id": owner.savings()[0]["id"]}
    paid = owner.call("POST", f"/deferrals/{first}/prepayment", json=origin, headers=KEY)
    assert paid.status_code == 201, paid.text
    assert_reused(owner, f"/deferrals/{second}/prepayment", origin)


def test_the_sandbox_may_be_named_in_either_way(owner: Phone) -> None:
    """The prefix chooses the bank and is no part of the path."""
    order = owner.order("1.00")
    first = owner.call("POST", "/transfers", json=order, headers=KEY)
    bearer = {"Authorization": f"Bearer {owner.token}"}
    again = owner.bank.client.post(f"/s/{owner.bank.name}/v1/transfers", json=order, headers=KEY | bearer)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


def test_another_member_is_never_given_the_answer(owner: Phone, stranger: Phone) -> None:
    order = owner.order("1.00")
    assert owner.call("POST", "/transfers", json=order, headers=KEY).status_code == 201
    before = contents(owner.bank)
    assert_problem(stranger.call("POST", "/transfers", json=order, headers=KEY), 404, "not_found")
    assert contents(owner.bank) == before
