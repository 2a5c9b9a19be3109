"""Which process a sandbox belongs to."""

from collections import Counter

import pytest

from sandbox.kernel.shards import ALONE, Shard, number_of

NAMES = ["default", "a", "shop", "shop--payday", "ci-8431", "x" * 63, "under_score", "0", "a--b--c"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 2, 3, 64])
def test_every_name_belongs_to_exactly_one_process(name: str, count: int) -> None:
    assert [number for number in range(1, count + 1) if Shard(number, count).holds(name)] == [number_of(name, count)]


def test_the_process_of_a_name_never_changes() -> None:
    """Data directories depend on it: another function would leave sandboxes where no request finds them."""
    assert [number_of(name, 1000) for name in ("default", "shop", "ci-8431")] == [640, 587, 786]


def test_what_follows_two_hyphens_does_not_count() -> None:
    assert number_of("shop--payday", 1000) == number_of("shop--a--b", 1000) == number_of("shop", 1000)
    assert number_of("shop-payday", 1000) != number_of("shop", 1000)


def test_an_undivided_server_holds_every_name() -> None:
    assert all(ALONE.holds(name) for name in NAMES)


@pytest.mark.parametrize("pattern", ["t{}", "ci-8431-{}", "worker-{:02d}"])
@pytest.mark.parametrize("count", [2, 3, 4, 8])
def test_numbered_names_spread_evenly(pattern: str, count: int) -> None:
    shares = Counter(number_of(pattern.format(each), count) for each in range(1000))
    assert len(shares) == count
    assert max(shares.values()) < 1.1 * 1000 / count


@pytest.mark.parametrize("text", ["1/1", "2/3", "64/64"])
def test_a_shard_is_written_as_it_is_read(text: str) -> None:
    assert str(Shard.parse(text)) == text


@pytest.mark.parametrize("text", ["", "2", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "1 /2", "one/two", "1/10000", "١/٢"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NUMBER/COUNT"):
        Shard.parse(text)
