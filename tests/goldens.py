"""One golden database per run of the tests: seeded once, then copied into each fresh data directory."""

import fcntl
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from sandbox import shipped
from sandbox.bank.beneficiaries.seeds import Network
from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.bank.information.service import Entry
from sandbox.bank.services.seeds import Services
from sandbox.domain.identity import Documents
from sandbox.domain.rules import RuleBook
from sandbox.seeding import golden
from sandbox.seeding.documents import read
from sandbox.seeding.sense import Known
from sandbox.settings import Settings
from sandbox.starting import origin_of

SEED = Path(__file__).parent.parent / "seed"
RULES = shipped.rules_dir()
HISTORY = 2_000
"""The movements of the longest history, of which the served seed has ten times as many: every bank of the tests is a
copy, and every audit adds all of them up."""

_shelf: Path | None = None


def seed_dir() -> Path:
    """The seed of most tests: the one that is served, with a shorter history."""
    made = _on_shelf("seed")
    with _locked():
        if not made.exists():
            shutil.copytree(SEED, made)
            (long,) = (made / "personas").glob("*-historia-larga.yaml")
            whole = long.read_text(encoding="utf-8")
            short = re.sub(r"(?m)^movements: 20000$", f"movements: {HISTORY}", whole)
            assert short != whole
            long.write_text(short, encoding="utf-8")
    return made


def recipe(seed_dir: Path, rules_dir: Path) -> golden.Recipe:
    """What the bank's own chapters make golden databases of."""
    return golden.Recipe(seed_dir, Chapters(CHAPTERS).seeds, RuleBook.load(rules_dir))


def known() -> Known:
    """What the seed's personas may name."""
    network, _ = read(SEED / "catalogues" / "institutions.yaml", Network)
    services, _ = read(SEED / "catalogues" / "services.yaml", Services)
    billers = {each.key: Entry(0, each.key, each.model_dump()) for each in services.biller if not each.top_up}
    return Known(Documents(), 500, {each.name for each in network.institutions}, billers)


def recipe_of(settings: Settings) -> golden.Recipe:
    """The recipe of a server with these settings."""
    return recipe(settings.seed_dir, settings.rules_dir) if settings.rules_dir != RULES else _usual(settings.seed_dir)


@cache
def _usual(seed_dir: Path) -> golden.Recipe:
    """With the bank's own rules, which no test changes: to read them takes a tenth of a second."""
    return recipe(seed_dir, RULES)


def golden_path(settings: Settings) -> Path:
    """Where a server with these settings looks for its golden database before it seeds one."""
    return settings.data_dir / golden.golden_name(origin_of(settings), recipe_of(settings))


def share_between_workers(factory: pytest.TempPathFactory, *, is_worker: bool) -> None:
    """Keep the golden databases of this run where all of its worker processes find them.

    A worker's base directory lies in the run's. Without workers it is the run's own; its parent outlives the run, and
    would hand out what earlier code seeded.
    """
    global _shelf  # noqa: PLW0603  # servers are made in and outside fixtures
    base = factory.getbasetemp()
    _shelf = (base.parent if is_worker else base) / "goldens"
    _shelf.mkdir(exist_ok=True)


def place(settings: Settings) -> None:
    """Put the golden database into the data directory of these settings, unless it is there."""
    wanted = golden_path(settings)
    if wanted.exists():
        return
    wanted.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_made(settings), wanted)


@contextmanager
def examples(wanted: Path) -> Iterator[None]:
    """Have the file with a document's examples made once in a run, for all of its data directories."""
    shared = _on_shelf(wanted.name)
    with _locked():
        if shared.exists() and not wanted.exists():
            shutil.copyfile(shared, wanted)
        yield
        if wanted.exists() and not shared.exists():
            shutil.copyfile(wanted, shared)


def _made(settings: Settings) -> Path:
    """The run's golden database for these settings: the first process that needs it seeds it, the others wait."""
    made = _on_shelf(golden_path(settings).name)
    with _locked():
        if not made.exists():
            golden.build(made, origin_of(settings), recipe_of(settings))
    return made


def _on_shelf(name: str) -> Path:
    assert _shelf is not None, "the session's fixture has not run"
    return _shelf / name


@contextmanager
def _locked() -> Iterator[None]:
    with _on_shelf("lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
