"""A bank in which there is one of everything that the audit reads."""

import shutil
from pathlib import Path

from sqlmodel import select

from sandbox.app import create_app
from sandbox.bank.ledger import service as ledger
from sandbox.bank.life import orders
from sandbox.bank.products import moves as products
from sandbox.bank.products.tables import Holding
from sandbox.domain.life.behaviours import Order
from sandbox.kernel import clock
from sandbox.settings import Settings
from sandbox.storage.queries import one
from sandbox.storage.unit import UnitOfWork
from tests.everything import fill
from tests.transport import bank_of, serving
from tests.units import in_unit

ALL_HOLDINGS = one(select(Holding))


LIVED = ("salary", "groceries", "assistance", "neighbours", "card-shopping", "card-paid-in-full", "savings-interest")


async def live(unit: UnitOfWork) -> None:
    """One order of each kind that is audited in its own way, of the member who did everything."""
    for number, behaviour in enumerate(each for each in unit.rules.life.as_planned if each.id in LIVED):
        order = Order(unit.now, 1, behaviour, number, 500, "Algo", 0, is_forgotten=False)
        assert f"life.{behaviour.what}" in (await orders.carry_out(unit, order)).kinds


async def move_products(unit: UnitOfWork) -> None:
    """Instalments of a loan, a term deposit that matures, a month's interest: what falls due by itself."""
    (member,) = {holding.member_id for holding in await unit.all(ALL_HOLDINGS)}
    account = (await ledger.accounts_of(unit, member))[0].id
    await products.pay_instalment(unit, member, account)
    for _ in range(2):
        unit.now = clock.months_after(unit.now, 1)
        assert [moved.outcome for moved in await products.pay_instalment(unit, member, account)] == ["paid"]
    unit.now = clock.months_after(unit.now, 6)
    assert [moved.outcome for moved in await products.mature(unit, member, account)] == ["matured"]
    assert await products.credit_interest(unit, account) > 0


def whole_bank(settings: Settings, place: Path) -> Path:
    """The file of a bank in which there is one of everything, and little besides: it is read for every case."""
    shutil.copytree(settings.seed_dir, place / "seed", ignore=shutil.ignore_patterns("*-historia-larga.yaml"))
    own = settings.model_copy(update={"data_dir": place / "data", "seed_dir": place / "seed", "members": 0})
    with serving(create_app(own)) as client:
        bank = bank_of(client)
        bank.clock.freeze()
        fill(bank)
        in_unit(bank, live)
        in_unit(bank, move_products)
        exported = bank.call("GET", "/_sandbox/export").content
    path = place / "whole.sqlite"
    path.write_bytes(exported)
    return path
