"""Product requests belong to the member who made them."""

from sandbox.testing import Phone, operations
from tests import everything
from tests.ownership import assert_done, assert_not_found, owner, stranger

__all__ = ["owner", "stranger"]


def test_a_request_is_shown_to_its_member_alone(owner: Phone, stranger: Phone) -> None:
    product = owner.send(operations.list_requestable_products())["items"][0]["id"]
    path = f"/product-requests/{everything.made(owner, '/product-requests', {'product_id': product})['id']}"
    assert_not_found(stranger, "GET", path)
    assert_done(owner, "GET", path, 200)
    assert stranger.send(operations.list_product_requests())["items"] == []
    assert len(owner.send(operations.list_product_requests())["items"]) == 1
