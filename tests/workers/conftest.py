"""Ties in one process."""

from collections.abc import AsyncIterator

import pytest

from tests.workers.hands import Machine, machine


@pytest.fixture
async def here() -> AsyncIterator[Machine]:
    """A machine on which a keeper and workers are tied."""
    async with machine() as made:
        yield made
