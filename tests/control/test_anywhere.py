"""Which operations every process answers that serves a sandbox, and which the keeper alone."""

from typing import cast

import httpx2 as httpx
from starlette.testclient import TestClient

from sandbox.app import Application

SHARED = {
    "listMessages", "listContacts", "getCodeSecret", "nextMessage", "streamMessages",
    "listMembers", "getMember", "searchMembers", "getMemberOverview",
    "listEvents", "nextEvent", "streamEvents",
}  # fmt: skip
"""Of the control plane: they read the database, or wait for news of it."""


def test_the_keeper_alone_answers_what_other_processes_do_not_know(client: httpx.Client) -> None:
    routes = cast(Application, cast(TestClient, client).app).server.index.routes
    assert {route.operation_id for route in routes if route.anywhere and not route.is_banks} == SHARED
    assert all(route.anywhere for route in routes if route.is_banks)
