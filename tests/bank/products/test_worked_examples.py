"""The examples of docs/reference/products.md, computed."""

import re
from datetime import date
from pathlib import Path

import pytest

from sandbox.domain import interest
from sandbox.domain.rules import RuleBook
from sandbox.kernel import clock, money

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/reference/products.md").read_text()


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return RuleBook.load(ROOT / "rules")


def table(heading: str) -> list[list[str]]:
    """The cells of a table, by the first words of its heading, without it."""
    lines = TEXT[TEXT.index(f"\n| {heading} |") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_interest_of_savings(book: RuleBook) -> None:
    rows = table("Days")
    for days, balance, product in rows:
        assert int(days) * money.parse(balance) == money.parse(product)
    together = sum(money.parse(product) for _, _, product in rows)
    found = re.search(r"Together ([0-9.]+); × ([0-9.]+) % / (\d+) is the interest: \*\*([0-9.]+)\*\*", TEXT)
    assert found is not None
    savings = book.products.settings.savings
    assert found.groups() == (
        money.show(together),
        money.show(savings.rate),
        str(savings.day_count),
        money.show(interest.of_savings(together, savings.rate, savings.day_count)),
    )


def test_the_instalments_of_a_loan() -> None:
    found = re.search(r"([0-9.]+) at ([0-9.]+) % over\s+(\d+) months", TEXT)
    assert found is not None
    balance, rate, months = money.parse(found[1]), money.parse(found[2]), int(found[3])
    level = interest.level_instalment(balance, rate, months)
    rows = []
    for left in range(months, 0, -1):
        part = interest.instalment(balance, rate, level, left)
        cents = (part.amount, part.interest, part.principal, part.balance)
        rows.append([str(months - left + 1), *map(money.show, cents)])
        balance = money.Cents(part.balance)
    assert table("Instalment") == rows


def test_the_interest_of_term_deposits(book: RuleBook) -> None:
    rows = table("Principal")
    assert len(rows) == 2
    for principal, rate, opened, due, days, earned in rows:
        counted = interest.deposit_days(*(clock.start_of(date.fromisoformat(day)) for day in (opened, due)))
        assert counted == int(days)
        day_count = book.products.settings.term_deposit.day_count
        cents = interest.of_deposit(money.parse(principal), money.parse(rate.removesuffix(" %")), counted, day_count)
        assert money.show(cents) == earned
