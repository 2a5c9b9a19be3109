"""A year of life looks like one: money comes and goes, and hardly anybody becomes poor or rich of it."""

from statistics import quantiles
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.bank.life.living import kept
from tests.databases import database
from tests.transport import bank_of, registry_of

pytestmark = pytest.mark.sqlite("what behaviours add up to, which no engine changes")

MEMBERS = 100


def balances(bank: Sandbox) -> list[int]:
    """What generated members have on their first savings account, in cents."""
    connection = database(registry_of(bank.connection.client).get(bank.name))
    found = connection.execute(
        "SELECT book FROM account WHERE id IN (SELECT min(account.id) FROM account JOIN member ON member.id = member_id"
        " WHERE account.type = 'savings' AND persona IS NULL GROUP BY member_id)"
    ).fetchall()
    return [book for (book,) in found]


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(("level", "refused"), [("quiet", 0.01), ("typical", 0.03)])
def test_a_year_leaves_members_about_as_well_off_as_it_found_them(client: Any, level: str, refused: float) -> None:
    name = f"year-{level}"
    made = {"name": name, "members": MEMBERS, "life": level, "clock": {"rate": 0}}
    assert client.post("/_sandbox/sandboxes", json=made).status_code == 201
    bank = bank_of(client, name)
    before = quantiles(balances(bank), n=20)
    bank.clock.advance("P1Y")
    after = quantiles(balances(bank), n=20)
    for part in (4, 9, 14, 18):
        assert before[part] / 4 < after[part] < before[part] * 3, (level, part, before, after)
    assert after[0] > 20_00
    orders = kept(bank)
    assert len(orders) > MEMBERS * 12 * 3
    assert sum(order["outcome"] == "refused" for order in orders) < refused * len(orders)
    bank.ledger.assert_balanced()
    client.delete(f"/_sandbox/sandboxes/{name}")
