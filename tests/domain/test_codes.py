import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.codes import MOST_SENDS, CodeMaker, counter
from sandbox.kernel.entropy import Entropy

RFC_4226 = CodeMaker(base64.b32encode(b"12345678901234567890").decode())


@pytest.mark.parametrize(
    ("number", "code"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_codes_are_those_of_rfc_4226(number: int, code: str) -> None:
    assert RFC_4226.code(6, 0, number + 1) == code


@given(st.integers(0, 2**40), st.integers(1, MOST_SENDS), st.integers(0, 2**40), st.integers(1, MOST_SENDS))
def test_no_two_codes_share_a_counter(challenge: int, sends: int, other: int, other_sends: int) -> None:
    same = (challenge, sends) == (other, other_sends)
    assert (counter(challenge, sends) == counter(other, other_sends)) is same


@pytest.mark.parametrize("sends", [0, MOST_SENDS + 1, -1])
def test_a_code_is_sent_only_so_often(sends: int) -> None:
    with pytest.raises(ValueError, match="sent"):
        counter(1, sends)


@given(st.integers(4, 8), st.integers(1, 10**6))
def test_a_code_has_the_digits_asked_for_and_is_made_again_the_same(digits: int, challenge: int) -> None:
    maker = CodeMaker(Entropy.from_seed("s").code_secret)
    code = maker.code(digits, challenge, 1)
    assert len(code) == digits
    assert code.isdigit()
    assert maker.code(digits, challenge, 1) == code
