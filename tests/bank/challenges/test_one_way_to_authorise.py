"""Challenge, confirm, operation."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem


def test_the_right_code_moves_the_money_once(phone: Phone) -> None:
    origin, destination = phone.savings()[:2]
    transfer = phone.transfer("10.00")
    assert transfer["status"] == "pending_confirmation"
    answer = phone.call(phone.confirmation(transfer["challenge"]["id"]))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["challenge"]["status"] == "confirmed"
    assert body["operation"] == {"kind": "transfer", "id": transfer["id"]}
    assert body["resource"]["status"] == "completed"
    again = phone.call(phone.confirmation(transfer["challenge"]["id"]))
    assert_problem(again, 409, "challenge_already_confirmed")
    moved = float(origin["available_balance"]) - float(phone.available(origin["id"]))
    gained = float(phone.available(destination["id"])) - float(destination["available_balance"])
    assert moved == pytest.approx(10.00)
    assert gained == pytest.approx(10.00)
    phone.sandbox.ledger.assert_balanced()


def test_a_right_code_is_told_as_an_event(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    phone.confirm(challenge)
    (told,) = phone.sandbox.send(operations.list_events(kind="challenge.confirmed"))["items"]
    assert (told["subject_id"], told["member_id"]) == (challenge, phone.member["id"])


def test_funds_are_held_between_order_and_code(phone: Phone) -> None:
    origin = phone.savings()[0]
    phone.transfer("10.00")
    account = phone.send(operations.get_account(origin["id"]))
    assert account["book_balance"] == origin["book_balance"]
    assert float(account["available_balance"]) == pytest.approx(float(origin["available_balance"]) - 10)
    assert [hold["amount"] for hold in account["holds"] if hold["reason"] == "operation"] == ["10.00"]
    phone.sandbox.ledger.assert_balanced()


def test_a_wrong_code_costs_an_attempt_even_though_it_is_refused(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    problem = assert_problem(phone.call(phone.confirmation(challenge, phone.wrong_code(challenge))), 422, "wrong_code")
    assert problem["attempts_left"] == 2
    assert phone.send(operations.get_challenge(challenge))["attempts_left"] == 2


def test_the_third_wrong_code_locks_cancels_and_releases(phone: Phone) -> None:
    before = phone.savings()[0]["available_balance"]
    transfer = phone.transfer()
    challenge = transfer["challenge"]["id"]
    wrong = phone.wrong_code(challenge)
    codes = [phone.refused(phone.confirmation(challenge, wrong)).code for _ in range(3)]
    assert codes == ["wrong_code", "wrong_code", "challenge_locked"]
    assert_problem(phone.call(phone.confirmation(challenge)), 409, "challenge_locked")  # the right code comes too late
    assert phone.send(operations.get_transfer(transfer["id"]))["status"] == "locked"
    assert phone.savings()[0]["available_balance"] == before
    assert phone.send(operations.get_limits())["items"][0]["used_today"] == "0.00"
    phone.sandbox.ledger.assert_balanced()


def test_a_code_dies_with_the_clock_and_gives_everything_back(phone: Phone) -> None:
    before = phone.savings()[0]["available_balance"]
    transfer = phone.transfer()
    challenge = transfer["challenge"]["id"]
    code = phone.sandbox.inbox.code(challenge)
    ran = phone.sandbox.clock.advance("PT5M")["jobs"]
    assert [(job["kind"], job["subject"]) for job in ran] == [("challenge.expiry", challenge)]
    phone.log_in()
    assert_problem(phone.call(phone.confirmation(challenge, code)), 409, "challenge_expired")
    assert phone.send(operations.get_transfer(transfer["id"]))["status"] == "expired"
    assert phone.savings()[0]["available_balance"] == before
    phone.sandbox.ledger.assert_balanced()


def test_one_second_before_the_end_the_code_still_counts(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    code = phone.sandbox.inbox.code(challenge)
    phone.sandbox.clock.advance("PT4M59S")
    phone.confirm(challenge, code)


def test_cancelling_gives_the_hold_back(phone: Phone) -> None:
    before = phone.savings()[0]["available_balance"]
    transfer = phone.transfer()
    challenge = transfer["challenge"]["id"]
    assert phone.call("DELETE", f"/v1/challenges/{challenge}").status_code == 204
    assert phone.send(operations.get_transfer(transfer["id"]))["status"] == "cancelled"
    assert phone.savings()[0]["available_balance"] == before
    assert_problem(phone.call(phone.confirmation(challenge)), 409, "challenge_cancelled")
    assert_problem(phone.call("DELETE", f"/v1/challenges/{challenge}"), 409, "challenge_cancelled")
    phone.sandbox.ledger.assert_balanced()


def test_a_new_code_kills_the_old_one(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    old = phone.sandbox.inbox.code(challenge)
    assert_problem(phone.call("POST", f"/v1/challenges/{challenge}/resend"), 429, "resend_too_soon")
    phone.sandbox.clock.advance("PT2M")
    assert phone.call("POST", f"/v1/challenges/{challenge}/resend").status_code == 200
    new = phone.sandbox.inbox.code(challenge)
    assert new != old
    assert_problem(phone.call(phone.confirmation(challenge, old)), 422, "wrong_code")
    phone.confirm(challenge, new)


def test_too_soon_says_how_long_to_wait_and_which_rule_said_so(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    phone.sandbox.clock.advance("PT30S")
    answer = phone.call("POST", f"/v1/challenges/{challenge}/resend")
    problem = assert_problem(answer, 429, "resend_too_soon")
    assert answer.headers["retry-after"] == "90"
    assert problem["rule"]["id"].startswith("otp.")


def test_codes_sent_again_are_capped_by_the_hour(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    answers = []
    for _ in range(5):
        phone.sandbox.clock.advance("PT2M")
        answers.append(phone.log_in().call("POST", f"/v1/challenges/{challenge}/resend"))
    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    assert_problem(answers[4], 429, "resend_limit_reached")
    assert answers[4].headers["Retry-After"] == "3000"  # an hour after the first code, which leaves the window then
    assert [each["kind"] for each in codes_of(phone, challenge)] == ["code", *["code_again"] * 4]


def test_a_wait_between_codes_is_told_to_the_second(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    phone.sandbox.clock.advance("PT1M59S")
    answer = phone.call("POST", f"/v1/challenges/{challenge}/resend")
    assert_problem(answer, 429, "resend_too_soon")
    assert answer.headers["Retry-After"] == "1"


def codes_of(phone: Phone, challenge: str) -> list[Json]:
    return phone.sandbox.send(operations.list_messages(challenge_id=challenge))["items"]


def test_twenty_simultaneous_confirms_move_the_money_once(phone: Phone) -> None:
    origin = phone.savings()[0]
    challenge = phone.transfer("10.00")["challenge"]["id"]
    code = phone.sandbox.inbox.code(challenge)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: phone.call(phone.confirmation(challenge, code)), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert float(phone.available(origin["id"])) == pytest.approx(float(origin["available_balance"]) - 10)
    phone.sandbox.ledger.assert_balanced()


def test_of_eight_transfers_of_the_whole_balance_one_is_accepted(phone: Phone) -> None:
    whole = phone.savings()[0]["available_balance"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: phone.call("POST", "/v1/transfers", json=phone.order(whole)), range(8)))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(refused) == 7
    for answer in refused:
        assert_problem(answer, 409, "insufficient_funds")
    phone.sandbox.ledger.assert_balanced()


@pytest.mark.parametrize("code", ["", "12345a", "１２３４５６", "1", "123456 ", "12345678901"])
def test_what_is_no_code_is_refused_and_costs_nothing(phone: Phone, code: str) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    assert_problem(phone.call(phone.confirmation(challenge, code)), 422, "validation_failed")
    assert phone.send(operations.get_challenge(challenge))["attempts_left"] == 3


def test_a_challenge_is_nobody_elses(phone: Phone, bank: Sandbox) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    other = bank.phone(
        next(m for m in bank.members.all()[1:] if m["username"] and m["device"] and m["persona"] is None)
    )
    code = bank.inbox.code(challenge)
    assert_problem(other.call(other.confirmation(challenge, code)), 404, "not_found")
    assert_problem(bank.call("GET", f"/v1/challenges/{challenge}"), 401, "invalid_token")
    assert_problem(bank.call("POST", f"/v1/challenges/{challenge}/confirm", json={"code": code}), 401, "invalid_token")
    phone.confirm(challenge)
