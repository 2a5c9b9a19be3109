"""The client that others get, in front of the application of this process."""

import httpx2 as httpx
import pytest

from sandbox.testing import Sandbox
from tests.transport import bank_of


@pytest.fixture
def sandbox(bank: Sandbox) -> Sandbox:
    """A bank of the test's own, its clock frozen."""
    return bank


@pytest.fixture
def server(client: httpx.Client) -> Sandbox:
    """The server's sandbox `default`."""
    return bank_of(client)
