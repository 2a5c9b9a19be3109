import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.entropy import Entropy, fingerprint, same
from sandbox.kernel.ids import PublicIds

IDS = PublicIds(Entropy.from_seed("a seed").secret)
NUMBERS = st.integers(0, 2**48 - 1)
PREFIXES = st.sampled_from(["trf", "acc", "chl", "mem"])


@given(PREFIXES, NUMBERS)
def test_an_id_leads_back_to_its_number(prefix: str, number: int) -> None:
    assert IDS.number(prefix, IDS.name(prefix, number)) == number


@given(NUMBERS)
def test_an_id_of_one_kind_is_none_of_another(number: int) -> None:
    name = IDS.name("trf", number)
    assert IDS.number("acc", name) is None
    assert IDS.number("acc", name.replace("trf", "acc")) is None


@given(NUMBERS, st.integers(4, 31), st.sampled_from("0123456789abcdef"))
def test_an_altered_id_is_recognised(number: int, place: int, digit: str) -> None:
    name = IDS.name("trf", number)
    altered = name[:place] + digit + name[place + 1 :]
    assert IDS.number("trf", altered) == (number if altered == name else None)


@given(st.text(max_size=60))
def test_anything_else_is_no_id(text: str) -> None:
    assert IDS.number("trf", text) is None
    assert IDS.number("trf", f"trf_{text}") is None


def test_neighbours_have_nothing_in_common() -> None:
    one, other = IDS.name("trf", 1000), IDS.name("trf", 1001)
    differing = sum(a != b for a, b in zip(one[4:], other[4:], strict=True))
    assert differing > 14


def test_sandboxes_name_things_differently() -> None:
    assert PublicIds(Entropy.from_seed("b").secret).number("trf", IDS.name("trf", 7)) is None


def test_the_store_of_known_ids_stays_bounded() -> None:
    ids = PublicIds(Entropy.from_seed("c").secret)
    for number in range(20_050):
        assert ids.number("acc", ids.name("acc", number)) == number
    assert len(ids._known) <= 20_000


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    one, twin, other = Entropy.from_seed("x"), Entropy.from_seed("x"), Entropy.from_seed("y")
    assert one.token("access", 1) == twin.token("access", 1) != other.token("access", 1)
    assert one.stream("people").random() == twin.stream("people").random()


def test_streams_do_not_disturb_each_other() -> None:
    entropy = Entropy.from_seed("x")
    first = entropy.stream("faults").random()
    entropy.stream("people").random()
    entropy.draw("tokens", 5)
    assert entropy.stream("faults").random() == first
    assert len({entropy.draw("a", 1), entropy.draw("a", 2), entropy.draw("b", 1)}) == 3


def test_a_secret_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        Entropy(b"short")


def test_a_token_is_stored_as_its_fingerprint_only() -> None:
    token = Entropy.from_seed("x").token("access", 1)
    assert token not in fingerprint(token)
    assert len(fingerprint(token)) == 64
    assert same(token, token)
    assert not same(token, token[:-1])
