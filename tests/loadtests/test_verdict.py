"""A load run is worth what its verdict is: it must be able to say no."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loadtests.told import Ledger, Told
from loadtests.verdict import FINDINGS, Answers, Found, Verdict, cost, judge, look
from loadtests.wire import Json

pytestmark = pytest.mark.sqlite("what a verdict makes of what was found")

ANSWERED = Answers(100)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BEFORE, AFTER = ((NOW + timedelta(hours=hours)).isoformat() for hours in (-1, 1))


def told(**changes: Any) -> Told:
    """A member with ten dollars: two payments done, a transfer cancelled, one locked, a schedule that was due; with
    changes."""
    base: dict[str, Any] = {
        "members": [("mem_1", 1000, 0)],
        "created": [(f"trf_{name}", "1.00") for name in "abcd"] + [("sch_e", "50.00")],
        "attempted": ["trf_a", "trf_b", "sch_e"],
        "completed": ["trf_a", "trf_b", "sch_e"],
        "cancelled": ["trf_c"],
        "locked": ["trf_d"],
        "scheduled": [("sch_e", BEFORE)],
    }
    return Told(**{**base, **changes})


def found(**changes: Any) -> Found:
    """What agrees with `told()`; with changes. `operations` changes some of them."""
    statuses = {"trf_a": "completed", "trf_b": "settled", "trf_c": "cancelled", "trf_d": "locked"}
    operations = {name: [(status, "1.00")] for name, status in statuses.items()} | {"sch_e": [("active", "50.00")]}
    base: dict[str, Any] = {
        "book": {"mem_1": 800},
        "spent": {"mem_1": 200},
        "held": {"mem_1": 0},
        "waits": {"mem_1": 0},
        "runs": {"sch_e": ["paid"]},
        "now": NOW,
        "audit": {"balanced": True, "violations": [], "entries": 9},
    }
    return Found(**{**base, **changes, "operations": operations | changes.get("operations", {})})


def judged(told: Told, found: Found | str, answers: Answers = ANSWERED) -> Verdict:
    ledger = Ledger()
    ledger.by_sandbox["default"] = told
    return judge(ledger, {"default": found}, answers)


def test_a_run_in_which_everything_is_there_passes_and_says_how_much_it_looked_at() -> None:
    verdict = judged(told(holds_seen=["trf_a"], codes_refused=["trf_a"]), found())
    assert verdict.complaints == []
    assert verdict.exit_status == 0
    assert {finding.name: finding.checked for finding in verdict.findings} == {
        "answers": 100, "books": 9, "operations": 5, "balances": 1, "holds": 2, "codes": 4, "lockouts": 1, "due": 2,
    }  # fmt: skip


VIOLATION: Json = {"check": "x", "subject": "account 1", "detail": "is off"}


@pytest.mark.parametrize(
    ("finding", "complaint", "told", "found"),
    [
        ("answers", "no member was at work", told(members=[]), found()),
        ("answers", "no operation came to its end", told(completed=[], cancelled=[], locked=[]), found()),
        (
            "books",
            "1 violations: x: account 1 is off",
            told(),
            found(audit={"balanced": False, "violations": [VIOLATION], "entries": 9}),
        ),
        ("operations", "1 acknowledged, are not in the books, such as trf_b", told(), found(operations={"trf_b": []})),
        (
            "operations",
            "are in the books more than once, such as trf_a",
            told(),
            found(operations={"trf_a": [("completed", "1.00")] * 2}),
        ),
        (
            "operations",
            "with another amount, such as trf_a",
            told(),
            found(operations={"trf_a": [("completed", "1.01")]}),
        ),
        (
            "operations",
            "told done, are pending_confirmation, such as trf_b",
            told(),
            found(operations={"trf_b": [("pending_confirmation", "1.00")]}),
        ),
        (
            "operations",
            "told cancelled, are completed, such as trf_c",
            told(),
            found(operations={"trf_c": [("completed", "1.00")]}),
        ),
        (
            "operations",
            "done, though no client was told, such as trf_c",
            told(),
            found(operations={"trf_c": [("completed", "1.00")]}),
        ),
        (
            "operations",
            "done, though no client was told, such as trf_a",
            told(completed=["trf_b", "sch_e"], refused=["trf_a"]),
            found(),
        ),
        (
            "operations",
            "were never ordered, such as trf_z",
            told(completed=["trf_a", "trf_b", "sch_e", "trf_z"]),
            found(),
        ),
        ("holds", "mem_1: 100 cents are held, 0 wait for a code", told(), found(held={"mem_1": 100})),
        ("holds", "mem_1: 0 cents are held, 100 wait for a code", told(), found(waits={"mem_1": 100})),
        ("holds", "trf_a: not held", told(slips=[("holds", "trf_a: not held")]), found()),
        (
            "codes",
            "1 operations were confirmed more than once, such as trf_a",
            told(completed=["trf_a", "trf_a", "trf_b", "sch_e"]),
            found(),
        ),
        ("codes", "trf_b: taken", told(slips=[("codes", "trf_b: taken")]), found()),
        (
            "lockouts",
            "1 told locked, are not, such as trf_d",
            told(),
            found(operations={"trf_d": [("pending_confirmation", "1.00")]}),
        ),
        ("answers", "2 × createTransfer: 500 internal_error", told(), found()),
        ("answers", "1 could not begin, such as HotMember: x", told(absent=["HotMember: x"]), found()),
        (
            "answers",
            "1 turns could not go on, such as cards: KeyError('id')",
            told(failed=["cards: KeyError('id')"]),
            found(),
        ),
        ("answers", "2 turns were cut off unfinished, such as hot", told(unfinished=["hot", "hot"]), found()),
        (
            "operations",
            "were given to more than one order, such as trf_a",
            told(created=[*told().created, ("trf_a", "1.00")]),
            found(),
        ),
        (
            "operations",
            "told paid off, are active, such as def_f",
            told(paying_off=["mem_1"], paid_off=[("def_f", "mem_1", 0)]),
            found(operations={"def_f": [("active", "60.00")]}),
        ),
        ("balances", "had 1000 cents and spent 200: 799 are there instead of 800", told(), found(book={"mem_1": 799})),
        ("balances", "spent 300", told(paying_off=["mem_1"], paid_off=[("def_f", "mem_1", 100)]), found()),
        ("due", "it ran 0 times", told(), found(runs={})),
        ("due", "it ran 2 times", told(), found(runs={"sch_e": ["paid", "paid"]})),
        ("due", "it ran 1 times", told(scheduled=[("sch_e", AFTER)]), found()),
        ("due", "sch_e was not paid: insufficient_funds", told(), found(runs={"sch_e": ["insufficient_funds"]})),
        ("due", "1 should be settled by now, such as trf_b", told(), found(late=["trf_b"])),
    ],
)
def test_whatever_is_wrong_ends_with_status_1_under_its_finding(
    finding: str, complaint: str, told: Told, found: Found
) -> None:
    failures = {"createTransfer: 500 internal_error": 2} if "internal_error" in complaint else {}
    verdict = judged(told, found, Answers(100, failures))
    assert verdict.exit_status == 1
    complaints = {each.name: each.complaints for each in verdict.findings}
    assert any(complaint in each for each in complaints[finding]), complaints


def test_what_clients_saw_themselves_counts_though_the_bank_cannot_be_asked() -> None:
    verdict = judged(told(slips=[("codes", "trf_b: taken")]), "connection refused")
    assert verdict.exit_status == 1
    assert verdict.complaints == ["default could not be asked: connection refused", "trf_b: taken"]
    assert all(finding.says == FINDINGS[finding.name] for finding in verdict.findings)


def test_what_a_lost_worker_knew_is_held_against_nobody_but_told() -> None:
    partly = told(completed=["trf_b", "sch_e"], attempted=["trf_b", "sch_e"])
    assert judged(partly, found(book={"mem_1": 7}), Answers(100, {}, 1)).complaints == [
        "1 workers were lost, with what they knew"
    ]


@pytest.mark.parametrize(
    ("item", "cents"),
    [
        ({"status": "completed", "kind": "own", "total": "1.00"}, 0),
        ({"status": "completed", "kind": "cooperative", "total": "1.00"}, 100),
        ({"status": "pending_confirmation", "kind": "cooperative", "total": "1.00"}, 0),
        ({"status": "settled", "kind": "interbank", "total": "1.41", "amount": "1.00"}, 141),
        ({"status": "returned", "kind": "interbank", "total": "1.41", "amount": "1.00"}, 41),
        ({"status": "completed", "total": "12.30"}, 1230),
        ({"status": "cancelled", "total": "12.30"}, 0),
    ],
)
def test_what_an_operation_took_out_of_its_members_accounts(item: Json, cents: int) -> None:
    assert cost(item) == cents


def test_members_with_business_of_their_own_are_not_reckoned_up() -> None:
    assert judged(told(), found(book={"mem_1": 7}, busy={"mem_1"})).complaints == []
    asked = told(paying_off=["mem_1", "mem_1"], paid_off=[("def_f", "mem_1", 100)])
    assert judged(asked, found()).complaints == [], "one of the two may have been paid or not"


def test_what_nobody_was_told_may_have_happened_or_not() -> None:
    """The right code went out, and the answer never came."""
    unsure = told(completed=["trf_b", "sch_e"])
    assert judged(unsure, found()).complaints == []
    pending = found(
        operations={"trf_a": [("pending_confirmation", "1.00")]},
        held={"mem_1": 100},
        waits={"mem_1": 100},
        spent={"mem_1": 100},
        book={"mem_1": 900},
    )
    assert judged(unsure, pending).complaints == []


def test_what_was_held_before_the_run_may_be_held_after_it_or_have_been_given_back() -> None:
    before = told(members=[("mem_1", 1000, 600)])
    for now in (600, 200, 0):
        assert judged(before, found(held={"mem_1": now})).complaints == []
    assert judged(before, found(held={"mem_1": 601})).exit_status == 1
    assert judged(before, found(held={"mem_1": 601}, deferring={"mem_1"})).exit_status == 0


def test_a_schedule_that_is_not_due_yet_must_not_have_run() -> None:
    assert judged(told(scheduled=[("sch_e", AFTER)]), found(runs={})).complaints == []


def test_each_sandbox_is_judged_by_itself() -> None:
    """The same seed gives the same ids: what is lost in one is not found in the other."""
    ledger = Ledger()
    ledger.by_sandbox |= {"one": told(), "other": told()}
    lost = found(operations={"trf_a": []})
    assert judge(ledger, {"one": found(), "other": found()}, Answers(1)).exit_status == 0
    assert len(judge(ledger, {"one": found(), "other": lost}, Answers(1)).complaints) == 1


def test_what_workers_were_told_comes_together_and_is_told_once() -> None:
    worker, master = Ledger(), Ledger()
    worker.of("default").created.append(("trf_a", "1.00"))
    worker.of("load-1-hot").completed.append("trf_b")
    master.of("default").created.append(("trf_z", "2.00"))
    passed_on = worker.drain()
    as_it_travels = {  # the wire knows no tuples
        sandbox: {
            part: [list(entry) if isinstance(entry, tuple) else entry for entry in entries]
            for part, entries in each.items()
        }
        for sandbox, each in passed_on.items()
    }
    master.add(as_it_travels)
    master.add(worker.drain())
    assert master.of("default").created == [("trf_z", "2.00"), ("trf_a", "1.00")]
    assert master.of("load-1-hot").completed == ["trf_b"]
    assert worker.count("created") == 0
    assert master.count("created") == 2


class Bank:
    """A sandbox as the verdict asks it: one member, its transfers, and a clock that says `NOW`."""

    def __init__(self, *transfers: Json) -> None:
        self._transfers = list(transfers)

    def get(self, path: str) -> Json:
        if path == "/clock":
            return {"now": NOW.isoformat()}
        if path == "/products":
            return {"groups": [{"items": [{"book_balance": "8.00", "available_balance": "8.00"}]}]}
        return {"balanced": True, "violations": [], "entries": 9}

    def post(self, path: str) -> None:
        assert path == "/jobs/run"

    def session_of(self, member: str) -> "Bank":
        return self

    def all(self, path: str) -> list[Json]:
        return self._transfers if path == "/transfers" else []


def looked(*transfers: Json, created: tuple[str, ...] = ()) -> Found:
    ledger = Told(members=[("mem_1", 1000, 0)], created=[(each, "1.00") for each in created])
    return look(Bank(*transfers), ledger)


def transfer(identifier: str, kind: str, status: str, **more: str) -> Json:
    return {"id": identifier, "kind": kind, "status": status, "amount": "1.00", "total": "1.00", **more}


@pytest.mark.parametrize(
    ("seconds", "ran", "complaints"), [(-1, 1, 0), (0, 1, 0), (1, 1, 1), (-1, 0, 1), (0, 0, 1), (1, 0, 0)]
)
def test_a_schedule_is_due_from_its_very_moment_on(seconds: int, ran: int, complaints: int) -> None:
    due = (NOW + timedelta(seconds=seconds)).isoformat()
    verdict = judged(told(scheduled=[("sch_e", due)]), found(runs={"sch_e": ["paid"] * ran}))
    assert len(verdict.complaints) == complaints


@pytest.mark.parametrize(("seconds", "late"), [(-1, ["trf_a"]), (0, ["trf_a"]), (1, [])])
def test_what_settles_by_this_moment_and_is_in_process_is_late(seconds: int, late: list[str]) -> None:
    """What fell due has run before the lists are read."""
    at = (NOW + timedelta(seconds=seconds)).isoformat()
    assert looked(transfer("trf_a", "interbank", "in_process", settles_at=at)).late == late


@pytest.mark.parametrize(
    ("kind", "created", "busy"),
    [
        ("interbank", (), {"mem_1"}),  # sent before the run: it may come back during it
        ("interbank", ("trf_a",), set()),
        ("cooperative", (), set()),
    ],
)
def test_an_interbank_transfer_of_before_the_run_keeps_its_member_busy(
    kind: str, created: tuple[str, ...], busy: set[str]
) -> None:
    assert looked(transfer("trf_a", kind, "settled"), created=created).busy == busy
