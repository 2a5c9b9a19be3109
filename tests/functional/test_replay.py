"""Recordings, which a new sandbox answers the same again, from the command line."""

import contextlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.bank.cards import test_manual_walk as cards
from tests.bank.deferrals import test_manual_walk as deferrals
from tests.bank.products import test_manual_walk as products
from tests.bank.profile import test_manual_walk as profile
from tests.bank.services import test_manual_walk as services
from tests.bank.transfers import test_manual_walk as transfers
from tests.functional.commands import Shell
from tests.functional.processes import Server
from tests.transport import bank_of

pytestmark = pytest.mark.slow


def walks() -> list[Callable[..., None]]:
    """Every step of the manual that is walked with one phone on one bank."""
    found = []
    for chapter in (products, transfers, services, cards, deferrals, profile):
        for name, walk in vars(chapter).items():
            if name.startswith("test_") and set(inspect.signature(walk).parameters) <= {"phone", "bank"}:
                found.append(walk)
    return found


def walk_the_manual(bank: Sandbox) -> int:
    """Every one of those steps, each from the first moment on; how many there were."""
    bank.snapshot("first-moment")
    for walk in walks():
        bank.restore("first-moment")
        given = {"phone": bank.phone(bank.members.all()[0]), "bank": bank}
        walk(**{name: given[name] for name in inspect.signature(walk).parameters})
    return len(walks())


def test_a_walk_through_the_manual_is_answered_the_same_to_the_byte(
    server: Server, sandbox: Shell, tmp_path: Path
) -> None:
    sandbox("new", "walked")
    bank = bank_of(server.client, "walked")
    sandbox("record", "-s", "walked")
    assert walk_the_manual(bank) >= 5
    bank.clock.advance("P2D")
    phone = Phone(bank, bank.members.persona("al-dia")).log_in()
    phone.products()
    file = tmp_path / "walk.jsonl"
    told = sandbox("record", "-s", "walked", "--out", str(file))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert f"{len(lines) - 1} exchanges" in told
    assert len(lines) > 60
    assert f"{len(lines) - 1} exchanges, the same to the byte" in sandbox("replay", str(file))
    # One amount another than recorded: the first answer that tells of it is named.
    at = next(number for number, line in enumerate(lines) if '"createTransfer"' in line)
    exchange = json.loads(lines[at])
    body = json.loads(exchange["body"])
    exchange["body"] = json.dumps({**body, "amount": "1.23"})
    file.write_text("\n".join([*lines[:at], json.dumps(exchange), *lines[at + 1 :]]), encoding="utf-8")
    told = sandbox("replay", str(file), status=1)
    assert f"exchange {at} of {len(lines) - 1}, POST /v1/transfers" in told
    assert "1.23" in told
    assert sandbox.json("replay", str(file), status=1)["difference"]["number"] == at
    assert [each["name"] for each in sandbox.json("list")["items"] if each["name"].startswith("replay")] == []
    sandbox("delete", "walked")


def test_a_request_that_is_answered_the_same_and_does_another_thing_is_named(
    server: Server, sandbox: Shell, tmp_path: Path
) -> None:
    sandbox("new", "doing")
    sandbox("record", "-s", "doing")
    bank = bank_of(server.client, "doing")
    phone = bank.phone("al-dia")
    phone.confirm(phone.transfer("3.00"))
    file = tmp_path / "doing.jsonl"
    sandbox("record", "-s", "doing", "--out", str(file))
    assert "the same to the byte" in sandbox("replay", str(file))
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    confirmed = next(line for line in lines if line.get("operation_id") == "confirmChallenge")
    effects = list(confirmed["effects"])
    for other, recorded, replayed in (
        ([each.replace("-3.00", "-3.01") for each in effects], "-3.01", "-3.00"),
        (effects[1:], effects[1], effects[0]),
        ([*effects, "a message more"], "a message more", "nothing"),
    ):
        confirmed["effects"] = other
        file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        told = sandbox("replay", str(file), status=1)
        assert "POST /v1/challenges/" in told
        assert "other effects" in told
        difference = sandbox.json("replay", str(file), status=1)["difference"]
        assert (difference["number"], difference["what"]) == (lines.index(confirmed), "effects")
        assert recorded in difference["recorded"]
        assert replayed in difference["replayed"]
    del confirmed["effects"]  # as in recordings of earlier versions
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert "the same to the byte" in sandbox("replay", str(file))
    sandbox("delete", "doing", "--permanent")


@pytest.mark.parametrize("effect", ["reset", "empty", "truncated", "malformed"])
def test_broken_connections_are_replayed_as_they_were(
    server: Server, sandbox: Shell, tmp_path: Path, effect: str
) -> None:
    name = f"cut-{effect}"
    sandbox("new", name)
    sandbox("record", "-s", name)
    bank = bank_of(server.client, name)
    fault = {"match": {"operation_id": "getProducts", "times": 1}, "effect": {"connection": effect}}
    bank.send(operations.create_fault(fault))
    phone = bank.phone("al-dia")
    with contextlib.suppress(httpx.TransportError, ValueError):
        phone.products()
    phone.transfer("3.00")
    file = tmp_path / "cut.jsonl"
    sandbox("record", "-s", name, "--out", str(file))
    assert "the same to the byte" in sandbox("replay", str(file))
    unstruck = [line for line in file.read_text(encoding="utf-8").splitlines() if '"createFault"' not in line]
    file.write_text("\n".join(unstruck), encoding="utf-8")
    if effect != "truncated":  # what was recorded is the whole answer: the server's side of it
        assert "GET /v1/products" in sandbox("replay", str(file), status=1)
    sandbox("delete", name)


def test_a_long_answer_is_compared_exactly_though_its_hash_alone_was_recorded(
    server: Server, sandbox: Shell, tmp_path: Path
) -> None:
    sandbox("new", "long")
    sandbox("record", "-s", "long")
    bank = bank_of(server.client, "long")
    phone = bank.phone("historia-larga")
    phone.call("GET", f"/v1/accounts/{phone.accounts()[0]['id']}/movements", headers={"Accept": "text/csv"})
    file = tmp_path / "long.jsonl"
    sandbox("record", "-s", "long", "--out", str(file))
    assert "3 exchanges, the same to the byte" in sandbox("replay", str(file))
    *before, last = file.read_text(encoding="utf-8").splitlines()
    body = json.loads(last)["answer"]["body"]
    other = {"sha256": "0" * 64}
    # The last two are as recordings of earlier versions told of long answers.
    for change in ({"bytes": body["bytes"] + 1}, other, other | {"head": "date"}, other | {"head": "!"}):
        exchange = json.loads(last)
        exchange["answer"]["body"] |= change
        file.write_text("\n".join([*before, json.dumps(exchange)]), encoding="utf-8")
        difference = sandbox.json("replay", str(file), status=1)["difference"]
        assert (difference["number"], difference["what"]) == (3, "body")
        assert difference["recorded"] != difference["replayed"]
    login = json.loads(before[1])
    login["answer"]["body"]["shown"]["member"]["greeting"] = "¡Hola!"
    login["answer"]["body"] |= other
    file.write_text("\n".join([before[0], json.dumps(login), *before[2:]]), encoding="utf-8")
    difference = sandbox.json("replay", str(file), status=1)["difference"]
    assert difference["recorded"] == 'body.member.greeting: "¡Hola!"', "what is redacted is not compared"
    sandbox("delete", "long")


def test_a_bank_that_lives_is_replayed_as_it_lived(sandbox: Shell, server: Server, tmp_path: Path) -> None:
    file = tmp_path / "lives.jsonl"
    made = server.client.post("/_sandbox/sandboxes", json={"name": "lives", "life": "busy"})
    assert made.status_code == 201, made.text
    sandbox("record", "-s", "lives")
    bank = bank_of(server.client, "lives")
    bank.clock.advance("P9D")
    phone = bank.phone("al-dia")
    account = phone.savings()[0]["id"]
    assert phone.send(operations.list_movements(account, from_="2026-11-24", to="2026-12-31"))["items"]
    sandbox("record", "-s", "lives", "--out", str(file))
    assert "the same to the byte" in sandbox("replay", str(file))
    head, *exchanges = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([head.replace('"busy"', '"off"'), *exchanges]), encoding="utf-8")
    difference = sandbox.json("replay", str(file), status=1)["difference"]
    assert difference["request"].startswith("POST /_sandbox/clock/advance")
    assert difference["what"] == "effects"
    sandbox("delete", "lives")


def test_what_is_no_recording_is_told(sandbox: Shell, tmp_path: Path) -> None:
    file = tmp_path / "x"
    assert "No such file" in sandbox("replay", str(file), status=2)
    head = '{"recording": 1, "seed": "x", "members": 1, "clock_start": "x"}'
    for text in ("", "{", "[]", '{"a": 1}', '{"recording": 1}', f'{head}\n{{"method": "GET"}}'):
        file.write_text(text)
        assert "is no recording" in sandbox("replay", str(file), status=2)
    assert "not_recording" in sandbox("record", "--out", str(file), status=1)
