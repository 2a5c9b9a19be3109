"""One application for each test process, one private bank for each test."""

import itertools
import os
from collections.abc import Iterator
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
from sandbox.storage import driver
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Phone, Sandbox, operations
from tests import books, goldens, postgres
from tests.functional.processes import Server
from tests.transport import bank_of, serving

ROOT = Path(__file__).parent.parent
_NAMES = itertools.count(1)

# How long an example takes says how busy the machine is.
hypothesis_settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def _goldens(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> None:
    goldens.share_between_workers(tmp_path_factory, is_worker=hasattr(request.config, "workerinput"))


@pytest.fixture(scope="session", autouse=True)
def _no_power_cuts() -> Iterator[None]:
    """No test takes the power from its own process: what it wrote is there without having reached the disk. Each bank of
    a test waited for the disk twice when it was deleted. Real servers, which tests kill, write as they always do."""
    with pytest.MonkeyPatch.context() as patch:
        careless = [pragma.replace("synchronous = NORMAL", "synchronous = OFF") for pragma in driver._PRAGMAS]
        assert careless != list(driver._PRAGMAS)
        patch.setattr(driver, "_PRAGMAS", careless)
        patch.setattr(os, "fsync", lambda _: None)
        yield


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


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A PostgreSQL server: that of the run, or one of this module's own."""
    if url := os.environ.get("SANDBOX_DATABASE_URL"):
        yield url
        return
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.server(programs) as home:
        yield postgres.url(home)


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
