"""Two processes behind HAProxy: every request of a sandbox reaches the one process that has it."""

import itertools
import json
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx
import pytest

from sandbox.cli.deploy import proxy
from sandbox.kernel.shards import number_of
from sandbox.testing import Sandbox
from tests.answers import answered, assert_problem
from tests.functional.processes import ROOT
from tests.functional.proxies import HAPROXY, Divided, checked
from tests.loadtests import runs
from tests.loadtests.runs import TURNS

pytestmark = [
    pytest.mark.proxy,
    pytest.mark.skipif(HAPROXY is None, reason="no haproxy: `make haproxy` installs it"),
]
_NAMES = itertools.count(1)
FIRST, SECOND = "shop", "default"  # sandboxes of either process


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Divided]:
    servers = Divided(tmp_path_factory.mktemp("divided"), 2).start()
    yield servers
    servers.close()


@pytest.fixture(params=[1, 2])
def mine(divided: Divided, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox of its own, of the first process and of the second."""
    name = next(name for name in (f"mine-{each}" for each in _NAMES) if number_of(name, 2) == request.param)
    yield divided.create(name)
    divided.client.delete(f"/_sandbox/sandboxes/{name}")


def _pay(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    transfer = phone.transfer("1.00")
    phone.confirm(transfer["challenge"]["id"])
    sandbox.ledger.assert_balanced()


def test_the_two_names_used_here_belong_to_either_process() -> None:
    assert (number_of(FIRST, 2), number_of(SECOND, 2)) == (1, 2)


def test_fifty_sandboxes_are_made_forked_used_and_deleted(divided: Divided) -> None:
    parents = [f"farm-{number}" for number in range(25)]
    everything = sorted([*parents, *(f"{name}--fork" for name in parents)])

    def live(name: str) -> None:
        _pay(divided.create(name, clock={"rate": 0}))
        fork = divided.create(f"{name}--fork", **{"from": name})
        _pay(fork)
        paid = "kind=transfer.completed"
        assert len(answered(divided.sandbox(name).call("GET", f"/_sandbox/events?{paid}"))["items"]) == 1
        assert len(answered(fork.call("GET", f"/_sandbox/events?{paid}"))["items"]) == 2  # its parent's, and its own

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(live, parents))
    first, second = divided.names()
    assert sorted([*first, *second]) == sorted([*everything, "default"])
    assert min(len(first), len(second)) >= 20
    for number, names in enumerate((first, second), 1):
        assert {number_of(name, 2) for name in names} == {number}
        on_disk = divided.servers[number - 1].data_dir / "sandboxes"
        assert sorted(path.name for path in on_disk.iterdir()) == names
    for name in everything:
        assert divided.client.delete(f"/_sandbox/sandboxes/{name}").status_code == 204
    assert divided.names() == [[], ["default"]]


def test_the_proxy_and_the_processes_agree_on_every_name(divided: Divided) -> None:
    """A process answers 421 to what is not its own, and 404 to what is and does not exist."""
    names = [f"{kind}{number}" for number in range(40) for kind in ("t", "ci-8431-", "w_", "Ñ", "a--b")]
    names += ["x" * 63, "0", "a--", "a---b", "a-b-", "sh%6fp--x", "a+b", "a b".replace(" ", "%20")]
    for name in names:
        assert_problem(divided.client.get(f"/s/{name}/v1/app"), 404, "sandbox_not_found")
        if name.isascii() and "%" not in name:
            assert_problem(divided.client.get("/v1/app", headers={"X-Sandbox": name}), 404, "sandbox_not_found")
            assert_problem(divided.client.get(f"/_sandbox/sandboxes/{name}"), 404, "sandbox_not_found")


@pytest.mark.parametrize("ways", ["header", "prefix", "name", "name in a prefix of the other process"])
def test_a_sandbox_is_reached_in_every_way(divided: Divided, mine: Sandbox, ways: str) -> None:
    other = SECOND if number_of(mine.name, 2) == 1 else FIRST
    path, headers = {
        "header": ("/_sandbox/info", {"X-Sandbox": mine.name}),
        "prefix": (f"/s/{mine.name}/_sandbox/info", {"X-Sandbox": other}),
        "name": (f"/_sandbox/sandboxes/{mine.name}", {"X-Sandbox": other}),
        "name in a prefix of the other process": (f"/s/{other}/_sandbox/sandboxes/{mine.name}", {}),
    }[ways]
    answer = divided.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert mine.name in (answer.json().get("sandbox"), answer.json().get("name"))


@pytest.mark.parametrize("header", [{}, {"X-Sandbox": ""}])
def test_without_a_name_it_is_default(divided: Divided, header: dict[str, str]) -> None:
    for path in ("/_sandbox/info", "/s//_sandbox/info"):
        assert divided.client.get(path, headers=header).json()["sandbox"] == "default"


@pytest.mark.parametrize("size", [16_000, 16_384, 20_000, 262_144])  # HAProxy's own buffer; the largest body taken
@pytest.mark.parametrize("family", [FIRST, SECOND])
def test_a_new_sandbox_is_named_at_the_end_of_a_large_body(divided: Divided, size: int, family: str) -> None:
    name = f"{family}--late-{next(_NAMES)}"
    rules = {"limits": (ROOT / "rules" / "limits.yaml").read_text(encoding="utf-8")}
    begun, end = json.dumps({"clock": {"rate": 0}, "rules": rules})[:-1].encode(), f', "name": "{name}"}}'.encode()
    body = begun + b" " * (size - len(begun) - len(end)) + end
    assert len(body) == size
    answer = divided.client.post("/_sandbox/sandboxes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text
    assert divided.server_of(name).file(name).exists()
    assert divided.client.delete(f"/_sandbox/sandboxes/{name}").status_code == 204


def test_a_body_that_arrives_bit_by_bit_is_waited_for(divided: Divided) -> None:
    for name in (f"{FIRST}--bits", f"{SECOND}--bits"):
        pieces = [b'{"clock": {"ra', b'te": 0}, "na', b'me": "', name.encode(), b'"}']
        answer = divided.client.post(
            "/_sandbox/sandboxes", content=iter(pieces), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 201, answer.text
        assert divided.client.delete(f"/_sandbox/sandboxes/{name}").status_code == 204


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "validation_failed"),
        (b'{"name": ', 400, "malformed_body"),
        (b'{"name": 12}', 422, "validation_failed"),
        (b'{"name": "No name"}', 422, "invalid_sandbox_name"),
        (b"[" * 200, 400, "malformed_body"),
        (b'{"name": "shop", "name": "default--x"}', 400, "malformed_body"),
        (b'{"rules": {"limits": "' + b"x" * 600_000 + b'"}, "name": "a--x"}', 413, "body_too_large"),
    ],
)
def test_a_body_without_a_name_is_refused_as_without_a_proxy(
    divided: Divided, body: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(divided.client.post("/_sandbox/sandboxes", content=body, headers=headers), status, code)


def test_a_fork_of_the_other_process_is_refused_and_the_name_it_is_told_works(divided: Divided) -> None:
    answer = divided.client.post(
        "/_sandbox/sandboxes", json={"name": FIRST, "from": SECOND}, headers={"Accept-Language": "en"}
    )
    detail = assert_problem(answer, 409, "parent_elsewhere")["detail"]
    told = detail.split("A copy named “")[1].split("”")[0]
    divided.create(told, **{"from": SECOND})
    assert divided.client.delete(f"/_sandbox/sandboxes/{told}").status_code == 204


def test_a_process_that_is_asked_for_another_ones_sandbox_says_so(divided: Divided, mine: Sandbox) -> None:
    other = divided.servers[2 - number_of(mine.name, 2)]
    assert_problem(other.client.get(f"/s/{mine.name}/v1/app"), 421, "sandbox_elsewhere")
    assert not other.file(mine.name).exists()


def test_a_stream_is_told_at_once_through_the_proxy(divided: Divided, mine: Sandbox) -> None:
    phone = mine.phone("al-dia")
    listening, told = threading.Event(), threading.Event()

    def listen() -> None:
        with (
            httpx.Client(base_url=divided.client.base_url, timeout=20) as client,
            client.stream("GET", f"/s/{mine.name}/_sandbox/events/stream?kind=transfer.created") as answer,
        ):
            for line in answer.iter_lines():
                listening.set()
                if line.startswith("data: "):
                    told.set()
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    assert listening.wait(20)
    phone.transfer("1.00")
    assert told.wait(10)  # before the stream's next sign of life, which would push it out of a buffer
    listener.join(20)
    assert not listener.is_alive()


def test_an_export_of_one_process_is_imported_into_the_other(divided: Divided) -> None:
    there, here = divided.create(f"{FIRST}--moving"), divided.create(f"{SECOND}--moving")
    _pay(there)
    file = there.call("GET", "/_sandbox/export")
    assert file.status_code == 200
    assert here.call("POST", "/_sandbox/import", content=file.content).status_code == 200
    assert len(answered(here.call("GET", "/_sandbox/events?kind=transfer.completed"))["items"]) == 1
    for each in (there, here):
        assert divided.client.delete(f"/_sandbox/sandboxes/{each.name}").status_code == 204


@pytest.mark.parametrize("number", [1, 2])
def test_metrics_and_health_are_of_the_process_that_is_chosen(divided: Divided, number: int) -> None:
    chosen = {"X-Sandbox-Shard": str(number)}
    there = len(divided.names()[number - 1])
    assert f"sandbox_sandboxes {there}.0" in divided.client.get("/metrics", headers=chosen).text
    assert divided.client.get("/_sandbox/health", headers=chosen).status_code == 200


@pytest.mark.parametrize("shard", ["0", "3", "x", "-1", ""])
def test_a_process_that_does_not_exist_is_not_chosen(divided: Divided, shard: str) -> None:
    listed = divided.client.get("/_sandbox/sandboxes", headers={"X-Sandbox-Shard": shard})
    assert listed.json()["shard"] == "2/2"  # that of the default sandbox


def test_a_killed_process_takes_its_own_sandboxes_away_until_it_is_back(divided: Divided) -> None:
    down, up = divided.create(f"{FIRST}--killed"), divided.create(f"{SECOND}--killed")
    _pay(down)
    dead = divided.server_of(down.name)
    dead.kill()
    problem = divided.wait_until(f"/s/{down.name}/_sandbox/ready", 503)
    assert_problem_of_the_proxy(problem)
    for _ in range(20):
        refused = divided.client.get("/v1/app", headers={"X-Sandbox": down.name})
        assert refused.status_code == 503
        assert_problem_of_the_proxy(refused)
    create = divided.client.post("/_sandbox/sandboxes", json={"name": f"{FIRST}--meanwhile"})
    assert create.status_code == 503
    _pay(up)
    dead.start_from_nothing()
    divided.wait_until(f"/s/{down.name}/_sandbox/ready", 200)
    _pay(down)
    assert len(answered(down.call("GET", "/_sandbox/events?kind=transfer.completed"))["items"]) == 2
    assert not dead.file(f"{FIRST}--meanwhile").exists()
    for each in (down, up):
        assert divided.client.delete(f"/_sandbox/sandboxes/{each.name}").status_code == 204


def test_a_process_that_answers_nothing_for_seconds_is_waited_for(divided: Divided, mine: Sandbox) -> None:
    """It may have much to do, or wait for the processor. What is asked meanwhile is answered behind that."""
    stopped = divided.server_of(mine.name).process
    assert stopped is not None
    stopped.send_signal(signal.SIGSTOP)
    try:
        for _ in range(4):  # longer than two of the proxy's checks, in which it would find one that is down
            with pytest.raises(httpx.ReadTimeout):
                divided.client.get(f"/s/{mine.name}/_sandbox/ready", timeout=1)
    finally:
        stopped.send_signal(signal.SIGCONT)
    assert divided.client.get(f"/s/{mine.name}/_sandbox/ready").status_code == 200
    _pay(mine)


def assert_problem_of_the_proxy(answer: httpx.Response) -> None:
    """As the processes' problems, but for its type, which no page explains."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (body["status"], body["code"], body["type"]) == (503, "process_down", "about:blank")
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["instance"] == answer.request.url.path
    assert answer.headers["retry-after"] == str(body["retry_after"])


@pytest.mark.parametrize("count", [1, 2, 16, 64])
def test_haproxy_takes_the_configuration_without_a_warning(count: int, tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(proxy(count), encoding="utf-8")
    assert checked(file) == "Configuration file is valid"


def test_a_copy_that_a_client_names_by_itself_is_where_its_parent_is(divided: Divided, mine: Sandbox) -> None:
    mine.snapshot("kept")
    with mine.fork() as twin, mine.fork(snapshot="kept") as second, twin.fork() as third:
        for each in (twin, second, third):
            _pay(each)
            assert divided.server_of(each.name) is divided.server_of(mine.name)


def test_a_load_run_makes_banks_of_its_own_where_its_sandbox_is(divided: Divided, mine: Sandbox) -> None:
    """`fumble` works in a copy, in which codes live longer."""
    where = ("--url", str(divided.client.base_url), "--sandbox", mine.name)
    ended = runs.run("transfer", "fumble", *where, "--users", "4", *TURNS)
    assert ended.returncode == 0, ended.stdout
    assert "every cent is there" in runs.said(ended)
    assert [name for names in divided.names() for name in names if "load-" in name] == []
