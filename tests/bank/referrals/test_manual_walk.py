"""The manual's chapter 11, «Recomendar»."""

from sandbox.testing import Phone, operations
from tests.answers import assert_problem


def test_recomendar(phone: Phone) -> None:
    invitation = phone.send(operations.get_referral_invitation())
    assert invitation["code"] in invitation["link"]
    assert invitation["link"] in invitation["text"]
    made = phone.call("POST", "/v1/referrals", json={"name": "Ana", "phone": "0987654321"}).json()
    assert made["phone"] == "09XXXXXX21"
    sms = phone.sandbox.send(operations.list_messages(to="0987654321"))["items"]
    assert invitation["link"] in sms[-1]["text"]
    again = phone.call("POST", "/v1/referrals", json={"name": "Ana", "phone": "0987654321"})
    assert_problem(again, 409, "already_referred")
    assert len(phone.send(operations.list_referrals())["items"]) == 1
