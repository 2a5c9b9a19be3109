"""Who uses a database at a time: some together, or one alone, in the order in which they came."""

import asyncio

import pytest

from sandbox.storage.shares import Shares

ALONE = object()


async def settled() -> None:
    """Let everything that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_as_many_enter_as_there_is_room_for() -> None:
    shares = Shares(2)
    await shares.enter()
    await shares.enter()
    third = asyncio.ensure_future(shares.enter())
    await settled()
    assert not third.done()
    shares.leave()
    await third
    assert not shares.is_free


async def test_an_owner_waits_until_all_have_left_and_keeps_later_ones_out() -> None:
    shares = Shares(2)
    await shares.enter()
    taking = asyncio.ensure_future(shares.take(ALONE))
    later = asyncio.ensure_future(shares.enter())
    await settled()
    assert (taking.done(), later.done(), shares.is_awaited) == (False, False, True)
    shares.leave()
    await taking
    await settled()
    assert (shares.owner, later.done()) == (ALONE, False)
    shares.end(ALONE)
    await later
    shares.leave()
    assert shares.is_free


async def test_an_owner_that_has_it_all_does_not_take_it_again() -> None:
    shares = Shares(1)
    await shares.take(ALONE)
    with pytest.raises(RuntimeError):
        await shares.take(ALONE)


@pytest.mark.parametrize("owner", [None, object()])
async def test_one_that_is_cancelled_while_it_waits_leaves_its_place_to_others(owner: object | None) -> None:
    shares = Shares(1)
    await shares.enter()
    waiting = asyncio.ensure_future(shares.enter() if owner is None else shares.take(owner))
    behind = asyncio.ensure_future(shares.enter())
    await settled()
    waiting.cancel()
    await settled()
    shares.leave()
    await behind
    shares.leave()
    assert shares.is_free


@pytest.mark.parametrize("owner", [None, object()])
async def test_one_that_is_cancelled_as_it_is_admitted_gives_its_share_back(owner: object | None) -> None:
    shares = Shares(1)
    await shares.enter()
    waiting = asyncio.ensure_future(shares.enter() if owner is None else shares.take(owner))
    await settled()
    shares.leave()  # admits it, in this turn of the loop
    waiting.cancel()
    await settled()
    assert waiting.cancelled()
    assert shares.is_free
