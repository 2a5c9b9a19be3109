"""A challenge leaves `pending` once, however many units of work have seen it pending."""

from typing import Any, cast

import pytest

from sandbox.bank.challenges import queries, service
from sandbox.bank.challenges.problems import ChallengeCancelled, ChallengeConfirmed
from sandbox.bank.challenges.tables import Challenge
from sandbox.bank.members import authentication
from sandbox.bank.members.queries import LIVE_SESSION
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Phone
from tests.answers import Json, answered
from tests.units import in_unit


def seen(phone: Phone, transfer: Json) -> Challenge:
    """The challenge of a transfer, as a unit read it before another one settled it."""

    async def read(unit: UnitOfWork) -> Challenge:
        row = await unit.one(queries.CHALLENGE, challenge=unit.ids.number("chl", transfer["challenge"]["id"]))
        assert row is not None
        return row

    return in_unit(phone.sandbox, read)


def state(phone: Phone) -> tuple[Any, ...]:
    """What the day's use, the balances and the ledger say."""
    audit = phone.sandbox.ledger.audit()
    assert audit["violations"] == []
    return answered(phone.call("GET", "/v1/me/limits")), phone.products(), audit["entries"]


@pytest.mark.parametrize("way", ["cancel", "expire", "confirm"])
def test_what_was_cancelled_meanwhile_is_not_settled_again(phone: Phone, way: str) -> None:
    transfer = phone.transfer()
    stale = seen(phone, transfer)
    phone.cancel(transfer)
    before = state(phone)

    async def settle(unit: UnitOfWork) -> object:
        if way == "cancel":
            await service.cancel(unit, stale)
            return None
        if way == "expire":
            return await service.resend(unit, cast(Any, stale)._replace(expires_at=unit.now))
        code = unit.sandbox.codes.code(6, transfer["challenge"]["id"], 1)
        member = await authentication.authenticate(unit, f"Bearer {phone.token}", LIVE_SESSION)
        return await service.confirm(unit, member, stale, code)

    with pytest.raises(ChallengeCancelled):
        in_unit(phone.sandbox, settle)
    assert state(phone) == before


def test_what_was_confirmed_meanwhile_is_not_given_back(phone: Phone) -> None:
    transfer = phone.transfer()
    stale = seen(phone, transfer)
    phone.confirm(transfer)
    before = state(phone)
    with pytest.raises(ChallengeConfirmed):
        in_unit(phone.sandbox, lambda unit: service.cancel(unit, stale))
    assert state(phone) == before
