"""Statements are declared once, compiled at import to the driver's SQL, and typed by what they return.

    OWNED_ACCOUNT = one(select(Account).where(Account.id == param("account"), Account.member_id == param("member")))
    account = await unit.one(OWNED_ACCOUNT, account=7, member=3)      # Account | None

A row arrives as a named tuple with the selected columns. `one(select(Account))` is typed as `Account`, because it has
the same attributes; it has none of an ORM object's behaviour. A select of several columns names its row type:
`one_of(Balance, select(Account.book, Account.held))`.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
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


Values = Callable[[Mapping[str, Any]], tuple[Any, ...]]
"""Takes a statement's parameters by name and gives their values in the order of its numbered places: the driver binds a
tuple in a fraction of the time that it takes to look up names."""


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    """A compiled select: its SQL with numbered parameters, their values, and how a driver's row becomes `T`."""

    sql: str
    values: Values
    shape: Callable[[Sequence[Any]], T]
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A compiled insert, update or delete, and the values of its parameters."""

    sql: str
    values: Values


def param(name: str) -> Any:
    """A named place in a statement, filled when it is run."""
    return bindparam(name)


def pick(*columns: Any) -> Select[Any]:
    """A select of several columns, for `one_of`: however many, and whatever their types, the row type tells."""
    return sqlalchemy.select(*columns)


def has_part(column: Any, part: str) -> Any:
    """The condition that a column contains the text of the parameter `part`, which is folded: without regard to case
    and accents."""
    return sqlalchemy.func.instr(sqlalchemy.func.folded(column), param(part)) > 0


def one(statement: SelectOfScalar[T]) -> Query[T]:
    """The query of a whole table's rows, typed as the table."""
    columns = [column.name for column in statement.selected_columns]
    table = statement.column_descriptions[0]["entity"].__name__
    return Query(*_compiled(statement), _maker(_row_type(table, columns)))


def _row_type(name: str, columns: list[str]) -> Any:
    return namedtuple(name, columns)  # its fields are the table's, known when the statement is


def one_of(row: type[N], statement: Select[Any]) -> Query[N]:
    """The query whose columns, in order, are the fields of the named tuple `row`. Raises TypeError when they differ."""
    selected = len(statement.selected_columns)
    if selected != len(row._fields):
        raise TypeError(f"{row.__name__} has {len(row._fields)} fields, the statement selects {selected} columns")
    return Query(*_compiled(statement), _maker(row))


def scalar(statement: Select[tuple[T]] | SelectOfScalar[T]) -> Query[T]:
    """The query of one column, typed as that column."""
    return Query(*_compiled(statement), _only)


def changed(row: type[N], statement: ReturningUpdate[Any]) -> Query[N]:
    """An update that tells what it left: its returned columns, in order, are the fields of `row`."""
    return Query(*_compiled(statement), _maker(row), writes=True)


def _maker(row: type[Any]) -> Callable[[Sequence[Any]], Any]:
    """Makes a named tuple of a driver's row, without the frame that `_make` costs for every row."""
    return partial(tuple.__new__, row)


_only = itemgetter(0)


def total(column: Any, *where: Any) -> Query[int]:
    """The query of a column's sum; 0 where there is nothing to add up."""
    added = sqlalchemy.func.coalesce(sqlalchemy.func.sum(column), sqlalchemy.literal_column("0"))
    return Query(*_compiled(sqlalchemy.select(added).where(*where)), _only)


def adding(table: type[SQLModel], *columns: str) -> Command:
    """The insert of one row, every column of which must be given but its key; or of `columns` alone, the rest null."""
    described = cast(Table, table.__table__)  # type: ignore[attr-defined]  # SQLModel hides the attribute it sets
    names = list(columns) or [column.name for column in described.columns if column.name != "id"]
    return Command(*_compiled(insert(table), names))


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
    return Command(*_compiled(insert(table).values(id=number * BINDINGS + param("binding"), **values)))


def change(statement: Insert | Update | Delete) -> Command:
    """An update or delete, or an insert with a conflict clause."""
    return Command(*_compiled(statement))


def _compiled(statement: ClauseElement, column_keys: list[str] | None = None) -> tuple[str, Values]:
    compiled = cast(SQLCompiler, statement.compile(dialect=_DIALECT, column_keys=column_keys))
    sql = " ".join(str(compiled).split())
    for name, bind in compiled.binds.items():
        if not bind.required and bind.expanding:
            listed = ", ".join(_literal(value) for value in cast(Sequence[object], bind.value))
            sql = sql.replace(f"__[POSTCOMPILE_{name}]", listed)
        elif not bind.required:
            place = re.compile(rf"(?<!:):{name}\b")
            sql = place.sub(_literal(bind.value).replace("\\", r"\\"), sql)
    return numbered(sql)


# A text in quotes, which may look like a place, or the place of a parameter.
_PLACES = re.compile(r"'(?:[^']|'')*'|(?<!:):(\w+)\b")


def numbered(sql: str) -> tuple[str, Values]:
    """SQL with `?1`, `?2`… in place of `:names`, and what puts the values in that order."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1]
        return found[0] if name is None else f"?{numbers.setdefault(name, len(numbers) + 1)}"

    numbered = _PLACES.sub(number, sql)
    names = tuple(numbers)
    if len(names) > 1:
        return numbered, itemgetter(*names)
    if not names:
        return numbered, lambda _: ()
    (only,) = names
    return numbered, lambda params: (params[only],)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    raise TypeError(f"a statement may hold integers and text, not {value!r}")
