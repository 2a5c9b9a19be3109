"""The command line against the server that tests share."""

import pytest

from tests.functional.commands import Shell
from tests.functional.processes import Server


@pytest.fixture
def server(shared_server: Server) -> Server:
    return shared_server


@pytest.fixture
def sandbox(server: Server) -> Shell:
    return Shell(f"http://{server.url}")
