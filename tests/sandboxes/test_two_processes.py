"""Two processes that serve the same sandboxes: what a client sees of them is what it sees of one."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox
from tests.answers import answered, assert_problem
from tests.bank.transfers.test_transfers import befriend, to_beneficiary
from tests.sandboxes.beside import Pair, at_once, pair_over
from tests.transport import bank_of
from tests.workers.processes import Workers

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
pytestmark = pytest.mark.workers
ROUNDS = 6


@pytest.fixture(scope="module", params=["in one process", "in processes of their own"])
def pair(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, url: str, request: pytest.FixtureRequest
) -> Iterator[Pair]:
    data_dir = tmp_path_factory.mktemp("shared")
    if request.param == "in one process":
        with pair_over(settings, data_dir, url) as pair:
            yield pair
    else:
        server = Workers(data_dir, url)
        server.start()
        with server.at(1) as first, server.at(2) as second:
            yield Pair(first, second)
        server.interrupt()


def control(pair: Pair, name: str, method: str, path: str, **options: Any) -> Any:
    """A call of the control plane that must succeed; its JSON."""
    return answered(bank_of(pair.keeper, name).call(method, f"/_sandbox{path}", **options))


def order(phone: Phone, amount: str = "1.00") -> Any:
    """Order a transfer to a beneficiary."""
    return phone.call("POST", "/v1/transfers", json=phone.order(amount))


# What is changed at the keeper.


def test_the_clock_is_moved_everywhere_when_the_answer_is_there(pair: Pair, name: str) -> None:
    here, there = pair.phones(name)
    for by in ("PT1M", "PT0.5S", "PT3M"):
        moved = control(pair, name, "POST", "/clock/advance", json={"by": by})
        assert answered(order(there))["created_at"] == moved["now"]
        assert answered(order(here))["created_at"] == moved["now"]


def test_a_clock_that_is_stopped_stands_at_one_moment_everywhere(pair: Pair, name: str) -> None:
    here, there = pair.phones(name)
    for _ in range(ROUNDS):
        control(pair, name, "PUT", "/clock", json={"rate": 20})
        seen = [answered(order(phone))["created_at"] for phone in (there, here, there)]
        stopped = control(pair, name, "PUT", "/clock", json={"rate": 0})["now"]
        assert [answered(order(phone))["created_at"] for phone in (there, here)] == [stopped, stopped]
        assert sorted(seen) == seen
        assert seen[-1] <= stopped


def test_rules_are_in_force_everywhere_when_the_answer_is_there(pair: Pair, name: str) -> None:
    _, there = pair.phones(name)
    document = bank_of(pair.keeper, name).call("GET", "/_sandbox/rules/app").text
    for state, status in (("true", 503), ("false", 200)) * 2:
        text = document.replace("maintenance: false", f"maintenance: {state}")
        control(pair, name, "PUT", "/rules/app", content=text)
        assert there.call("GET", "/v1/products").status_code == status


def test_a_fault_strikes_as_often_as_it_should_whichever_process_is_called(pair: Pair, name: str) -> None:
    here, there = pair.phones(name)
    fault = {"match": {"operation_id": "listBeneficiaries"}, "effect": {"status": 502}}
    ordered = control(pair, name, "POST", "/faults", json=fault)
    assert there.call("GET", "/v1/beneficiaries").status_code == 502
    control(pair, name, "DELETE", f"/faults/{ordered['id']}")
    assert there.call("GET", "/v1/beneficiaries").status_code == 200
    control(pair, name, "POST", "/faults", json=fault | {"match": {"operation_id": "listBeneficiaries", "times": 5}})
    calls = [lambda phone=phone: phone.call("GET", "/v1/beneficiaries") for phone in (here, there)]
    told = [answer.status_code for _ in range(5) for answer in at_once(*calls)]
    assert Counter(told) == {502: 5, 200: 5}


# What replaces a sandbox as a whole.


def test_a_reset_is_seen_everywhere(pair: Pair, name: str) -> None:
    here, there = pair.phones(name)
    for _ in range(ROUNDS):
        answered(order(there))
        control(pair, name, "POST", "/reset")
        assert_problem(there.call("GET", "/v1/transfers"), 401, "invalid_token")
        here.log_in()
        there.token = here.token
        assert answered(there.call("GET", "/v1/transfers"))["items"] == []


def test_a_restored_snapshot_is_seen_everywhere(pair: Pair, name: str) -> None:
    here, there = pair.phones(name)
    first = answered(order(here))["id"]
    control(pair, name, "POST", "/snapshots", json={"name": "kept"})
    answered(order(there))
    control(pair, name, "POST", "/snapshots/kept/restore")
    assert [each["id"] for each in answered(there.call("GET", "/v1/transfers"))["items"]] == [first]
    answered(order(there))
    assert len(answered(here.call("GET", "/v1/transfers"))["items"]) == 2
    bank_of(pair.keeper, name).ledger.assert_balanced()


def test_an_import_is_seen_everywhere(pair: Pair, name: str) -> None:
    here, there = pair.phones(name)
    first = answered(order(there))["id"]
    exported = bank_of(pair.keeper, name).export()
    answered(order(there))
    bank_of(pair.keeper, name).import_(exported)
    assert [each["id"] for each in answered(there.call("GET", "/v1/transfers"))["items"]] == [first]
    assert [each["id"] for each in answered(here.call("GET", "/v1/transfers"))["items"]] == [first]


def test_what_is_deleted_is_gone_everywhere_and_what_has_its_name_is_another(pair: Pair, name: str) -> None:
    _, there = pair.phones(name)
    answered(there.call("GET", "/v1/products"))
    for seed in ("one", "two"):
        answered(pair.keeper.delete(f"/_sandbox/sandboxes/{name}"))
        assert_problem(there.call("GET", "/v1/products"), 404, "sandbox_not_found")
        answered(pair.keeper.post("/_sandbox/sandboxes", json={"name": name, "seed": seed, "members": 3}))
        assert_problem(there.call("GET", "/v1/products"), 401, "invalid_token")
        there = pair.phones(name)[1]
        answered(there.call("GET", "/v1/products"))
    answered(pair.keeper.delete(f"/_sandbox/sandboxes/{name}"))
    answered(pair.keeper.post(f"/_sandbox/sandboxes/{name}/undelete"))
    answered(there.call("GET", "/v1/products"))  # the session came back with the bank


def test_nothing_is_lost_by_forks_while_the_other_process_is_at_work(pair: Pair, name: str) -> None:
    here, there = pair.phones(name)
    done = threading.Event()
    made: list[Any] = []

    def work() -> None:
        while not done.is_set():
            made.append(order(there))

    working = threading.Thread(target=work)
    working.start()
    try:
        forks = [f"{name}--{number}" for number in range(3)]
        for fork in forks:
            answered(pair.keeper.post("/_sandbox/sandboxes", json={"name": fork, "from": name}))
    finally:
        done.set()
        working.join()
    ids = [answered(answer)["id"] for answer in made]
    assert sorted(each["id"] for each in _all(here)) == sorted(ids)
    counts = []
    for fork in forks:
        bank = bank_of(pair.keeper, fork)
        bank.ledger.assert_balanced()
        counts.append(len(_all(Phone(bank, here.member, here.token))))
        answered(pair.keeper.delete(f"/_sandbox/sandboxes/{fork}"))
    assert counts == sorted(counts)
    bank_of(pair.keeper, name).ledger.assert_balanced()


def _all(phone: Phone) -> list[Any]:
    """Every transfer of a member."""
    found: list[Any] = []
    cursor = None
    while True:
        params = {"limit": 100} | ({} if cursor is None else {"cursor": cursor})
        page = answered(phone.call("GET", "/v1/transfers", params=params))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_resets_while_the_other_process_is_at_work_leave_nothing_half_done(pair: Pair, name: str) -> None:
    _, there = pair.phones(name)
    wanted = there.order("1.00")
    done = threading.Event()
    codes: Counter[int] = Counter()

    def work() -> None:
        while not done.is_set():
            status = there.call("POST", "/v1/transfers", json=wanted).status_code
            codes[status] += 1
            if status == 401:
                there.log_in()

    working = threading.Thread(target=work)
    working.start()
    try:
        for _ in range(ROUNDS):
            control(pair, name, "POST", "/reset")
    finally:
        done.set()
        working.join()
    assert codes.keys() <= {201, 401}
    bank_of(pair.keeper, name).ledger.assert_balanced()


# What each process notes.


def test_the_journal_has_the_calls_of_all_in_the_order_in_which_they_ended(pair: Pair, name: str) -> None:
    here, there = pair.phones(name)
    control(pair, name, "DELETE", "/requests")
    ids = [answered_id(phone) for phone in (here, there, there, here, there, here)]
    listed = [each["id"] for each in control(pair, name, "GET", "/requests")["items"]]
    assert listed == ids[::-1]
    lines = [each["id"] for each in control(pair, name, "GET", "/traffic", params={"limit": 4})["items"]]
    assert lines == ids[:1:-1]
    shown = control(pair, name, "GET", f"/requests/{ids[2]}")
    assert shown["operation_id"] == "listTransfers"
    control(pair, name, "DELETE", "/requests")
    assert control(pair, name, "GET", "/requests")["items"] == []


def answered_id(phone: Phone) -> str:
    """The id of a request that was answered."""
    answer = phone.call("GET", "/v1/transfers")
    answered(answer)
    return str(answer.headers["x-request-id"])


def test_every_request_has_an_id_of_its_own(pair: Pair, name: str) -> None:
    phones = pair.phones(name)
    ids = [answered_id(phone) for _ in range(10) for phone in phones]
    assert len(set(ids)) == len(ids)


def test_decisions_of_all_are_told_the_newest_first(pair: Pair, name: str) -> None:
    phones = pair.phones(name)
    ids = [order(phone).headers["x-request-id"] for phone in (*phones, *phones)]
    told = [each["request_id"] for each in control(pair, name, "GET", "/decisions", params={"limit": 200})["items"]]
    assert [each for each, _ in itertools.groupby(told) if each in ids] == ids[::-1]
    shown = control(pair, name, "GET", f"/requests/{ids[1]}")
    assert shown["decisions"]


def test_counts_are_those_of_all(pair: Pair, name: str) -> None:
    def transfers() -> int:
        told = control(pair, name, "GET", "/traffic/summary")["operations"]
        return sum(each["requests"] for each in told if each["operation_id"] == "listTransfers")

    def metered() -> float:
        lines = pair.keeper.get("/metrics").text.splitlines()
        head = 'sandbox_requests_total{operation="listTransfers",status="200"} '
        return sum(float(line.removeprefix(head)) for line in lines if line.startswith(head))

    phones = pair.phones(name)
    before, metered_before = transfers(), metered()
    for phone in phones * 3:
        answered_id(phone)
    assert transfers() - before == 6
    assert metered() - metered_before == 6


def test_a_verification_waits_for_calls_of_the_other_process(pair: Pair, name: str) -> None:
    _, there = pair.phones(name)
    wanted = {"match": {"operation_id": "listTransfers"}, "count": {"exactly": 2}, "wait": 20}

    def call() -> None:
        for _ in range(2):
            answered(there.call("GET", "/v1/transfers"))

    verdict, _ = at_once(lambda: control(pair, name, "POST", "/requests/verify", json=wanted), call)
    assert (verdict["verified"], verdict["count"]) == (True, 2)


def test_a_recording_has_the_calls_of_all_from_its_first_moment_to_its_last(pair: Pair, name: str) -> None:
    bank, _ = pair.banks(name)
    bank.record()
    here, there = pair.phones(name)
    for phone in (there, here, there):
        answered(order(phone))
    lines = bank.recording().splitlines()
    assert [line.count('"operation_id": "createTransfer"') for line in lines if "createTransfer" in line] == [1, 1, 1]
    assert '"whole": true' in lines[0]
    assert all('"effects"' in line for line in lines if "createTransfer" in line)
    bank.stop_recording()
    bank.record()
    assert len(bank.recording().splitlines()) == 1
    bank.stop_recording()
    answered(there.log_in().call("GET", "/v1/products"))
    bank.record()
    assert len(bank.recording().splitlines()) == 1
    bank.stop_recording()


# News.


@pytest.mark.parametrize("is_kept", [True, False], ids=["at the keeper", "at the other"])
def test_a_message_that_one_process_sends_is_waited_for_at_the_other(pair: Pair, name: str, is_kept: bool) -> None:
    here, there = pair.phones(name)
    sender, waiter = (there, here) if is_kept else (here, there)
    challenge = sender.pending = answered(order(sender))["challenge"]["id"]
    wanted = {"challenge_id": challenge, "wait": 20}
    assert answered(waiter.sandbox.call("GET", "/_sandbox/messages/next", params=wanted))["code"]
    waiting = {"kind": "transfer.completed", "after": _last_event(waiter.sandbox), "wait": 20}
    event, _ = at_once(
        lambda: answered(waiter.sandbox.call("GET", "/_sandbox/events/next", params=waiting)), sender.confirm
    )
    assert event["kind"] == "transfer.completed"


def _last_event(bank: Sandbox) -> str:
    return str(answered(bank.call("GET", "/_sandbox/events", params={"limit": 1}))["items"][0]["id"])


# Two calls at once, one of each process.


@pytest.fixture
def rich(pair: Pair, name: str) -> tuple[Phone, Phone]:
    """A member with 900.00 and a beneficiary, as both processes know the session."""
    bank = bank_of(pair.keeper, name)
    first, second = (
        bank.phone(control(pair, name, "POST", "/members", json={"accounts": [{"balance": "900.00"}]})) for _ in "12"
    )
    befriend(first, second.member)
    return first, Phone(bank_of(pair.other, name), first.member, first.token)


def test_what_both_processes_spend_is_not_more_than_there_is(pair: Pair, name: str, rich: tuple[Phone, Phone]) -> None:
    (beneficiary,) = rich[0].beneficiaries()
    wanted = to_beneficiary(rich[0], beneficiary, "200.00")
    calls = [lambda phone=phone: phone.call("POST", "/v1/transfers", json=wanted) for phone in rich * 3]
    assert Counter(answer.status_code for answer in at_once(*calls)) == {201: 4, 409: 2}
    bank_of(pair.keeper, name).ledger.assert_balanced()


def test_a_code_is_taken_by_one_process(pair: Pair, name: str, rich: tuple[Phone, Phone]) -> None:
    (beneficiary,) = rich[0].beneficiaries()
    made = answered(rich[1].call("POST", "/v1/transfers", json=to_beneficiary(rich[0], beneficiary, "10.00")))
    code = rich[1].sandbox.inbox.code(made["challenge"]["id"])
    calls = [lambda phone=phone: phone.call(phone.confirmation(made, code)) for phone in rich * 3]
    assert Counter(answer.status_code for answer in at_once(*calls)) == {200: 1, 409: 5}
    bank_of(pair.keeper, name).ledger.assert_balanced()


def test_a_key_makes_one_transfer_whichever_process_is_asked(pair: Pair, name: str, rich: tuple[Phone, Phone]) -> None:
    (beneficiary,) = rich[0].beneficiaries()
    wanted = to_beneficiary(rich[0], beneficiary, "10.00")
    headers = {"Idempotency-Key": "once"}
    calls = [
        lambda phone=phone: phone.call("POST", "/v1/transfers", json=wanted, headers=headers) for phone in rich * 3
    ]
    assert len({answer.json()["id"] for answer in at_once(*calls) if answer.status_code == 201}) == 1
    assert len(answered(rich[0].call("GET", "/v1/transfers"))["items"]) == 1


def test_every_wrong_password_counts_whichever_process_is_asked(pair: Pair, name: str) -> None:
    banks = pair.banks(name)
    member = banks[0].members.persona("al-dia")
    wrong = {"username": member["username"], "password": "Otra12345@", "device": member["device"]}
    calls = [lambda bank=bank: bank.call("POST", "/v1/sessions", json=wrong) for bank in banks * 3]
    told = Counter(answer.json()["code"] for answer in at_once(*calls))
    assert told == {"invalid_credentials": 2, "access_locked": 4}


def test_calls_that_reach_no_sandbox_have_ids_of_their_own_at_each_process(pair: Pair) -> None:
    answers = [client.get("/v1/app", headers={"X-Sandbox": "nowhere"}) for client in (pair.keeper, pair.other)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 2
