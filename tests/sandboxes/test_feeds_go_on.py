"""Streams begun anew: behind the last one got, from the oldest, and over gaps."""

import json

import pytest
from sqlalchemy import delete
from sqlmodel import col

from sandbox.app import Application
from sandbox.control import retention
from sandbox.sandboxes import feeds
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.events import Event
from sandbox.storage.queries import change, param
from tests.sandboxes.following import Follow, Subscriber, happen, ids, settled
from tests.waiting import until_on_the_loop as until

pytestmark = [pytest.mark.slow, pytest.mark.sqlite("looks at streams where its driver has answered")]

DELETE_EVENTS = change(delete(Event).where(col(Event.id) > param("after"), col(Event.id) <= param("end")))


@pytest.mark.parametrize("last", ["evt_nope", "evt_" + "0" * 32, "msg_1", "0", "é"])
async def test_an_unknown_last_event_id_begins_with_the_oldest_and_says_so(
    fed: Sandbox, follow: Follow, last: str
) -> None:
    await happen(fed, 3)
    subscriber = await follow(last=last)
    await happen(fed)
    await settled()
    assert subscriber.status == 200
    assert subscriber.told == ["restart: unknown", *ids(fed)]


async def test_an_id_of_a_later_state_is_unknown_after_a_reset(
    registry: Registry, fed: Sandbox, follow: Follow
) -> None:
    await happen(fed, 3)
    later = ids(fed)[-1]
    await registry.reset("fed")
    await happen(fed)
    subscriber = await follow(last=later)
    assert subscriber.told == ["restart: unknown", *ids(fed)]


async def test_an_unknown_after_is_refused(application: Application, fed: Sandbox) -> None:
    subscriber = Subscriber(application, "/_sandbox/events/stream", None, {"after": "evt_nope"})
    await subscriber.leave()
    assert subscriber.status == 404
    assert json.loads(subscriber.sent)["code"] == "not_found"
    assert fed.feeds == {}


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_known_id_goes_on_behind_it_without_a_restart(fed: Sandbox, follow: Follow, *, by_header: bool) -> None:
    await happen(fed, 3 * feeds.PAGE)
    position = ids(fed)[5]
    subscriber = await (follow(last=position) if by_header else follow(after=position))
    await until(lambda: len(subscriber.told) >= len(ids(fed)) - 6)
    assert subscriber.told == ids(fed)[6:]


@pytest.mark.parametrize(("kept", "told"), [(4, False), (3, False), (2, True), (1, True)])
async def test_a_gap_behind_the_last_event_id_is_told(fed: Sandbox, follow: Follow, kept: int, told: bool) -> None:
    """Of six events the third was the last one got: it may be gone itself, but the fourth may not."""
    await happen(fed, 6)
    there = ids(fed)
    await retention.prune(fed, retention.Bounds(kept, 100))
    assert ids(fed) == there[-kept:]
    subscriber = await follow(last=there[-4])
    await happen(fed)
    await settled()
    assert subscriber.told == (["restart: gap", *ids(fed)] if told else ids(fed)[-4:])


async def test_a_gap_further_on_is_told_too(fed: Sandbox, follow: Follow) -> None:
    await happen(fed, 10)
    there = ids(fed)
    await delete_events(fed, there[4], there[7])
    subscriber = await follow(last=there[2])
    assert subscriber.told == [*there[3:5], "restart: gap", *there[:5], *there[8:]]


async def test_it_is_told_also_where_nothing_is_left_behind_the_last_event_id(fed: Sandbox, follow: Follow) -> None:
    await happen(fed, 4)
    there = ids(fed)
    await delete_events(fed, there[1], there[3])
    subscriber = await follow(last=there[1])
    assert subscriber.told == ["restart: gap", *there[:2]]
    current = await follow(last=there[3])
    await happen(fed)
    await settled()
    assert current.told == ids(fed)[-1:]
    assert subscriber.told == ["restart: gap", *ids(fed)]


async def test_older_gaps_are_no_second_restart(fed: Sandbox, follow: Follow) -> None:
    await happen(fed, 8)
    there = ids(fed)
    await delete_events(fed, there[0], there[2])
    await delete_events(fed, there[4], there[5])
    subscriber = await follow(last="evt_nope")
    assert subscriber.told == ["restart: unknown", there[0], *there[3:5], *there[6:]]


async def delete_events(sandbox: Sandbox, after: str, end: str) -> None:
    unit = sandbox.unit("test")
    numbers = {name: sandbox.ids.number("evt", id) for name, id in (("after", after), ("end", end))}
    await unit.change(DELETE_EVENTS, **numbers)
    await unit.commit()
