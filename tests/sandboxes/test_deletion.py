"""A deleted sandbox can be brought back for a while, and what is kept of deleted ones never piles up."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from sandbox.kernel import clock
from sandbox.sandboxes.bounds import Bounds
from sandbox.sandboxes.deleted import MOST, Bin
from sandbox.sandboxes.inspection import Trust
from sandbox.sandboxes.places import Places
from sandbox.sandboxes.sqlite import SqliteEngine
from sandbox.testing import Sandbox, operations
from tests import postgres
from tests.answers import Json, assert_problem
from tests.sandboxes.conftest import Start
from tests.transport import bank_of


@pytest.fixture
def client(start: Start) -> Iterator[TestClient]:
    with start() as client:
        yield client


def made(client: TestClient, name: str) -> Sandbox:
    assert client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}).status_code == 201
    return bank_of(client, name)


def delete(client: TestClient, name: str, **params: str) -> None:
    assert client.delete(f"/_sandbox/sandboxes/{name}", params=params).status_code == 204


def deleted(client: TestClient) -> list[str]:
    return [each["name"] for each in client.get("/_sandbox/sandboxes").json()["deleted"]]


def with_a_transfer(bank: Sandbox) -> list[Json]:
    """Its transfers after one was made, and a snapshot of it."""
    phone = bank.phone("al-dia")
    phone.confirm(phone.transfer("5.00"))
    bank.snapshot("s")
    return phone.send(operations.list_transfers())["items"]


def test_a_deleted_sandbox_comes_back_with_its_money_its_snapshots_and_its_sessions(client: TestClient) -> None:
    bank = made(client, "mine")
    transfers = with_a_transfer(bank)
    phone = bank.phone("premium")
    delete(client, "mine")
    assert_problem(bank.call("GET", "/v1/products"), 404, "sandbox_not_found")
    answer = client.post("/_sandbox/sandboxes/mine/undelete")
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["state"]) == ("mine", "ready")
    assert phone.call("GET", "/v1/me").status_code == 200
    assert bank.phone("al-dia").send(operations.list_transfers())["items"] == transfers
    assert [each["name"] for each in bank.snapshots()] == ["s"]
    bank.ledger.assert_balanced()
    assert deleted(client) == []


def test_the_list_tells_what_can_be_brought_back_and_until_when(client: TestClient) -> None:
    made(client, "one")
    made(client, "two")
    delete(client, "one")
    delete(client, "two")
    latest, earlier = client.get("/_sandbox/sandboxes").json()["deleted"]
    assert (latest["name"], earlier["name"]) == ("two", "one")
    assert latest["deleted_at"] < latest["kept_until"]
    assert latest["size_bytes"] > postgres.size_of(100_000)


def test_it_survives_a_restart(start: Start) -> None:
    with start() as client:
        transfers = with_a_transfer(made(client, "mine"))
        delete(client, "mine")
    with start() as client:
        assert deleted(client) == ["mine"]
        assert client.post("/_sandbox/sandboxes/mine/undelete").status_code == 200
        bank = bank_of(client, "mine")
        assert bank.phone("al-dia").send(operations.list_transfers())["items"] == transfers


def test_a_permanent_deletion_leaves_nothing(client: TestClient, data: Path) -> None:
    made(client, "mine")
    delete(client, "mine", permanent="true")
    assert deleted(client) == []
    assert_problem(client.post("/_sandbox/sandboxes/mine/undelete"), 404, "deleted_sandbox_not_found")
    assert [list((data / folder).iterdir()) for folder in ("deleted", "unfinished")] == [[], []]


def test_a_name_that_was_taken_since_is_not_overwritten(client: TestClient) -> None:
    with_a_transfer(made(client, "mine"))
    delete(client, "mine")
    other = made(client, "mine")
    assert_problem(client.post("/_sandbox/sandboxes/mine/undelete"), 409, "sandbox_exists")
    assert other.phone("al-dia").send(operations.list_transfers())["items"] == []
    assert deleted(client) == ["mine"]


def test_of_two_of_one_name_the_latest_is_kept(client: TestClient) -> None:
    with_a_transfer(made(client, "mine"))
    delete(client, "mine")
    made(client, "mine")
    delete(client, "mine")
    assert deleted(client) == ["mine"]
    client.post("/_sandbox/sandboxes/mine/undelete")
    bank = bank_of(client, "mine")
    assert bank.phone("al-dia").send(operations.list_transfers())["items"] == []


@pytest.mark.parametrize("name", ["..", "Mine", "a.1"])
def test_only_a_name_can_be_brought_back(client: TestClient, name: str) -> None:
    assert_problem(client.post(f"/_sandbox/sandboxes/{name.replace('.', '%2e')}/undelete"), 422, "invalid_sandbox_name")


@pytest.mark.sqlite("a file that is damaged")
def test_a_damaged_sandbox_comes_back_as_damaged_as_it_was(client: TestClient, data: Path) -> None:
    made(client, "mine")
    delete(client, "mine")
    (kept,) = (data / "deleted").iterdir()
    (kept / "bank.sqlite").write_bytes(b"no database at all" * 100)
    answer = client.post("/_sandbox/sandboxes/mine/undelete")
    assert (answer.status_code, answer.json()["state"]) == (200, "damaged")


def test_it_counts_towards_the_number_of_sandboxes_again(start: Start) -> None:
    with start(max_sandboxes=2) as client:
        made(client, "mine")
        delete(client, "mine")
        made(client, "other")
        assert_problem(client.post("/_sandbox/sandboxes/mine/undelete"), 409, "too_many_sandboxes")


@pytest.mark.parametrize("setting", ["deleted_bytes", "deleted_seconds"])
def test_where_nothing_is_to_be_kept_nothing_is(start: Start, data: Path, setting: str) -> None:
    with start(**{setting: 0}) as client:
        made(client, "mine")
        delete(client, "mine")
        assert deleted(client) == []
        assert not list((data / "deleted").iterdir())


# The bounds, on folders that are no sandboxes.


@pytest.fixture
def places(tmp_path: Path) -> Places:
    places = Places(tmp_path / "data")
    places.prepare()
    return places


def put(places: Places, name: str, size: int, ago: float = 0) -> None:
    folder = places.deleted / f"{name}.{clock.wall() - round(ago * clock.SECOND)}"
    folder.mkdir()
    (folder / "bank.sqlite").write_bytes(bytes(size))


async def left(places: Places, bounds: Bounds) -> list[str]:
    kept = Bin(places, bounds, SqliteEngine(Trust()))
    await kept.make_room()
    return [each.name for each in await kept.kept()]


@pytest.mark.parametrize(("room", "names"), [(299, ["new", "mid"]), (300, ["new", "mid", "old"])])
async def test_the_oldest_go_when_the_bytes_are_exceeded(places: Places, room: int, names: list[str]) -> None:
    for name, ago in (("old", 30), ("mid", 20), ("new", 10)):
        put(places, name, 100, ago)
    assert await left(places, Bounds(deleted_bytes=room)) == names


async def test_one_that_is_too_large_does_not_drive_out_smaller_ones(places: Places) -> None:
    put(places, "small", 100, ago=20)
    put(places, "large", 1000, ago=10)
    assert await left(places, Bounds(deleted_bytes=500)) == ["small"]


async def test_the_oldest_go_when_the_number_is_exceeded(places: Places) -> None:
    for number in range(MOST + 1):
        put(places, f"n{number}", 1, ago=MOST - number + 1)
    assert await left(places, Bounds()) == [f"n{number}" for number in range(MOST, 0, -1)]


async def test_they_go_when_their_time_is_over(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.wall()
    monkeypatch.setattr(clock, "wall", lambda: now)
    put(places, "over", 1, ago=60)
    put(places, "within", 1, ago=60 - 1 / clock.SECOND)
    assert await left(places, Bounds(deleted_seconds=60)) == ["within"]


async def test_no_more_is_kept_than_is_free_on_the_disk(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    put(places, "old", 100, ago=20)
    put(places, "new", 100, ago=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=150))
    assert await left(places, Bounds()) == ["new"]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    assert await left(places, Bounds()) == []
    assert not list(places.deleted.iterdir())


async def test_what_is_no_deleted_sandbox_is_left_alone(places: Places) -> None:
    (places.deleted / "notes.txt").write_text("mine")
    put(places, "My Bank", 1)
    there = set(places.deleted.iterdir())
    assert await left(places, Bounds(deleted_bytes=0)) == []
    assert set(places.deleted.iterdir()) == there
