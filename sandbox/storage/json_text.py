"""Columns that hold JSON. The database has text; what it has to be is said once, at the column."""

import sqlite3
from typing import Literal, NamedTuple

from sqlmodel import SQLModel
from sqlmodel.main import default_registry


class Json(NamedTuple):
    """What the JSON in a column is: `data: Annotated[str, Json("object")]`."""

    shape: Literal["object", "array"]


def columns() -> dict[tuple[str, str], Json]:
    """Every column that holds JSON, by table and name."""
    return {
        (str(model.__tablename__), name): mark
        for mapper in default_registry.mappers
        if issubclass(model := mapper.class_, SQLModel)
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Json)
    }


def misshapen(connection: sqlite3.Connection) -> str | None:
    """A column (`table.column`) with something else than the JSON that it holds; None where there is none."""
    for (table, column), mark in columns().items():
        found = connection.execute(
            f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608  # names of our own tables
            f" AND CASE WHEN json_valid({column}) THEN json_type({column}) ELSE '' END <> ?",
            (mark.shape,),
        )
        if found.fetchone() is not None:
            return f"{table}.{column}"
    return None
