"""Counting calls: histograms that add up, and quantiles that lie in the right bucket."""

import pytest

from sandbox.sandboxes.counts import BOUNDS, Counts, quantile


def counted(*calls: tuple[str, int, int]) -> Counts:
    counts = Counts()
    for operation, status, micros in calls:
        counts.add(operation, status, micros, "refused" if status >= 400 else None)
    return counts


@pytest.mark.parametrize(("micros", "bucket"), [(499, 0), (500, 0), (501, 1), (10_000_000, 16), (10_000_001, 17)])
def test_a_call_falls_into_the_bucket_whose_bound_it_does_not_exceed(micros: int, bucket: int) -> None:
    buckets = counted(("one", 200, micros)).buckets["one"]
    assert [place for place, number in enumerate(buckets) if number] == [bucket]
    assert len(buckets) == len(BOUNDS) + 1


def test_what_one_counted_is_added_to_what_another_did() -> None:
    counts = counted(("one", 200, 400), ("both", 409, 400))
    other = counted(("both", 409, 600), ("two", 200, 700))
    counts.join(other)
    assert {name: sum(buckets) for name, buckets in counts.buckets.items()} == {"one": 1, "both": 2, "two": 1}
    assert counts.answers == {("one", 200): 1, ("both", 409): 2, ("two", 200): 1}
    assert counts.sums == {"one": 400, "both": 1000, "two": 700}
    assert counts.refusals == {("both", "refused"): 2}
    assert sum(other.buckets["both"]) == 1, "the other one is as it was"


def test_a_quantile_lies_evenly_within_its_bucket() -> None:
    buckets = [0, 4, *[0] * (len(BOUNDS) - 1)]  # four calls between 0.5 and 1 ms
    assert quantile(buckets, 0.5) == pytest.approx(0.00075)
    assert quantile(buckets, 1) == pytest.approx(0.001)


def test_beyond_all_bounds_it_is_the_last_one_and_without_calls_there_is_none() -> None:
    beyond = [*[0] * len(BOUNDS), 3]
    assert quantile(beyond, 0.5) == BOUNDS[-1]
    assert quantile([0] * (len(BOUNDS) + 1), 0.5) is None
