"""Where a control token is set, nothing but the bank's own surface and a few pages answers without it."""

import re
from collections.abc import Iterator
from typing import cast

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from sandbox.app import Application, create_app
from sandbox.settings import Settings
from tests import goldens
from tests.answers import assert_problem
from tests.content import contents
from tests.transport import bank_of, serving

pytestmark = pytest.mark.sqlite("HTTP, before a database is asked")

TOKEN = "x" * 20
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OPEN = {"/_sandbox/health", "/_sandbox/ready", "/_sandbox/console", "/docs", "/openapi.json"}
WRONG = [
    {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer nope"}, {"Authorization": TOKEN},
    {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": f"Basic {TOKEN}"},
]  # fmt: skip


@pytest.fixture(scope="module")
def closed(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with a control token."""
    guarded = settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("closed"), "control_token": TOKEN})
    goldens.place(guarded)
    with serving(create_app(guarded)) as client:
        yield client


def guarded_routes(client: httpx.Client) -> list[tuple[str, str]]:
    """Method and path of every route that is neither the bank's nor open, ids filled in."""
    routes = [
        (method, re.sub(r"\{\w+\}", "default", route.path))
        for route in cast(Application, cast(TestClient, client).app).server.index.routes
        for method in sorted(getattr(route, "methods", None) or ())
        if not route.path.startswith("/v1/") and route.path not in OPEN
    ]
    assert len(routes) > 50
    return routes


def test_every_route_beside_the_banks_asks_for_the_token(closed: httpx.Client) -> None:
    bank = bank_of(closed)
    bank.connection.client.headers.update(BEARER)
    bank.phone("al-dia")
    bank.connection.client.headers.pop("Authorization")
    before = contents(bank)
    for method, path in guarded_routes(closed):
        for prefix in ("", "/s/default"):
            answer = closed.request(method, f"{prefix}{path}", json={})
            assert_problem(answer, 401, "control_token_required")
            assert answer.headers["www-authenticate"] == 'Bearer realm="control"'
    assert contents(bank) == before


@pytest.mark.parametrize("headers", WRONG)
@pytest.mark.parametrize("path", ["/metrics", "/_sandbox/members", "/s/default/metrics"])
def test_a_wrong_token_is_none(closed: httpx.Client, path: str, headers: dict[str, str]) -> None:
    assert_problem(closed.get(path, headers=headers), 401, "control_token_required")


def test_the_right_token_opens_metrics_and_control_plane(closed: httpx.Client) -> None:
    assert "sandbox_requests_total" in closed.get("/metrics", headers=BEARER).text
    assert closed.get("/_sandbox/members", headers=BEARER).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
def test_no_other_page_and_no_other_host_reads_the_metrics(
    client: httpx.Client, closed: httpx.Client, headers: dict[str, str]
) -> None:
    assert_problem(client.get("/metrics", headers=headers), 403, "forbidden_origin")
    assert_problem(closed.get("/metrics", headers=headers | BEARER), 403, "forbidden_origin")


@pytest.mark.parametrize("path", sorted(OPEN))
def test_what_tells_nothing_of_the_bank_is_open(closed: httpx.Client, path: str) -> None:
    assert closed.get(path).status_code == 200


def test_the_token_opens_no_members_session(closed: httpx.Client) -> None:
    assert_problem(closed.get("/v1/me", headers=BEARER), 401, "invalid_token")
