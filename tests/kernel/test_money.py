import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel import money


@given(st.integers(0, money.LARGEST))
def test_what_is_shown_reads_back(cents: int) -> None:
    assert money.parse(money.show(cents)) == cents


@given(st.integers(1, money.LARGEST))
def test_a_debt_shows_a_sign_and_the_same_digits(cents: int) -> None:
    assert money.show(-cents) == "-" + money.show(cents)


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.5", "1.001", "-1.00", "+1.00", " 1.00", "1.00 ", "1e3", "NaN", "Infinity", "1,00", ".50", "1.",
    "１.００",
     "1.0\n", "1.00\n", "9" * 40 + ".00", "0x1.00", "1_0.00"],
)  # fmt: skip
def test_only_digits_a_point_and_two_decimals_are_money(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        money.parse(text)


@pytest.mark.parametrize(
    ("cents", "points", "share"),
    [(36, 1500, 5), (10, 1500, 2), (3, 1500, 0), (0, 1500, 0), (100_00, 1, 1), (50, 100, 1)],
)
def test_a_percentage_rounds_half_up(cents: int, points: int, share: int) -> None:
    assert money.percent_of(cents, points) == share


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_a_percentage_is_off_by_half_a_cent_at_most(cents: int, points: int) -> None:
    exact = cents * points / 10_000
    assert abs(money.percent_of(cents, points) - exact) <= 0.5 + 1e-6
