"""Statements of one moment are cut in batches: the same rows and the same list of jobs as one by one."""

import pytest

from sandbox.bank.cards import service
from sandbox.kernel.clock import Micros
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Sandbox, operations
from tests.bank.life.living import everything
from tests.databases import database
from tests.transport import registry_of

MOMENT = "2026-12-10T01:00:00-05:00"


def test_statements_are_cut_in_batches_and_leave_the_same_rows(bank: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.phone(bank.members.persona("al-dia"))
    for owes in ("120.00", "0.05", "33.30"):
        purchase = {"merchant": "Tienda", "amount": owes, "days_ago": 3}
        bank.send(operations.create_member({"cards": [{"credit": "900.00", "purchases": [purchase]}]}))
    bank.snapshot("before")
    found, ran = [], []
    for most in (1, 3, service.MOST_CUT):
        monkeypatch.setattr(service, "MOST_CUT", most)
        bank.restore("before")
        ran.append(bank.clock.advance_to(MOMENT))
        found.append(everything(bank))
    (cards,) = (
        database(registry_of(bank.connection.client).get(bank.name)).execute("SELECT count(*) FROM card").fetchone()
    )
    assert [done["counts"]["card.statement"] for done in ran] == [cards] * 3
    assert ran[0]["jobs"] == ran[1]["jobs"] == ran[2]["jobs"]
    assert {job["due_at"] for job in ran[0]["jobs"] if job["kind"] == "card.statement"} == {MOMENT}
    assert found[0] == found[1] == found[2]
    bank.ledger.assert_balanced()


def test_a_batch_is_one_transaction(bank: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand cards would otherwise ask every source for its next moment two thousand times."""
    asked = []
    next_due = service.StatementRoll.next_due

    async def counted(self: service.StatementRoll, unit: UnitOfWork) -> Micros | None:
        asked.append(unit.sandbox is registry_of(bank.connection.client).get(bank.name))
        return await next_due(self, unit)

    monkeypatch.setattr(service.StatementRoll, "next_due", counted)
    done = bank.clock.advance_to(MOMENT)
    assert done["counts"]["card.statement"] > 2
    assert sum(asked) <= done["jobs_in_all"] - done["counts"]["card.statement"] + 2
