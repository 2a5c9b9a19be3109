"""What docs/how-to/devices.md says of devices is so: their addresses, the origins of their pages, their files."""

import plistlib
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import httpx2 as httpx
import pytest

from clients import pages
from sandbox.app import create_app
from sandbox.http.guard import is_loopback
from sandbox.settings import Settings
from tests import goldens
from tests.answers import assert_problem
from tests.transport import serving

pytestmark = pytest.mark.sqlite("a page")

PAGE = (pages.HOW_TO / "devices.md").read_text(encoding="utf-8")
FILES = pages.files("devices")
_CODE = re.compile(r"`([^`]+)`")


class Client(NamedTuple):
    name: str
    addresses: list[str]
    origins: list[str]
    setting: str


def _clients() -> Iterator[Client]:
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] not in ("client", "---") and not cells[3].startswith("see "):
            yield Client(cells[0], _CODE.findall(cells[1]), _CODE.findall(cells[2]), "".join(_CODE.findall(cells[3])))


CLIENTS = list(_clients())
ADDRESSES = sorted({address for client in CLIENTS for address in client.addresses})
ORIGINS = [(origin, client.setting) for client in CLIENTS for origin in client.origins]
Admit = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def admitting(settings: Settings, tmp_path_factory: pytest.TempPathFactory, client: httpx.Client) -> Iterator[Admit]:
    """Applications by the setting that they were started with."""
    with ExitStack() as stack:
        known = {"": client}

        def admit(setting: str) -> httpx.Client:
            if setting not in known:
                name, _, value = setting.removeprefix("SANDBOX_").lower().partition("=")
                own = {"data_dir": tmp_path_factory.mktemp("devices"), name: value}
                made = Settings(**settings.model_dump() | own)
                goldens.place(made)
                known[setting] = stack.enter_context(serving(create_app(made)))
            return known[setting]

        yield admit


def preflight(client: httpx.Client, origin: str) -> httpx.Response:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,x-sandbox",
        "Access-Control-Request-Private-Network": "true",
    }
    return client.options("/s/default/v1/transfers", headers={"Origin": origin} | asked)


def test_the_page_has_a_row_for_each_device() -> None:
    assert len(CLIENTS) == 7
    assert ADDRESSES == ["http://10.0.2.2:8000", "http://127.0.0.1:8000", "http://localhost:8000"]


@pytest.mark.parametrize(("origin", "setting"), ORIGINS)
def test_a_page_may_call_the_bank_by_the_setting_that_is_named(admitting: Admit, origin: str, setting: str) -> None:
    admitted = preflight(admitting(setting), origin)
    assert (admitted.status_code, admitted.headers["access-control-allow-origin"]) == (200, origin)
    assert admitted.headers["access-control-allow-private-network"] == "true"
    answer = admitting(setting).get("/v1/app", headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("origin", [origin for origin, setting in ORIGINS if setting])
def test_the_setting_is_needed(client: httpx.Client, origin: str) -> None:
    assert preflight(client, origin).status_code == 400
    assert "access-control-allow-origin" not in client.get("/v1/app", headers={"Origin": origin}).headers


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_bank_answers_under_each_address(client: httpx.Client, address: str) -> None:
    host = httpx.URL(address).host
    assert client.get("/v1/app", headers={"Host": f"{host}:8000"}).status_code == 200
    control = client.get("/_sandbox/clock", headers={"Host": f"{host}:8000"})
    if is_loopback(host):
        assert control.status_code == 200
    else:
        assert_problem(control, 403, "forbidden_origin")


def test_codes_are_read_under_a_host_that_is_allowed(admitting: Admit) -> None:
    [setting] = re.findall(r"`(SANDBOX_ALLOWED_HOSTS=[^`]+)`", PAGE)
    host = setting.partition("=")[2]
    assert admitting(setting).get("/_sandbox/messages", headers={"Host": f"{host}:8000"}).status_code == 200


def test_android_allows_plain_http_to_the_addresses_of_the_page() -> None:
    tree = ET.fromstring(FILES["app/src/debug/res/xml/network_security_config.xml"].encode())
    [config] = tree.findall("domain-config")
    assert config.get("cleartextTrafficPermitted") == "true"
    hosts = {domain.text for domain in config.findall("domain")}
    android = [client for client in CLIENTS if client.name.startswith("Android")]
    assert hosts == {httpx.URL(address).host for client in android for address in client.addresses}


def test_the_android_manifest_names_that_file() -> None:
    space = "{http://schemas.android.com/apk/res/android}"
    manifest = ET.fromstring(FILES["app/src/debug/AndroidManifest.xml"].encode())
    [application] = manifest.findall("application")
    named = application.get(f"{space}networkSecurityConfig")
    [path] = [Path(name) for name in FILES if name.endswith("network_security_config.xml")]
    assert named == f"@{path.parent.name}/{path.stem}"
    assert [each.get(f"{space}name") for each in manifest.findall("uses-permission")] == ["android.permission.INTERNET"]


def test_ios_allows_local_addresses_alone() -> None:
    assert plistlib.loads(FILES["Info.plist"].encode()) == {"NSAppTransportSecurity": {"NSAllowsLocalNetworking": True}}


def test_a_server_takes_the_settings_of_the_page() -> None:
    [command] = [line for line in PAGE.splitlines() if line.endswith("cooprogreso-sandbox serve")]
    settings = dict(re.findall(r"SANDBOX_([A-Z_]+)=(\S+)", command))
    made = Settings(**{name.lower(): value for name, value in settings.items()})
    assert (made.host, made.cors_devices) == ("0.0.0.0", True)
