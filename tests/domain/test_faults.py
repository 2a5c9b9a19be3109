"""Which calls a fault strikes, and how often."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sandbox.domain.faults import PROFILES, ConditionFailed, Delay, Effect, Fault, Lognormal, Match, Uniform, Wanted
from sandbox.domain.rules.expressions import ExpressionError
from sandbox.kernel.entropy import Entropy
from sandbox.sandboxes.strikes import _fraction

FACTS = {
    "method": "POST", "path": "/v1/transfers", "operation_id": "createTransfer", "member_id": "mem_1",
    "username": "rchicaiza1001", "segment": "standard", "kind": "own", "amount": 1000, "local_hour": 9,
}  # fmt: skip
FRACTIONS = st.floats(min_value=0, max_value=1, exclude_max=True)


def fault(effect: Effect | None = None, **match: object) -> Fault:
    return Fault.ready(Wanted(match=Match.model_validate(match), effect=effect or Effect(status=503)))


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({}, True), ({"method": "POST"}, True), ({"method": "GET"}, False), ({"path": "/v1/transfers"}, True),
        ({"path": "/v1/*"}, True), ({"path": "/v1/transfers/{id}"}, False), ({"path": "/v1/trans.ers"}, False),
        ({"operation_id": "createTransfer"}, True), ({"operation_id": "getTransfer"}, False),
        ({"headers": {"X-Case": "a"}}, True), ({"headers": {"X-Case": "b"}}, False), ({"headers": {"X-No": ""}}, False),
    ],
)  # fmt: skip
def test_what_is_given_must_fit(match: dict, fits: bool) -> None:
    assert fault(**match).fits_call("POST", "/v1/transfers", "createTransfer", {"x-case": "a"}) == fits


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({"member": "mem_1"}, True), ({"member": "rchicaiza1001"}, True), ({"member": "mem_2"}, False),
        ({"condition": "amount > 999 && kind == 'own'"}, True),
        ({"condition": "segment == 'premium' || username.startsWith('r')"}, True),
    ],
)  # fmt: skip
def test_member_and_condition_must_fit_too(match: dict, fits: bool) -> None:
    assert fault(**match).fits_facts(FACTS) == fits


def test_a_condition_that_these_facts_give_no_answer_to_says_so() -> None:
    with pytest.raises(ConditionFailed, match="division by zero"):
        fault(condition="amount / (local_hour - 9) > 0").fits_facts(FACTS)


@pytest.mark.parametrize(
    "condition",
    [
        "amuont > 1", "amount", "amount >", "", "kind > 1", "path.matches('[')", "amount / 0 == 1", "amount % (2 - 2) == 0",
    ],
)  # fmt: skip
def test_a_condition_that_does_not_hold_is_told_when_ordered(condition: str) -> None:
    with pytest.raises(ExpressionError):
        fault(condition=condition)


@given(st.integers(0, 20), st.integers(1, 20), st.integers(1, 60))
def test_the_first_are_spared_and_no_more_are_struck_than_ordered(after: int, times: int, calls: int) -> None:
    each = fault(after=after, times=times)
    hits = 0
    struck = []
    for seen in range(1, calls + 1):
        if each.strikes(seen, hits, 0.5):
            hits += 1
            struck.append(seen)
    assert struck == list(range(after + 1, min(after + times, calls) + 1))


@pytest.mark.parametrize("probability", [0.0, 0.05, 0.3, 0.9, 1.0])
def test_calls_are_struck_as_often_as_ordered(probability: float) -> None:
    entropy = Entropy.from_seed("faults")
    each = fault(probability=probability)
    calls = 20_000
    struck = sum(each.strikes(seen, 0, _fraction(entropy, "fault 1", 3 * seen)) for seen in range(1, calls + 1))
    deviation = math.sqrt(calls * probability * (1 - probability))
    assert abs(struck - calls * probability) <= 4 * deviation


def test_a_profile_does_each_thing_as_often_as_it_says() -> None:
    entropy = Entropy.from_seed("flaky")
    flaky = fault(Effect(profile="flaky"))
    calls = 20_000
    met = [flaky.strike(_fraction(entropy, "f", n), 0.5).effect for n in range(calls)]
    for likely, effect in PROFILES["flaky"][:-1]:
        deviation = math.sqrt(calls * likely * (1 - likely))
        assert abs(met.count(effect) - calls * likely) <= 4 * deviation
    assert set(met) == {effect for _, effect in PROFILES["flaky"]}


@given(FRACTIONS)
def test_delays_stay_where_they_belong(draw: float) -> None:
    assert Delay(ms=30).milliseconds(draw) == 30
    assert 10 <= Delay(uniform=Uniform(low=10, high=20)).milliseconds(draw) <= 20
    assert 0 < Delay(lognormal=Lognormal(median=300, sigma=3)).milliseconds(draw) <= 120_000


def test_half_of_lognormal_delays_are_below_the_median() -> None:
    delay = Delay(lognormal=Lognormal(median=300, sigma=0.7))
    assert delay.milliseconds(0.5) == pytest.approx(300)
    assert delay.milliseconds(0.25) < 300 < delay.milliseconds(0.75)


@pytest.mark.parametrize(
    "effect",
    [
        {}, {"status": 503, "problem": "not_found"}, {"body": "x"}, {"outage": "sms", "delay": {"ms": 1}},
        {"connection": "truncated", "at": "request"}, {"delay": {}}, {"delay": {"ms": 1, "uniform": {"low": 1, "high": 2}}},
        {"delay": {"uniform": {"low": 2, "high": 1}}}, {"profile": "5g"}, {"status": 99},
    ],
)  # fmt: skip
def test_an_effect_that_makes_no_sense_is_refused(effect: dict) -> None:
    with pytest.raises(ValidationError):
        Effect.model_validate(effect)


@pytest.mark.parametrize(
    ("effect", "later"),
    [
        ({"problem": "not_found"}, False), ({"problem": "not_found", "at": "response"}, True),
        ({"connection": "reset"}, True), ({"connection": "reset", "at": "request"}, False), ({"slow_body_ms": 1}, True),
    ],
)  # fmt: skip
def test_problems_come_before_the_work_and_broken_connections_after(effect: dict, later: bool) -> None:
    assert Effect.model_validate(effect).after_the_work == later
