"""The export of movements is opened by spreadsheets: no text of a member's making is a formula in it."""

import csv
import io

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, operations
from tests import everything
from tests.answers import assert_problem, failing
from tests.databases import database
from tests.transport import registry_of

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    " =1+1",
    "   @SUM(A1)",
    "＝1+1",
    "－1+1",
    "-",
    "=",
]
HARMLESS = ["arriendo", "1-1", "a=b", "'=1+1", "x@example.com", "", " ", "(-1)", "#1"]
BROKEN = ["\t=1+1", "\r=1+1", "\n=1+1", "\targ", "\r", "\n-1", "\u2003=1"]


def exported(phone: Phone, account: str) -> list[list[str]]:
    """The rows of the export, newest first, without the heading."""
    answer = phone.call("GET", f"/v1/accounts/{account}/movements", headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    heading, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert heading == ["fecha", "concepto", "referencia", "monto", "saldo"]
    return rows


def row_with(phone: Phone, reference: str) -> list[str]:
    """The exported row of a transfer with that reference."""
    made = everything.confirmed(phone, phone.transfer("1.00", reference=reference))
    return exported(phone, made["origin_account_id"])[0]


@pytest.mark.parametrize("reference", FORMULAS)
def test_what_a_spreadsheet_would_compute_is_text(phone: Phone, reference: str) -> None:
    assert row_with(phone, reference)[2] == f"'{reference}"


@pytest.mark.parametrize("reference", HARMLESS)
def test_other_text_stays_as_it_is(phone: Phone, reference: str) -> None:
    assert row_with(phone, reference)[2] == reference


@pytest.mark.parametrize("reference", BROKEN)
def test_what_no_request_can_bring_is_text_too(phone: Phone, client: httpx.Client, reference: str) -> None:
    """Requests refuse tabs and line breaks; a database that was imported may have them."""
    answer = phone.call("POST", "/v1/transfers", json=phone.order(reference=reference))
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"reference": "bad_character"}
    made = everything.confirmed(phone, phone.transfer("1.00", reference="x"))
    connection = database(registry_of(client).get(phone.sandbox.name))
    connection.execute("UPDATE posting SET reference = ? WHERE reference = 'x'", (reference,))
    assert exported(phone, made["origin_account_id"])[0][2] == f"'{reference}"


def test_amounts_and_balances_stay_numbers(phone: Phone) -> None:
    row = row_with(phone, "-1+1")
    shown = phone.send(operations.list_movements(phone.savings()[0]["id"]))["items"][0]
    assert row == [shown["date"], shown["concept"], "'-1+1", "-1.00", shown["balance"]]
