import base64
from itertools import pairwise

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.codes import CodeMaker, counter
from sandbox.kernel.entropy import Entropy
from sandbox.kernel.ids import PublicIds

RFC_4226 = CodeMaker(base64.b32encode(b"12345678901234567890").decode())
SENDS = st.integers(1, 1000)
NUMBERS = st.integers(0, 2**48 - 1)
IDS = PublicIds(Entropy.from_seed("s").secret)


def challenge(tag: int) -> str:
    """A public id with that tag, as if the hash had come to it."""
    return f"chl_{tag:016x}{0:012x}"


@pytest.mark.parametrize(
    ("number", "code"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_codes_are_those_of_rfc_4226(number: int, code: str) -> None:
    assert RFC_4226.code(6, challenge(0), number + 1) == code
    assert RFC_4226.code(6, challenge(number), 1) == code


@given(st.integers(0, 2**64 - 1), SENDS, SENDS)
def test_every_code_of_a_challenge_has_a_counter_of_its_own(tag: int, sends: int, other: int) -> None:
    first, second = counter(challenge(tag), sends), counter(challenge(tag), other)
    assert 0 <= first < 2**64
    assert (first - second) % 2**64 == (sends - other) % 2**64


def test_behind_the_last_counter_comes_the_first() -> None:
    assert counter(challenge(2**64 - 1), 2) == counter(challenge(0), 1)


@given(st.sets(NUMBERS, min_size=2, max_size=50))
def test_challenges_have_counters_far_apart(numbers: set[int]) -> None:
    counters = sorted(counter(IDS.name("chl", number), 1) for number in numbers)
    assert min(after - before for before, after in pairwise(counters)) > 1000


@pytest.mark.parametrize("sends", [0, -1])
def test_there_is_no_code_before_the_first(sends: int) -> None:
    with pytest.raises(ValueError, match="first"):
        counter(challenge(1), sends)


@pytest.mark.parametrize("name", ["", "chl_", "chl_" + "g" * 28])
def test_what_is_no_id_has_no_counter(name: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        counter(name, 1)


@given(st.integers(4, 8), NUMBERS, SENDS)
def test_a_code_has_the_digits_asked_for_and_is_made_again_the_same(digits: int, number: int, sends: int) -> None:
    maker = CodeMaker(Entropy.from_seed("s").code_secret)
    code = maker.code(digits, IDS.name("chl", number), sends)
    assert len(code) == digits
    assert code.isdigit()
    assert maker.code(digits, IDS.name("chl", number), sends) == code


@given(st.integers(6, 8), NUMBERS, SENDS)
def test_anybody_with_the_secret_and_the_id_makes_the_same_code(digits: int, number: int, sends: int) -> None:
    secret, name = Entropy.from_seed("s").code_secret, IDS.name("chl", number)
    theirs = pyotp.HOTP(secret, digits=digits).at((int(name[4:20], 16) + sends - 1) % 2**64)
    assert CodeMaker(secret).code(digits, name, sends) == theirs
