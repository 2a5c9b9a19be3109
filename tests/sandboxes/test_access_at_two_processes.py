"""Who may do what is the same at a worker that is not the keeper: all operations, called by those who may not call them.

The tests are those of one process, with other clients.
"""

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.settings import Settings
from sandbox.testing import Sandbox
from tests.contract.test_access_matrix import (  # noqa: F401  # tests and a fixture, for the clients below
    owner,
    test_another_members_live_objects_are_not_found_in_path_or_body,
    test_every_operation_has_a_request_that_succeeds,
    test_other_callers_are_refused,
)
from tests.sandboxes import beside
from tests.sandboxes.beside import Pair
from tests.sandboxes.routed import Route, Routed, to_the_other, to_the_other_with_logins_at_the_keeper
from tests.transport import bank_of

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers


@pytest.fixture(scope="module")
def pair(settings: Settings, tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Pair]:
    """In one process, so that a test sees whether a call that is refused wrote to the database."""
    own = {"data_dir": tmp_path_factory.mktemp("access"), "database_url": url, "database_spares": 1}
    with beside.pair(settings.model_copy(update=own)) as pair:
        yield pair


@pytest.fixture(
    params=[to_the_other, to_the_other_with_logins_at_the_keeper], ids=["at the other", "with a login at the keeper"]
)
def client(pair: Pair, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    route: Any = request.param
    made: Route = route(pair)
    with Routed(pair, made) as client:
        yield client


@pytest.fixture
def bank(client: httpx.Client, name: str) -> Sandbox:
    return bank_of(client, name)
