"""A code is entered, asked for again and cancelled by the member it was sent to alone."""

import pytest

from sandbox.testing import Phone, operations
from tests.answers import Json, assert_problem
from tests.content import contents
from tests.ownership import assert_done, assert_not_found, owner, stranger

__all__ = ["owner", "stranger"]
CALLS = [("GET", ""), ("POST", "/confirm"), ("POST", "/resend"), ("DELETE", "")]


def body(phone: Phone, challenge: str, path: str) -> Json | None:
    return {"code": phone.sandbox.inbox.code(challenge)} if path == "/confirm" else None


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_challenge_is_the_members_alone(owner: Phone, stranger: Phone, method: str, path: str) -> None:
    challenge = owner.transfer("1.00")["challenge"]["id"]
    owner.sandbox.clock.advance("PT2M")  # a code may be asked for again
    where = f"/challenges/{challenge}{path}"
    assert_not_found(stranger, method, where, body(owner, challenge, path))
    before = contents(owner.sandbox)
    answer = owner.sandbox.call(method, f"/v1{where}", json=body(owner, challenge, path))
    assert_problem(answer, 401, "invalid_token")
    assert contents(owner.sandbox) == before
    assert_done(owner, method, where, 204 if method == "DELETE" else 200, body(owner, challenge, path))


def test_a_members_code_answers_no_other_challenge(owner: Phone, stranger: Phone) -> None:
    mine, theirs = (phone.transfer("1.00")["challenge"]["id"] for phone in (stranger, owner))
    assert_problem(stranger.call(stranger.confirmation(mine, owner.sandbox.inbox.code(theirs))), 422, "wrong_code")
    stranger.confirm(mine)
    assert owner.send(operations.get_challenge(theirs))["status"] == "pending"


def test_each_of_two_orders_of_a_member_has_a_code_of_its_own(owner: Phone) -> None:
    first, second = (owner.transfer(amount)["challenge"]["id"] for amount in ("1.00", "2.00"))
    assert_problem(owner.call(owner.confirmation(first, owner.sandbox.inbox.code(second))), 422, "wrong_code")
    owner.confirm(second)
    assert owner.send(operations.get_challenge(first))["status"] == "pending"
