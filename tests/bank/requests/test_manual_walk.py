"""The manual's chapter 10, «Solicita tus productos»."""

from tests.support import Phone, assert_problem, failing


def test_solicita_tus_productos(phone: Phone) -> None:
    products = {each["name"]: each for each in phone.get("/requestable-products")["items"]}
    deposit = products["Depósito a plazo"]
    assert deposit["minimum_amount"] == "200.00"
    for amount, code in (({}, "required"), ({"amount": "199.99"}, "too_small")):
        answer = phone.call("POST", "/product-requests", json={"product_id": deposit["id"], **amount})
        assert failing(assert_problem(answer, 422, "validation_failed")) == {"amount": code}
    made = phone.call("POST", "/product-requests", json={"product_id": deposit["id"], "amount": "200.00"}).json()
    assert made["status"] == "received"
    phone.bank.advance("PT4H")
    assert phone.log_in().get(f"/product-requests/{made['id']}")["status"] == "in_review"
    phone.bank.advance("P2D")
    assert phone.log_in().get(f"/product-requests/{made['id']}")["status"] == "answered"
    later = phone.bank.advance("P1Y")["jobs"]
    assert [job for job in later if job["kind"] == "product_request.progress"] == []
