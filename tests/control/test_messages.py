"""The inbox of every phone."""

import threading

import pyotp
import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, answered, assert_problem
from tests.functional.processes import ROOT


def test_a_code_is_a_field_of_its_message(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]
    message = phone.sandbox.send(operations.list_messages(challenge_id=challenge["id"]))["items"][0]
    assert message["to"] == phone.member["phone"]
    assert message["code"] in message["text"]
    assert message["challenge_id"] == challenge["id"]
    assert challenge["destination"] == message["to"][:2] + "XXXXXX" + message["to"][-2:]


def test_a_wait_ends_when_the_message_leaves(phone: Phone) -> None:
    last = phone.sandbox.send(operations.list_messages(to=phone.member["phone"], limit=200))["items"]
    after = {"after": last[-1]["id"]} if last else {}
    found = []
    waiting = threading.Thread(
        target=lambda: found.append(
            answered(
                phone.sandbox.call(
                    "GET", "/_sandbox/messages/next", params={"to": phone.member["phone"], "wait": 20, **after}
                )
            )
        )
    )
    order = phone.order("0.01")
    waiting.start()
    challenge = phone.call("POST", "/v1/transfers", json=order).json()["challenge"]["id"]
    waiting.join(15)
    assert not waiting.is_alive()
    assert found[0]["challenge_id"] == challenge


def test_no_message_in_time_is_told(phone: Phone) -> None:
    answer = phone.sandbox.call("GET", "/_sandbox/messages/next", params={"to": "0999999999", "wait": 0})
    assert_problem(answer, 404, "no_message")


def test_after_a_resend_the_next_message_is_the_new_one(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    phone.sandbox.clock.advance("PT2M")
    phone.call("POST", f"/v1/challenges/{challenge}/resend")
    messages = phone.sandbox.send(operations.list_messages(challenge_id=challenge))["items"]
    assert len(messages) == 2
    assert phone.sandbox.inbox.code(challenge) == messages[1]["code"]


def test_an_emptied_inbox_leaves_codes_valid(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    code = phone.sandbox.inbox.code(challenge)
    phone.sandbox.inbox.clear()
    assert phone.sandbox.send(operations.list_messages())["items"] == []
    phone.confirm(challenge, code)


def computed(bank: Sandbox, challenge: str, sends: int) -> str:
    """The `sends`th code of a challenge, made of what `getCodeSecret` tells and of nothing else the bank knows."""
    told = bank.send(operations.get_code_secret())
    counter = (int(challenge[4:20], 16) + sends - 1) % 2**64
    # pyotp takes no fewer than 6 digits; shorter codes are the end of longer ones.
    return pyotp.HOTP(told["secret"], digits=8).at(counter)[-told["digits"] :]


def test_a_code_can_be_computed_instead_of_read(phone: Phone) -> None:
    told = phone.sandbox.send(operations.get_code_secret())
    assert (told["algorithm"], told["digits"]) == ("SHA1", 6)
    transfer = phone.transfer()
    challenge = transfer["challenge"]["id"]
    code = pyotp.HOTP(told["secret"], digits=6).at(int(challenge[4:20], 16))
    assert code == computed(phone.sandbox, challenge, 1) == phone.sandbox.inbox.code(challenge)
    assert phone.confirm(challenge, code)["resource"]["status"] == "completed"
    phone.sandbox.ledger.assert_balanced()


def test_so_can_the_code_after_a_resend(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    phone.sandbox.clock.advance("PT2M")
    assert phone.call("POST", f"/v1/challenges/{challenge}/resend").status_code == 200
    assert_problem(phone.call(phone.confirmation(challenge, computed(phone.sandbox, challenge, 1))), 422, "wrong_code")
    second = computed(phone.sandbox, challenge, 2)
    assert second == phone.sandbox.inbox.code(challenge)
    assert phone.confirm(challenge, second)["resource"]["status"] == "completed"


@pytest.mark.parametrize("digits", [4, 8])
def test_so_can_codes_of_another_length(phone: Phone, digits: int) -> None:
    rules = (ROOT / "rules" / "otp.yaml").read_text(encoding="utf-8")
    longer = rules.replace("digits: 6", f"digits: {digits}")
    assert phone.sandbox.call("PUT", "/_sandbox/rules/otp", content=longer).status_code == 200
    assert phone.sandbox.send(operations.get_code_secret())["digits"] == digits
    challenge = phone.transfer()["challenge"]["id"]
    code = computed(phone.sandbox, challenge, 1)
    assert len(code) == digits
    assert code == phone.sandbox.inbox.code(challenge)
    assert phone.confirm(challenge, code)["resource"]["status"] == "completed"


def test_codes_of_one_who_is_not_logged_in_can_be_computed_too(phone: Phone) -> None:
    asked = {key: phone.member[key] for key in ("document_type", "document_number")}
    challenge = phone.sandbox.call("POST", "/v1/recoveries/username", json=asked).json()["challenge"]["id"]
    assert computed(phone.sandbox, challenge, 1) == phone.sandbox.inbox.code(challenge)


@pytest.mark.parametrize(("language", "says"), [("es", "menos 1, módulo 2**64"), ("en", "minus 1, modulo 2**64")])
def test_how_the_counter_is_made_is_told_in_the_callers_language(bank: Sandbox, language: str, says: str) -> None:
    answer = bank.call("GET", "/_sandbox/messages/secret", headers={"Accept-Language": language})
    assert says in answer.json()["counter"]


def test_messages_can_be_listed_newest_first_page_by_page(bank: Sandbox, phone: Phone) -> None:
    for cents in range(1, 6):
        phone.transfer(f"1.0{cents}")
    oldest = bank.send(operations.list_messages())["items"]
    seen: list[Json] = []
    cursor: str | None = None
    while True:
        wanted = {"order": "newest", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = bank.send(operations.list_messages(**wanted))
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == oldest[::-1]
    assert len(seen) >= 5


def test_messages_are_found_by_text_and_member(bank: Sandbox, phone: Phone) -> None:
    challenge = phone.transfer("1.00")["challenge"]["id"]
    code = bank.inbox.code(challenge)
    [found] = bank.send(operations.list_messages(q=code))["items"]
    assert found["challenge_id"] == challenge
    assert found["member_id"] == phone.member["id"]
    assert bank.send(operations.list_messages(q="CÓDIGO"))["items"]
    other = next(each["id"] for each in bank.members.all() if each["id"] != phone.member["id"])
    assert bank.send(operations.list_messages(member_id=other))["items"] == []


def test_a_message_tells_what_has_become_of_its_code(bank: Sandbox, phone: Phone) -> None:
    def states() -> list[str]:
        return [each["code_state"] for each in bank.send(operations.list_messages())["items"] if each["code"]]

    first = phone.transfer("1.00")["challenge"]
    assert states() == ["usable"]
    message = bank.send(operations.list_messages())["items"][0]
    assert message["expires_at"] == first["expires_at"]
    assert message["request_id"] == phone_request(bank, "createTransfer")
    bank.clock.advance("PT2M")
    assert phone.call("POST", f"/v1/challenges/{first['id']}/resend").status_code == 200
    assert states() == ["dead", "usable"]
    phone.confirm(first["id"])
    assert states() == ["dead", "used"]
    second = phone.transfer("1.00")["challenge"]["id"]
    wrong = phone.wrong_code(second)
    for _ in range(3):
        phone.call(phone.confirmation(second, wrong))
    assert states()[-1] == "locked"
    third = phone.transfer("1.00")["challenge"]["id"]
    assert phone.call("DELETE", f"/v1/challenges/{third}").status_code == 204
    assert states()[-1] == "dead"


def phone_request(bank: Sandbox, operation: str) -> str:
    return str(bank.send(operations.list_traffic(operation_id=operation))["items"][0]["id"])


def test_contacts_are_whom_was_written_to_the_latest_first(bank: Sandbox) -> None:
    one, other = (bank.phone(name) for name in ("al-dia", "premium"))
    one.transfer("1.00")
    one.transfer("2.00")
    contacts = bank.send(operations.list_contacts())["items"]
    [mine] = [each for each in contacts if each["member_id"] == one.member["id"] and each["channel"] == "sms"]
    assert (mine["to"], mine["name"], mine["persona"]) == (one.member["phone"], one.member["name"], "al-dia")
    assert mine["messages"] == 2
    assert contacts[0]["member_id"] == one.member["id"]
    assert other.member["id"] not in [each["member_id"] for each in contacts]
