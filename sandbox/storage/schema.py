"""The schema as a whole: SQLModel's metadata made strict, the version it has, and the sandbox's own few facts."""

import hashlib
import threading
from collections.abc import Iterable
from functools import cache
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, cast, get_args, get_origin

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Table, Text, text
from sqlalchemy import column as described_column
from sqlalchemy import table as described_table
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import AutoString, Field, SQLModel, col
from sqlmodel.main import default_registry

from sandbox.kernel.clock import Micros
from sandbox.storage.connection import Connection
from sandbox.storage.queries import change, one_of, param, pick, scalar, upsert

NEVER_AGAIN = {"sqlite_autoincrement": True}
"""For `__table_args__` of a table whose rows can be deleted: the key of a deleted row is given to no other, so that an
id and a position in a stream never mean two things. It costs an insert 1.4 µs."""


Engine = Literal["sqlite", "postgresql"]
"""The databases that the program has SQL for."""


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows for which `where` holds. Each engine has its own option for it, and leaves out that of the
    other without a word: the index would be one of all rows."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class Origin(NamedTuple):
    """What a golden database is made from: seed, how many members, at which moment its clock starts."""

    seed: str
    members: int
    clock_start: Micros


class Fact(SQLModel, table=True):
    """What a sandbox knows of itself: schema version, seed, secret, clock."""

    __tablename__ = "sandbox_fact"

    key: str = Field(primary_key=True)
    value: str


class FactRow(NamedTuple):
    """A fact, as it is stored."""

    key: str
    value: str


CLOCK = ("clock_anchor", "clock_origin", "clock_rate_millis")
"""The keys of the facts of which a clock is made."""
_fact = upsert(Fact).values(key=param("key"), value=param("value"))
SEQUENCE = described_table("sqlite_sequence", described_column("name", Text), described_column("seq", BigInteger))
LAST_KEY = scalar(pick(SEQUENCE.c.seq).where(SEQUENCE.c.name == param("table")))
"""The last key that was given in a table of `NEVER_AGAIN`, also where that row is deleted; none before the first."""
CLOCK_FACTS = one_of(FactRow, pick(Fact.key, Fact.value).where(col(Fact.key).in_(CLOCK)))
"""The facts of the clock."""
STATE_FACT = change(_fact.on_conflict_do_update(index_elements=["key"], set_={"value": _fact.excluded.value}))


class UndeclaredTable(ValueError):
    """A table that SQLModel knows, because its class was imported, and that no part of the program declares."""


def require_declared(tables: Iterable[type[SQLModel]]) -> None:
    """Raises UndeclaredTable for a table of the schema that is not among `tables`."""
    declared = {cast(Table, each.__table__).name for each in tables}  # type: ignore[attr-defined]  # SQLModel hides it
    unknown = SQLModel.metadata.tables.keys() - declared
    if unknown:
        raise UndeclaredTable(", ".join(sorted(unknown)))


def table_definitions(engine: Engine = "sqlite") -> list[str]:
    """The statements that make the tables. Raises TypeError for a column that is neither integer nor text."""
    tables = _tables()
    if engine == "postgresql":
        from sandbox.storage import postgresql  # noqa: PLC0415  # a server on SQLite never loads the other dialect

        return postgresql.table_definitions(tables)
    return [str(CreateTable(table).compile(dialect=SQLiteDialect())).strip() for table in tables]


def index_definitions(engine: Engine = "sqlite") -> list[str]:
    """The statements that make the indexes, which is quickest once the rows are there."""
    if engine == "postgresql":
        from sandbox.storage.postgresql import DIALECT  # noqa: PLC0415  # as above
    dialect = DIALECT if engine == "postgresql" else SQLiteDialect()
    return [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in SQLModel.metadata.sorted_tables
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]


def definitions(engine: Engine = "sqlite") -> list[str]:
    """Everything that makes an empty database, in order."""
    return table_definitions(engine) + index_definitions(engine)


_FINISHING = threading.Lock()


def _tables() -> list[Table]:
    """Every table in the order in which foreign keys allow them to be made, ready to be defined.

    What makes them ready changes them: threads that ask at once would each add the same constraints, and the version be
    one that no other process has.
    """
    with _FINISHING:
        _close_vocabularies()
        tables = SQLModel.metadata.sorted_tables
        for table in tables:
            _keep_to_integers_and_text(table)
            table.dialect_options["sqlite"]["strict"] = True
    return tables


def _keep_to_integers_and_text(table: Table) -> None:
    for column in table.columns:
        if isinstance(column.type, Integer):
            column.type = BigInteger().with_variant(Integer(), "sqlite")
        elif isinstance(column.type, (AutoString, Text)):
            # SQLite compares text by its bytes; PostgreSQL by a language, unless it is told.
            column.type = Text().with_variant(Text(collation="C"), "postgresql")
        else:
            raise TypeError(f"{table.name}.{column.name} is neither an integer nor text")


# Facts that came after databases without them were made: one of those is of another version.
_LATER_FACTS = ("institution",)


@cache
def _close_vocabularies() -> None:
    """Have the database refuse a word that is not in the Literal of its column: mypy sees what is read, and not the
    parameters of a statement."""
    for mapper in default_registry.mappers:
        table = cast(Table, mapper.local_table)
        for name, words in vocabularies(mapper.class_).items():
            # Not IN: SQLite makes a table of the list for every row that is written, which costs a tenth of a transfer.
            known = " OR ".join(f"{name} = '{word}'" for word in words)
            table.append_constraint(CheckConstraint(known, name=f"{name}_is_known"))


def vocabularies(table: type[SQLModel]) -> dict[str, tuple[str, ...]]:
    """The words that each column of a table with a closed vocabulary takes."""
    words = {name: _words(field.annotation) for name, field in table.model_fields.items()}
    return {name: found for name, found in words.items() if found}


def _words(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) in (Union, UnionType):
        return tuple(word for part in get_args(annotation) for word in _words(part))
    return get_args(annotation) if get_origin(annotation) is Literal else ()


@cache
def version() -> str:
    """Changes whenever a table does, so that a database of another shape is never opened by mistake."""
    return hashlib.sha256("\n".join((*definitions(), *_LATER_FACTS)).encode()).hexdigest()[:12]


def facts(connection: Connection) -> dict[str, str]:
    """All the sandbox knows of itself."""
    return dict(connection.execute("SELECT key, value FROM sandbox_fact").fetchall())


def origin(known: dict[str, str]) -> Origin:
    """What the sandbox was once made from, by its facts."""
    return Origin(known["seed"], int(known["members"]), Micros(int(known["clock_start"])))


def state(connection: Connection, **values: str) -> None:
    """Write facts, over what was there."""
    rows = [{"key": key, "value": value} for key, value in sorted(values.items())]
    connection.executemany(STATE_FACT.sql, map(STATE_FACT.values, rows))
