"""Generated members and their past: what an Ecuadorian cooperative could have, at any start."""

import re
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.control.ledger import audit_file
from sandbox.domain import concepts
from sandbox.domain.life.behaviours import Living, Spread
from sandbox.domain.life.booking import BOOKINGS
from sandbox.domain.life.plan import Plan, month_at
from sandbox.kernel import clock, masks
from sandbox.kernel.clock import DAY
from sandbox.kernel.entropy import Entropy
from sandbox.seeding import local_names
from sandbox.seeding.golden import build
from sandbox.storage.schema import Origin
from tests import goldens
from tests.functional.processes import ROOT

START = clock.parse("2026-11-23T09:15:00-05:00")
STARTS = (
    "2026-11-24T00:00:00", "2027-02-10T00:59:59", "2027-02-10T01:00:00", "2027-02-25T23:59:59", "2027-02-26T00:00:00",
    "2028-02-29T12:00:00", "2027-12-31T23:59:59",
)  # fmt: skip
MEMBERS = 1_000
_OF_LIFE = [booking.concept for booking in BOOKINGS.values()]


def made(path: Path, members: int, start: clock.Micros) -> Path:
    recipe = goldens.recipe(goldens.seed_dir(), ROOT / "rules")
    build(path, Origin("believable", members, start), recipe, processes=1)  # quick tests start none
    return path


def rows(path: Path, sql: str, *values: Any) -> list[Any]:
    """The rows of a query, or their values where it has one column."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(sql, values).fetchall()
    return [row[0] for row in found] if found and len(found[0]) == 1 else found


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("believable") / "bank.sqlite", MEMBERS, START)


def test_four_of_five_members_have_a_local_surname(golden: Path) -> None:
    names = rows(golden, "SELECT last_names FROM member")
    local = [name for name in names if not set(name.split()).isdisjoint(local_names.SURNAMES)]
    assert len(local) >= 0.8 * len(names)
    assert len(set(names)) > 0.9 * len(names)
    assert len(local_names.SURNAMES) >= 100


def test_all_phones_are_valid_mobiles_of_their_own(golden: Path) -> None:
    phones = rows(golden, "SELECT phone FROM member WHERE phone IS NOT NULL")
    assert len(phones) == len(set(phones)) == MEMBERS - 2
    read = [phonenumbers.parse(phone, "EC") for phone in phones]
    assert [phone for phone in read if not phonenumbers.is_valid_number_for_region(phone, "EC")] == []
    assert {phonenumbers.number_type(phone) for phone in read} == {phonenumbers.PhoneNumberType.MOBILE}


def test_a_salary_comes_once_a_month_on_a_business_day_and_goes_on_after_the_first_day(golden: Path) -> None:
    rules = goldens.recipe(goldens.seed_dir(), ROOT / "rules").rules
    plan = Plan(rules.life.as_planned, rules.business_days, Entropy.from_seed("believable"))
    paid = defaultdict(list)
    salaries = "SELECT member_id, moment, amount FROM posting JOIN account ON account.id = account_id WHERE concept = ?"
    for member, moment, amount in rows(golden, f"{salaries} AND member_id > 20 ORDER BY moment", concepts.SALARY):
        paid[member].append((month_at(moment), amount))
        assert rules.business_days.includes(clock.local(moment).date())
    assert len(paid) > MEMBERS * 0.6
    for member, segment in rows(golden, "SELECT id, segment FROM member WHERE persona IS NULL"):
        next_month = plan.month(Living(member, segment), rules.life.settings.past, month_at(START) + 1)
        to_come = [order.amount for order in next_month if order.behaviour.what == "salary"]
        assert to_come == [amount for _, amount in paid[member]][:1]
        assert len({amount for _, amount in paid[member]}) <= 1
        months = [month for month, _ in paid[member]]
        assert months == list(range(month_at(START) + 1 - len(months), month_at(START) + 1)) or months == list(
            range(month_at(START) - len(months), month_at(START))
        )
        assert 5 <= len(months) <= 7 or not months


def test_no_movement_is_out_of_the_bounds_of_what_it_is(golden: Path) -> None:
    rules = goldens.recipe(goldens.seed_dir(), ROOT / "rules").rules
    most: dict[str, int] = {}
    for behaviour in rules.life.as_planned:
        if behaviour.what in BOOKINGS:
            concept, amount = BOOKINGS[behaviour.what].concept, behaviour.amount
            assert amount is not None
            vary = amount.own or 0 if isinstance(amount, Spread) else 0
            least = getattr(amount, "most", 0)
            most[concept] = max(most.get(concept, 0), least + least * vary // 10_000)
    largest = "SELECT max(abs(amount)) FROM posting WHERE account_id > 100 AND concept = ?"
    found = {concept: rows(golden, largest, concept)[0] for concept in _OF_LIFE}
    assert {concept: amount for concept, amount in found.items() if amount > most[concept]} == {}
    cash = rows(golden, "SELECT amount FROM posting WHERE account_id > 100 AND concept = ?", concepts.WITHDRAWAL)
    assert {amount % 10_00 for amount in cash} == {0}
    assert rows(golden, "SELECT count(*) FROM posting WHERE concept = ?", concepts.DEPOSIT) == [0]


def test_every_account_begins_with_an_opening_and_is_never_negative(golden: Path) -> None:
    savings = """SELECT count(*), min(balance), min(posting.moment) = created_at,
        (SELECT concept FROM posting AS first WHERE first.account_id = account.id ORDER BY id LIMIT 1)
        FROM posting JOIN account ON account.id = account_id WHERE type = 'savings' GROUP BY account_id"""
    found = rows(golden, savings)
    assert len(found) > 1.9 * MEMBERS
    assert {concept for _, _, _, concept in found} == {concepts.OPENING_DEPOSIT}
    assert {begins for _, _, begins, _ in found} == {1}
    assert min(least for _, least, _, _ in found) > 0
    joined = "SELECT count(*) FROM member JOIN account ON member_id = member.id WHERE member.created_at >= account.created_at"
    assert rows(golden, joined) == [0]
    assert rows(golden, "SELECT count(*) FROM member WHERE enrolled_at <= created_at OR enrolled_at >= ?", START) == [0]


def test_balances_are_many_and_none_is_absurd(golden: Path) -> None:
    balances = rows(golden, "SELECT book FROM account WHERE type = 'savings' AND member_id > 20")
    assert len(set(balances)) > 0.95 * len(balances)
    assert sorted(balances)[len(balances) // 2] in range(300_00, 3_000_00)
    assert max(balances) < 100_000_00


SHARES = {
    "premium": ("SELECT count(*) FROM member WHERE segment = 'premium' AND persona IS NULL", 0.05),
    "card": ("SELECT count(*) FROM card WHERE member_id > 20 AND status = 'active'", 0.35),
    "loan": ("SELECT count(*) FROM holding WHERE member_id > 20 AND type = 'loan'", 0.15),
    "term deposit": ("SELECT count(*) FROM holding WHERE member_id > 20 AND type = 'term_deposit' AND status = 'active'", 0.10),
    "two beneficiaries": (
        "SELECT count(*) FROM (SELECT 1 FROM beneficiary WHERE member_id > 20 GROUP BY member_id HAVING count(*) > 1)", 1,
    ),
    "three savings accounts": (
        """SELECT count(*) FROM (SELECT 1 FROM account WHERE member_id > 20 AND type = 'savings' GROUP BY member_id
            HAVING count(*) > 2)""", 0.25,
    ),
}  # fmt: skip
DEFERRABLE = f"""SELECT count(DISTINCT card_id) FROM card_purchase JOIN card ON card.id = card_id
    WHERE member_id > 20 AND amount >= 5000 AND bought_at >= {START - 60 * DAY} AND NOT in_arrears"""


@pytest.mark.parametrize("trait", SHARES)
def test_traits_are_spread_over_the_members(golden: Path, trait: str) -> None:
    sql, share = SHARES[trait]
    [found] = rows(golden, sql)
    assert abs(found - share * (MEMBERS - 20)) <= 0.05 * MEMBERS


def test_twenty_generated_members_have_some_of_each_trait(tmp_path: Path) -> None:
    few = made(tmp_path / "few.sqlite", 40, START)
    found = {trait: rows(few, sql)[0] for trait, (sql, _) in SHARES.items()}
    assert {trait for trait, number in found.items() if not number} == set()
    assert rows(few, DEFERRABLE)[0] > 0


def test_a_trait_does_not_always_come_with_another(golden: Path) -> None:
    with_card = (
        "SELECT segment, count(*) FROM member WHERE persona IS NULL AND id IN (SELECT member_id FROM card) GROUP BY 1"
    )
    found = dict(rows(golden, with_card))
    assert 0 < found["premium"] < 0.05 * MEMBERS
    assert rows(golden, DEFERRABLE)[0] > 0.1 * MEMBERS


@pytest.mark.slow
@pytest.mark.parametrize("start", STARTS)
def test_cards_ask_for_what_was_bought_before_the_cut_at_any_start(tmp_path: Path, start: str) -> None:
    moment = clock.parse(f"{start}-05:00")
    bank = made(tmp_path / "bank.sqlite", 60, moment)
    assert audit_file(bank, Chapters(CHAPTERS).checks).balanced
    cards = rows(
        bank,
        """SELECT next_cut_at, due_at, statement, minimum, paid_since, in_arrears, last_billed, book,
            (SELECT coalesce(sum(amount), 0) FROM card_purchase WHERE card_id = card.id) AS bought,
            (SELECT coalesce(sum(amount), 0) FROM card_purchase WHERE card_id = card.id AND id <= last_billed) AS billed,
            (SELECT coalesce(max(bought_at), 0) FROM card_purchase WHERE card_id = card.id AND id <= last_billed) AS last,
            (SELECT min(bought_at) FROM card_purchase WHERE card_id = card.id AND id > last_billed) AS first
        FROM card JOIN account ON account.id = account_id WHERE card.member_id > 20""",
    )
    assert len(cards) == 14
    for next_cut, due, statement, minimum, paid, in_arrears, _, book, bought, billed, last, first in cards:
        cut = clock.months_after(clock.Micros(next_cut), -1)
        assert cut <= moment < next_cut
        assert (statement, -book) == (billed, bought - paid)
        assert last < cut
        assert first is None or cut <= first < moment
        assert due == (cut + 15 * DAY if statement else None)
        assert paid in (0, statement, -(-statement * 5 // 100), statement * 5 // 100)
        late = due is not None and clock.midnight_of(due) + DAY <= moment
        assert not in_arrears
        assert paid >= minimum or not late


def test_a_card_payment_of_the_past_names_the_card_as_one_that_comes_does(golden: Path) -> None:
    paid = rows(
        golden,
        "SELECT card.number, given.reference, taken.reference FROM posting AS taken"
        " JOIN card ON card.account_id = taken.account_id"
        " JOIN posting AS given ON given.entry_id = taken.entry_id AND given.moment = taken.moment"
        " AND given.amount = -taken.amount WHERE taken.concept = ?",
        concepts.CARD_PAYMENT_RECEIVED,
    )
    assert len(paid) > 100
    assert {(given, taken) for _, given, taken in paid} == {(masks.number(card),) * 2 for card, _, _ in paid}


def test_a_long_history_is_a_shops(golden: Path) -> None:
    account = """SELECT min(account.id) FROM account JOIN member ON member.id = member_id
        WHERE persona = 'historia-larga' AND type = 'savings'"""
    moved = rows(golden, f"SELECT moment, amount, concept FROM posting WHERE account_id = ({account})")
    assert goldens.HISTORY * 0.9 <= len(moved) <= goldens.HISTORY * 1.1
    by_month = defaultdict(int)
    for moment, _, _ in moved:
        by_month[month_at(moment)] += 1
    assert max(by_month.values()) < 250
    assert max(abs(amount) for _, amount, concept in moved if concept != concepts.OPENING_DEPOSIT) <= 1_500_00
    sales = [amount for _, amount, concept in moved if concept == concepts.SALE]
    assert len(sales) > 0.4 * len(moved)
    assert rows(golden, f"SELECT max(balance) FROM posting WHERE account_id = ({account})")[0] < 20_000_00


def test_a_day_is_booked_once_for_each_kind_and_transfers_by_who_pays(golden: Path) -> None:
    grouped = """SELECT entry.id, operation_id, count(*), sum(amount), count(DISTINCT concept)
        FROM entry JOIN posting ON entry_id = entry.id WHERE operation = 'day' GROUP BY entry.id"""
    found = rows(golden, grouped)
    assert {total for _, _, _, total, _ in found} == {0}
    assert max(concepts_ for *_, concepts_ in found) <= 2
    days = rows(
        golden,
        "SELECT DISTINCT operation_id - (entry.moment - 18000000000) / 86400000000 FROM entry WHERE operation = 'day'",
    )
    assert days == [0]
    sent = """SELECT count(DISTINCT account_id) FROM posting WHERE concept = ? GROUP BY entry_id"""
    assert set(rows(golden, sent, concepts.TRANSFER_SENT)) == {1}
    assert len(rows(golden, sent, concepts.TRANSFER_SENT)) > 100


def test_generated_descriptions_and_merchants_are_spanish_and_name_no_brand(golden: Path) -> None:
    words = " ".join(
        rows(golden, "SELECT DISTINCT reference FROM posting")
        + rows(golden, "SELECT DISTINCT merchant FROM card_purchase")
    )
    assert re.search(r"Supermaxi|Megamaxi|Tía\b|Akí|KFC|Fybeca|Sana Sana|Marathon|De Prati|Primax|Uber", words) is None
