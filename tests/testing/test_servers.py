"""The client in front of real servers: asyncio, and servers that it starts itself."""

import asyncio
from pathlib import Path

import httpx2 as httpx
import pytest

from sandbox.testing import AsyncSandbox, Server, operations, problems, shared
from sandbox.testing.server import CannotServe
from tests import goldens, postgres
from tests.functional import processes

pytestmark = pytest.mark.slow


async def test_the_same_words_are_awaited(shared_server: processes.Server) -> None:
    async with (
        AsyncSandbox(url=f"http://{shared_server.url}") as server,
        await server.fork(rate=0) as sandbox,
    ):
        phone = await sandbox.phone("al-dia")
        await phone.transfer("5.00")
        with pytest.raises(problems.WrongCode):
            await phone.confirm(code=await phone.wrong_code())
        wrong = await phone.confirmation(code=await phone.wrong_code())
        assert (await phone.refused(wrong, problems.WrongCode)).document["attempts_left"] == 1
        assert (await phone.call(operations.get_limits())).status_code == 200
        assert (await phone.confirm())["resource"]["status"] == "completed"
        assert len(await sandbox.members.all()) >= 40
        await sandbox.ledger.assert_balanced()


async def test_a_message_is_awaited_while_the_order_is_still_to_come(shared_server: processes.Server) -> None:
    async with (
        AsyncSandbox(url=f"http://{shared_server.url}") as server,
        await server.fork(rate=0) as sandbox,
    ):
        phone = await sandbox.phone("al-dia")
        message, transfer = await asyncio.gather(sandbox.inbox.next(wait=30), phone.transfer("5.00"))
        assert message["challenge_id"] == transfer["challenge"]["id"]


@pytest.mark.long
def test_a_server_is_started_and_leaves_nothing() -> None:
    with Server(members=0, seed_dir=goldens.seed_dir(), log_level="error") as server:
        assert server.directory.exists()
        with server.sandbox() as sandbox:
            sandbox.phone("al-dia")
    assert not server.directory.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


@pytest.mark.long
def test_a_server_leaves_nothing_on_the_server_of_databases_that_the_environment_names(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_DATABASE_URL", url)
    with Server(members=0, seed_dir=goldens.seed_dir(), log_level="error") as server:
        installation = (server.directory / "data" / "installation").read_text(encoding="utf-8").split()[0]
        assert postgres.databases(url, installation)
    assert postgres.databases(url, installation) == []


def test_a_server_that_does_not_start_says_why() -> None:
    with pytest.raises(CannotServe, match="SANDBOX_MEMBERS"):
        Server(members="many")


def test_processes_that_share_a_server_all_learn_why_there_is_none(tmp_path: Path) -> None:
    place = tmp_path / "meeting"
    place.mkdir()
    with pytest.raises(CannotServe, match="SANDBOX_MEMBERS"):
        shared.serve(place, members="many")
    with pytest.raises(CannotServe, match="SANDBOX_MEMBERS"):
        shared.serve(place, members=0)
    shared.stop(place)
    assert not place.exists()
