"""Life as due work: members do what their behaviours plan, each order at its own moment."""

import asyncio
from collections import Counter
from weakref import WeakKeyDictionary

from sandbox.bank.jobs import service as jobs
from sandbox.bank.life import agenda as agendas
from sandbox.bank.life import orders, queries
from sandbox.bank.life.agenda import Agenda
from sandbox.bank.life.schemas import OUTCOMES
from sandbox.domain.life.behaviours import WHATS
from sandbox.domain.life.plan import month_at
from sandbox.kernel import clock
from sandbox.kernel.clock import Micros
from sandbox.sandboxes import life
from sandbox.storage.unit import Surroundings, UnitOfWork

_AT_ONCE = 5  # orders posted before the loop goes round


class DueLife:
    """What members do by themselves, as due work: one job is a slice of a day, row by row the same however time is
    moved. It is the first of the sources, so that while it plans, nothing else has been looked up.

    Where the rules of life changed, it begins anew where the clock is: what they would have ordered before is not made
    up.
    """

    kind = "life"

    def __init__(self) -> None:
        self._agendas: WeakKeyDictionary[Surroundings, Agenda] = WeakKeyDictionary()

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """The moment of the next order."""
        if not unit.sandbox.life.goes_on:
            return None
        agenda = await self._agenda(unit)
        if _has_other_rules(unit):
            return unit.now
        return agenda.next_after(unit.sandbox.life.until)

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done:
        """Post a slice of orders."""
        due, rules = unit.now, agendas.revision_of(unit)
        counts: Counter[str] = Counter()
        until, is_other = max(due, unit.sandbox.life.until), False
        # Where requests run beside it, a slice is of one moment: they wait for the rows that it has locked.
        end = due if unit.shared else limit
        planned = [] if _has_other_rules(unit) else self._agendas[unit.sandbox].slice(unit.sandbox.life.until, end)
        for number, order in enumerate(planned):
            if is_other and order.moment > until:
                break
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)  # its own sandbox waits for the whole slice, others do not
            unit.now = until = Micros(order.moment)
            effect = await orders.carry_out(unit, order)
            counts.update(effect.kinds)
            is_other = is_other or effect.ends_product
        await life.move_on(unit, until, rules)
        if is_other:
            await life.note_change(unit)
        return jobs.Done(self.kind, str(clock.local(due).date()), due, counts)

    async def _agenda(self, unit: UnitOfWork) -> Agenda:
        """What comes next, planned now where that has not been done. Others have the turn while it plans, so it is
        looked at again afterwards."""
        while True:
            await unit.hold_turn()
            agenda, until = self._agendas.get(unit.sandbox), unit.sandbox.life.until
            month = month_at(until)
            if agenda is not None and agenda.key == agendas.key_of(unit):
                if agenda.covers(until):
                    return agenda
                if agenda.is_followed(until) and not agenda.is_last:
                    month = max(month, agenda.month + 1)
            if agenda is not None:
                del self._agendas[unit.sandbox]
                await agenda.forget(unit)
            self._agendas[unit.sandbox] = await agendas.made(unit, until, month)


def _has_other_rules(unit: UnitOfWork) -> bool:
    return unit.sandbox.life.rules not in ("", agendas.revision_of(unit))


async def counts(unit: UnitOfWork) -> dict[str, int]:
    """How many orders there were, by what moved, and how many were refused and forgotten."""
    found: Counter[str] = Counter()
    for what in WHATS:
        for outcome in OUTCOMES:
            found[what if outcome == "posted" else outcome] += (
                await unit.one(queries.COUNT, what=what, outcome=outcome) or 0
            )
    return {name: times for name, times in sorted(found.items()) if times}
