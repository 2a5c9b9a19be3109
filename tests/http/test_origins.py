"""Which pages may call which surface, by the settings that admit them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.starting import CannotStart
from tests import goldens
from tests.answers import assert_problem
from tests.transport import serving

pytestmark = pytest.mark.sqlite("HTTP, before a database is asked")

TOKEN = "a-control-token-of-the-tests"
TOOLBAR = "http://localhost:5173"


def allowed(client: TestClient, path: str, origin: str) -> str | None:
    return client.get(path, headers={"Origin": origin}).headers.get("access-control-allow-origin")


@pytest.fixture(scope="module")
def wide(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    made = settings.model_copy(
        update={
            "data_dir": tmp_path_factory.mktemp("wide"),
            "cors_origins": "https://staging.example.ec, https://other.example.ec:8443",
            "cors_devices": True,
            "control_origins": TOOLBAR,
            "control_token": TOKEN,
        }
    )
    goldens.place(made)
    with serving(create_app(made)) as client:
        yield client


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443", "http://app.localhost:8080",
        "https://staging.example.ec", "https://other.example.ec:8443", "http://10.0.2.2:8000", "http://192.168.1.20:5173",
        "http://172.16.0.9", "http://172.31.255.1", "http://mac.local:3000", "capacitor://localhost",
        "ionic://localhost", "https://localhost",
    ],
)  # fmt: skip
def test_a_page_that_is_admitted_may_call_the_bank(wide: TestClient, origin: str) -> None:
    assert allowed(wide, "/v1/app", origin) == origin


@pytest.mark.parametrize(
    "origin",
    [
        "https://other.example.ec", "http://staging.example.ec", "https://staging.example.ec.evil.example",
        "http://11.0.2.2", "http://172.32.0.1", "http://172.15.0.1", "http://192.169.1.1", "http://10.0.2.2.evil.example",
        "capacitor://evil", "null", "http://evil.example/localhost", "http://localhost.evil.example", "file://",
    ],
)  # fmt: skip
def test_a_page_that_is_not_admitted_may_not(wide: TestClient, origin: str) -> None:
    assert allowed(wide, "/v1/app", origin) is None


@pytest.mark.parametrize("origin", ["http://10.0.2.2:8000", "capacitor://localhost", "https://staging.example.ec"])
def test_by_default_local_pages_alone_are_admitted(client: TestClient, origin: str) -> None:
    assert allowed(client, "/v1/app", origin) is None
    assert allowed(client, "/v1/app", "http://localhost:3000") == "http://localhost:3000"


def test_a_toolbar_may_steer_with_the_token(wide: TestClient) -> None:
    asked = {
        "Origin": TOOLBAR,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    preflight = wide.options("/_sandbox/clock/advance", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == TOOLBAR
    told = wide.get("/_sandbox/clock", headers={"Origin": TOOLBAR, "Authorization": f"Bearer {TOKEN}"})
    assert told.status_code == 200
    assert told.headers["access-control-allow-origin"] == TOOLBAR


def test_a_toolbar_without_the_token_may_not(wide: TestClient) -> None:
    assert_problem(wide.get("/_sandbox/clock", headers={"Origin": TOOLBAR}), 401, "control_token_required")


def test_another_origin_is_told_which_setting_would_admit_it(wide: TestClient) -> None:
    headers = {"Origin": "http://localhost:4000", "Authorization": f"Bearer {TOKEN}", "Accept-Language": "en"}
    problem = assert_problem(wide.get("/_sandbox/clock", headers=headers), 403, "forbidden_origin")
    assert problem["detail"] == (
        "The control plane does not answer “http://localhost:4000”. To admit it, add it to SANDBOX_CONTROL_ORIGINS."
    )


def test_another_host_is_told_which_setting_would_admit_it(wide: TestClient) -> None:
    problem = assert_problem(wide.get("/_sandbox/clock", headers={"Host": "bank.test:8000"}), 403, "forbidden_origin")
    assert "SANDBOX_ALLOWED_HOSTS" in problem["detail"]
    assert "bank.test" in problem["detail"]


def test_origins_of_the_control_plane_need_a_token(settings: Settings, tmp_path: Path) -> None:
    open_wide = settings.model_copy(update={"data_dir": tmp_path, "control_origins": TOOLBAR})
    with pytest.raises(CannotStart, match="SANDBOX_CONTROL_TOKEN"):
        create_app(open_wide)
