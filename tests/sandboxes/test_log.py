"""SQLite's log is folded into the file while requests go on, and other programs may look into the file meanwhile."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.app import create_app
from sandbox.sandboxes.files import log_size
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.settings import Settings
from sandbox.storage.schema import STATE_FACT
from tests import goldens
from tests.databases import file_of

pytestmark = [pytest.mark.slow, pytest.mark.sqlite("the log beside the file")]

LONGEST = 256 * 1024
PADDING = "x" * 50_000


@pytest.fixture
async def registry(settings: Settings, tmp_path: Path) -> AsyncIterator[Registry]:
    own = settings.model_copy(update={"data_dir": tmp_path / "data", "members": 12})
    goldens.place(own)
    app = await asyncio.to_thread(create_app, own)
    yield app.registry
    await app.registry.close()
    app._unlock()


@pytest.fixture
async def sandbox(registry: Registry) -> Sandbox:
    return await registry.open("default")


async def write(sandbox: Sandbox, number: int) -> None:
    unit = sandbox.unit("test")
    await unit.change(STATE_FACT, key=f"test {number}", value=PADDING)
    await unit.commit()


def stored(sandbox: Sandbox) -> int:
    sql = "SELECT count(*) FROM sandbox_fact WHERE key LIKE 'test %'"
    return int(file_of(sandbox).connection.execute(sql).fetchone()[0])


async def test_the_log_is_emptied_beside_steady_writers(sandbox: Sandbox) -> None:
    async def writer(start: int) -> None:
        for number in range(start, start + 20):
            await write(sandbox, number)

    largest = 0

    async def folder() -> None:
        nonlocal largest
        for _ in range(30):
            largest = max(largest, log_size(sandbox.path))
            await sandbox.whole.fold(LONGEST)
            await asyncio.sleep(0)

    await asyncio.gather(*(writer(100 * each) for each in range(5)), folder())
    await sandbox.whole.fold(0)
    assert log_size(sandbox.path) == 0
    assert stored(sandbox) == 100
    assert largest < 100 * len(PADDING), "it was emptied on the way, too"
    with closing(sqlite3.connect(f"{sandbox.path.as_uri()}?mode=ro&immutable=1", uri=True)) as alone:
        assert alone.execute("SELECT count(*) FROM sandbox_fact WHERE key LIKE 'test %'").fetchone() == (100,)


async def test_another_program_that_reads_neither_loses_nor_holds_up_anything(
    registry: Registry, sandbox: Sandbox, tmp_path: Path
) -> None:
    await write(sandbox, 1)
    with closing(sqlite3.connect(sandbox.path, isolation_level=None)) as other:
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM sandbox_fact WHERE key LIKE 'test %'").fetchone() == (1,)
        await write(sandbox, 2)
        file_of(sandbox).connection.execute("PRAGMA busy_timeout = 600000")
        await asyncio.wait_for(sandbox.whole.fold(0), 60)  # sooner than SQLite's own patience with a reader
        exported = await registry.export("default")
        with closing(sqlite3.connect(exported)) as image:
            assert image.execute("SELECT count(*) FROM sandbox_fact WHERE key LIKE 'test %'").fetchone() == (2,)
        exported.unlink()
        with pytest.raises(Exception, match="sandbox_in_use"):
            await registry.reset("default")
        assert stored(sandbox) == 2, "a refused reset changes nothing"
        other.execute("COMMIT")
    await registry.reset("default")
    assert stored(sandbox) == 0


async def test_another_program_that_leaves_does_not_take_the_log_along(sandbox: Sandbox, registry: Registry) -> None:
    """It believes to be the last one, and folds and deletes the log, if our locks were lost by a copy of the file."""
    script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute('SELECT 1 FROM sandbox_fact').fetchone()); c.close()"
    await write(sandbox, 1)
    (await registry.export("default")).unlink()
    await write(sandbox, 2)
    process = await asyncio.create_subprocess_exec(
        "python3", "-c", script, str(sandbox.path), stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0] == b"(1,)\n"
    assert log_size(sandbox.path) > 0, "the log is still there"
    await write(sandbox, 3)
    assert stored(sandbox) == 3
    await sandbox.sleep()
    with closing(sqlite3.connect(sandbox.path)) as later:
        assert later.execute("SELECT count(*) FROM sandbox_fact WHERE key LIKE 'test %'").fetchone() == (3,)


async def test_a_file_operation_that_is_cancelled_ends_before_its_connection_is_let_go(
    registry: Registry, sandbox: Sandbox
) -> None:
    for _ in range(20):
        export = asyncio.create_task(registry.export("default"))
        reset = asyncio.create_task(registry.reset("default"))
        await asyncio.sleep(0)
        export.cancel()
        with pytest.raises(asyncio.CancelledError):
            await export
        await reset
    assert not list((registry.places.data_dir / "unfinished").iterdir())


@pytest.mark.parametrize("step", range(6))
async def test_a_cancelled_operation_leaves_a_sandbox_that_works(
    registry: Registry, sandbox: Sandbox, step: int
) -> None:
    """Cancelled after so many turns of the loop, wherever that finds it."""
    for operate in (
        lambda: registry.reset("default"),
        sandbox.sleep,
        sandbox.open,
        lambda: registry.snapshot("default", f"s{step}"),
        lambda: registry.create(f"c{step}", parent=("default", None)),
    ):
        task = asyncio.create_task(operate())
        for _ in range(step):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await write(await registry.open("default"), step)
        assert stored(sandbox) >= 1
    await registry.reset("default")
    assert stored(sandbox) == 0
    assert not list((registry.places.data_dir / "unfinished").iterdir())
