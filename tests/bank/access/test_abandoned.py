"""What is started before there is a session, and left, has its event, as every operation has."""

from collections.abc import Callable

import pytest

from sandbox.testing import Sandbox, operations
from tests.answers import Json
from tests.bank.access.test_manual_walk import NEW_PHONE, enrol, identity


def enrolment(bank: Sandbox) -> Json:
    return enrol(bank)[1]


def recovery(kind: str) -> Callable[[Sandbox], Json]:
    def start(bank: Sandbox) -> Json:
        started: Json = bank.call(
            "POST", f"/v1/recoveries/{kind}", json=identity(bank.members.persona("al-dia"))
        ).json()
        return started

    return start


def replacement(bank: Sandbox) -> Json:
    member = bank.members.persona("al-dia")
    wanted = {"username": member["username"], "password": member["password"], "device": NEW_PHONE}
    started: Json = bank.call("POST", "/v1/sessions/device-replacements", json=wanted).json()
    return started


def decoy(bank: Sandbox) -> Json:
    """For a person who is no member: no code was sent, and the story is the same."""
    stranger = {"document_type": "cedula", "document_number": "1700000019"}
    started: Json = bank.call("POST", "/v1/recoveries/password", json=stranger).json()
    return started


STARTS = {
    "enrolment": enrolment, "username_recovery": recovery("username"), "password_recovery": recovery("password"),
    "device_replacement": replacement, "password_recovery of no member": decoy,
}  # fmt: skip


def cancel(bank: Sandbox, challenge: str) -> None:
    assert bank.call("DELETE", f"/v1/challenges/{challenge}").status_code == 204


def expire(bank: Sandbox, _: str) -> None:
    bank.clock.advance("PT5M")


def lock(bank: Sandbox, challenge: str) -> None:
    answers = [bank.call("POST", f"/v1/challenges/{challenge}/confirm", json={"code": "0000"}) for _ in range(3)]
    assert [answer.json()["code"] for answer in answers] == ["wrong_code", "wrong_code", "challenge_locked"]


ENDS = {"cancelled": cancel, "expired": expire, "locked": lock}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", STARTS)
def test_what_is_left_has_its_event(bank: Sandbox, name: str, end: str) -> None:
    started = STARTS[name](bank)
    ENDS[end](bank, started["challenge"]["id"])
    kind = f"{name.split(maxsplit=1)[0]}.{end}"
    (event,) = bank.send(operations.list_events(kind=kind))["items"]
    assert event["subject_id"] == started["id"]
    assert (event["member_id"] is None) == (name == "password_recovery of no member")
