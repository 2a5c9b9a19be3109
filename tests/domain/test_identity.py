import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.identity import cedula_check_digit, is_cedula, is_mobile, is_passport, is_ruc


@pytest.mark.parametrize("number", ["1712345675", "1700000019", "0900000019", "0100000017", "3000000012", "2405999992"])
def test_these_are_cedulas(number: str) -> None:
    assert is_cedula(number)


@pytest.mark.parametrize(
    "number",
    [
        "1712345676",
        "2500000019",
        "1760000016",
        "171234567",
        "17123A5675",
        "",
        "１７１２３４５６７５",
        "1712345675 ",
        "0000000000",
        "5000000014",
    ],
)
def test_these_are_not(number: str) -> None:
    assert not is_cedula(number)


@given(st.integers(1, 24), st.integers(0, 5), st.integers(0, 999_999))
def test_one_check_digit_and_no_other_makes_a_cedula(province: int, third: int, rest: int) -> None:
    nine = f"{province:02d}{third}{rest:06d}"
    assert [digit for digit in "0123456789" if is_cedula(nine + digit)] == [cedula_check_digit(nine)]


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("1790451801001", True),
        ("1760001550001", True),
        ("1712345675001", True),
        ("1712345675000", False),
        ("1712345676001", False),
        ("2512345675001", False),
        ("179045180100", False),
    ],
)
def test_rucs(number: str, valid: bool) -> None:
    assert is_ruc(number) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [("N4521087X", True), ("AB123", True), ("ab123", False), ("AB12", False), ("A" * 13, False), ("AB-123", False)],
)
def test_passports(text: str, valid: bool) -> None:
    assert is_passport(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("0991234567", True),
        ("0891234567", False),
        ("099123456", False),
        ("09912345678", False),
        ("+593991234567", False),
    ],
)
def test_mobiles(text: str, valid: bool) -> None:
    assert is_mobile(text) is valid
