"""Statements are declared once, compiled at import to the driver's SQL, and typed by what they return.

    OWNED_ACCOUNT = one(select(Account).where(Account.id == param("account"), Account.member_id == param("member")))
    account = await unit.one(OWNED_ACCOUNT, account=7, member=3)      # Account | None

A row arrives as a named tuple with the selected columns. `one(select(Account))` is typed as `Account`, because it has
the same attributes; it has none of an ORM object's behaviour. A select of several columns names its row type:
`one_of(Balance, select(Account.book, Account.held))`.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar, cast

import sqlalchemy
from sqlalchemy import Table, bindparam
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Delete, Insert, ReturningUpdate, Update
from sqlalchemy.sql.selectable import Select
from sqlmodel import SQLModel, insert
from sqlmodel.sql.expression import SelectOfScalar

T = TypeVar("T")
N = TypeVar("N", bound=NamedTuple)

_DIALECT = SQLiteDialect(paramstyle="named")
BINDINGS = 2**32
"""How many bindings there are: see `adding_bound`."""


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    """A compiled select: its SQL with named parameters, and how a driver's row becomes `T`."""

    sql: str
    shape: Callable[[Sequence[Any]], T]
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A compiled insert, update or delete."""

    sql: str


def param(name: str) -> Any:
    """A named place in a statement, filled when it is run."""
    return bindparam(name)


def pick(*columns: Any) -> Select[Any]:
    """A select of several columns, for `one_of`: however many, and whatever their types, the row type tells."""
    return sqlalchemy.select(*columns)


def one(statement: SelectOfScalar[T]) -> Query[T]:
    """The query of a whole table's rows, typed as the table."""
    columns = [column.name for column in statement.selected_columns]
    table = statement.column_descriptions[0]["entity"].__name__
    return Query(_compiled(statement), cast(Callable[[Sequence[Any]], T], _row_type(table, columns)._make))


def _row_type(name: str, columns: list[str]) -> Any:
    return namedtuple(name, columns)  # its fields are the table's, known when the statement is


def one_of(row: type[N], statement: Select[Any]) -> Query[N]:
    """The query whose columns, in order, are the fields of the named tuple `row`. Raises TypeError when they differ."""
    selected = len(statement.selected_columns)
    if selected != len(row._fields):
        raise TypeError(f"{row.__name__} has {len(row._fields)} fields, the statement selects {selected} columns")
    return Query(_compiled(statement), cast(Callable[[Sequence[Any]], N], row._make))


def scalar(statement: Select[tuple[T]] | SelectOfScalar[T]) -> Query[T]:
    """The query of one column, typed as that column."""
    return Query(_compiled(statement), _only)


def changed(row: type[N], statement: ReturningUpdate[Any]) -> Query[N]:
    """An update that tells what it left: its returned columns, in order, are the fields of `row`."""
    return Query(_compiled(statement), cast(Callable[[Sequence[Any]], N], row._make), writes=True)


def _only(row: Sequence[Any]) -> Any:
    return row[0]


def total(column: Any, *where: Any) -> Query[int]:
    """The query of a column's sum; 0 where there is nothing to add up."""
    added = sqlalchemy.func.coalesce(sqlalchemy.func.sum(column), sqlalchemy.literal_column("0"))
    return Query(_compiled(sqlalchemy.select(added).where(*where)), _only)


def adding(table: type[SQLModel], *columns: str) -> Command:
    """The insert of one row, every column of which must be given but its key; or of `columns` alone, the rest null."""
    described = cast(Table, table.__table__)  # type: ignore[attr-defined]  # SQLModel hides the attribute it sets
    names = list(columns) or [column.name for column in described.columns if column.name != "id"]
    return Command(_compiled(insert(table), names))


def adding_bound(table: type[SQLModel], *columns: str) -> Command:
    """As `adding`, with a key that holds the row's number in its upper and `:binding` in its lower 32 bits.

    Keys keep their order, and a key says by itself whom and what its row is for (see `Entropy.binding`).
    """
    described = cast(Table, table.__table__)  # type: ignore[attr-defined]  # SQLModel hides the attribute it sets
    key = described.c.id
    latest = sqlalchemy.select(sqlalchemy.func.max(key)).scalar_subquery()
    number = sqlalchemy.func.coalesce(latest, sqlalchemy.literal_column("0")) // BINDINGS + 1
    names = list(columns) or [column.name for column in described.columns if column.name != "id"]
    values: dict[str, Any] = {name: param(name) for name in names}
    return Command(_compiled(insert(table).values(id=number * BINDINGS + param("binding"), **values)))


def change(statement: Insert | Update | Delete) -> Command:
    """An update or delete, or an insert with a conflict clause."""
    return Command(_compiled(statement))


def _compiled(statement: ClauseElement, column_keys: list[str] | None = None) -> str:
    compiled = cast(SQLCompiler, statement.compile(dialect=_DIALECT, column_keys=column_keys))
    sql = " ".join(str(compiled).split())
    for name, bind in compiled.binds.items():
        if not bind.required and bind.expanding:
            listed = ", ".join(_literal(value) for value in cast(Sequence[object], bind.value))
            sql = sql.replace(f"__[POSTCOMPILE_{name}]", listed)
        elif not bind.required:
            place = re.compile(rf"(?<!:):{name}\b")
            sql = place.sub(_literal(bind.value).replace("\\", r"\\"), sql)
    return sql


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    raise TypeError(f"a statement may hold integers and text, not {value!r}")
