"""Recordings: what is in them, and what is not."""

import hashlib
import json
import re

from sandbox.control.effects import MOST
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem, failing
from tests.transport import bank_of, registry_of


def lines(bank: Sandbox) -> list[dict]:
    return [json.loads(line) for line in bank.call("GET", "/_sandbox/recording").text.splitlines()]


def test_a_recording_begins_with_the_first_day_and_holds_what_steers_the_bank(phone: Phone, bank: Sandbox) -> None:
    phone.transfer("1.00")
    told = bank.record()
    assert (told["exchanges"], told["now"]) == (0, "2026-11-23T09:15:00-05:00")
    assert_problem(phone.call("GET", "/v1/me"), 401, "invalid_token")
    phone.log_in()
    bank.send(operations.list_members())
    bank.send(operations.verify_requests({"match": {}}))
    bank.send(operations.advance_clock({"by": "P1D"}))
    head, *exchanges = lines(bank)
    assert (head["recording"], head["clock_start"], head["members"]) == (1, "2026-11-23T09:15:00-05:00", 40)
    assert [each["operation_id"] for each in exchanges] == ["getProfile", "createSession", "advanceClock"]
    assert [each["answer"]["status"] for each in exchanges] == [401, 201, 200]
    bank.stop_recording()
    assert_problem(bank.call("GET", "/_sandbox/recording"), 409, "not_recording")
    assert_problem(bank.call("DELETE", "/_sandbox/recording"), 409, "not_recording")


def test_a_clock_stands_still_while_it_is_recorded_also_behind_a_reset(client) -> None:
    assert client.post("/_sandbox/sandboxes", json={"name": "ticking"}).status_code == 201
    bank = bank_of(client, "ticking")
    assert bank.clock.read()["rate"] == 1
    bank.record()
    assert bank.clock.read()["rate"] == 0
    bank.clock.set(rate=60)
    bank.reset()
    assert bank.clock.read() == {"now": "2026-11-23T09:15:00-05:00", "rate": 0}
    bank.stop_recording()
    bank.reset()
    assert bank.clock.read()["rate"] == 1


def test_two_banks_of_one_seed_answer_the_same_to_the_byte(client) -> None:
    """From login to receipt, the ids and tokens, too."""
    told = []
    for name in ("one", "other"):
        assert client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}).status_code == 201
        bank = bank_of(client, name)
        answers: list[tuple[int, dict[str, str], bytes]] = []
        phone = Phone(bank, bank.members.persona("al-dia"))
        heard = bank.connection.call

        def call(method: str, path: str, sandbox: str, answers=answers, heard=heard, **options):
            answer = heard(method, path, sandbox, **options)
            if path.startswith("/v1"):
                answers.append((answer.status_code, dict(answer.headers), answer.content))
            return answer

        bank.connection.call = call
        phone.log_in()
        transfer = phone.transfer("12.34")
        assert_problem(phone.call(phone.confirmation(transfer["challenge"]["id"], "x")), 422, "validation_failed")
        phone.confirm(transfer)
        bank.clock.advance("P1D")
        phone.log_in()
        phone.send(operations.list_notifications())
        phone.call("GET", f"/v1/transfers/{transfer['id']}/receipt", headers={"Accept": "application/pdf"})
        told.append(answers)
        client.delete(f"/_sandbox/sandboxes/{name}")
    assert len(told[0]) == 8
    assert told[0] == told[1]


def test_a_long_answer_is_recorded_by_size_and_hash(bank: Sandbox) -> None:
    bank.record()
    phone = bank.phone("historia-larga")
    exported = phone.call(
        "GET", f"/v1/accounts/{phone.accounts()[0]['id']}/movements", headers={"Accept": "text/csv"}
    ).content
    head, *exchanges = lines(bank)
    body = exchanges[-1]["answer"]["body"]
    assert head["whole"]
    assert (body["bytes"], body["sha256"]) == (len(exported), hashlib.sha256(exported).hexdigest())
    assert body["shown"] == "[redacted]"


def test_a_full_recording_says_that_it_is_not_whole(client, bank: Sandbox) -> None:
    bank.record()
    recording = registry_of(client).get(bank.name).notes.recording
    assert recording is not None
    phone = bank.phone("al-dia")
    assert lines(bank)[0]["whole"]
    recording._room = 0
    phone.products()
    head, *exchanges = lines(bank)
    assert (head["whole"], [each["operation_id"] for each in exchanges]) == (False, ["createSession"])


def test_of_an_answer_with_secrets_the_rest_is_recorded_and_a_hash_of_the_whole(bank: Sandbox) -> None:
    bank.record()
    phone = bank.phone("al-dia")
    told = phone.call("GET", "/v1/products")
    _, session, products = lines(bank)
    body = session["answer"]["body"]
    assert body["shown"]["token_type"] == "Bearer"
    assert body["shown"]["member"] == phone.session["member"]
    assert body["shown"]["access_token"] == body["shown"]["refresh_token"] == "[redacted]"
    assert products["answer"]["body"] == told.text
    assert phone.refresh_token not in json.dumps(session)


def test_of_the_headers_those_are_recorded_which_the_bank_acts_upon(bank: Sandbox) -> None:
    fault = {"match": {"headers": {"X-Broken": "si"}}, "effect": {"status": 503}}
    bank.record()
    bank.send(operations.create_fault(fault))
    phone = bank.phone("al-dia")
    sent = {"Cookie": "a=b", "X-Api-Key": "k", "X-Broken": "si", "Accept-Language": "en"}
    assert phone.call("GET", "/v1/products", headers=sent).status_code == 503
    assert phone.call("GET", "/v1/products", headers=sent | {"X-Broken": "no"}).status_code == 200
    phone.call("GET", "/v1/products", headers={"Authorization": "Bearer something-else"})
    phone.call("GET", "/v1/products", headers={"Authorization": "something-else"})
    headers = [{name: value for name, value in line["headers"] if name != "accept"} for line in lines(bank)[3:]]
    own = {"authorization": f"Bearer {phone.token}", "accept-language": "en"}
    assert headers == [
        own | {"x-broken": "si"}, own, {"authorization": "Bearer [redacted]"}, {"authorization": "[redacted]"},
    ]  # fmt: skip


def test_a_webhooks_secret_is_in_no_recording(bank: Sandbox) -> None:
    bank.record()
    given = "whsec_" + "QUJD" * 8
    made = [bank.send(operations.create_webhook({"url": "http://127.0.0.1:9/x", **more}))
            for more in ({}, {"secret": given})]  # fmt: skip
    refused = bank.call("POST", "/_sandbox/webhooks", json={"url": "ftp://x", "secret": given})
    assert "url" in failing(assert_problem(refused, 422, "validation_failed"))
    _, *exchanges = lines(bank)
    assert [json.loads(each["body"]) for each in exchanges] == [{"url": "http://127.0.0.1:9/x", "secret": None}] * 2
    assert all(each["secret"] not in json.dumps(exchanges) for each in made)


def effects(bank: Sandbox) -> dict[str, list[str]]:
    """The effects of what was recorded, by operation; the latest of each."""
    return {each["operation_id"]: each["effects"] for each in lines(bank)[1:]}


def test_what_a_request_did_is_recorded_with_it(bank: Sandbox) -> None:
    bank.record()
    phone = bank.phone("al-dia")
    transfer = phone.transfer("5.00")
    code = bank.inbox.code(transfer["challenge"]["id"])
    phone.confirm(transfer)
    phone.call("GET", "/v1/me")
    told = effects(bank)
    assert told["getProfile"] == []
    created = [" ".join(each.split()[1:3]) for each in told["createTransfer"]]
    assert created == ["event message.sent", "event transfer.created", "message sms"]
    assert not [each for each in told["createTransfer"] if code in each]
    assert "[code]" in told["createTransfer"][-1]
    postings = [each.split()[3:5] for each in told["confirmChallenge"] if each.split()[1] == "posting"]
    assert [amount for _, amount in postings] == ["-5.00", "5.00"]
    assert postings[0][0] == transfer["origin_account_id"]


def test_what_came_due_is_recorded_with_the_call_that_moved_the_clock(bank: Sandbox) -> None:
    bank.record()
    bank.call("GET", "/v1/app")
    bank.clock.advance("P1M")
    bank.call("GET", "/v1/app")
    told = [(each["operation_id"], each["effects"]) for each in lines(bank)[1:]]
    assert [name for name, _ in told] == ["getAppInfo", "advanceClock", "getAppInfo"]
    assert told[0][1] == told[2][1] == []
    assert [each for each in told[1][1] if "scheduled_payment." in each]


def test_of_very_many_effects_the_first_are_told_and_the_rest_counted(bank: Sandbox) -> None:
    bank.record()
    bank.life.set("busy")
    bank.clock.advance("P3M")
    told = effects(bank)["advanceClock"]
    assert len(told) == MOST + 1
    assert re.fullmatch(r"[0-9]+ more, SHA-256 [0-9a-f]{64}", told[-1])
    assert int(told[-1].split()[0]) > MOST


def test_what_was_done_before_a_restore_cannot_be_told(bank: Sandbox) -> None:
    bank.record()
    bank.snapshot("s")
    bank.phone("al-dia")
    bank.restore("s")
    bank.phone("al-dia")
    _, login, restored, again = lines(bank)[1:]
    assert [each["operation_id"] for each in (login, restored, again)] == [
        "createSession", "restoreSnapshot", "createSession",
    ]  # fmt: skip
    assert "effects" not in login
    assert restored["effects"] == []
    assert len(again["effects"]) == 1
    bank.delete_snapshot("s")
