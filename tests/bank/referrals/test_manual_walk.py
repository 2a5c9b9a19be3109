"""The manual's chapter 11, «Recomendar»."""

from tests.support import Phone, assert_problem


def test_recomendar(phone: Phone) -> None:
    invitation = phone.get("/referrals/invitation")
    assert invitation["code"] in invitation["link"]
    assert invitation["link"] in invitation["text"]
    made = phone.call("POST", "/referrals", json={"name": "Ana", "phone": "0987654321"}).json()
    assert made["phone"] == "09XXXXXX21"
    sms = phone.bank.control("GET", "/messages", params={"to": "0987654321"})["items"]
    assert invitation["link"] in sms[-1]["text"]
    again = phone.call("POST", "/referrals", json={"name": "Ana", "phone": "0987654321"})
    assert_problem(again, 409, "already_referred")
    assert len(phone.get("/referrals")["items"]) == 1
