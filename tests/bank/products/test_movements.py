"""Movements: ranges, orders, pages, export."""

import csv
import io

import pytest

from sandbox.testing import Phone, Sandbox
from tests.answers import answered, assert_problem, failing


@pytest.fixture
def long(bank: Sandbox) -> tuple[Phone, str]:
    phone = bank.phone("historia-larga")
    return phone, f"/accounts/{phone.savings()[0]['id']}/movements"


def every(phone: Phone, path: str, **params: object) -> list[dict]:
    items: list[dict] = []
    cursor: str | None = ""
    while cursor is not None:
        page = answered(
            phone.call("GET", f"/v1{path}", params={"limit": 200, **params} | ({"cursor": cursor} if cursor else {}))
        )
        items += page["items"]
        cursor = page["next_cursor"]
    return items


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", ["date", "concept", "amount"])
def test_pages_show_everything_once_in_order(long: tuple[Phone, str], sort: str, order: str) -> None:
    phone, path = long
    items = every(phone, path, sort=sort, order=order, **{"from": "2026-09-01", "to": "2026-11-22"})
    assert len(items) > 200
    assert len({item["id"] for item in items}) == len(items)
    key = {
        "date": lambda item: item["date"],
        "concept": lambda item: item["concept"],
        "amount": lambda item: float(item["amount"]),
    }[sort]
    values = [key(item) for item in items]
    assert values == sorted(values, reverse=order == "desc")


def test_a_range_includes_both_its_days(long: tuple[Phone, str]) -> None:
    phone, path = long
    days = {item["date"][:10] for item in every(phone, path, **{"from": "2026-11-10", "to": "2026-11-12"})}
    assert days == {"2026-11-10", "2026-11-11", "2026-11-12"}


def test_each_balance_follows_from_the_one_before(phone: Phone) -> None:
    path = f"/accounts/{phone.savings()[0]['id']}/movements"
    balance = 0.0
    for item in every(phone, path, order="asc"):
        balance = round(balance + float(item["amount"]), 2)
        assert float(item["balance"]) == pytest.approx(balance)


def test_the_export_has_every_row_of_the_range(long: tuple[Phone, str]) -> None:
    phone, path = long
    params = {"from": "2026-07-01"}
    answer = phone.call("GET", f"/v1{path}", params=params, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["fecha", "concepto", "referencia", "monto", "saldo"]
    assert len(rows) - 1 == len(every(phone, path, **params)) > 500


def test_a_reference_is_no_formula_in_the_export(phone: Phone) -> None:
    transfer = phone.transfer("1.00", reference="=1+1")
    phone.confirm(transfer["challenge"]["id"])
    path = f"/accounts/{transfer['origin_account_id']}/movements"
    text = phone.call("GET", f"/v1{path}", headers={"Accept": "text/csv"}).text
    assert ",'=1+1," in text


@pytest.mark.parametrize(
    ("params", "field", "code"),
    [
        ({"from": "2026-13-01"}, "from", "bad_date"), ({"from": "yesterday"}, "from", "bad_date"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "to", "before_from"), ({"sort": "colour"}, "sort", "not_an_option"),
        ({"order": "up"}, "order", "not_an_option"), ({"limit": "0"}, "limit", "too_small"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(phone: Phone, params: dict, field: str, code: str) -> None:
    path = f"/accounts/{phone.savings()[0]['id']}/movements"
    answer = phone.call("GET", f"/v1{path}", params=params)
    assert failing(assert_problem(answer, 422, "validation_failed")) == {field: code}


def test_a_cursor_of_another_order_is_refused(long: tuple[Phone, str]) -> None:
    phone, path = long
    cursor = answered(phone.call("GET", f"/v1{path}", params={"sort": "concept", "limit": 1}))["next_cursor"]
    assert_problem(phone.call("GET", f"/v1{path}", params={"sort": "date", "cursor": cursor}), 422, "invalid_cursor")


def test_the_summary_adds_up_what_is_available(phone: Phone) -> None:
    group = phone.products()["groups"][0]
    assert float(group["total"]) == pytest.approx(sum(float(item["available_balance"]) for item in group["items"]))
    shares = [item for item in group["items"] if item["type"] == "share_certificate"]
    assert shares
    assert not any(item["debitable"] for item in shares)
