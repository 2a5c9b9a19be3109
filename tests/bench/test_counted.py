"""The program whose instructions are counted, run without callgrind."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bench import counted
from bench.in_process import Client, lifespan
from bench.plans import Members, Plan, Shot
from sandbox.app import create_app
from sandbox.settings import Settings
from tests import goldens

BASE = "http://127.0.0.1:8000"
MEMBERS = 4


@pytest.fixture
def bank(tmp_path: Path, settings: Settings) -> Settings:
    """A bank of its own, which no server has open."""
    made = settings.model_copy(update={"data_dir": tmp_path / "data"})
    goldens.place(made)
    return made


@pytest.fixture
def plans(bank: Settings) -> dict[str, Plan]:
    with TestClient(create_app(bank), base_url=BASE) as client:
        members = Members(client, MEMBERS)
        return {
            "createTransfer": members.orders(),
            "getProducts": members.products(),
            "listMovements": members.movements(),
        }


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was sent, by method and path, with a `mark` wherever callgrind would write its counts."""
    events: list[str] = []
    together = Client.together

    async def noted(self: Client, shots: list[Shot]) -> Any:
        events.extend(f"{shot.method} {shot.path.partition('?')[0]}" for shot in shots)
        return await together(self, shots)

    monkeypatch.setattr(Client, "together", noted)
    monkeypatch.setattr(os, "ctermid", lambda: events.append("mark"))
    return events


def run(bank: Settings, plans: dict[str, Plan]) -> None:
    with asyncio.Runner(loop_factory=counted.FrozenLoop) as runner:
        runner.run(counted.count(create_app(bank), plans, lambda: None))


@pytest.mark.slow
def test_each_row_is_sent_for_a_warming_a_short_and_a_long_run(
    bank: Settings, plans: dict[str, Plan], sent: list[str]
) -> None:
    run(bank, plans)

    runs = [
        [shot for shot in part.split("\n") if shot and not shot.startswith("GET /_sandbox")]
        for part in "\n".join(sent).split("mark")[:-1]
    ]
    expected = [times * counted.AT_ONCE for times in (counted.WARMING, counted.SHORT, counted.LONG)]
    assert [len(part) for part in runs] == expected * len(counted.ROWS)
    starts = (
        "POST /v1/transfers",
        "POST /v1/transfers",
        "POST /v1/challenges/",
        "GET /v1/products",
        "GET /v1/accounts/",
    )
    for number, part in enumerate(runs):
        assert all(shot.startswith(starts[number // 3]) for shot in part)


@pytest.mark.slow
def test_every_order_is_confirmed_and_the_books_balance(bank: Settings, plans: dict[str, Plan]) -> None:
    before = audit(bank)

    run(bank, plans)

    after = audit(bank)
    confirmed = (counted.WARMING + counted.SHORT + counted.LONG) * counted.AT_ONCE
    assert after["entries"] == before["entries"] + confirmed
    assert after["balanced"]


def audit(bank: Settings) -> Any:
    with TestClient(create_app(bank), base_url=BASE) as client:
        return client.get("/_sandbox/ledger/audit").json()


async def test_an_answer_that_is_not_2xx_ends_the_count(bank: Settings) -> None:
    app = await asyncio.to_thread(create_app, bank)
    async with lifespan(app):
        with pytest.raises(RuntimeError, match="GET /v1/products was answered 401"):
            await Client(app).together([Shot("GET", "/v1/products", "unknown", "")])


async def test_a_start_that_fails_is_told() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no disk"})

    with pytest.raises(RuntimeError, match="startup failed: no disk"):
        async with lifespan(broken):
            pass


def test_background_work_does_not_run_while_time_is_frozen() -> None:
    ran: list[str] = []

    async def turns() -> None:
        asyncio.get_running_loop().call_later(0.0005, ran.append, "background work")
        for _ in range(100):
            await asyncio.to_thread(lambda: None)

    with asyncio.Runner(loop_factory=counted.FrozenLoop) as runner:
        runner.run(turns())
    assert ran == []
