import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.identity import Documents, cedula_check_digit, is_cedula, is_mobile

REQUIRED = Documents()
OPTIONAL = Documents(company_check_digits="optional")


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
    assert REQUIRED.is_ruc(number) is valid
    assert OPTIONAL.is_ruc(number) is valid


PERSONS = st.builds(
    lambda province, third, rest: f"{province:02d}{third}{rest:07d}",
    st.integers(0, 50), st.integers(0, 9), st.integers(0, 9_999_999),
)  # fmt: skip


@given(PERSONS, st.integers(0, 999), st.sampled_from([REQUIRED, OPTIONAL]))
def test_a_natural_persons_ruc_is_valid_exactly_if_its_cedula_is(ten: str, establishment: int, rule: Documents) -> None:
    held = is_cedula(ten) and establishment > 0
    if ten[2] in "012345":
        assert rule.is_ruc(f"{ten}{establishment:03d}") is held
    elif ten[2] in "78":
        assert not rule.is_ruc(f"{ten}{establishment:03d}")


@given(st.integers(1, 24), st.integers(0, 5), st.integers(0, 999_999), st.integers(1, 999))
def test_every_cedula_makes_rucs(province: int, third: int, rest: int, establishment: int) -> None:
    nine = f"{province:02d}{third}{rest:06d}"
    assert REQUIRED.is_ruc(f"{nine}{cedula_check_digit(nine)}{establishment:03d}")


@given(st.integers(1, 24), st.integers(0, 99_999), st.integers(1, 9999), st.sampled_from([REQUIRED, OPTIONAL]))
def test_with_third_digit_six_it_is_a_public_bodys_by_its_check_digit(
    province: int, rest: int, establishment: int, rule: Documents
) -> None:
    eight = f"{province:02d}6{rest:05d}"
    weighted = sum(weight * int(digit) for weight, digit in zip((3, 2, 7, 6, 5, 4, 3, 2), eight, strict=True))
    valid = [digit for digit in "0123456789" if rule.is_ruc(f"{eight}{digit}{establishment:04d}")]
    assert valid == [digit for digit in "0123456789" if (weighted + int(digit)) % 11 == 0]
    assert not any(rule.is_ruc(f"{eight}{digit}0000") for digit in "0123456789")


@given(st.integers(1, 24), st.integers(0, 999_999), st.integers(0, 9), st.integers(0, 999))
def test_a_companys_check_digit_may_be_optional_and_nothing_else(
    province: int, rest: int, digit: int, establishment: int
) -> None:
    number = f"{province:02d}9{rest:06d}{digit}{establishment:03d}"
    assert OPTIONAL.is_ruc(number) is (establishment > 0 or REQUIRED.is_ruc(number))
    assert OPTIONAL.is_ruc(number) or not REQUIRED.is_ruc(number)


@pytest.mark.parametrize(
    ("number", "required", "optional"),
    [
        ("1799000090001", True, True),
        ("1799000001001", False, True),
        ("1799000001000", False, False),
        ("2599000001001", False, False),
        ("179900000100", False, False),
        ("17990000010011", False, False),
        ("1760000016001", False, False),  # would be a person's, if its cédula held
        ("1770000001001", False, False),
        ("17990000010O1", False, False),
        ("1790451801-01", False, False),
    ],
)
def test_rucs_of_bodies(number: str, required: bool, optional: bool) -> None:
    assert (REQUIRED.is_ruc(number), OPTIONAL.is_ruc(number)) == (required, optional)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("N4521087X", True),
        ("AB123", True),
        ("ab123", False),
        ("AB12", False),
        ("A" * 12, True),
        ("A" * 13, False),
        ("AB-123", False),
        ("ÁB123", False),
    ],
)
def test_passports(text: str, valid: bool) -> None:
    assert REQUIRED.is_passport(text) is valid


@pytest.mark.parametrize("length", [6, 7, 9, 10])
def test_how_long_passports_are_is_a_rule(length: int) -> None:
    assert Documents(shortest_passport=7, longest_passport=9).is_passport("A" * length) is (7 <= length <= 9)


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
