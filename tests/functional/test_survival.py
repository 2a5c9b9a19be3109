"""Nothing that clients do at once, and no kill at any moment, loses a sandbox or a cent. `make soak` goes on for longer."""

import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox, operations
from tests import postgres
from tests.functional.processes import Server
from tests.transport import bank_of

pytestmark = pytest.mark.slow
_NUMBERS = itertools.count(1)
ROUNDS, FEWER_ROUNDS = 10, 3
"""How often two operations meet; fewer times where a copy of a bank takes ten times as long."""
SPARES = Settings.model_fields["database_spares"].default


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data", members="12").start()
    yield server
    server.close()


@pytest.fixture
def soaking(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("soak"))


# Two operations on one sandbox at the same moment.

Operation = Callable[[Sandbox], httpx.Response]


def forked(bank: Sandbox) -> httpx.Response:
    return bank.connection.client.post("/_sandbox/sandboxes", json={"name": f"f{next(_NUMBERS)}", "from": bank.name})


def deleted(bank: Sandbox) -> httpx.Response:
    return bank.connection.client.delete(f"/_sandbox/sandboxes/{bank.name}")


def remade(bank: Sandbox) -> httpx.Response:
    """One that was there already is made as well."""
    made = bank.connection.client.post("/_sandbox/sandboxes", json={"name": bank.name, "clock": {"rate": 0}})
    return httpx.Response(200) if made.status_code == 409 else made


def imported(bank: Sandbox) -> httpx.Response:
    return bank.call("POST", "/_sandbox/import", content=SOUND[bank.connection.client])


def called(method: str, path: str, **options: Any) -> Operation:
    return lambda bank: bank.call(method, path, **options)


SOUND: dict[httpx.Client, bytes] = {}
OPERATIONS: dict[str, Operation] = {
    "export": called("GET", "/_sandbox/export"),
    "reset": called("POST", "/_sandbox/reset"),
    "restore": called("POST", "/_sandbox/snapshots/s/restore"),
    "snapshot": lambda bank: bank.call("POST", "/_sandbox/snapshots", json={"name": f"k{next(_NUMBERS)}"}),
    "import": imported,
    "fork": forked,
    "audit": called("GET", "/_sandbox/ledger/audit"),
    "advance": called("POST", "/_sandbox/clock/advance", json={"by": "PT1H"}),
    "make": called("POST", "/_sandbox/members", json={"accounts": [{"balance": "5.00"}]}),
    "delete": deleted,
}
LOOKING: dict[str, Operation] = {
    "list": lambda bank: bank.connection.client.get("/_sandbox/sandboxes"),
    "list snapshots": called("GET", "/_sandbox/snapshots"),
}
ALL = OPERATIONS | LOOKING | {"remake": remade}
PAIRS = [
    *itertools.combinations_with_replacement(OPERATIONS, 2),
    *itertools.product(LOOKING, ("delete", "remake", "snapshot", "fork")),
    *(("remake", name) for name in ("remake", "delete", "fork", "reset", "restore")),
]


@pytest.fixture(scope="module")
def collided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in a process of its own: should one pair of operations crash it, the test of that pair fails."""
    server = Server(tmp_path_factory.mktemp("collided"), members="0").start()
    SOUND[server.client] = server.bank.call("GET", "/_sandbox/export").content
    yield server
    server.close()


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_operations_at_once_are_answered_and_leave_sound_sandboxes(
    collided: Server, soaking: bool, first: str, second: str
) -> None:
    client = collided.client
    bank = sandbox_with_snapshot(client)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(60 if soaking else ROUNDS if not postgres.VARIABLES else FEWER_ROUNDS):
            if bank.name not in names(client):
                bank = sandbox_with_snapshot(client)
            answers = list(pool.map(lambda name, bank=bank: ALL[name](bank), (first, second)))
            assert collided.process is not None
            assert collided.process.poll() is None, collided.output
            for name, answer in zip((first, second), answers, strict=True):
                was_deleted = answer.status_code == 404 and "delete" in (first, second)
                assert answer.status_code < 300 or was_deleted, f"{name}: {answer.text}"
    check_all(client)
    for name in names(client) - {"default"}:
        client.delete(f"/_sandbox/sandboxes/{name}")
    assert_no_debris(collided)
    assert "Traceback" not in collided.output, collided.output


def sandbox_with_snapshot(client: httpx.Client) -> Sandbox:
    bank = bank_of(client, f"p{next(_NUMBERS)}")
    made = client.post("/_sandbox/sandboxes", json={"name": bank.name, "clock": {"rate": 0}})
    assert made.status_code == 201, made.text
    bank.snapshot("s")
    return bank


def names(client: httpx.Client) -> set[str]:
    items = client.get("/_sandbox/sandboxes").json()["items"]
    assert {each["state"] for each in items} == {"ready"}, items
    return {each["name"] for each in items}


def check_all(client: httpx.Client) -> None:
    """Every sandbox opens, and its books balance."""
    for name in names(client):
        bank_of(client, name).ledger.assert_balanced()


def debris(server: Server) -> list[Path]:
    """What is left over: all that is unfinished, and of what was deleted all but the one of each name to undelete."""
    kept = {each["name"] for each in server.client.get("/_sandbox/sandboxes").json()["deleted"]}
    left = list((server.data_dir / "unfinished").iterdir())
    for path in (server.data_dir / "deleted").iterdir():
        name = path.name.rpartition(".")[0]
        if name in kept:
            kept.remove(name)
        else:
            left.append(path)
    return left


def assert_no_debris(server: Server) -> None:
    """What no sandbox has is gone, or goes aside, after the answer: folders that are deleted for good while the server
    looks after what it keeps by itself, and databases of a PostgreSQL server."""
    end = time.monotonic() + 60
    while (left := debris(server)) or len(left := [*unnamed(server)]) > SPARES:
        assert time.monotonic() < end, left
        threading.Event().wait(0.02)


def unnamed(server: Server) -> set[str]:
    """The databases of its PostgreSQL server, where it has one, that no file names, but for golden ones."""
    if not postgres.VARIABLES:
        return set()
    installation = (server.data_dir / "installation").read_text(encoding="utf-8").split()[0]
    there = set(postgres.databases(postgres.VARIABLES["SANDBOX_DATABASE_URL"], installation))
    files = server.data_dir.glob("*/*/bank.json")
    named = {json.loads(file.read_text(encoding="utf-8"))["database"] for file in files}
    return {name for name in there - named if "golden" not in name}


def test_forks_of_a_sandbox_that_is_written_to_are_whole(server: Server) -> None:
    bank = server.bank
    accounts = [member["accounts"][0]["id"] for member in bank.members.all() if member["accounts"]]
    stop = threading.Event()

    def deposit(account: str) -> int:
        made = 0
        while not stop.is_set():
            bank.members.deposit(account, "1.00")
            made += 1
        return made

    with ThreadPoolExecutor(14) as pool:
        writers = [pool.submit(deposit, account) for account in accounts[:6]]
        try:
            forks = list(pool.map(lambda _: forked(bank), range(20)))
        finally:
            stop.set()
        assert all(writer.result() > 0 for writer in writers)
    assert [fork.status_code for fork in forks] == [201] * 20
    check_all(server.client)


# A kill at a random moment.


@dataclass
class Acknowledged:
    """What the server has answered for, and must have when it is started again."""

    payments: set[str] = field(default_factory=set)
    sandboxes: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    snapshots: set[tuple[str, str]] = field(default_factory=set)
    answers: int = 0


def pay(phone: Phone, told: Acknowledged) -> None:
    order = phone.order("0.01")
    while True:
        transfer = phone.call("POST", "/v1/transfers", json=order).json()
        answer = phone.call(phone.confirmation(transfer["challenge"]["id"]))
        assert answer.status_code == 200, answer.text
        told.payments.add(transfer["id"])
        told.answers += 1


def churn(client: httpx.Client, draws: random.Random, told: Acknowledged) -> None:
    """Sandboxes of this client alone: made, forked, kept, moved in time, reset, brought back, brought in, deleted."""
    mine: list[str] = []
    while True:
        what = (
            draws.choice(["make", "fork", "snapshot", "advance", "reset", "restore", "import", "delete"])
            if mine
            else "make"
        )
        name = draws.choice(mine) if mine else ""
        bank = bank_of(client, name)
        if what in ("make", "fork"):
            new = f"c{next(_NUMBERS)}"
            source = {"from": name} if what == "fork" else {}
            assert client.post("/_sandbox/sandboxes", json={"name": new} | source).status_code == 201
            mine.append(new)
            told.sandboxes.add(new)
        elif what == "snapshot":
            kept = f"k{next(_NUMBERS)}"
            bank.snapshot(kept)
            told.snapshots.add((name, kept))
        elif what == "advance":
            bank.clock.advance("P1D")
        elif what == "restore":
            for kept in [kept for owner, kept in told.snapshots if owner == name][:1]:
                bank.restore(kept)
        elif what == "import":
            content = bank.call("GET", "/_sandbox/export").content
            assert bank.call("POST", "/_sandbox/import", content=content).status_code == 200
        elif what == "delete":
            mine.remove(name)
            told.sandboxes.discard(name)  # from here on it may be there or not …
            assert client.delete(f"/_sandbox/sandboxes/{name}").status_code == 204
            told.gone.add(name)  # … and from here on it must be gone
        else:
            bank.reset()
        told.answers += 1


def until_cut_off(work: Callable[..., None], *args: Any) -> None:
    try:
        work(*args)
    except (httpx.TransportError, RuntimeError):
        return  # the process was killed: what was not answered may or may not have happened


@pytest.mark.parametrize("first", range(0, 100, 20))
def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(server: Server, soaking: bool, first: int) -> None:
    told = Acknowledged()
    server.bank.clock.freeze()
    phones = payers(server.bank)
    for number in range(first, first + (20 if soaking else 2)):
        draws = random.Random(number)
        works: list[tuple[Any, ...]] = [(pay, phone, told) for phone in phones]
        works += [(churn, server.client, random.Random(f"{number} {n}"), told) for n in range(2)]
        threads = [threading.Thread(target=until_cut_off, args=work) for work in works]
        enough = told.answers + draws.randrange(3, 60)
        for thread in threads:
            thread.start()
        while told.answers < enough:
            assert any(thread.is_alive() for thread in threads), server.output
            threading.Event().wait(draws.random() / 500)
        server.kill()
        for thread in threads:
            thread.join(30)
        assert "Traceback" not in server.output, server.output
        server.start()
        phones = check_survived(server, told)
    assert told.payments
    server.interrupt()


def payers(bank: Sandbox) -> list[Phone]:
    members = [m for m in bank.members.all() if m["device"] and m["persona"] in ("al-dia", "muchas-cuentas", "premium")]
    return [bank.phone(member) for member in members]


def check_survived(server: Server, told: Acknowledged) -> list[Phone]:
    there = names(server.client)
    assert told.sandboxes <= there
    assert not told.gone & there
    for sandbox, snapshot in told.snapshots:
        if sandbox in told.sandboxes:
            kept = bank_of(server.client, sandbox).snapshots()
            assert snapshot in {each["name"] for each in kept if each["usable"]}
    check_all(server.client)
    assert_no_debris(server)
    phones = payers(server.bank)
    done: dict[str, str] = {}
    for phone in phones:
        cursor: str | None = ""
        while cursor is not None:
            page = phone.send(operations.list_transfers(limit=200, cursor=cursor or None))
            done |= {item["id"]: item["status"] for item in page["items"]}
            cursor = page["next_cursor"]
    assert {done[payment] for payment in told.payments} <= {"completed"}
    for name in there - {"default"}:
        assert server.client.delete(f"/_sandbox/sandboxes/{name}").status_code == 204
    told.sandboxes.clear()
    told.snapshots.clear()
    return phones
