"""On a large bank no operation keeps the event loop from others: what is large is read in parts, or in a thread.

Each operation is called in a small bank and in a large one, and in both again if any took longer. What is done
once, such as compiling a rule, or takes as long in the small one, is no matter of the bank's size. How long is long is
measured beside them, since a machine that others use does less in a second of its processor.
"""

import asyncio
import contextlib
import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app
from sandbox.control.leases import END_OF_WINDOW, LEASABLE
from sandbox.settings import Settings
from sandbox.storage.sqlite_unit import SqliteUnit
from sandbox.storage.threads import in_thread
from sandbox.testing import Sandbox, operations
from tests import goldens, openapi
from tests.answers import Json, assert_problem
from tests.contract.test_every_route import belongings, every_operation, example_body, with_ids
from tests.databases import file_of
from tests.everything import fill
from tests.probes import LOOKS, Turns, looked, slowness, watched
from tests.transport import bank_of, registry_of
from tests.waiting import LONGEST

pytestmark = [pytest.mark.slow, pytest.mark.sqlite("how long the process itself keeps the loop")]

MEMBERS = LOOKS
MOST_WALKS = 5  # on a machine that others use, a turn may take several times as long, now and then
_ID = re.compile(r"\b[a-z]{3}_[0-9a-f]{28}\b")
_ENDLESS = {"streamEvents", "streamMessages", "streamSandbox"}
TRAITS: list[Json] = [
    {},
    {"savings_accounts": 2},
    {"savings_accounts": 3, "balance": "100.00", "beneficiaries": 2},
    {"segment": "standard", "savings_accounts": 0},
    {"persona": "al-dia"},
    {"cards": 1},
    {"segment": "premium"},
    {"segment": "premium", "cards": 1},
]
RARE: list[Json] = [
    {"cards": 2},
    {"segment": "premium", "cards": 2},
    {"savings_accounts": 20},
    {"balance": "9999999.00"},
    {"beneficiaries": 100, "cards": 20},
    {"persona": "nadie"},
]


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[httpx.Client]:
    """A server whose sandboxes have 10,000 members."""
    own = settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("big"), "members": MEMBERS})
    goldens.place(own)
    with TestClient(create_app(own), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def bank(big: httpx.Client) -> Iterator[Sandbox]:
    """A large sandbox nobody else uses, its clock frozen."""
    yield from made(big, "own")


def made(client: httpx.Client, name: str) -> Iterator[Sandbox]:
    answer = client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}})
    assert answer.status_code == 201, answer.text
    yield bank_of(client, name)
    assert client.delete(f"/_sandbox/sandboxes/{name}").status_code == 204


@contextlib.contextmanager
def turns_of(client: httpx.Client) -> Iterator[Turns]:
    """The turns of the server's loop."""
    portal = cast(Any, client).portal

    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    with watched(portal.call(loop)) as turns:
        yield turns


class Walk:
    """Calls of a client, each with the longest turn that the loop took for it."""

    def __init__(self, client: httpx.Client, turns: Turns, name: str) -> None:
        self.longest: dict[str, float] = defaultdict(float)
        self.succeeded: set[str] = set()
        self._inner, self._turns, self._name = client, turns, name
        self.base_url = client.base_url

    def request(self, method: str, url: Any, **options: Any) -> httpx.Response:
        self._turns.longest = 0.0
        answer = self._inner.request(method, url, **options)
        cast(Any, self._inner).portal.call(asyncio.sleep, 0)  # a turn is measured when it has ended
        call = f"{method} {_ID.sub('{id}', str(url)).replace(self._name, '{name}')}"
        self.longest[call] = max(self.longest[call], self._turns.longest)
        if answer.status_code < 300:
            self.succeeded.add(call)
        return answer


def walked(client: httpx.Client, turns: Turns, name: str) -> Walk:
    """Everything a bank is asked for, in a sandbox of its own."""
    walk = Walk(client, turns, name)
    bank = bank_of(cast(httpx.Client, walk), name)
    bank.send(operations.create_sandbox({"name": name, "clock": {"rate": 0}}))
    for traits in [*TRAITS, *RARE]:
        bank.call("POST", "/_sandbox/members/lease", json={"traits": traits})
    phone = bank.phone("al-dia")
    ids = belongings(phone) | {"member_id": phone.member["id"], "name": name}
    document = openapi.fetched(client)
    for method, path, operation in every_operation(client):
        if operation["operationId"] in _ENDLESS or path.startswith("/_sandbox/sandboxes") or path == "/_sandbox/import":
            continue
        if path.startswith("/v1/") and method != "get":
            phone.log_in()
        headers = {"Authorization": f"Bearer {phone.token}"} if path.startswith("/v1/") else {}
        body = example_body(operation, document)
        answer = bank.call(method.upper(), with_ids(path, ids), json=body, headers=headers)
        assert answer.status_code < 500, (path, answer.text)
    change_files(bank)
    return walk


def change_files(bank: Sandbox) -> None:
    """The operations on whole sandboxes."""
    bank.snapshot("big")
    bank.send(operations.list_sandboxes())
    bank.send(operations.get_sandbox(bank.name))
    bank.restore("big")
    bank.reset()
    copy = bank_of(bank.connection.client, f"{bank.name}-copy")
    bank.send(operations.create_sandbox({"name": copy.name, "from": bank.name}))
    fill(copy)
    copy.clock.advance("P2M")
    copy.ledger.assert_balanced()
    for name in (copy.name, bank.name):
        bank.send(operations.delete_sandbox(name))


@pytest.mark.long
def test_no_operation_takes_the_loop_for_longer_than_on_a_small_bank(big: httpx.Client, client: httpx.Client) -> None:
    small: list[Walk] = []
    large: list[Walk] = []
    looks: list[float] = []
    found = None
    with turns_of(client) as here, turns_of(big) as there:
        while found != {} and len(large) < MOST_WALKS:
            name = f"walk-{len(large)}"
            small.append(walked(client, here, name))
            large.append(walked(big, there, name))
            looks.append(looked())
            found = {call: (more, looks) for call, more in grown(small, large).items() if more > min(looks) * 0.75}
    assert found == {}


def grown(small: list[Walk], large: list[Walk]) -> dict[str, float]:
    """By how many seconds more each call took the loop in the large bank, at its quickest in both."""
    walks = [*small, *large]
    calls = walks[0].longest.keys()
    assert all(each.longest.keys() == calls for each in walks)
    assert len(set.intersection(*(each.succeeded for each in walks))) > 110
    return {
        call: min(each.longest[call] for each in large) - min(each.longest[call] for each in small) for call in calls
    }


@pytest.mark.parametrize("traits", TRAITS)
def test_a_lease_looks_at_a_few_members(big: httpx.Client, bank: Sandbox, traits: Json) -> None:
    leased = bank.send(operations.lease_member({"traits": traits}))["member"]
    with turns_of(big) as turns:
        answer = bank.call("POST", "/_sandbox/members/lease", json={"traits": traits})
    if "persona" in traits:
        assert_problem(answer, 409, "no_member_free")
    else:
        assert answer.status_code == 201, answer.text
        assert answer.json()["member"]["id"] != leased["id"]
    assert turns.total <= 0.02 * slowness()


@pytest.mark.parametrize("traits", RARE)
def test_a_search_in_vain_gives_the_loop_up(big: httpx.Client, bank: Sandbox, traits: Json) -> None:
    with turns_of(big) as turns:
        assert_problem(bank.call("POST", "/_sandbox/members/lease", json={"traits": traits}), 409, "no_member_free")
    assert turns.longest <= 0.01 * slowness()


def test_requests_of_the_sandbox_are_answered_during_a_search(bank: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = bank.phone("al-dia")
    order, pause = phone.order("0.01"), SqliteUnit.pause
    paused, may_go_on = threading.Event(), threading.Event()

    async def pausing(unit: SqliteUnit) -> None:
        await pause(unit)
        if unit.request_id == "search":
            paused.set()
            assert await in_thread(may_go_on.wait, LONGEST)

    monkeypatch.setattr(SqliteUnit, "pause", pausing)
    wanted, headers = {"traits": RARE[-2]}, {"X-Request-Id": "search"}
    with ThreadPoolExecutor() as pool:
        searching = pool.submit(bank.call, "POST", "/_sandbox/members/lease", json=wanted, headers=headers)
        try:
            assert paused.wait(LONGEST)
            assert phone.call("POST", "/v1/transfers", json=order).status_code == 201
            assert not searching.done()
        finally:
            may_go_on.set()
        while not searching.done():
            assert phone.call("POST", "/v1/transfers", json=order).status_code == 201
    assert_problem(searching.result(), 409, "no_member_free")
    bank.ledger.assert_balanced()


def test_searches_at_the_same_time_give_no_member_twice(bank: Sandbox) -> None:
    """Those that search far meet those that find at once."""

    def lease(number: int) -> httpx.Response:
        traits = (TRAITS[:3] + RARE[:1])[number % 4]
        return bank.call("POST", "/_sandbox/members/lease", json={"traits": traits})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lease, range(80)))
    assert [answer.status_code for answer in answers] == [201, 201, 201, 409] * 20
    members = [answer.json()["member"]["id"] for answer in answers if answer.status_code == 201]
    assert len(set(members)) == 60


def test_all_of_them_are_found_wherever_the_search_begins(bank: Sandbox) -> None:
    """Of the members with a persona one is left: it is found from before, from behind, and from itself."""
    wanted = {"traits": {"persona": "al-dia"}}
    for around in ({}, {"persona": bank.members.all()[-1]["persona"] or "morosa"}):
        bank.call("POST", "/_sandbox/members/lease", json={"traits": around})
        leased = bank.send(operations.lease_member(wanted))["member"]
        assert leased["persona"] == "al-dia"
        assert bank.call("DELETE", f"/_sandbox/members/{leased['id']}/lease").status_code == 204
    assert bank.send(operations.lease_member(wanted))["member"]["persona"] == "al-dia"


@pytest.mark.sqlite("plans of its queries")
@pytest.mark.parametrize("persona", [None, "al-dia"])
@pytest.mark.parametrize("query", [LEASABLE, END_OF_WINDOW])
def test_the_plan_of_a_search_reads_no_whole_table(
    big: httpx.Client, bank: Sandbox, query: Any, persona: str | None
) -> None:
    connection = file_of(registry_of(big).get(bank.name)).connection
    params = defaultdict(lambda: None, {"persona": persona, "after": 0, "end": 250, "limit": 50})
    plan = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {query.sql}", query.values(params))]
    assert plan
    assert [step for step in plan if "SCAN" in step or "TEMP B-TREE" in step] == []
