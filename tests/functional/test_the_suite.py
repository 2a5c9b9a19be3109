"""What keeps a run of the tests short."""

import subprocess
import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests import conftest

pytestmark = pytest.mark.sqlite("the suite itself")


def test_a_quick_test_that_starts_a_process_fails() -> None:
    with pytest.raises(RuntimeError, match="test_a_quick_test_that_starts_a_process_fails starts a process"):
        subprocess.run([sys.executable, "-c", ""], check=True)


@pytest.mark.parametrize(("workers", "heads"), [(1, [0, 1, 2, 3, 4]), (2, [0, 1, 2, 5, 6]), (4, [0, 1, 2, 5, 8])])
def test_long_tests_are_at_the_head_of_each_workers_share(workers: int, heads: list[int]) -> None:
    """Eleven tests in shares of 11, of 5 and 6, and of 2, 3, 3 and 3."""
    items = [SimpleNamespace(number=n, get_closest_marker=lambda name, n=n: n % 2 == 1) for n in range(11)]
    conftest.pytest_collection_modifyitems(
        cast(Any, SimpleNamespace(workerinput={"workercount": workers}, getoption={"postgres": False}.get)),
        cast(Any, items),
    )
    assert [place for place, item in enumerate(items) if item.number % 2 == 1] == heads
    assert sorted(item.number for item in items) == list(range(11))
