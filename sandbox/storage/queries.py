"""Statements are declared once, compiled at import to SQLite's SQL, and typed by what they return.

    OWNED_ACCOUNT = one(select(Account).where(Account.id == param("account"), Account.member_id == param("member")))
    account = await unit.one(OWNED_ACCOUNT, account=7, member=3)      # Account | None

A row arrives as a named tuple with the selected columns. `one(select(Account))` is typed as `Account`, because it has
the same attributes; it has none of an ORM object's behaviour. A select of several columns names its row type:
`one_of(Balance, select(Account.book, Account.held))`.

The same declaration gives PostgreSQL's SQL, compiled when it is first asked for: SQLite alone pays nothing for it. Both
number their places alike, so one tuple of values fits both.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar, cast

import sqlalchemy
from sqlalchemy import Table, Text, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Delete, Insert, ReturningUpdate, Update
from sqlalchemy.sql.selectable import Select
from sqlmodel import SQLModel, insert
from sqlmodel.sql.expression import SelectOfScalar

T = TypeVar("T")
N = TypeVar("N", bound=NamedTuple)

_SQLITE = SQLiteDialect(paramstyle="named")
BINDINGS = 2**32
"""How many bindings there are: see `adding_bound`."""


Values = Callable[[Mapping[str, Any]], tuple[Any, ...]]
"""Takes a statement's parameters by name and gives their values in the order of its numbered places: the driver binds a
tuple in a fraction of the time that it takes to look up names."""


Postgresql = Callable[[], str]
"""Gives a statement's SQL for PostgreSQL, compiled once: `$1`, `$2`… are the same values in the same order."""


def _of_sqlite_alone() -> str:
    raise NotImplementedError("this statement was not declared, but written in SQLite's own SQL")


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    """A compiled select: its SQL with numbered parameters, their values, and how a driver's row becomes `T`."""

    sql: str
    values: Values
    shape: Callable[[Sequence[Any]], T]
    writes: bool = False
    postgresql: Postgresql = _of_sqlite_alone


@dataclass(frozen=True, slots=True)
class Command:
    """A compiled insert, update or delete, and the values of its parameters.

    `returning` is PostgreSQL's SQL of an insert that answers the new row's key, for those who need it; `table` is what
    such an insert adds to.
    """

    sql: str
    values: Values
    postgresql: Postgresql = _of_sqlite_alone
    returning: Postgresql = _of_sqlite_alone
    table: str = ""


def param(name: str) -> Any:
    """A named place in a statement, filled when it is run."""
    return bindparam(name)


def pick(*columns: Any) -> Select[Any]:
    """A select of several columns, for `one_of`: however many, and whatever their types, the row type tells."""
    return sqlalchemy.select(*columns)


def upsert(table: type[SQLModel]) -> sqlite.Insert:
    """An insert that may say what happens where the row exists (`on_conflict_do_update`), the same on both engines."""
    return sqlite.insert(table)


def has_part(column: Any, part: str) -> Any:
    """The condition that a column made by `folding.searched` contains the text of the parameter `part`, which is folded
    as well: without regard to case and accents."""
    return sqlalchemy.func.instr(column, bindparam(part, type_=Text())) > 0


def begins_with_part(column: Any, part: str) -> Any:
    """The condition that the first line of such a column contains it."""
    found, end = sqlalchemy.func.instr(column, bindparam(part, type_=Text())), sqlalchemy.func.instr(column, "\n")
    return sqlalchemy.and_(found > 0, found < end)


def is_among(column: Any, keys: str) -> Any:
    """The condition that a column is one of the keys in the parameter `keys`, a JSON list: a statement is compiled once
    and cannot have as many places as there are keys."""
    return column.in_(sqlalchemy.select(sqlalchemy.func.json_each(param(keys)).table_valued("value").c.value))


S = TypeVar("S", bound=sqlalchemy.Select[Any])


def to_change(statement: S, *tables: Any) -> S:
    """A select of rows that the unit is going to judge by and to change: the rows of `tables` (of all, where none is
    named) stay as they are until the unit ends.

    PostgreSQL locks them, in the order of `tables`, and reads them again where it had to wait; foreign keys may still
    be checked against them. SQLite runs one unit at a time, and its SQL says nothing of it.
    """
    return statement.with_for_update(key_share=True, of=tables or None)


def locks(statement: Select[Any] | SelectOfScalar[Any]) -> Query[int]:
    """The rows to be locked by `unit.lock`. There is no SQL of it for SQLite, which never needs it."""
    return replace(_query(to_change(statement), _only), sql="")


def one(statement: SelectOfScalar[T], *left_out: str) -> Query[T]:
    """The query of a whole table's rows, typed as the table. Columns that are `left_out` are not read."""
    columns = [column for column in statement.selected_columns if column.name not in left_out]
    table = statement.column_descriptions[0]["entity"].__name__
    shape = _maker(_row_type(table, [column.name for column in columns]))
    return _query(statement.with_only_columns(*columns) if left_out else statement, shape)


def _row_type(name: str, columns: list[str]) -> Any:
    return namedtuple(name, columns)  # its fields are the table's, known when the statement is


def one_of(row: type[N], statement: Select[Any]) -> Query[N]:
    """The query whose columns, in order, are the fields of the named tuple `row`. Raises TypeError when they differ."""
    selected = len(statement.selected_columns)
    if selected != len(row._fields):
        raise TypeError(f"{row.__name__} has {len(row._fields)} fields, the statement selects {selected} columns")
    return _query(statement, _maker(row))


def scalar(statement: Select[tuple[T]] | SelectOfScalar[T]) -> Query[T]:
    """The query of one column, typed as that column."""
    return _query(statement, _only)


def changed(row: type[N], statement: ReturningUpdate[Any]) -> Query[N]:
    """An update that tells what it left: its returned columns, in order, are the fields of `row`."""
    return _query(statement, _maker(row), writes=True)


def _maker(row: type[Any]) -> Callable[[Sequence[Any]], Any]:
    """Makes a named tuple of a driver's row, without the frame that `_make` costs for every row."""
    return partial(tuple.__new__, row)


_only = itemgetter(0)


def total(column: Any, *where: Any) -> Query[int]:
    """The query of a column's sum; 0 where there is nothing to add up."""
    added = sqlalchemy.func.coalesce(sqlalchemy.func.sum(column), sqlalchemy.literal_column("0"))
    return _query(sqlalchemy.select(added).where(*where), _only)


def adding(table: type[SQLModel], *columns: str) -> Command:
    """The insert of one row, every column of which must be given but its key; or of `columns` alone, the rest null."""
    described = cast(Table, table.__table__)  # type: ignore[attr-defined]  # SQLModel hides the attribute it sets
    names = list(columns) or [column.name for column in described.columns if column.name != "id"]
    return _command(insert(table), names)


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
    return _command(insert(table).values(id=number * BINDINGS + param("binding"), **values))


def change(statement: Insert | Update | Delete) -> Command:
    """An update or delete, or an insert with a conflict clause."""
    return _command(statement)


def changes(statement: Update) -> Command:
    """An update of a table that PostgreSQL alone has."""
    return replace(change(statement), sql="")


def _query(statement: ClauseElement, shape: Callable[[Sequence[Any]], Any], *, writes: bool = False) -> Query[Any]:
    named = _compiled(statement, _SQLITE)
    sql, values = numbered(named)
    return Query(sql, values, shape, writes, cache(partial(_postgresql, statement, _names(named))))


def _command(statement: Insert | Update | Delete, column_keys: list[str] | None = None) -> Command:
    named = _compiled(statement, _SQLITE, column_keys)
    alike = partial(_postgresql, statement, _names(named), column_keys)
    table = str(statement.table) if isinstance(statement, Insert) else ""
    return Command(*numbered(named), cache(alike), cache(partial(alike, returning=True)), table)


def _compiled(statement: ClauseElement, dialect: Dialect, column_keys: list[str] | None = None) -> str:
    """SQL with `:names` for the parameters; constants stand in it."""
    compiled = cast(SQLCompiler, statement.compile(dialect=dialect, column_keys=column_keys))
    sql = " ".join(str(compiled).split())
    for name, bind in compiled.binds.items():
        if not bind.required and bind.expanding:
            listed = ", ".join(_literal(value) for value in cast(Sequence[object], bind.value))
            sql = sql.replace(f"__[POSTCOMPILE_{name}]", listed)
        elif not bind.required:
            place = re.compile(rf"(?<!:):{name}\b")
            sql = place.sub(_literal(bind.value).replace("\\", r"\\"), sql)
    return sql


def _postgresql(
    statement: ClauseElement, names: list[str], column_keys: list[str] | None = None, *, returning: bool = False
) -> str:
    """PostgreSQL's SQL, with `$1`, `$2`… in the order of `names`. Raises TypeError for a statement that has other
    parameters there."""
    from sandbox.storage import postgresql  # noqa: PLC0415  # a server on SQLite never loads the other dialect

    named = _compiled(postgresql.adapted(statement, returning=returning), postgresql.DIALECT, column_keys)
    if set(_names(named)) != set(names):
        raise TypeError(f"it has other parameters on PostgreSQL: {named}")
    return _PLACES.sub(lambda found: f"${names.index(found[1]) + 1}" if found[1] else found[0], named)


# A text in quotes, which may look like a place, or the place of a parameter.
_PLACES = re.compile(r"'(?:[^']|'')*'|(?<!:):(\w+)\b")


def _names(sql: str) -> list[str]:
    """The names of the parameters, in the order in which they first stand."""
    return list(dict.fromkeys(found[1] for found in _PLACES.finditer(sql) if found[1]))


def numbered(sql: str) -> tuple[str, Values]:
    """SQL with `?1`, `?2`… in place of `:names`, and what puts the values in that order."""
    names = tuple(_names(sql))
    numbers = {name: number for number, name in enumerate(names, 1)}
    numbered = _PLACES.sub(lambda found: f"?{numbers[found[1]]}" if found[1] else found[0], sql)
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
