"""One application for each test process, one private bank for each test."""

import gc
import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from sandbox.app import create_app
from sandbox.document.document import Document
from sandbox.domain.events import KINDS
from sandbox.settings import Settings
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Phone, Sandbox, operations
from tests import books, goldens, postgres, quick, refusals
from tests.functional.processes import Server
from tests.transport import bank_of, serving

ROOT = Path(__file__).parent.parent
_NAMES = itertools.count(1)
# Folders whose tests are not run on a second engine, and why.
_SQLITE_ALONE = dict.fromkeys(
    ("bench", "browser", "cli", "clients", "functional", "loadtests", "testing"),
    "starts processes, which keep sandboxes in files",
) | {"handbook": "the documentation", "seeding": "what a golden database holds, which is a SQLite file at first"}
_MISSING = pytest.StashKey[list[str]]()

# How long an example takes says how busy the machine is.
hypothesis_settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def _goldens(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> None:
    goldens.share_between_workers(tmp_path_factory, is_worker=hasattr(request.config, "workerinput"))


@pytest.fixture(scope="session", autouse=True)
def _every_kind_recorded_is_declared() -> Iterator[None]:
    """Filters and webhooks take declared kinds alone: one that is recorded and not declared could not be asked for."""
    record = UnitOfWork.record

    def declared(self: UnitOfWork, kind: str, /, *place: Any, **data: Any) -> None:
        assert kind in KINDS, f"{kind} is recorded, and declared nowhere in sandbox/domain/events.py"
        record(self, kind, *place, **data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UnitOfWork, "record", declared)
        yield


@pytest.fixture(scope="session", autouse=True)
def _examples_are_made_once() -> Iterator[None]:
    """Each application would open a bank and play a story for each operation, of which most have the same."""
    make = Document._examples

    def shared(self: Document, document: dict[str, Any]) -> dict[str, Any]:
        with goldens.examples(self._place(document)):
            return make(self, document)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Document, "_examples", shared)
        yield


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        rules_dir=ROOT / "rules",
        seed_dir=goldens.seed_dir(),
        members=40,
        watch_rules=False,
    )
    goldens.place(made)
    return made


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with serving(create_app(settings)) as client:
        yield client


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server for tests that do not change it as a whole: each works in a sandbox of its own."""
    server = Server(tmp_path_factory.mktemp("shared")).start()
    yield server
    server.interrupt()


@pytest.fixture
def bank(client: httpx.Client) -> Iterator[Sandbox]:
    """A bank that no other test uses, its clock frozen."""
    name = f"t{next(_NAMES)}"
    made = client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}})
    assert made.status_code == 201, made.text
    yield bank_of(client, name)
    client.delete(f"/_sandbox/sandboxes/{name}")


@pytest.fixture
def phone(bank: Sandbox) -> Phone:
    """The phone of a member in good standing, with two savings accounts and a beneficiary."""
    (member,) = bank.send(operations.list_members(limit=1))["items"]  # all of them take five times as long
    return bank.phone(member)


def pytest_configure(config: pytest.Config) -> None:
    """Before tests are collected: modules of tests make rule books, too."""
    patch = pytest.MonkeyPatch()
    books.share(patch)
    config.add_cleanup(patch.undo)
    if config.getoption("postgres"):
        if not hasattr(config, "workerinput"):
            _start_server(config)
        patch.setattr("sandbox.storage.server.cluster.STRATEGY", "file_copy")  # quicker without a disk to wait for


def _start_server(config: pytest.Config) -> None:
    """A server that all workers share: they inherit the environment."""
    programs = postgres.programs()
    if programs is None:
        raise pytest.UsageError("PostgreSQL is not installed: run `make postgres` as root")
    server = ExitStack()
    config.add_cleanup(server.close)
    os.environ["SANDBOX_DATABASE_URL"] = postgres.url(server.enter_context(postgres.server(programs)))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long tests at the head of the workers' shares: one that begins last is waited for by all of them."""
    if config.getoption("postgres"):
        _skip_what_is_about_files(items)
    workers: int = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    long = [item for item in items if item.get_closest_marker("long")]
    others = (item for item in items if not item.get_closest_marker("long"))
    left, ordered = len(items), []
    for worker in range(workers):
        share = left // (workers - worker)  # as pytest-xdist deals them out for `worksteal`
        head = long[worker::workers][:share]
        ordered += [*head, *itertools.islice(others, share - len(head))]
        left -= share
    items[:] = ordered


def _skip_what_is_about_files(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("sqlite")
        reason = mark.args[0] if mark else _SQLITE_ALONE.get(item.path.relative_to(ROOT / "tests").parts[0])
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=f"SQLite alone: {reason}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with quick.watched(item):
        return (yield)


def pytest_sessionstart() -> None:
    """What is imported and collected stays to the end: garbage collections would look through it again and again.

    A shell without job control starts what runs in its background with SIGINT ignored, and that is inherited: no
    server or load of the tests would hear Ctrl-C.
    """
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Pass what this worker saw on; where all tests ran, see that no declared refusal went without one."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["refusals"] = sorted(refusals.SEEN)
        return
    if not config.getoption("refusals"):
        return
    config.stash[_MISSING] = gaps = refusals.missing(refusals.SEEN)
    if gaps and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="keep sandboxes in databases of a PostgreSQL server")
    parser.addoption("--refusals", action="store_true", help="fail when a declared refusal is asserted by no test")
    parser.addoption("--soak", action="store_true", help="many more rounds where a test goes round")


def pytest_testnodedown(node: Any) -> None:
    refusals.SEEN.update(tuple(each) for each in getattr(node, "workeroutput", {}).get("refusals", ()))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    gaps = config.stash.get(_MISSING, None)
    if gaps is None:
        return
    terminalreporter.section("refusals")
    terminalreporter.write_line("\n".join(gaps) or "every declared refusal of every operation is asserted")
