"""One application for each test process, one private bank for each test."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app
from sandbox.settings import Settings
from tests.support import Phone, Sandbox

ROOT = Path(__file__).parent.parent
_NAMES = itertools.count(1)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        rules_dir=ROOT / "rules",
        seed_dir=ROOT / "seed",
        members=40,
        watch_rules=False,
    )


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bank(client: httpx.Client) -> Iterator[Sandbox]:
    """A bank nobody else uses, its clock frozen."""
    name = f"t{next(_NAMES)}"
    made = client.post("/_sandbox/sandboxes", json={"name": name})
    assert made.status_code == 201, made.text
    sandbox = Sandbox(client, name)
    sandbox.freeze()
    yield sandbox
    client.delete(f"/_sandbox/sandboxes/{name}")


@pytest.fixture
def phone(bank: Sandbox) -> Phone:
    """The phone of a member in good standing, with two savings accounts and a beneficiary."""
    return bank.phone(bank.members()[0])
