"""PostgreSQL's SQL of the statements and tables that the program declares.

Loaded when it is first asked for: importing the dialect takes 20 ms, which a server on SQLite need not spend.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, Insert, Integer, Table, column, literal_column, select, table, update
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql import ClauseElement, visitors
from sqlalchemy.sql.elements import BindParameter

from sandbox.storage.latches import LATCHES

LAST_KEYS = "last_key"
"""The table that takes the place of SQLite's `sqlite_sequence`: the last key given in each table whose rows can be
deleted. Its row is locked from the insert to the commit, so that keys are committed in their order and without gaps:
what follows such a table can neither miss a row nor see a gap where a transaction was rolled back."""

_last_key = table(LAST_KEYS, column("name"), column("seq", BigInteger))


class _Compiler(PGCompiler):
    """Functions that SQLite has and PostgreSQL has under another name, or with another type."""

    def visit_bindparam(self, bindparam: Any, *args: Any, **kw: Any) -> str:
        """A place whose type does not follow from where it stands, as in `:kind IS NULL`, has that of its other places:
        PostgreSQL settles the type where it first meets a parameter."""
        text = str(super().visit_bindparam(bindparam, *args, **kw))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
        known = self._known_types.get(bindparam.key) if bindparam.type._isnull else None  # noqa: SLF001  # the type's only word for it
        return text if known is None else f"CAST({text} AS {known})"

    @cached_property
    def _known_types(self) -> dict[str, str]:
        binds = (each for each in visitors.iterate(self.statement) if isinstance(each, BindParameter))
        typed = (each for each in binds if not each.type._isnull)  # noqa: SLF001  # the type's only word for it
        return {each.key: "BIGINT" if isinstance(each.type, Integer) else "TEXT" for each in typed}

    def visit_table(self, table: Any, *args: Any, **kw: Any) -> str:
        if table.name == "sqlite_sequence":
            return f"{LAST_KEYS} AS sqlite_sequence"
        return str(super().visit_table(table, *args, **kw))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped

    def visit_sum_func(self, function: Any, **kw: Any) -> str:
        """A sum of `bigint` is `numeric`, which is neither an integer nor quick."""
        return f"CAST(sum{self.function_argspec(function, **kw)} AS BIGINT)"

    def visit_instr_func(self, function: Any, **kw: Any) -> str:
        return f"strpos{self.function_argspec(function, **kw)}"

    def visit_json_each_func(self, function: Any, **kw: Any) -> str:
        """The keys in a JSON list."""
        elements = f"json_array_elements_text(CAST(CAST{self.function_argspec(function, **kw)[:-1]} AS TEXT) AS JSON))"
        return f"(SELECT CAST(value AS BIGINT) AS value FROM {elements})"  # noqa: S608  # no input

    def _on_conflict_target(self, clause: Any, **kw: Any) -> str:
        """The same words on both engines, but SQLAlchemy reads them from objects of two kinds."""
        return str(SQLiteCompiler._on_conflict_target(self, clause, **kw))  # type: ignore[no-untyped-call, arg-type]  # noqa: SLF001


class _Dialect(PGDialect):
    """The base dialect, since those of drivers cast every parameter."""

    statement_compiler = _Compiler
    supports_statement_cache = True


DIALECT = _Dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def adapted(statement: ClauseElement, *, returning: bool) -> ClauseElement:
    """The statement as PostgreSQL takes it: an insert answers a key only when it is `returning`, and takes the next of
    `LAST_KEYS` where keys must never be given twice."""
    if not isinstance(statement, Insert):
        return statement
    target = statement.table
    if isinstance(target, Table) and counts_on(target):
        given = (
            update(_last_key)
            .where(_last_key.c.name == literal_column(f"'{target.name}'"))
            .values(seq=_last_key.c.seq + literal_column("1"))
            .returning(_last_key.c.seq)
            .cte("given")
        )
        statement = statement.values(id=select(given.c.seq).scalar_subquery())
    return statement.returning(target.c.id) if returning and "id" in target.c else statement.inline()


def counts_on(table: Table) -> bool:
    """Whether keys of this table are never given twice."""
    return bool(table.dialect_options["sqlite"]["autoincrement"])


def table_definitions(tables: Sequence[Table]) -> list[str]:
    """The statements that make the tables, in order."""
    counters = ", ".join(f"('{each.name}', 0)" for each in tables if counts_on(each))
    return [
        *(str(CreateTable(each).compile(dialect=DIALECT)).strip() for each in tables),
        f'CREATE TABLE {LAST_KEYS} (name TEXT COLLATE "C" PRIMARY KEY, seq BIGINT NOT NULL)',
        f"INSERT INTO {LAST_KEYS} (name, seq) VALUES {counters}",  # noqa: S608  # names of ours
        "CREATE TABLE latch (id BIGINT PRIMARY KEY)",
        f"INSERT INTO latch SELECT generate_series(0, {LATCHES - 1})",
        "CREATE TABLE runner (id BIGINT PRIMARY KEY, owner TEXT, until BIGINT NOT NULL)",
        "INSERT INTO runner (id, until) VALUES (1, 0)",
    ]
