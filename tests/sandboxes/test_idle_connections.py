"""Connections to a PostgreSQL server that no unit of work uses."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox import background
from sandbox.bank.jobs.service import Lookout
from sandbox.sandboxes.sandbox import Sandbox
from tests.databases import server_of
from tests.sandboxes.test_on_a_server import start  # noqa: F401  # a fixture
from tests.transport import bank_of, registry_of
from tests.waiting import until

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.slow


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether due work was looked for, in each of its rounds. Nothing else goes rounds."""
    found: list[bool] = []
    is_wanted = Lookout.is_wanted

    def noted(lookout: Lookout, sandbox: Sandbox) -> bool:
        found.append(is_wanted(lookout, sandbox))
        return found[-1]

    monkeypatch.setattr(Lookout, "is_wanted", noted)
    monkeypatch.setattr(background, "_PRUNING", 600.0)
    return found


def test_connections_that_no_unit_uses_are_closed_and_due_work_opens_none(
    start: Callable[..., Any],  # noqa: F811  # pytest gives it the fixture of that name
    url: str,
    rounds: list[bool],
) -> None:
    with start(database_idle_seconds=0.05) as client, psycopg.connect(url, autocommit=True) as server:
        bank, registry = bank_of(client), registry_of(client)
        database = server_of(registry).named_by(registry.get("default").path)

        def connections() -> int:
            (number,) = server.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (database,)
            ).fetchone()
            return int(number)

        assert bank.call("GET", "/_sandbox/clock").json()["rate"] == 1
        bank.phone("al-dia").transfer("1.00")  # whose code is due to expire
        rounds.clear()
        until(lambda: rounds[-2:] == [False, False])  # what has changed was looked at
        until(lambda: not connections())
        rounds.clear()
        until(lambda: len(rounds) >= 2)
        assert not any(rounds)
        assert not connections()
        assert bank.jobs.waiting()
        bank.ledger.assert_balanced()
        until(lambda: not connections())
