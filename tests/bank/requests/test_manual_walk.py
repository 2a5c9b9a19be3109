"""The manual's chapter 10, «Solicita tus productos»."""

from sandbox.testing import Phone, operations
from tests.answers import assert_problem, failing


def test_solicita_tus_productos(phone: Phone) -> None:
    products = {each["name"]: each for each in phone.send(operations.list_requestable_products())["items"]}
    deposit = products["Depósito a plazo"]
    assert deposit["minimum_amount"] == "200.00"
    for amount, code in (({}, "required"), ({"amount": "199.99"}, "too_small")):
        answer = phone.call("POST", "/v1/product-requests", json={"product_id": deposit["id"], **amount})
        assert failing(assert_problem(answer, 422, "validation_failed")) == {"amount": code}
    made = phone.call("POST", "/v1/product-requests", json={"product_id": deposit["id"], "amount": "200.00"}).json()
    assert made["status"] == "received"
    phone.sandbox.clock.advance("PT4H")
    assert phone.log_in().send(operations.get_product_request(made["id"]))["status"] == "in_review"
    phone.sandbox.clock.advance("P2D")
    assert phone.log_in().send(operations.get_product_request(made["id"]))["status"] == "answered"
    later = phone.sandbox.clock.advance("P1Y")["jobs"]
    assert [job for job in later if job["kind"] == "product_request.progress"] == []
