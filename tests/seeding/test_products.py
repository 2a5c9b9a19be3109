"""The past of savings, loans and term deposits: what the same rules would have done, and what the next month goes on
with."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from sandbox.domain import calendars, interest
from sandbox.kernel import clock
from sandbox.kernel.clock import Micros
from sandbox.seeding.golden import build
from sandbox.storage.schema import Origin
from tests import goldens
from tests.databases import database
from tests.functional.processes import ROOT
from tests.transport import bank_of as living_bank
from tests.transport import registry_of

STARTS = ("2026-11-23T09:15:00", "2027-03-01T00:00:00", "2028-02-29T23:45:00", "2027-12-31T23:59:59")
RATE, DAYS = 2_00, 360
MEMBERS = 140

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module", params=STARTS)
def bank_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("products") / "bank.sqlite"
    start = clock.parse(request.param)
    build(path, Origin("products", MEMBERS, start), goldens.recipe(goldens.seed_dir(), ROOT / "rules"))
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def start_of(connection: sqlite3.Connection) -> Micros:
    [(start,)] = connection.execute("SELECT value FROM sandbox_fact WHERE key = 'clock_start'").fetchall()
    return Micros(int(start))


def expected_interest(postings: Rows, moment: int) -> int:
    """Interest of the month up to a moment, from the balance with which each of its days closes."""
    until = clock.day_of(moment)
    first = clock.local(moment).date().replace(day=1)
    closing_balances = []
    for day in range((first - date(1970, 1, 1)).days, until + 1):
        end = min(clock.begin_of(day + 1) - 1, moment)
        closing_balances.append(sum(amount for at, amount, _ in postings if at <= end))
    return interest.of_savings(sum(closing_balances), RATE, DAYS)


def test_every_month_of_the_past_has_its_interest(bank_of: sqlite3.Connection) -> None:
    """For accounts of people and of personas, also where the balance at the end is promised."""
    postings: dict[int, Rows] = defaultdict(list)
    sql = """SELECT account_id, moment, amount, concept FROM posting JOIN account ON account.id = account_id
        JOIN member ON member.id = member_id WHERE type = 'savings' AND account.status = 'active'
        AND persona IS NOT 'historia-larga' ORDER BY posting.id"""
    for account, *posting in bank_of.execute(sql):
        postings[account].append(tuple(posting))
    credits: dict[int, Rows] = defaultdict(list)
    for account, *credit in bank_of.execute("SELECT account_id, credited_at, amount, until FROM interest_credit"):
        credits[account].append(tuple(credit))
    start = start_of(bank_of)
    ends = [calendars.in_month(calendars.month_of(start) - ago, 31, 0) for ago in range(6, -1, -1)]
    credited = 0
    for account, rows in postings.items():
        mine = {moment: amount for moment, amount, _ in credits[account]}
        assert {clock.day_of(moment) for moment in mine} <= {clock.day_of(end) for end in ends}
        days = {until for _, _, until in credits[account]}
        for moment, amount in mine.items():
            before = [row for row in rows if row[0] < moment]
            assert amount == expected_interest(before, moment), (account, clock.show(moment))
            credited += 1
        for end in ends[1:-1]:
            moment = end + 23 * 3_600_000_000
            if clock.day_of(end) not in days and rows[0][0] < moment:
                assert expected_interest([row for row in rows if row[0] < moment], moment) == 0
    assert credited > 5 * MEMBERS


def test_loans_were_paid_month_by_month_and_the_next_instalment_follows(bank_of: sqlite3.Connection) -> None:
    start = start_of(bank_of)
    loans = bank_of.execute(
        "SELECT id, amount, balance, rate, instalment, instalments_left, opened_at, due_at, member_id"
        " FROM holding WHERE type = 'loan' AND status = 'active'"
    ).fetchall()
    assert len(loans) > 15
    for key, amount, balance, rate, level, left, opened, due, _ in loans:
        moves = bank_of.execute(
            "SELECT principal, interest, balance, moved_at FROM holding_move WHERE holding_id = ? ORDER BY number",
            (key,),
        ).fetchall()
        assert 4 <= len(moves) <= 7
        owed, to_come = moves[0][0] + moves[0][2], left + len(moves)
        assert owed <= amount
        for principal, cents, after, moved_at in moves:
            part = interest.instalment(owed, rate, level, to_come)
            assert (part.principal, part.interest, part.balance) == (principal, cents, after)
            assert opened < moved_at < start
            owed, to_come = after, to_come - 1
        assert owed == balance
        days = {clock.local(moved_at).day for *_, moved_at in moves}
        assert days == {clock.local(due).day}
        next_due = interest.instalment_due_at(due, left)
        assert calendars.month_of(Micros(moves[-1][3])) < calendars.month_of(next_due) <= calendars.month_of(start) + 1


def test_a_deposit_renewed_an_earlier_one_that_paid_its_interest(bank_of: sqlite3.Connection) -> None:
    deposits = bank_of.execute(
        "SELECT member_id, status, amount, rate, opened_at, due_at, id FROM holding WHERE type = 'term_deposit'"
        " ORDER BY member_id, opened_at"
    ).fetchall()
    active = [each for each in deposits if each[1] == "active"]
    assert len(active) > 10
    for before, after in pairwise(deposits):
        if before[0] != after[0]:
            continue
        _, status, amount, rate, opened, due, key = before
        assert (status, amount, due) == ("matured", after[2], after[4])
        [(kind, principal, cents, moved_at)] = bank_of.execute(
            "SELECT kind, principal, interest, moved_at FROM holding_move WHERE holding_id = ?", (key,)
        ).fetchall()
        days = clock.day_of(due) - clock.day_of(opened)
        assert (kind, principal, cents) == ("maturity", amount, interest.of_deposit(amount, rate, days, 360))
        assert clock.day_of(moved_at) == clock.day_of(due)
        assert moved_at < after[4]  # the money is there when it is placed again
    assert len(deposits) == 2 * len(active)


@pytest.mark.slow
@pytest.mark.parametrize("start", ["2026-11-23T09:15:00-05:00", "2027-02-28T23:50:00-05:00"])
def test_the_month_after_the_seed_goes_on_with_what_the_seed_began(client: Any, start: str) -> None:
    name = "seam"
    wanted = {"name": name, "members": 60, "life": "quiet", "clock": {"now": start, "rate": 0}}
    assert client.post("/_sandbox/sandboxes", json=wanted).status_code == 201
    bank = living_bank(client, name)
    connection = database(registry_of(client).get(name))
    bank.clock.advance("P2M")
    months: dict[int, list[int]] = defaultdict(list)
    for holding, moved_at in connection.execute(
        "SELECT holding_id, moved_at FROM holding_move WHERE kind = 'instalment'"
    ):
        months[holding].append(calendars.month_of(Micros(moved_at)))
    here = calendars.month_of(clock.parse(start)) + 2
    lacking = {
        key
        for (key,) in connection.execute(
            "SELECT of_id FROM life_order WHERE what = 'loan_instalment' AND outcome <> 'posted'"
        )
    }
    assert len(months.keys() - lacking) > 4
    for holding in months.keys() - lacking:
        mine = months[holding]
        assert mine == list(range(mine[0], mine[0] + len(mine)))
        assert mine[-1] in (here - 1, here)
    gaps = set()
    # The last hour before the start is left to what personas sent to each other on that day.
    credited = connection.execute(
        "SELECT account_id, until FROM interest_credit JOIN account ON account.id = account_id WHERE member_id NOT IN ("
        "SELECT member_id FROM transfer UNION SELECT account.member_id FROM account JOIN transfer ON account.id = destination_id)"
        " ORDER BY account_id, until"
    ).fetchall()
    assert len({account for account, _ in credited}) > 100
    for (account, before), (other, after) in pairwise(credited):
        if account == other and before > clock.day_of(clock.parse(start)) - 150:
            gaps.add(after - before)
    assert gaps <= {28, 29, 30, 31}
    bank.ledger.assert_balanced()
    client.delete(f"/_sandbox/sandboxes/{name}")
