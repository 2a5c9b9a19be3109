"""Building the golden database: the file every sandbox is a copy of."""

import functools
import gc
import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from argon2.low_level import Type, hash_secret

from sandbox.bank.information.service import Entry
from sandbox.bank.ledger.tables import Account
from sandbox.bank.seeds import Seed
from sandbox.domain.institution import Institution
from sandbox.domain.ledger import SystemAccount
from sandbox.domain.rules import RuleBook
from sandbox.domain.rules.kinds import Argon2
from sandbox.kernel.entropy import Entropy
from sandbox.kernel.folding import searched
from sandbox.seeding import catalogues, shares
from sandbox.seeding.books import Books
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.crews import crew, processes_for
from sandbox.seeding.first_day import FirstDay
from sandbox.seeding.members import FIRST_MEMBER_ACCOUNT, MemberSeeder
from sandbox.seeding.people import People
from sandbox.seeding.personas import load
from sandbox.seeding.sense import Known
from sandbox.storage import schema
from sandbox.storage.driver import PAGE_SIZE
from sandbox.storage.schema import Origin

PASSWORD = "Progreso1@"  # noqa: S105  # everybody's, and told by the control plane
_CACHE_KIB = 65_536  # so that pages are written once
_MAPPED = 1 << 40  # bytes at most
_REVISION = "6"  # raise when the seed's own code makes other data


class Recipe(NamedTuple):
    """What golden databases are made of, besides their origin: the files of the seed, the catalogues that chapters take
    from them, and the rules."""

    seed_dir: Path
    seeds: tuple[Seed, ...]
    rules: RuleBook


def golden_name(origin: Origin, recipe: Recipe) -> str:
    """The file name of a golden database: another one for another seed, size, start or schema, for every change of a
    file of the seed, and for other answers of the rules to what seeding asks."""
    parts = (
        origin.seed, str(origin.members), str(origin.clock_start), schema.version(), _REVISION,
        _answers(recipe.rules), *(seed.name for seed in recipe.seeds),
    )  # fmt: skip
    digest = hashlib.sha256("\0".join(parts).encode())
    for path in sorted(recipe.seed_dir.rglob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"golden-{digest.hexdigest()[:16]}.sqlite"


@functools.lru_cache(maxsize=8)  # asked for each new sandbox, and half of what the name takes
def _answers(rules: RuleBook) -> str:
    """What the rules answer to what seeding asks."""
    return repr(FirstDay.of(rules))


def build(
    path: Path,
    origin: Origin,
    recipe: Recipe,
    progress: Callable[[int, int], None] | None = None,
    processes: int | None = None,
) -> None:
    """Make the database at `path`, whole or not at all: the personas, then people up to `members` in number.

    The same arguments make the same content, in however many processes (None: as many as there are cores for).
    `progress` is told how many members are done, and of how many. Raises SeedInvalid, and WorkerLost where one of those
    processes ends before its work does.
    """
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished, isolation_level=None)
    # Millions of tuples without a cycle among them: looking for one would be a third of the seeding.
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("BEGIN")
        for definition in schema.table_definitions():
            connection.execute(definition)
        total = _fill(connection, origin, recipe, progress, processes)
        _make_indexes(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA optimize")
        connection.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        unfinished.unlink()
        raise
    finally:
        if was_collecting:
            gc.enable()
    connection.close()
    unfinished.replace(path)
    _tell(progress, total, total)


def _make_indexes(connection: sqlite3.Connection) -> None:
    """Make all indexes. The tables are read from memory that the file is mapped to, which takes a sixth less than a
    call of the system for each of their small pages."""
    connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
    for definition in schema.index_definitions():
        connection.execute(definition)
    connection.execute("PRAGMA mmap_size = 0")


def _fill(
    connection: sqlite3.Connection,
    origin: Origin,
    recipe: Recipe,
    progress: Callable[[int, int], None] | None,
    processes: int | None,
) -> int:
    """Write every row; gives how many members there are."""
    first_day = FirstDay.of(recipe.rules)
    institution = catalogues.institution(recipe.seed_dir)
    entropy = Entropy.from_seed(origin.seed)
    _state_facts(connection, origin, entropy, institution)
    books = Books(connection)
    _open_system_accounts(books, origin.clock_start)
    books.write()
    books.start_keys(Account, FIRST_MEMBER_ACCOUNT - 1)
    catalogues.add_all(books, recipe.seed_dir, recipe.seeds, institution)
    books.write()
    personas = load(recipe.seed_dir / "personas", _known(connection, first_day))
    here = Circumstances(books, People(entropy), institution, first_day, first_day.plan(entropy), origin.clock_start)
    credentials = PASSWORD, hashed(entropy, first_day.hashing)
    total = max(origin.members, len(personas))
    MemberSeeder(here, *credentials).add_personas(personas)
    books.write()
    census, maker = shares.Census(here, entropy), shares.Maker(here, *credentials)
    with crew(maker.make, processes or processes_for(total)) as make:
        for share, made in make(census.shares(len(personas) + 1, total)):
            _tell(progress, share.first - 1, total)
            shares.write(books, share, made)
    books.settle()
    return total


def _known(connection: sqlite3.Connection, first_day: FirstDay) -> Known:
    """What personas may name, by the catalogues that were written."""
    institutions = {name for (name,) in connection.execute("SELECT name FROM institution WHERE ours = 0")}
    rows = connection.execute("SELECT id, key, data FROM catalogue_entry WHERE kind = 'biller'")
    entries = [Entry(key, name, json.loads(data)) for key, name, data in rows]
    billers = {entry.key: entry for entry in entries if not entry.data["top_up"]}
    return Known(first_day.documents, first_day.minimum, institutions, billers)


def _tell(progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _state_facts(connection: sqlite3.Connection, origin: Origin, entropy: Entropy, institution: Institution) -> None:
    schema.state(
        connection,
        schema_version=schema.version(),
        seed=origin.seed,
        members=str(origin.members),
        clock_start=str(origin.clock_start),
        secret=entropy.secret.hex(),
        clock_anchor=str(origin.clock_start),
        clock_origin="",  # the clock starts when a sandbox is first opened
        clock_rate_millis="1000",
        starts="0",
        institution=institution.model_dump_json(),
    )


def _open_system_accounts(books: Books, moment: int) -> None:
    for account in SystemAccount:
        number, name = f"SYS-{account.name}", account.name.replace("_", " ").title()
        books.add(
            Account,
            id=int(account),
            number=number,
            type="system",
            name=name,
            status="active",
            book=0,
            held=0,
            overdraft=1,
            created_at=moment,
            searched=searched(number, name),
        )


def hashed(entropy: Entropy, cost: Argon2) -> str:
    """One hash for everybody: hashing each on its own would be most of the seeding."""
    salt = entropy.draw("salts", 0)[:16]
    return hash_secret(PASSWORD.encode(), salt, cost.time_cost, cost.memory_kib, cost.parallelism, 32, Type.ID).decode()
