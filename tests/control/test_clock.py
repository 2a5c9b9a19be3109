"""Time that can be moved."""

import pytest

from tests.support import Phone, Sandbox, assert_problem, failing


def test_a_frozen_clock_stands(bank: Sandbox) -> None:
    assert bank.control("GET", "/clock") == bank.control("GET", "/clock")
    assert bank.control("GET", "/clock")["rate"] == 0


def test_a_clock_is_set_forward_and_never_back(bank: Sandbox) -> None:
    assert (
        bank.control("PUT", "/clock", json={"now": "2027-01-01T00:00:00-05:00"})["now"] == "2027-01-01T00:00:00-05:00"
    )
    answer = bank.call("PUT", "/_sandbox/clock", json={"now": "2026-12-31T00:00:00-05:00"})
    assert_problem(answer, 422, "clock_goes_forward")
    assert bank.control("GET", "/clock")["now"] == "2027-01-01T00:00:00-05:00"


def test_what_falls_due_runs_in_order_each_at_its_own_moment(phone: Phone) -> None:
    first = phone.transfer("0.01")
    phone.bank.advance("PT1M")
    second = phone.transfer("0.01")
    jobs = phone.bank.advance("PT1H")["jobs"]
    assert [job["subject"] for job in jobs] == [first["challenge"]["id"], second["challenge"]["id"]]
    assert [job["due_at"] for job in jobs] == [first["challenge"]["expires_at"], second["challenge"]["expires_at"]]
    events = phone.bank.audit()
    assert events["balanced"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "by", "one_of"), ({"by": "P1D", "to": "2027-01-01"}, "by", "one_of"), ({"by": "tomorrow"}, "by",
        "bad_duration"),
        ({"by": "P9999Y"}, "by", "bad_duration"), ({"to": "tomorrow"}, "to", "bad_moment"), ({"by": 5}, "by",
        "not_text"),
        ({"until": "P1D"}, "until", "unknown_field"),
    ],
)  # fmt: skip
def test_what_is_no_advance_is_told(bank: Sandbox, body: dict[str, object], field: str, code: str) -> None:
    answer = bank.call("POST", "/_sandbox/clock/advance", json=body)
    assert failing(assert_problem(answer, 422, "validation_failed"))[field] == code


@pytest.mark.parametrize("rate", [-1, 1e9, "fast"])
def test_what_is_no_rate_is_refused(bank: Sandbox, rate: object) -> None:
    assert_problem(bank.call("PUT", "/_sandbox/clock", json={"rate": rate}), 422, "validation_failed")
