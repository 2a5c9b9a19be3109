"""Webhooks go to this machine or to hosts that a setting allows, and never to the server that sends them."""

import base64
import socket
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.control.targets import AddressNotAllowed, addresses, target_of
from sandbox.settings import Settings
from sandbox.testing import Sandbox, operations
from tests import goldens
from tests.answers import assert_problem, failing
from tests.control.test_webhooks import Receiver, deliveries
from tests.transport import bank_of, serving

pytestmark = pytest.mark.sqlite("addresses, which no database is asked about")

HOOKS = "hooks.example.com"
SETTINGS = Settings.model_construct(port=8000, webhook_hosts=f"{HOOKS}, 10.0.0.7")


@pytest.mark.parametrize(
    "url",
    [
        "http://a.localhost/", "http://localhost.localhost:9/", "http://localhost./", "http://localhost.evil.example/",
        "http://127.0.0.1:99999/x", "http://127.0.0.1:0/x", "http://127.0.0.1:-1/x", "http://127.0.0.1:x/", "http://127.0.0.1:80:90/",
        "http://0.0.0.0:9/x", "http://[::]:9/x", "http://2130706433:9/x", "http://0x7f000001:9/x", "http://0177.0.0.1:9/x",
        "http://127.1:9/x", "http://127.0.0.1.:9/x", "http://[::1%25lo]:9/x", "http://[fe80::1]:9/x", "http://169.254.169.254/x",
        "http://user@127.0.0.1:9/x", "http://127.0.0.1@evil.example/", "http://127.0.0.1:9\\@evil.example/", "http:///x", "http://",
        "http://[::ffff:10.0.0.8]/x", "http://①②⑦.0.0.1/", f"http://x.{HOOKS}/", f"http://{HOOKS}.evil.example/", f"http://{HOOKS}@evil.example/",
    ],
)  # fmt: skip
def test_a_target_that_is_not_allowed_or_none_at_all_is_refused(url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        target_of(url, SETTINGS)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "127.0.0.2", "127.255.255.254", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]"],
)  # fmt: skip
def test_this_server_is_no_target_however_it_is_written_and_its_neighbours_are(host: str) -> None:
    with pytest.raises(AddressNotAllowed):
        target_of(f"http://{host}:8000/_sandbox/reset", SETTINGS)
    assert target_of(f"http://{host}:8001/_sandbox/reset", SETTINGS).port == 8001
    on_80 = Settings.model_construct(port=80, webhook_hosts="")
    with pytest.raises(AddressNotAllowed):
        target_of(f"http://{host}/_sandbox/reset", on_80)
    assert target_of(f"https://{host}/_sandbox/reset", on_80).port == 443


@pytest.mark.parametrize(
    "url", [f"https://{HOOKS}/x", f"http://{HOOKS}:8000/x", "http://10.0.0.7/x", f"http://{HOOKS.upper()}:65535/x?y=z"]
)
def test_a_host_that_a_setting_names_is_allowed(url: str) -> None:
    assert target_of(url, SETTINGS).scheme == url.partition(":")[0]


def naming(patch: pytest.MonkeyPatch, *found: str) -> list[str]:
    """Make every name stand for these addresses; gives the list of names asked for."""
    asked: list[str] = []

    def resolve(host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    patch.setattr(socket, "getaddrinfo", resolve)
    return asked


def own_address() -> str:
    """An address of this machine besides loopback, where it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses a way
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])


@pytest.mark.parametrize(
    ("host", "found"),
    [
        (f"{HOOKS}:8000", ["127.0.0.1"]), (f"{HOOKS}:8000", ["192.0.2.7", "127.0.0.1"]), (HOOKS, ["0.0.0.0"]),
        (HOOKS, ["169.254.169.254"]), (HOOKS, ["224.0.0.1"]), ("localhost", ["192.0.2.7"]), ("localhost", ["127.0.0.1", "192.0.2.7"]),
    ],
)  # fmt: skip
async def test_what_a_name_stands_for_is_checked_when_it_is_used(
    monkeypatch: pytest.MonkeyPatch, host: str, found: list[str]
) -> None:
    naming(monkeypatch, *found)
    with pytest.raises(AddressNotAllowed):
        await addresses(target_of(f"http://{host}/x", SETTINGS), SETTINGS)


async def test_this_machines_other_addresses_are_its_own_too(monkeypatch: pytest.MonkeyPatch) -> None:
    naming(monkeypatch, own_address())
    with pytest.raises(AddressNotAllowed):
        await addresses(target_of(f"http://{HOOKS}:8000/x", SETTINGS), SETTINGS)
    assert await addresses(target_of(f"http://{HOOKS}:8001/x", SETTINGS), SETTINGS)


@pytest.fixture
def open_to_hooks(settings: Settings, tmp_path: Any) -> Iterator[httpx.Client]:
    wide = settings.model_copy(update={"data_dir": tmp_path, "webhook_hosts": HOOKS, "webhook_retry_seconds": ""})
    goldens.place(wide)
    with serving(create_app(wide)) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_a_delivery_connects_to_the_address_that_was_checked(
    open_to_hooks: httpx.Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is asked for once, and the receiver is told the name that was registered."""
    asked = naming(monkeypatch, "127.0.0.1")
    bank = bank_of(open_to_hooks)
    port = receiver.url.rsplit(":", 1)[1].partition("/")[0]
    bank.send(operations.create_webhook({"url": f"http://{HOOKS}:{port}/hook?a=b", "kinds": ["session"]}))
    bank.phone("al-dia")
    ((headers, told),) = receiver.wait(1)
    assert (headers["Host"], told["type"]) == (f"{HOOKS}:{port}", "session.started")
    assert asked == [HOOKS]


def test_a_name_that_comes_to_mean_this_server_is_not_called(
    open_to_hooks: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = bank_of(open_to_hooks)
    naming(monkeypatch, "192.0.2.7")
    made = bank.send(operations.create_webhook({"url": f"http://{HOOKS}:8000/_sandbox/reset", "kinds": ["session"]}))
    naming(monkeypatch, "127.0.0.1")
    bank.phone("al-dia")
    (told,) = deliveries(bank, made, until="failed")
    assert (told["answer"], told["error"]) == (None, "webhook_address_not_allowed")


def test_a_name_without_an_address_is_told(open_to_hooks: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = bank_of(open_to_hooks)
    made = bank.send(operations.create_webhook({"url": f"http://{HOOKS}/", "kinds": ["session"]}))

    def resolve(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    bank.phone("al-dia")
    (told,) = deliveries(bank, made, until="failed")
    assert (told["answer"], told["error"]) == (None, "NameNotFound")


def test_the_next_address_is_tried_where_nothing_listens_on_the_first(
    open_to_hooks: httpx.Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    naming(monkeypatch, "127.0.0.2", "127.0.0.1")
    bank = bank_of(open_to_hooks)
    bank.send(operations.create_webhook({"url": receiver.url.replace("127.0.0.1", "localhost"), "kinds": ["session"]}))
    bank.phone("al-dia")
    assert len(receiver.wait(1)) == 1


def secret_of(size: int) -> str:
    return "whsec_" + base64.b64encode(bytes(range(size))).decode()


@pytest.mark.parametrize("size", [24, 25, 26, 32, 63, 64])
def test_a_secret_of_24_to_64_bytes_is_taken(bank: Sandbox, size: int) -> None:
    wanted = {"url": "http://127.0.0.1:9/x", "secret": secret_of(size)}
    assert bank.send(operations.create_webhook(wanted))["secret"] == secret_of(size)


@pytest.mark.parametrize(
    "secret",
    [
        secret_of(23), secret_of(65), "whsec_", "", secret_of(32).removeprefix("whsec_"), secret_of(25).rstrip("="),
        secret_of(24)[:-1] + "!", secret_of(24)[:-1] + "-", secret_of(24) + "=", secret_of(24)[:10] + " " + secret_of(24)[11:],
        "whsec_" + secret_of(24), "WHSEC_" + secret_of(24)[6:], secret_of(24) + "\n",
    ],
)  # fmt: skip
def test_another_secret_is_refused(bank: Sandbox, secret: str) -> None:
    answer = bank.call("POST", "/_sandbox/webhooks", json={"url": "http://127.0.0.1:9/x", "secret": secret})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"secret": "bad_format"}
