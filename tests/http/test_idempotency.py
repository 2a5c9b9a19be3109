"""A key stands for one request: its member, its operation, its path and its body."""

import json

from sandbox.testing import Phone, Sandbox, operations
from tests import everything
from tests.answers import assert_problem
from tests.content import contents
from tests.ownership import owner, stranger

__all__ = ["owner", "stranger"]
KEY = {"Idempotency-Key": "pago-1"}


def assert_reused(phone: Phone, path: str, body: object) -> None:
    before = contents(phone.sandbox)
    assert_problem(phone.call("POST", f"/v1{path}", json=body, headers=KEY), 422, "idempotency_key_reused")
    assert contents(phone.sandbox) == before


def test_the_same_body_on_another_path_is_another_request(owner: Phone) -> None:
    order = owner.order("1.00")
    first = owner.call("POST", "/v1/transfers/preview", json=order, headers=KEY)
    assert first.status_code == 200, first.text
    assert_reused(owner, "/transfers", order)
    again = owner.call("POST", "/v1/transfers/preview", json=order, headers=KEY)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


def test_the_same_body_for_another_object_is_another_request(owner: Phone) -> None:
    """Two prepayments have the same body: which deferral is paid off stands in the path."""
    first, second = (
        everything.confirmed(owner, everything.deferred(owner, amount, 6))["id"] for amount in ("120.00", "130.00")
    )
    origin = {"origin_account_id": owner.savings()[0]["id"]}
    paid = owner.call("POST", f"/v1/deferrals/{first}/prepayment", json=origin, headers=KEY)
    assert paid.status_code == 201, paid.text
    assert_reused(owner, f"/deferrals/{second}/prepayment", origin)


def test_the_sandbox_may_be_named_in_either_way(owner: Phone) -> None:
    """The prefix chooses the bank and is no part of the path."""
    order = owner.order("1.00")
    first = owner.call("POST", "/v1/transfers", json=order, headers=KEY)
    bearer = {"Authorization": f"Bearer {owner.token}"}
    again = owner.sandbox.connection.client.post(
        f"/s/{owner.sandbox.name}/v1/transfers", json=order, headers=KEY | bearer
    )
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


def test_another_member_is_never_given_the_answer(owner: Phone, stranger: Phone) -> None:
    order = owner.order("1.00")
    assert owner.call("POST", "/v1/transfers", json=order, headers=KEY).status_code == 201
    before = contents(owner.sandbox)
    assert_problem(stranger.call("POST", "/v1/transfers", json=order, headers=KEY), 404, "not_found")
    assert contents(owner.sandbox) == before


def test_bodies_are_compared_by_value(owner: Phone) -> None:
    order = owner.order("1.00", reference="niñez")
    first = owner.call("POST", "/v1/transfers", json=order, headers=KEY)
    spelled = json.dumps(dict(reversed(order.items())), indent=2).replace("\\u00f1", "\\u00F1")
    headers = KEY | {"Content-Type": "application/json; charset=utf-8"}
    again = owner.call("POST", "/v1/transfers", content=spelled, headers=headers)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


def test_a_field_left_out_is_not_a_field_that_is_null(owner: Phone) -> None:
    beneficiary = owner.send(operations.list_beneficiaries())["items"][0]
    order = {
        "kind": beneficiary["kind"], "origin_account_id": owner.savings()[0]["id"],
        "beneficiary_id": beneficiary["id"], "amount": "1.00", "reference": "x",
    }  # fmt: skip
    assert owner.call("POST", "/v1/transfers", json=order, headers=KEY).status_code == 201
    assert_reused(owner, "/transfers", order | {"beneficiary_email": None})


def test_another_query_is_another_request(owner: Phone) -> None:
    order = owner.order("1.00")
    assert owner.call("POST", "/v1/transfers/preview", json=order, headers=KEY).status_code == 200
    assert_reused(owner, "/transfers/preview?x=1", order)


def test_a_confirmation_whose_answer_was_lost_can_be_asked_for_again(owner: Phone) -> None:
    challenge = owner.transfer("10.00")["challenge"]["id"]
    body = {"code": owner.sandbox.inbox.code(challenge)}
    fault = {"effect": {"status": 504, "at": "response"}, "match": {"operation_id": "confirmChallenge", "times": 1}}
    owner.sandbox.send(operations.create_fault(fault))
    path = f"/challenges/{challenge}/confirm"
    assert owner.call("POST", f"/v1{path}", json=body, headers=KEY).status_code == 504
    again = owner.call("POST", f"/v1{path}", json=body, headers=KEY)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert again.json()["resource"]["status"] == "completed"
    assert_problem(owner.call("POST", f"/v1{path}", json=body), 409, "challenge_already_confirmed")
    assert [each["status"] for each in owner.send(operations.list_transfers())["items"]] == ["completed"]
    owner.sandbox.ledger.assert_balanced()


def test_a_wrong_code_sent_again_with_its_key_costs_one_attempt(owner: Phone) -> None:
    challenge = owner.transfer("10.00")["challenge"]["id"]
    wrong = {"code": owner.wrong_code(challenge)}
    told = [owner.call("POST", f"/v1/challenges/{challenge}/confirm", json=wrong, headers=KEY) for _ in range(2)]
    assert assert_problem(told[0], 422, "wrong_code")["attempts_left"] == 2
    assert (told[1].content, told[1].headers["idempotency-replayed"]) == (told[0].content, "true")
    assert owner.send(operations.get_challenge(challenge))["attempts_left"] == 2


def recovery(phone: Phone) -> dict[str, str]:
    """A challenge of a person who has no session, and the right code."""
    identity = {"document_type": "cedula", "document_number": phone.member["document_number"]}
    started = phone.sandbox.call("POST", "/v1/recoveries/username", json=identity)
    assert started.status_code == 201, started.text
    challenge = started.json()["challenge"]["id"]
    return {"path": f"/v1/challenges/{challenge}/confirm", "code": phone.sandbox.inbox.code(challenge)}


def test_without_a_session_the_key_belongs_to_the_challenge(owner: Phone, stranger: Phone) -> None:
    mine, theirs = recovery(owner), recovery(stranger)
    first = owner.sandbox.call("POST", mine["path"], json={"code": mine["code"]}, headers=KEY)
    assert first.status_code == 200, first.text
    again = owner.sandbox.call("POST", mine["path"], json={"code": mine["code"]}, headers=KEY)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    other = owner.sandbox.call("POST", theirs["path"], json={"code": theirs["code"]}, headers=KEY)
    assert other.status_code == 200, other.text
    assert "idempotency-replayed" not in other.headers


def test_an_answer_with_tokens_is_not_kept(bank: Sandbox) -> None:
    phone = bank.phone("al-dia")
    device = {"id": "another-phone", "name": "Otro", "platform": "ios"}
    started = bank.call("POST", "/v1/sessions/device-replacements", json=phone.credentials() | {"device": device})
    assert started.status_code == 201, started.text
    challenge = started.json()["challenge"]["id"]
    body = {"code": bank.inbox.code(challenge)}
    confirmed = bank.call("POST", f"/v1/challenges/{challenge}/confirm", json=body, headers=KEY)
    assert "access_token" in confirmed.text
    again = bank.call("POST", f"/v1/challenges/{challenge}/confirm", json=body, headers=KEY)
    assert_problem(again, 409, "challenge_already_confirmed")
