"""What rules/ says on the first day, for what happened before it: history is not judged again when rules change."""

from sandbox.domain.calendars import BusinessDays, Cycle, next_settlement
from sandbox.kernel.clock import Micros

INTERBANK_FEE = 36
INTERBANK_TAX = 5
SCHEDULES_RUN_AT = 8 * 60
CYCLES = (Cycle(9 * 60, 690), Cycle(750, 900), Cycle(930, 1080))
BUSINESS_DAYS = BusinessDays(
    {1: -1, 2: 2, 3: 1, 5: -1, 6: 1},
    {
        "Año Nuevo": {5: -1, 6: 1},
        "Navidad": {5: -1, 6: 1},
        "Carnaval": {},
        "Día de Difuntos": {1: -1, 2: 1, 4: -1, 5: -1, 6: 1},
        "Independencia de Cuenca": {2: -1, 3: 1, 5: -1, 6: 1, 0: 1},
    },
    since=2017,
)


def settles_at(moment: Micros) -> Micros:
    """When an interbank transfer confirmed at that moment arrives."""
    return next_settlement(moment, CYCLES, BUSINESS_DAYS)
