"""The client that others get, in front of the application of this process."""

import httpx2 as httpx
import pytest

from sandbox.testing import Connection, Sandbox
from tests import support


@pytest.fixture
def sandbox(bank: support.Sandbox) -> Sandbox:
    """The client of a bank of the test's own, its clock frozen."""
    return bank.typed


@pytest.fixture
def server(client: httpx.Client) -> Sandbox:
    """The client of the server's sandbox `default`."""
    return Sandbox(connection=Connection(client=client))
