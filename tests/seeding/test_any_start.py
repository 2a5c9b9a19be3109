"""A bank that begins at any moment balances from birth, and goes on to balance."""

import functools
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.control.ledger import audit_file
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, MINUTE, SECOND, Micros
from sandbox.seeding.golden import Recipe, build
from sandbox.storage.schema import Origin
from sandbox.testing import operations
from tests import goldens
from tests.functional.processes import ROOT
from tests.transport import bank_of


@functools.cache
def recipe() -> Recipe:
    """The served seed with a shorter history."""
    return goldens.recipe(goldens.seed_dir(), ROOT / "rules")


LAST = Micros(clock.start_of(clock.LATEST) + DAY - 1)
MIDNIGHTS = st.one_of(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.builds(lambda year, month: date(year, month, 1), st.integers(2020, 2035), st.integers(1, 12)),  # month ends
    st.builds(lambda year: date(year, 3, 1) - timedelta(days=1), st.integers(2020, 2035)),  # leap days
    st.builds(lambda year: date(year, 12, 31), st.integers(2020, 2035)),
).map(clock.start_of)
TIMES = st.one_of(
    st.integers(0, DAY - 1), st.integers(0, 2 * 60).map(lambda minutes: minutes * MINUTE),
    st.integers(1, 120).map(lambda seconds: DAY - seconds * SECOND),
)  # fmt: skip
MOMENTS = st.builds(lambda midnight, time: Micros(midnight + time), MIDNIGHTS, TIMES)


def bank_at(path: Path, start: Micros) -> Path:
    build(path, Origin("a", 0, start), recipe())
    return path


def rows(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.slow  # seeds a bank for each moment
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=MOMENTS)
@example(start=clock.parse("2026-11-24T00:00:00"))
@example(start=clock.parse("2026-11-24T00:30:00"))
@example(start=clock.parse("2026-11-24T00:59:59.999999"))
@example(start=clock.parse("2026-11-24T01:00:00"))
@example(start=clock.parse("2028-02-29T00:01:00"))  # a leap day and Carnival
@example(start=clock.parse("2026-11-28T23:59:59"))  # a Saturday
@example(start=clock.parse("2027-12-31T23:59:00"))
@example(start=clock.start_of(clock.EARLIEST))
@example(start=LAST)
def test_it_balances_from_birth_and_what_was_used_today_was_used_today(tmp_path: Path, start: Micros) -> None:
    made = bank_at(tmp_path / "bank.sqlite", start)
    found = audit_file(made, Chapters(CHAPTERS).checks)
    assert found.balanced, found.violations
    assert rows(made, "SELECT max(moment) <= ? FROM posting".replace("?", str(start))) == [(1,)]
    today = clock.day_of(start)
    assert rows(made, "SELECT DISTINCT day FROM daily_use") == [(today,)]
    ordered = [clock.day_of(moment) for (moment,) in rows(made, "SELECT created_at FROM transfer")]
    assert ordered == [today] * 4
    assert rows(made, f"SELECT count(*) FROM transfer WHERE settles_at <= {start}") == [(0,)]
    assert rows(made, f"SELECT count(*) FROM scheduled_payment WHERE next_at <= {start}") == [(0,)]
    assert rows(made, f"SELECT count(*) FROM card WHERE next_cut_at <= {start}") == [(0,)]
    backwards = """SELECT count(*) FROM (SELECT moment, lag(moment) OVER (PARTITION BY account_id ORDER BY id) AS before
        FROM posting WHERE account_id > 100) WHERE moment < before"""
    assert rows(made, backwards) == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "start",
    [
        "2026-11-24T00:00:00-05:00",
        "2026-11-24T00:30:00-05:00",
        "2027-12-31T23:59:59-05:00",
        "2028-02-29T00:10:00-05:00",
        "2028-02-28T23:59:00-05:00",
    ],
)
def test_a_sandbox_made_at_that_moment_balances_over_two_months(client, start: str) -> None:
    name = "any-start"
    made = client.post("/_sandbox/sandboxes", json={"name": name, "members": 0, "clock": {"now": start, "rate": 0}})
    assert made.status_code == 201, made.text
    try:
        bank = bank_of(client, name)
        bank.ledger.assert_balanced()
        member = bank.send(operations.create_member({
                "accounts": [{"type": "share_certificate", "balance": "5.00"}, {"balance": "30.00"}],
                "interbank_beneficiaries": [
                    {"institution": "Banco Pichincha", "account_number": "2203344556", "holder_name": "X",
                     "document_number": "0100000017"}
                ],
                "schedules": [{"biller": "eeq", "reference": "200012345678", "day": 5, "maximum": "60.00"}],
                "in_flight": "25.00",
                "used_today": {"to": "sin-fondos", "amounts": ["1.00"] * 100},
            }))  # fmt: skip
        bank.ledger.assert_balanced()
        phone = bank.phone(member)
        used = {each["kind"]: each["used_today"] for each in phone.send(operations.get_limits())["items"]}
        assert (used["cooperative"], used["interbank"]) == ("100.00", "25.00")
        assert phone.savings()[0]["book_balance"] == "30.00"
        bank.clock.advance("P2M")
        bank.ledger.assert_balanced()
    finally:
        client.delete(f"/_sandbox/sandboxes/{name}")


def test_what_happened_before_the_first_day_is_as_the_rules_have_it(tmp_path: Path) -> None:
    rules = recipe().rules
    for document, old, new in (
        ("fees", 'interbank, fee: {money: "0.36"}', 'interbank, fee: {money: "0.50"}'),
        ("settlement", 'closes: "12:30", settles: "15:00"', 'closes: "12:30", settles: "15:10"'),
        ("schedules", "08:00", "07:15"),
        ("cards", "due_days: 15", "due_days: 20"),
        ("cards", '"5.00"', '"10.00"'),
        ("sessions", "failed_logins: 3", "failed_logins: 7"),
        ("devices", "biometric_failures: 3", "biometric_failures: 9"),
    ):
        text = rules.documents[document].text
        assert text.count(old) == 1
        rules = rules.with_documents({document: text.replace(old, new)})
    start = clock.parse("2026-11-23T10:00:00-05:00")
    made = tmp_path / "bank.sqlite"
    build(made, Origin("a", 0, start), recipe()._replace(rules=rules))
    assert audit_file(made, Chapters(CHAPTERS).checks).balanced
    assert rows(made, "SELECT fee, tax, settles_at FROM transfer WHERE kind = 'interbank'") == [
        (50, 8, clock.parse("2026-11-23T15:10:00-05:00"))
    ]
    due = [clock.show(moment)[10:] for (moment,) in rows(made, "SELECT next_at FROM scheduled_payment")]
    assert set(due) == {"T07:15:00-05:00"}
    assert rows(made, "SELECT DISTINCT due_at - next_cut_at FROM card WHERE due_at IS NOT NULL") == [
        (20 * DAY - 30 * DAY,)
    ]  # November has thirty days
    assert rows(made, "SELECT count(*) FROM card WHERE in_arrears AND minimum * 10 = statement") == [(1,)]
    assert rows(made, "SELECT failed_logins FROM member WHERE persona = 'bloqueada'") == [(7,)]
    blocked = "SELECT biometric_failures FROM device JOIN member ON member.id = member_id WHERE persona = 'biometria-bloqueada'"
    assert rows(made, blocked) == [(9,)]
