"""Statements are what they say before anybody runs them."""

from typing import NamedTuple

import pytest
from sqlalchemy import JSON, Column, Float, MetaData, Table, update
from sqlmodel import col, select

from sandbox.bank.ledger.tables import Account
from sandbox.storage import schema
from sandbox.storage.queries import adding, change, numbered, one, one_of, param


class Numbered(NamedTuple):
    id: int
    number: str


def test_constants_stand_in_the_statement_and_places_stay_places() -> None:
    query = one(select(Account).where(Account.number == param("number"), Account.name == "it's", Account.held == 0))
    assert query.sql.endswith("WHERE account.number = ?1 AND account.name = 'it''s' AND account.held = 0")


def test_a_row_has_the_columns_names() -> None:
    query = one(select(Account).where(Account.id == param("account")))
    row = query.shape(range(10))
    assert (row.id, row.number, row.created_at) == (0, 1, 9)


def test_a_row_type_of_another_width_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="2 fields"):
        one_of(Numbered, select(Account.id))


def test_an_insert_wants_every_column_but_the_key() -> None:
    assert "INTO account (number, " in adding(Account).sql
    two = adding(Account, "number", "book")
    assert two.sql == "INSERT INTO account (number, book) VALUES (?1, ?2)"
    assert two.values({"book": 5, "number": "1"}) == ("1", 5)


def test_a_parameter_named_twice_has_one_place() -> None:
    sql, values = numbered("SELECT 1 FROM account WHERE book > :least OR held > :least AND name = :name")
    assert sql == "SELECT 1 FROM account WHERE book > ?1 OR held > ?1 AND name = ?2"
    assert values({"name": "x", "least": 7}) == (7, "x")


def test_a_colon_in_a_text_is_no_place() -> None:
    sql, values = numbered("SELECT ':a ''b'' :c' FROM account WHERE id = :number")
    assert sql == "SELECT ':a ''b'' :c' FROM account WHERE id = ?1"
    assert values({"number": 7}) == (7,)


def test_a_parameter_that_is_not_given_is_told() -> None:
    with pytest.raises(KeyError, match="number"):
        adding(Account, "number", "book").values({"book": 5})


def test_a_literal_that_is_neither_number_nor_text_is_refused() -> None:
    with pytest.raises(TypeError, match="integers and text"):
        change(update(Account).where(col(Account.id) == param("a")).values(book=1.5))


@pytest.mark.parametrize("kind", [Float(), JSON()])
def test_a_column_of_another_type_never_gets_into_the_schema(kind: object) -> None:
    table = Table("odd", MetaData(), Column("value", kind))
    with pytest.raises(TypeError, match=r"odd\.value"):
        schema._keep_to_integers_and_text(table)


def test_the_schemas_version_is_that_of_its_definitions() -> None:
    assert schema.version() == schema.version()
    assert all(" STRICT" in text for text in schema.definitions() if text.startswith("CREATE TABLE"))
