"""The server as users meet it: started, stopped, killed, misconfigured."""

import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import operations
from tests import goldens
from tests.functional import forks
from tests.functional.commands import command
from tests.functional.processes import PROGRAM, ROOT, Server
from tests.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data").start()
    yield server
    server.close()


def test_the_first_start_seeds_and_tells_three_members_to_log_in_with(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", seed_dir=str(goldens.SEED))
    server.program = PROGRAM
    server.start_from_nothing()
    assert f"http://{server.url}/docs" in server.output
    assert "/_sandbox" in server.output
    told = [line.split() for line in server.output.splitlines() if " password " in line]
    assert len(told) == 3
    for words in told:
        username, password, device = words[0], words[2], words[4]
        login = {
            "username": username,
            "password": password,
            "device": {"id": device, "name": "x", "platform": "android"},
        }
        assert server.client.post("/v1/sessions", json=login).status_code == 201
    server.interrupt()


def test_ctrl_c_ends_the_streams_of_who_listens_and_then_the_server(tmp_path: Path) -> None:
    """A stream that the server's grace period cuts off would end without its last chunk, which is an error here."""
    server = Server(tmp_path / "data")
    server.program = PROGRAM
    server.start()
    with server.client.stream("GET", "/_sandbox/messages/stream") as stream:
        assert stream.status_code == 200
        assert server.process is not None
        server.process.send_signal(signal.SIGINT)
        assert [line for line in stream.iter_lines() if line and not line.startswith(":")] == []
    server.wait_until_gone()
    assert server.process.returncode == 130
    assert "graceful" not in server.output
    assert "Traceback" not in server.output
    server.close()


def test_nothing_is_lost_by_a_stop(server: Server) -> None:
    phone = server.bank.phone(server.bank.members.all()[0])
    transfer = phone.transfer("1.00")
    server.interrupt()
    again = Server(server.data_dir).start()
    phone = again.bank.phone(again.bank.members.all()[0])
    assert phone.send(operations.list_transfers())["items"][0]["id"] == transfer["id"]
    again.interrupt()


def test_a_second_server_on_the_same_data_is_refused(server: Server) -> None:
    second = served_in_vain(Server(server.data_dir).environment())
    assert second.returncode == 1
    assert "another server uses" in second.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SANDBOX_PORT": "70000"}, "SANDBOX_PORT"),
        ({"SANDBOX_PORT": "none"}, "SANDBOX_PORT"),
        ({"SANDBOX_CONTROL_TOKEN": "short"}, "SANDBOX_CONTROL_TOKEN"),
    ],
)
def test_settings_that_are_none_are_told(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    ended = command("serve", env={**Server(tmp_path / "data").environment(), **settings})
    assert ended.status == 2, ended.stdout + ended.stderr
    assert said in ended.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SANDBOX_HOST": "0.0.0.0"}, "SANDBOX_CONTROL_TOKEN"),
        ({"SANDBOX_CLOCK_START": "tomorrow"}, "SANDBOX_CLOCK_START"),
        ({"SANDBOX_RULES_DIR": "/nowhere"}, "/nowhere/credentials.yaml"),
    ],
)
def test_settings_that_cannot_be_served_are_told(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    ended = served_in_vain({**Server(tmp_path / "data").environment(), **settings})
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def served_in_vain(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`sandbox serve` that ends by itself, in a process of its own."""
    return forks.run(["serve"], environment, ROOT, timeout=60)


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = command("serve", env={**Server(tmp_path / "data").environment(), "SANDBOX_PORT": port})
    assert ended.status == 1
    assert "is in use" in ended.stderr


def test_with_a_control_token_only_who_knows_it_steers(tmp_path: Path) -> None:
    token = "a-control-token-of-some-length"
    server = Server(tmp_path / "data", control_token=token).start()
    assert server.client.get("/_sandbox/members").status_code == 401
    assert server.client.get("/_sandbox/members", headers={"Authorization": "Bearer nope"}).status_code == 401
    assert server.client.get("/_sandbox/members", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert server.client.get("/_sandbox/health").status_code == 200
    server.interrupt()


def test_an_edited_rule_is_in_force_without_a_restart(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    for path in (ROOT / "rules").glob("*.yaml"):
        (rules / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    server = Server(tmp_path / "data", rules_dir=str(rules)).start()
    revision = server.client.get("/_sandbox/rules").json()["revision"]

    def rewrite(old: str, new: str, noticed: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        text = (rules / "otp.yaml").read_text(encoding="utf-8")
        (rules / "otp.yaml").write_text(text.replace(old, new), encoding="utf-8")
        seen: dict[str, Any] = {}

        def is_noticed() -> bool:
            seen.update(server.client.get("/_sandbox/rules").json())
            return noticed(seen)

        until(is_noticed, lambda: "the edit was not noticed")
        return seen

    broken = rewrite("attempts: 3", "attempts: many", lambda seen: bool(seen["problems"]))
    assert broken["revision"] == revision
    assert "otp.yaml" in broken["problems"][0]
    rewrite("attempts: many", "attempts: 5", lambda seen: not seen["problems"] and seen["revision"] != revision)
    phone = server.bank.phone(server.bank.members.all()[0])
    assert phone.transfer("1.00")["challenge"]["attempts_left"] == 5
    server.interrupt()
