"""Data directories of their own, started and stopped like the server's."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app, ensure_golden, origin_of
from sandbox.settings import Settings

Start = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="session")
def golden(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden database of the small banks below: made once, because seeding takes a second."""
    own = settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("golden"), "members": 12})
    return ensure_golden(own, origin_of(own))


@pytest.fixture
def start(settings: Settings, data: Path, golden: Path) -> Start:
    """Starts a server on `data`, as often as a test wants; on leaving, the server stops."""

    @contextmanager
    def starting(**changes: object) -> Iterator[TestClient]:
        if not data.exists():
            data.mkdir()
            shutil.copy(golden, data)
        own = settings.model_copy(update={"data_dir": data, "members": 12, **changes})
        with TestClient(create_app(own), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
            yield client

    return starting
