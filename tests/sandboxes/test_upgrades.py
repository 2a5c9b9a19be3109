"""Edits of the seed, other settings and other versions lose no sandbox."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.testing import operations
from tests import goldens
from tests.answers import assert_problem
from tests.sandboxes.conftest import Start
from tests.sandboxes.test_damage import database, listed, made, spend
from tests.transport import bank_of

pytestmark = [pytest.mark.slow, pytest.mark.sqlite("files of other versions and places")]


def of_another_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE sandbox_fact SET value = 'abc123' WHERE key = 'schema_version'")


def test_an_edited_persona_and_other_numbers_leave_every_sandbox_where_it_is(
    start: Start, data: Path, tmp_path: Path
) -> None:
    seeds = tmp_path / "seed"
    shutil.copytree(goldens.seed_dir(), seeds)
    with start(seed_dir=seeds) as client:
        spend(made(client, "mine"))
        made(client, "own", seed="otra", members=22)
        bank_of(client, "mine").snapshot("kept")
    persona = min((seeds / "personas").glob("*.yaml"))
    persona.write_text(
        persona.read_text(encoding="utf-8").replace("first_names: ", "first_names: Editada "), encoding="utf-8"
    )
    with start(seed_dir=seeds, members=25) as client:
        assert listed(client) == {"default": "ready", "mine": "ready", "own": "ready"}
        mine = bank_of(client, "mine")
        transfers = mine.phone("al-dia").send(operations.list_transfers())["items"]
        assert [each["status"] for each in transfers] == ["completed"]
        assert not any("Editada" in each["name"] for each in mine.members.all())
        assert [each["name"] for each in mine.snapshots()] == ["kept"]
        new = made(client, "new")
        assert (len(new.members.all()), any("Editada" in each["name"] for each in new.members.all())) == (25, True)
        mine.reset()
        assert len(mine.members.all()) == 25
        own = bank_of(client, "own")
        own.reset()
        assert len(own.members.all()) == 22, "what a sandbox was explicitly made with stays"
        mine.restore("kept")
        assert not any("Editada" in each["name"] for each in mine.members.all())


def test_sandboxes_of_another_version_are_listed_exported_and_deleted(
    start: Start, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with start() as client:
        for name in ("old", "older"):
            made(client, name)
    for name in ("default", "old", "older"):
        of_another_version(database(data, name))
    with start() as client:
        assert listed(client) == dict.fromkeys(("default", "old", "older"), "other_version")
        assert "abc123" in caplog.text
        assert "/_sandbox/reset" in caplog.text
        told = assert_problem(client.get("/v1/app"), 409, "sandbox_of_another_version")
        assert "abc123" in told["detail"]
        assert assert_problem(client.get("/_sandbox/ready"), 503, "not_ready")["cause"] == "sandbox_of_another_version"
        carried = bank_of(client, "old").call("GET", "/_sandbox/export")
        assert carried.status_code == 200
        (data / "carried.sqlite").write_bytes(carried.content)
        with closing(sqlite3.connect(data / "carried.sqlite")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("SELECT count(*) FROM member").fetchone()[0] >= 12
        refused = made(client, "fresh").call("POST", "/_sandbox/import", content=carried.content)
        assert "abc123" in assert_problem(refused, 422, "import_refused")["detail"]
        assert client.delete("/_sandbox/sandboxes/old").status_code == 204
        bank_of(client, "older").reset()
        assert client.post("/_sandbox/reset").status_code == 200
        assert listed(client) == dict.fromkeys(("default", "fresh", "older"), "ready")
        assert bank_of(client).ledger.audit()["balanced"]


def test_a_namesake_inherits_no_snapshots(start: Start) -> None:
    with start() as client:
        made(client, "twice").snapshot("s")
        client.delete("/_sandbox/sandboxes/twice")
        assert made(client, "twice").snapshots() == []


def test_sandboxes_are_taken_over_from_where_earlier_versions_kept_them(start: Start, data: Path) -> None:
    with start() as client:
        spend(made(client, "mine"))
        bank_of(client, "mine").snapshot("s")
    former = data / "sandboxes" / "golden-0123456789abcdef"
    former.mkdir()
    (data / "snapshots" / "mine").mkdir(parents=True)
    home = data / "sandboxes" / "mine"
    (home / "bank.sqlite").rename(former / "mine.sqlite")
    (home / "snapshots" / "s.sqlite").rename(data / "snapshots" / "mine" / "s.sqlite")
    shutil.rmtree(home)
    shutil.copy(former / "mine.sqlite", former / "default.sqlite")
    with start() as client:
        assert listed(client) == {"default": "ready", "default-2": "ready", "mine": "ready"}
        mine = bank_of(client, "mine")
        assert [each["status"] for each in mine.phone("al-dia").send(operations.list_transfers())["items"]] == [
            "completed"
        ]
        assert [each["name"] for each in mine.snapshots()] == ["s"]
    assert not former.exists()


def test_what_a_crash_left_half_done_is_finished_or_undone_and_said(
    start: Start, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with start() as client:
        made(client, "going").snapshot("s")
    (data / "sandboxes" / "going").rename(data / "unfinished" / "going.1")  # a kill on the way to be removed for good
    (data / "unfinished" / "fork.7").mkdir()
    (data / "unfinished" / "fork.7" / "bank.sqlite").write_bytes(b"half")
    (data / "unfinished" / "default.8").write_bytes(b"half")
    with start() as client:
        assert listed(client) == {"default": "ready"}
        assert "removing going.1" in caplog.text
        assert made(client, "going").snapshots() == []
    assert not list((data / "unfinished").iterdir())
