"""A sandbox that another process works on as a whole: what is under way here ends before, what comes waits, and goes on
with what is there then."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.sandboxes.bounds import Bounds
from sandbox.sandboxes.hands import RegistryHands
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.sandboxes.server import ServerDatabase
from sandbox.settings import Settings
from sandbox.storage.threads import in_thread
from sandbox.testing import Sandbox as Bank
from tests.answers import answered, assert_problem
from tests.sandboxes.beside import Joined, Pair, pair_over
from tests.sandboxes.beside import pair as paired
from tests.sandboxes.test_two_processes import control, order
from tests.transport import registry_of

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers
IDLE = 60.0


@pytest.fixture(scope="module")
def pair(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, url: str
) -> Iterator[Pair]:  # fixtures have the names that tests ask for
    """Both in this process, so that their memory can be looked at."""
    with pair_over(settings, tmp_path_factory.mktemp("shared"), url) as made:
        yield made


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def here_and_there(pair: Pair, name: str) -> tuple[Sandbox, Sandbox]:
    """A sandbox in the memory of each of the two."""
    return registry_of(pair.keeper).look_up(name), registry_of(pair.other).look_up(name)


@contextmanager
def held_up(patch: pytest.MonkeyPatch, kind: type, method: str) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Have a step of an operation on a whole database wait: one event tells that it was reached, the other lets it go
    on."""
    reached, may_go_on, real = threading.Event(), threading.Event(), getattr(kind, method)

    def in_a_thread(*arguments: Any) -> Any:
        reached.set()
        assert may_go_on.wait(30)
        return real(*arguments)

    async def on_the_loop(*arguments: Any) -> Any:
        reached.set()
        assert await in_thread(may_go_on.wait, 30)
        return await real(*arguments)

    with patch.context() as patched:
        patched.setattr(kind, method, on_the_loop if asyncio.iscoroutinefunction(real) else in_a_thread)
        try:
            yield reached, may_go_on
        finally:
            may_go_on.set()


def test_what_is_under_way_ends_before_a_sandbox_is_replaced(pair: Pair, name: str, url: str) -> None:
    _, there = pair.phones(name)
    wanted = there.order("1.00")
    _, sandbox = here_and_there(pair, name)
    database = json.loads(sandbox.path.read_text())["database"]
    with ThreadPoolExecutor() as pool, psycopg.connect(url, dbname=database) as blocker:
        blocker.execute("SELECT id FROM member FOR UPDATE")
        ordering = pool.submit(there.call, "POST", "/v1/transfers", json=wanted)
        until(lambda: not sandbox.store.is_idle)
        resetting = pool.submit(control, pair, name, "POST", "/reset")
        until(lambda: sandbox.store.is_awaited)
        assert not resetting.done()
        blocker.rollback()
        answered(ordering.result(30))
        resetting.result(30)
    assert_problem(there.call("GET", "/v1/products"), 401, "invalid_token")


@pytest.mark.parametrize(
    ("kind", "step", "call", "code"),
    [
        (ServerDatabase, "put", ("POST", "/_sandbox/reset"), "invalid_token"),
        (ServerDatabase, "put", ("POST", "/_sandbox/snapshots/kept/restore"), None),
        (ServerDatabase, "copy", ("POST", "/_sandbox/sandboxes"), None),
        (Sandbox, "_remove_in_turn", ("DELETE", "/_sandbox/sandboxes/{name}"), "sandbox_not_found"),
    ],
    ids=["reset", "restore", "fork", "delete"],
)
@pytest.mark.parametrize("use", ["in use", "calls counted", "not used yet"])
def test_what_comes_meanwhile_waits_and_finds_what_is_there_then(
    pair: Pair,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    kind: type,
    step: str,
    call: tuple[str, str],
    code: str | None,
    use: str,
) -> None:
    here, there = pair.phones(name)
    if use == "calls counted":  # a call is looked at before it is served, in a unit of work as well
        match = {"path": "/v1/products", "after": 1000}
        control(pair, name, "POST", "/faults", json={"match": match, "effect": {"status": 502}})
    control(pair, name, "POST", "/snapshots", json={"name": "kept"})
    if use != "not used yet":
        answered(there.call("GET", "/v1/products"))
    _, sandbox = here_and_there(pair, name)
    method, path = call
    options: dict[str, Any] = {"headers": {"X-Sandbox": name}}
    if path == "/_sandbox/sandboxes":
        options["json"] = {"name": f"{name}--fork", "from": name}
    with ThreadPoolExecutor() as pool, held_up(monkeypatch, kind, step) as (reached, may_go_on):
        working = pool.submit(pair.keeper.request, method, path.format(name=name), **options)
        assert reached.wait(30)
        asking = pool.submit(there.call, "GET", "/v1/products")
        until(lambda: sandbox.store.is_awaited)
        assert not asking.done()
        may_go_on.set()
        answered(working.result(30))
        answer = asking.result(30)
    if code is None:
        answered(answer)
    else:
        assert answer.json()["code"] == code
    pair.keeper.delete(f"/_sandbox/sandboxes/{name}--fork")
    assert here.sandbox.name == name


def test_a_sandbox_that_the_other_process_uses_is_not_idle(pair: Pair, name: str) -> None:
    keeper = registry_of(pair.keeper)
    here, there = here_and_there(pair, name)

    def removed() -> bool:
        here.used_at = time.monotonic() - IDLE - 1
        pair.keeper.portal.call(keeper.remove_idle, time.monotonic())
        return name not in keeper.names()  # the keeper looks for idle ones by itself, too

    bounds = keeper.bounds
    keeper.bounds = Bounds(idle_seconds=IDLE)
    try:
        there.used_at = time.monotonic()
        assert not removed()
        assert here.used_at == there.used_at, "so that it is not held at every look"
        there.used_at -= IDLE + 1
        with there.news.listening():
            assert not removed()
        there.running_keys.add((1, "key"))
        assert not removed()
        there.running_keys.clear()
        until(removed)  # the keeper looks for due work, too: then it is not idle for a moment
    finally:
        keeper.bounds = bounds
    answer = pair.other.get("/v1/errors", headers={"X-Sandbox": name})
    assert_problem(answer, 404, "sandbox_not_found")


def test_a_sandbox_that_the_other_process_uses_is_listed_as_used(pair: Pair, name: str) -> None:
    here, there = here_and_there(pair, name)

    def idle() -> float:
        (told,) = [each for each in answered(pair.keeper.get("/_sandbox/sandboxes"))["items"] if each["name"] == name]
        return float(told["open"]["idle_seconds"])

    here.used_at = there.used_at = time.monotonic() - IDLE
    assert idle() >= IDLE
    answered(pair.other.get("/v1/errors", headers={"X-Sandbox": name}))
    assert idle() < IDLE / 2


def test_each_opening_has_a_number_of_its_own_and_the_clock_begins_once(pair: Pair) -> None:
    registry = registry_of(pair.keeper)
    home = registry.places.scratch("opened")
    home.mkdir()
    database = registry.engine.database("opened", home)
    registry.engine.copy_golden(registry.goldens.sound(registry.goldens.origin), database.path, {})
    with ThreadPoolExecutor(6) as pool:
        opened = [each.result() for each in [pool.submit(database.open, is_new=True) for _ in range(6)]]
    assert sorted(said.starts for _, said in opened) == [1, 2, 3, 4, 5, 6]
    assert len({said.clock_origin for _, said in opened}) == 1
    for handle, _ in opened:
        handle.connection[0].finish()
    registry.engine.remove_home(home)


def test_life_and_webhooks_are_known_everywhere_when_the_answer_is_there(pair: Pair, name: str) -> None:
    phones = pair.phones(name)
    for phone in phones:
        answered(order(phone))
    here, there = here_and_there(pair, name)
    control(pair, name, "PUT", "/life", json={"level": "quiet"})
    assert there.life.level == "quiet"
    hook = control(pair, name, "POST", "/webhooks", json={"url": "http://127.0.0.1:9/", "kinds": ["transfer.created"]})
    assert there.has_webhooks
    answered(order(phones[1]))
    until(lambda: bool(control(pair, name, "GET", f"/webhooks/{hook['id']}/deliveries")["items"]))
    control(pair, name, "DELETE", f"/webhooks/{hook['id']}")
    assert not there.has_webhooks
    assert not here.has_webhooks


def test_what_falls_due_is_run_for_a_sandbox_that_the_other_process_alone_uses(
    pair: Pair,
    name: str,
) -> None:
    here, there = here_and_there(pair, name)

    async def sleep() -> None:
        await here.sleep()
        assert here.asleep  # looked at at once: the keeper may find that the other process uses it

    pair.keeper.portal.call(sleep)
    pair.other.portal.call(there.sleep)
    answered(pair.other.get("/v1/errors", headers={"X-Sandbox": name}))
    until(lambda: not here.asleep)


def test_due_work_is_looked_for_when_another_process_has_ended_untold(
    pair: Pair,
    name: str,
) -> None:
    here, _ = here_and_there(pair, name)
    changes, told = here.store.changes, here.news.told
    pair.keeper.portal.call(RegistryHands(registry_of(pair.keeper)).lost)
    assert (here.store.changes, here.news.told) == (changes + 1, told + 1)


def test_a_recording_ends_where_a_part_of_it_is_lost_with_its_process(
    pair: Pair, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bank, _ = pair.banks(name)
    bank.record()
    here, there = pair.phones(name)
    kept = [order(phone).headers["x-request-id"] for phone in (there, here)]
    assert '"whole": true' in bank.recording().splitlines()[0]

    async def nothing(self: Joined, name: str) -> list[Any]:
        return []

    notes = here_and_there(pair, name)[0].notes
    pair.keeper.portal.call(notes.gathering.stop)
    pair.keeper.portal.call(notes.gather)  # for the last time
    with monkeypatch.context() as patched:
        patched.setattr(Joined, "gather", nothing)
        later = [order(phone).headers["x-request-id"] for phone in (there, here)]
        pair.keeper.portal.call(RegistryHands(registry_of(pair.keeper)).lost)
    lines = bank.recording().splitlines()
    assert '"whole": false' in lines[0]
    assert [any(each in line for line in lines) for each in (*kept, *later)] == [True, True, False, False]
    assert f"the recording of sandbox {name} takes no more" in caplog.text
    bank.stop_recording()


def whole(bank: Bank) -> tuple[bool, int]:
    """Whether the recording is whole, and how many exchanges it has."""
    first, *exchanges = bank.recording().splitlines()
    return json.loads(first)["whole"], len(exchanges)


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "with room"])
@pytest.mark.parametrize("is_stopped", [True, False], ids=["stopped", "begun anew"])
@pytest.mark.parametrize("is_asleep", [True, False], ids=["asleep", "awake"])
def test_nothing_of_a_former_recording_is_in_the_next_one(
    pair: Pair,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_full: bool,
    is_stopped: bool,
    is_asleep: bool,
) -> None:
    bank, _ = pair.banks(name)
    here, there = here_and_there(pair, name)
    bank.record()
    pair.keeper.portal.call(here.notes.gathering.stop)  # what the other one has stays there until it is asked for
    if is_full:
        monkeypatch.setattr(there.notes, "_recording_bytes", 0)
    answered(pair.other.get("/v1/app", headers={"X-Sandbox": name}))
    monkeypatch.undo()
    former = there.notes.recording
    assert former is not None
    assert former.is_whole is not is_full
    if is_full:
        assert whole(bank) == (False, 0)
    if is_asleep:
        pair.other.portal.call(there.sleep)
    if is_stopped:
        bank.stop_recording()
    bank.record()
    assert whole(bank) == (True, 0)
    for client in (pair.other, pair.keeper, pair.other):
        answered(client.get("/v1/app", headers={"X-Sandbox": name}))
    assert whole(bank) == (True, 3)
    bank.stop_recording()


def test_what_waited_for_a_recording_to_begin_is_in_it(pair: Pair, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bank, _ = pair.banks(name)
    _, sandbox = here_and_there(pair, name)
    with ThreadPoolExecutor() as pool, held_up(monkeypatch, ServerDatabase, "put") as (reached, may_go_on):
        beginning = pool.submit(bank.record)
        assert reached.wait(30)
        asking = pool.submit(pair.other.get, "/v1/products", headers={"X-Sandbox": name})
        until(lambda: sandbox.store.is_awaited)
        may_go_on.set()
        beginning.result(30)
        assert asking.result(30).status_code == 401
    assert whole(bank) == (True, 1)
    bank.stop_recording()


def test_a_sandbox_that_is_named_for_the_first_time_is_made_by_the_keeper(
    settings: Settings,
    tmp_path: Any,
    url: str,  # fixtures have the names that tests ask for
) -> None:
    own = {"data_dir": tmp_path / "data", "members": 12, "database_url": url, "database_spares": 0, "auto_create": True}
    with paired(settings.model_copy(update=own)) as made, ThreadPoolExecutor() as pool:
        both = (made.keeper, made.other)
        asking = [pool.submit(client.get, "/v1/errors", headers={"X-Sandbox": "fresh"}) for client in both * 3]
        for each in asking:
            answered(each.result(30))
        assert registry_of(made.other).names() == ["default", "fresh"]
