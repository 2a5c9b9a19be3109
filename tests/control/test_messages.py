"""The inbox of every phone."""

import threading

from tests.support import Phone, assert_problem


def test_a_code_is_a_field_of_its_message(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]
    message = phone.bank.control("GET", "/messages", params={"challenge_id": challenge["id"]})["items"][0]
    assert message["to"] == phone.member["phone"]
    assert message["code"] in message["text"]
    assert message["challenge_id"] == challenge["id"]
    assert challenge["destination"] == message["to"][:2] + "XXXXXX" + message["to"][-2:]


def test_a_wait_ends_when_the_message_leaves(phone: Phone) -> None:
    last = phone.bank.control("GET", "/messages", params={"to": phone.member["phone"], "limit": 200})["items"]
    after = {"after": last[-1]["id"]} if last else {}
    found = []
    waiting = threading.Thread(
        target=lambda: found.append(
            phone.bank.control("GET", "/messages/next", params={"to": phone.member["phone"], "wait": 20, **after})
        )
    )
    order = phone.order("0.01")
    waiting.start()
    challenge = phone.call("POST", "/transfers", json=order).json()["challenge"]["id"]
    waiting.join(15)
    assert not waiting.is_alive()
    assert found[0]["challenge_id"] == challenge


def test_no_message_in_time_is_told(phone: Phone) -> None:
    answer = phone.bank.call("GET", "/_sandbox/messages/next", params={"to": "0999999999", "wait": 0})
    assert_problem(answer, 404, "no_message")


def test_after_a_resend_the_next_message_is_the_new_one(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    phone.bank.advance("PT2M")
    phone.call("POST", f"/challenges/{challenge}/resend")
    messages = phone.bank.control("GET", "/messages", params={"challenge_id": challenge})["items"]
    assert len(messages) == 2
    assert phone.bank.code(challenge) == messages[1]["code"]


def test_an_emptied_inbox_leaves_codes_valid(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    code = phone.bank.code(challenge)
    phone.bank.control("DELETE", "/messages")
    assert phone.bank.control("GET", "/messages")["items"] == []
    assert phone.confirm(challenge, code).status_code == 200
