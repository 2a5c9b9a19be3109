"""Product requests belong to the member who made them."""

from tests import everything
from tests.ownership import assert_done, assert_not_found, owner, stranger
from tests.support import Phone

__all__ = ["owner", "stranger"]


def test_a_request_is_shown_to_its_member_alone(owner: Phone, stranger: Phone) -> None:
    product = owner.get("/requestable-products")["items"][0]["id"]
    path = f"/product-requests/{everything.made(owner, '/product-requests', {'product_id': product})['id']}"
    assert_not_found(stranger, "GET", path)
    assert_done(owner, "GET", path, 200)
    assert stranger.get("/product-requests")["items"] == []
    assert len(owner.get("/product-requests")["items"]) == 1
