"""What is noted of a sandbox that others serve as well, once it has ended: the next one of its name is another."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.sandboxes.bounds import RingSizes
from sandbox.sandboxes.notes import Notes
from sandbox.sandboxes.peers import Alone, Noted
from sandbox.sandboxes.places import RECORDED
from sandbox.sandboxes.registry import Registry
from tests.waiting import until_on_the_loop as until


class Others(Alone):
    """Other processes, which have noted nothing: of what they were asked for notes."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def gather(self, name: str) -> list[Noted]:
        self.asked.append(name)
        return []


@pytest.fixture
def others(registry: Registry) -> Others:
    registry.peers = others = Others()
    return others


@pytest.fixture
async def former(others: Others, tmp_path: Path) -> AsyncIterator[Notes]:
    """Those of a sandbox that has ended while it was recorded."""
    notes = Notes("mine", RingSizes(), others, tmp_path / RECORDED)
    notes.start_recording("off")
    notes.end()
    yield notes
    notes.gathering.stop()


async def test_nothing_is_gathered_for_one_that_has_ended(former: Notes, others: Others) -> None:
    with former.gathering.going_on():  # a call that still waits for what it asked about
        await former.gather()
        assert former.gathering._running is None
    assert former.gathering._running is None
    assert others.asked == []


async def test_who_stops_a_recording_that_has_ended_leaves_the_next_one(
    former: Notes, others: Others, tmp_path: Path
) -> None:
    following = Notes("mine", RingSizes(), others, tmp_path / RECORDED)
    following.start_recording("off")
    await former.stop_recording()
    assert (tmp_path / RECORDED).exists()
    following.end()
    assert not (tmp_path / RECORDED).exists()


async def test_one_that_cannot_be_deleted_is_recorded_on_and_the_mark_goes_with_the_deletion(
    registry: Registry, others: Others, tmp_path: Path
) -> None:
    await registry.create("mine")
    sandbox = await registry.reset("mine", is_recorded=True)
    recording, taken = sandbox.notes.recording, tmp_path / "taken"
    (taken / "by another").mkdir(parents=True)
    with pytest.raises(OSError, match="not empty"):
        await sandbox.remove(taken)
    assert sandbox.notes.recording is recording is not None
    assert (sandbox.home / RECORDED).exists()
    others.asked.clear()
    await until(lambda: bool(others.asked))
    await registry.delete("mine")
    (kept,) = await registry.bin.kept()
    assert not (kept.path / RECORDED).exists()


async def test_a_kill_behind_the_rename_of_a_deletion_leaves_no_mark_beyond_the_next_start(
    registry: Registry, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the other processes would record a sandbox that is undeleted then, for a keeper that does not."""
    await registry.create("mine")
    sandbox = await registry.reset("mine", is_recorded=True)

    def killed(_: Path) -> None:
        raise ConnectionAbortedError("killed")

    monkeypatch.setattr(sandbox.notes, "end", killed)
    with pytest.raises(ConnectionAbortedError):
        await registry.delete("mine")
    monkeypatch.undo()
    sandbox.notes.gathering.end_for_good()
    (kept,) = await registry.bin.kept()
    assert (kept.path / RECORDED).exists()
    registry.places.prepare()
    await registry.undelete("mine")
    assert not (registry.places.home("mine") / RECORDED).exists()
