import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.ledger import Leg, Unbalanced, balanced

AMOUNTS = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=6)


@given(AMOUNTS)
def test_legs_that_add_up_to_zero_are_an_entry_without_the_idle_ones(amounts: list[int]) -> None:
    legs = [Leg(number, amount, "1 - X") for number, amount in enumerate([*amounts, -sum(amounts)])]
    moving = [leg for leg in legs if leg.amount]
    if len(moving) < 2:
        with pytest.raises(Unbalanced):
            balanced(legs)
    else:
        assert balanced(legs) == moving


@given(AMOUNTS)
def test_legs_that_make_or_lose_money_are_refused(amounts: list[int]) -> None:
    legs = [Leg(number, amount, "1 - X") for number, amount in enumerate([*amounts, 1 - sum(amounts)])]
    with pytest.raises(Unbalanced):
        balanced(legs)
