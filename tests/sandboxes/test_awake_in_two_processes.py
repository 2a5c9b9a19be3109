"""A sandbox that another process than the keeper uses is open at the keeper, too, which runs what falls due in it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.sandboxes import feeds, hands
from sandbox.sandboxes.bounds import Bounds
from sandbox.sandboxes.hands import RegistryHands
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.settings import Settings
from sandbox.storage.errors import ServerGone
from tests.answers import answered
from tests.sandboxes.beside import Joined, Pair, pair_over
from tests.sandboxes.test_hands import here_and_there, until
from tests.transport import registry_of

pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers


@pytest.fixture(scope="module")
def pair(settings: Settings, tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Pair]:
    """Both in this process, so that their memory can be looked at."""
    with pair_over(settings, tmp_path_factory.mktemp("shared"), url) as made:
        yield made


@pytest.fixture
def others(pair: Pair, name: str) -> Iterator[list[str]]:
    """More sandboxes, which the keeper alone uses."""
    made = [f"{name}-{number}" for number in (1, 2)]
    for each in made:
        answered(pair.keeper.post("/_sandbox/sandboxes", json={"name": each, "clock": {"rate": 0}}))
    yield made
    for each in made:
        pair.keeper.delete(f"/_sandbox/sandboxes/{each}")


@contextmanager
def room_at_the_keeper(pair: Pair, awake: int) -> Iterator[None]:
    """Have the keeper keep so many sandboxes open, for a block."""
    registry = registry_of(pair.keeper)
    bounds, registry.bounds = registry.bounds, Bounds(awake=awake)
    try:
        yield
    finally:
        registry.bounds = bounds


def read(pair: Pair, name: str) -> None:
    """A call of the bank at the other process, which writes nothing."""
    answered(pair.other.get("/v1/errors", headers={"X-Sandbox": name}))


def crowd(pair: Pair, others: list[str]) -> None:
    """Use other sandboxes at the keeper, each of which it has to open."""
    for each in others:
        pair.keeper.portal.call(registry_of(pair.keeper).look_up(each).sleep)
        answered(pair.keeper.get("/_sandbox/clock", headers={"X-Sandbox": each}))


def is_crowded_out(pair: Pair, others: list[str], sandbox: Sandbox) -> bool:
    """Whether the keeper has put a sandbox to sleep when it has used the others."""
    crowd(pair, others)
    return sandbox.asleep


def close_unsaid(pair: Pair, sandbox: Sandbox) -> None:
    """Have the keeper no longer have a sandbox open, as a new keeper has not: nobody is told."""

    async def close() -> None:
        async with sandbox.whole.alone():
            await sandbox.whole.close()
            assert sandbox.asleep

    pair.keeper.portal.call(close)


def used_at_both(pair: Pair, name: str) -> tuple[Sandbox, Sandbox]:
    """A sandbox in the memory of each, open in both because the other process uses it."""
    here, there = here_and_there(pair, name)
    pair.keeper.portal.call(here.sleep)
    read(pair, name)
    until(lambda: not here.asleep and not there.asleep)
    return here, there


@contextmanager
def a_client_that_waits(pair: Pair, name: str, there: Sandbox) -> Iterator["Future[httpx.Response]"]:
    """Who waits at the other process for an event, which comes at the end of the block."""
    phone = pair.phones(name)[0]
    ordered = phone.transfer("1.00")
    with ThreadPoolExecutor() as pool:
        wanted = {"kind": "transfer.completed", "subject": ordered["id"], "wait": 60}
        headers = {"X-Sandbox": name}
        waiting = pool.submit(pair.other.get, "/_sandbox/events/next", params=wanted, headers=headers)
        try:
            until(lambda: bool(there.feeds) or waiting.done())
            yield waiting
        finally:
            phone.confirm(ordered)
        answered(waiting.result(60))


# Where the keeper has not heard of an opening.


def test_a_listener_whose_feed_opens_the_sandbox_again_has_the_keeper_open_it(pair: Pair, name: str) -> None:
    here, there = used_at_both(pair, name)
    with a_client_that_waits(pair, name, there) as waiting:
        close_unsaid(pair, here)
        looking_again = RegistryHands(registry_of(pair.other))  # as behind the end of a keeper
        pair.other.portal.call(looking_again.hold, name)
        pair.other.portal.call(looking_again.release, name)
        until(lambda: not here.asleep)
        assert not waiting.done()


def test_what_the_keeper_could_not_open_it_opens_at_a_later_use(
    pair: Pair, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hands, "_AGAIN", 0.0)
    here, there = used_at_both(pair, name)

    def gone(*, is_new: bool) -> Any:
        raise ServerGone("away", "")

    with monkeypatch.context() as patched:
        patched.setattr(here._database, "open", gone)
        pair.keeper.portal.call(here.sleep)
        until(lambda: there.asleep)
        read(pair, name)
        until(lambda: "which another process uses, cannot be opened" in caplog.text and there.asleep)
    read(pair, name)
    until(lambda: not here.asleep)


# Where the keeper has closed what another process has open.


def test_a_sandbox_that_is_listened_to_in_the_other_process_stays_awake(
    pair: Pair, name: str, others: list[str]
) -> None:
    here, there = used_at_both(pair, name)
    opened = here.store.revision
    with room_at_the_keeper(pair, 1), there.news.listening():
        crowd(pair, others)
        assert (here.asleep, here.store.revision) == (False, opened)
    with room_at_the_keeper(pair, 1):
        until(lambda: is_crowded_out(pair, others, here))


def test_a_sandbox_with_a_running_idempotency_key_in_the_other_process_stays_awake(
    pair: Pair, name: str, others: list[str]
) -> None:
    here, there = used_at_both(pair, name)
    opened = here.store.revision
    there.running_keys.add((1, "key"))
    with room_at_the_keeper(pair, 1):
        crowd(pair, others)
    there.running_keys.clear()
    assert (here.asleep, here.store.revision) == (False, opened)


def test_a_sandbox_that_was_put_to_sleep_is_opened_when_the_other_process_uses_it(
    pair: Pair, name: str, others: list[str]
) -> None:
    here, there = used_at_both(pair, name)
    with room_at_the_keeper(pair, 1):
        until(lambda: is_crowded_out(pair, others, here))
    until(lambda: there.asleep)
    read(pair, name)
    until(lambda: not here.asleep)


def test_what_the_other_process_used_latest_is_not_the_first_to_sleep(pair: Pair, name: str, others: list[str]) -> None:
    keeper = registry_of(pair.keeper)
    here, there = used_at_both(pair, name)
    crowd(pair, others)  # which it has used itself since
    longest_ago, opened = keeper.look_up(others[0]), here.store.revision
    here.used_at, longest_ago.used_at = 1.0, 2.0  # as the keeper knows it: it hears of no reads
    there.used_at = time.monotonic()
    pair.keeper.portal.call(keeper.look_up(others[1]).sleep)
    with room_at_the_keeper(pair, len(keeper.awake())):
        answered(pair.keeper.get("/_sandbox/clock", headers={"X-Sandbox": others[1]}))
    assert longest_ago.asleep
    assert (here.asleep, here.store.revision) == (False, opened)


def test_who_listens_unnoticed_has_a_sandbox_that_was_put_to_sleep_opened_at_once(
    pair: Pair, name: str, others: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "BREATH", 600.0)  # it does not look at the database for any other reason
    here, there = used_at_both(pair, name)

    async def unknown(self: Joined) -> dict[str, Any]:
        return {}

    opened = here.store.revision
    with a_client_that_waits(pair, name, there) as waiting:
        with monkeypatch.context() as patched, room_at_the_keeper(pair, 1):
            patched.setattr(Joined, "awake", unknown)
            until(lambda: is_crowded_out(pair, others, here) or here.store.revision > opened)
        until(lambda: not here.asleep and not there.asleep)
        assert not waiting.done()


@pytest.mark.parametrize("why", ["suspected", "not read again"])
def test_what_the_keeper_alone_has_closed_is_opened_when_the_other_process_uses_it(
    pair: Pair, name: str, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    here, there = used_at_both(pair, name)
    if why == "suspected":
        pair.keeper.portal.call(_now(here.whole.suspect))
    else:

        def gone(connection: Any) -> None:
            raise ServerGone("away", "")

        with monkeypatch.context() as patched:
            patched.setattr(here, "read_faults", gone)
            fault = {"match": {"operation_id": "listBeneficiaries"}, "effect": {"status": 502}}
            pair.keeper.post("/_sandbox/faults", json=fault, headers={"X-Sandbox": name})
    until(lambda: here.asleep and there.asleep)
    read(pair, name)
    until(lambda: not here.asleep)


def _now(call: Callable[[], None]) -> Any:
    async def called() -> None:
        call()

    return called


def test_a_process_that_makes_room_for_itself_has_the_others_keep_theirs(
    pair: Pair, name: str, others: list[str]
) -> None:
    here, there = used_at_both(pair, name)
    opened = here.store.revision
    other = registry_of(pair.other)
    bounds, other.bounds = other.bounds, Bounds(awake=1)
    try:
        for each in others:
            read(pair, each)
        assert there.asleep
    finally:
        other.bounds = bounds
    assert (here.asleep, here.store.revision) == (False, opened)
