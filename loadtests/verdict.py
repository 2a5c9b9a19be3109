"""The verdict on the money: what was acknowledged must be in the books, once and as it was told, and the books must
balance."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from requests import RequestException

from loadtests.control import ControlPlane, ControlRefused, Statement
from loadtests.told import Ledger, Told
from loadtests.wire import Json, amount_of, balances, cents

DONE = frozenset({"completed", "in_process", "settled", "returned", "active", "paused", "finished", "prepaid"})
CYCLED = frozenset({"settled", "returned"})
PENDING = "pending_confirmation"
LISTS = {
    "trf": "/transfers",
    "pay": "/service-payments?status=all",
    "cpy": "/card-payments",
    "def": "/deferrals",
    "sch": "/scheduled-payments",
}
"""Where a member finds what was ordered, by the prefix of its id."""
HOLDING = ("trf", "pay", "cpy")
FINDINGS = {
    "answers": "every request was answered as it should be",
    "books": "the books balance",
    "operations": "every acknowledged operation is there once, as it was told",
    "balances": "every member has what it had, less what it spent",
    "holds": "every hold is accounted for",
    "codes": "no code was taken twice, and no wrong one",
    "lockouts": "no lockout was missed",
    "due": "what fell due ran once, at its time",
}
TROUBLES = {
    "absent": "could not begin",
    "failed": "turns could not go on",
    "unfinished": "turns were cut off unfinished",
}
EARLIEST = datetime.min.replace(tzinfo=UTC)
_MOST_TOLD = 5
_MOST_LOOKS = 5
"""How often a member is looked at anew; one that never stays the same for so long is judged as it was last."""


@dataclass
class Finding:
    """One thing the verdict looks at: how many were `checked`, and what is wrong."""

    name: str
    checked: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def says(self) -> str:
        """What is true when nothing is wrong."""
        return FINDINGS[self.name]


@dataclass
class Found:
    """What a sandbox holds at the end: operations by id as (status, amount) for each time they were listed; of each
    member, in cents, what it has (`book`), what is `held` of it, what `waits` for a code, and what it `spent` on the
    operations of this run; who had business of its own besides (`busy`); the schedules' runs by outcome; the moment by
    its clock; the audit."""

    operations: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    book: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    deferring: set[str] = field(default_factory=set)
    runs: dict[str, list[str]] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    now: datetime = EARLIEST
    audit: Json = field(default_factory=dict)


class Seen(NamedTuple):
    """What a member sees at one moment: the lists by the prefix of their ids, the runs of this run's schedules, and in
    cents what it has and what is held of it."""

    lists: dict[str, list[Json]]
    runs: dict[str, list[Json]]
    book: int
    held: int


@dataclass(frozen=True)
class Answers:
    """How requests were answered: how many there were, what failed and how often, and how many workers were lost with
    what they knew."""

    requests: int
    failures: dict[str, int] = field(default_factory=dict)
    lost_workers: int = 0


@dataclass(frozen=True)
class Verdict:
    """Every finding. It holds when none of them complains."""

    findings: list[Finding]

    @property
    def complaints(self) -> list[str]:
        """All that is wrong."""
        return [complaint for finding in self.findings for complaint in finding.complaints]

    @property
    def exit_status(self) -> int:
        """1 when something is wrong."""
        return 1 if self.complaints else 0


def judge(told: Ledger, found: dict[str, Found | str], answers: Answers) -> Verdict:
    """Hold what clients were told, by sandbox, against what is found there; a text says why nothing could be found."""
    findings = {name: Finding(name) for name in FINDINGS}
    _judge_answers(told, answers, findings["answers"])
    for sandbox, each in told.by_sandbox.items():
        what = found[sandbox]
        _judge_codes(each, findings["codes"])
        for name, slip in each.slips:
            findings[name].complaints.append(slip)
        if isinstance(what, str):
            findings["books"].complaints.append(f"{sandbox} could not be asked: {what}")
        else:
            _judge_sandbox(each, what, findings, knows_all=not answers.lost_workers)
    return Verdict(list(findings.values()))


def give(host: str, told: Ledger, answers: Answers) -> Verdict:
    """Look into every sandbox in which an answer was received, and judge."""
    found: dict[str, Found | str] = {}
    for sandbox, each in told.by_sandbox.items():
        try:
            found[sandbox] = look(ControlPlane(host, sandbox), each)
        except (ControlRefused, RequestException) as refusal:
            found[sandbox] = str(refusal)
        except (LookupError, TypeError, ValueError) as unreadable:
            found[sandbox] = f"its answers cannot be read ({unreadable!r})"
    return judge(told, found, answers)


def look(control: ControlPlane, told: Told) -> Found:
    """What is in the control plane's sandbox: all that the members who were at work see, and the audit. What fell due
    runs first. Raises ControlRefused, RequestException; LookupError, TypeError, ValueError for what cannot be read."""
    found = Found(now=moment(control.get("/clock")["now"]))  # first: what falls due after it is none of this verdict
    control.post("/jobs/run")
    ordered = {operation for operation, _ in told.created}
    for member in sorted(told.before()):
        _look_at_member(control.session_of(member), member, told, ordered, found)
    found.audit = control.get("/ledger/audit")
    return found


def _look_at_member(statement: Statement, member: str, told: Told, ordered: set[str], found: Found) -> None:
    waits = spent = 0
    seen = _see(statement, {schedule for schedule, _ in told.scheduled})
    made_by_runs = _look_at_runs(seen, member, found)
    for prefix, items in seen.lists.items():
        for item in items:
            found.operations.setdefault(item["id"], []).append((item["status"], amount_of(item)))
            if prefix in HOLDING and item["status"] == PENDING:
                waits += cents(item["total"])
            if item["status"] == "in_process" and moment(item["settles_at"]) <= found.now:
                found.late.append(item["id"])
            if prefix in HOLDING and (item["id"] in ordered or item["id"] in made_by_runs):
                spent += cost(item)
            elif item.get("kind") == "interbank":
                found.busy.add(member)  # it may have come back meanwhile
            if prefix == "def" and item["id"] in ordered:
                found.deferring.add(member)
    found.waits[member], found.spent[member] = waits, spent
    found.book[member], found.held[member] = seen.book, seen.held


def _see(statement: Statement, ours: set[str]) -> Seen:
    """What a member sees, all of one moment: the clock of a bank that others use as well runs on, and an order that
    expires or a transfer that returns between two answers would be in one of them alone. So the balances are read
    before the lists and after them, until the two are alike."""
    before = balances(statement.get("/products"))
    for _ in range(_MOST_LOOKS):
        lists = {prefix: statement.all(path) for prefix, path in LISTS.items()}
        wanted = [each["id"] for each in lists["sch"] if each["id"] in ours]
        runs = {schedule: statement.all(f"/scheduled-payments/{schedule}/runs") for schedule in wanted}
        after = balances(statement.get("/products"))
        if after == before:
            break
        before = after
    return Seen(lists, runs, *after)


def _look_at_runs(seen: Seen, member: str, found: Found) -> set[str]:
    """The payments that schedules of this run made; a member with other schedules is busy."""
    payments = set()
    for schedule, runs in seen.runs.items():
        found.runs[schedule] = [run["outcome"] for run in runs if run["outcome"] != "retrying"]
        payments |= {run["payment_id"] for run in runs if run["payment_id"]}
    others = [each for each in seen.lists["sch"] if each["id"] not in seen.runs]
    if any(each["status"] in ("active", "paused") for each in others):
        found.busy.add(member)
    return payments


def cost(item: Json) -> int:
    """What an operation, as its list shows it, took out of its member's accounts, in cents: nothing before it is done,
    nor when it went from one of them to another; less what came back."""
    if item["status"] not in DONE or item.get("kind") == "own":
        return 0
    returned = cents(item["amount"]) if item["status"] == "returned" else 0
    return cents(item["total"]) - returned


def prefix_of(operation: str) -> str:
    """What kind of thing an id names."""
    return operation.partition("_")[0]


def moment(text: str) -> datetime:
    """A moment as the bank tells it."""
    return datetime.fromisoformat(text)


def _judge_answers(told: Ledger, answers: Answers, finding: Finding) -> None:
    finding.checked = answers.requests
    for failure, times in sorted(answers.failures.items(), key=lambda each: -each[1]):
        finding.complaints.append(f"{times} × {failure}")
    for part, what in TROUBLES.items():
        those = [each for of_one in told.by_sandbox.values() for each in getattr(of_one, part)]
        if those:
            finding.complaints.append(f"{len(those)} {what}, such as {those[0]}")
    if answers.lost_workers:
        finding.complaints.append(f"{answers.lost_workers} workers were lost, with what they knew")
    if not told.count("members"):
        finding.complaints.append("no member was at work")
    if told.count("created") and not any(told.count(end) for end in ("completed", "cancelled", "locked")):
        finding.complaints.append("no operation came to its end")


def _judge_sandbox(told: Told, found: Found, findings: dict[str, Finding], *, knows_all: bool) -> None:
    _judge_books(found, findings["books"])
    _judge_operations(told, found, findings["operations"], knows_all=knows_all)
    if knows_all:
        _judge_balances(told, found, findings["balances"])
    _judge_holds(told, found, findings["holds"])
    _judge_lockouts(told, found, findings["lockouts"])
    _judge_due(told, found, findings["due"])


def _judge_books(found: Found, finding: Finding) -> None:
    finding.checked += int(found.audit["entries"])
    if not found.audit["balanced"]:
        violations = found.audit["violations"]
        told = "; ".join(f"{each['check']}: {each['subject']} {each['detail']}" for each in violations[:_MOST_TOLD])
        finding.complaints.append(f"the audit finds {len(violations)} violations: {told}")


def _judge_operations(told: Told, found: Found, finding: Finding, *, knows_all: bool) -> None:
    listed = {operation: amount for operation, amount in told.created if prefix_of(operation) in LISTS}
    finding.checked += len(listed)
    wrong: dict[str, list[str]] = defaultdict(list)
    for operation, amount in listed.items():
        for what in _wrongs(found.operations.get(operation, []), amount):
            wrong[what].append(operation)
    for what, operations in _contradictions(told, found, listed, knows_all=knows_all):
        wrong[what] += operations
    finding.complaints += [f"{len(those)} {what}, such as {those[0]}" for what, those in wrong.items() if those]


def _contradictions(
    told: Told, found: Found, listed: dict[str, str], *, knows_all: bool
) -> Iterator[tuple[str, list[str]]]:
    """Where the lists say otherwise than the clients were told: what is wrong, and with which."""
    status = {each: times[0][0] for each, times in found.operations.items() if len(times) == 1}
    unsure = Counter(told.attempted) - Counter(told.completed) - Counter(told.refused)
    known = {*told.completed, *unsure}
    ordered_twice = Counter(operation for operation, _ in told.created)
    yield "were given to more than one order", [each for each, times in ordered_twice.items() if times > 1]
    if knows_all:
        unheard = [each for each in listed if status.get(each) in DONE and each not in known]
        yield "done, though no client was told", unheard
    for what, those, right in (
        ("done", [each for each in told.completed if each in status], DONE),
        ("cancelled", [each for each in told.cancelled if each in status], {"cancelled"}),
        ("paid off", [each for each, _, _ in told.paid_off if each in status], {"prepaid"}),
    ):
        wrong = [each for each in those if status[each] not in right]
        yield f"told {what}, are {status[wrong[0]] if wrong else ''}", wrong
    unknown = [each for each in told.completed if prefix_of(each) in LISTS and each not in listed]
    yield "told done, were never ordered", unknown


def _judge_balances(told: Told, found: Found, finding: Finding) -> None:
    asked, paid, cents_paid = Counter(told.paying_off), Counter[str](), Counter[str]()
    for _, member, amount in told.paid_off:
        paid[member] += 1
        cents_paid[member] += amount
    for member, (before, _) in told.before().items():
        if member in found.busy or asked[member] != paid[member]:
            continue
        finding.checked += 1
        expected = before - found.spent[member] - cents_paid[member]
        if found.book[member] != expected:
            finding.complaints.append(
                f"{member} had {before} cents and spent {found.spent[member] + cents_paid[member]}: "
                f"{found.book[member]} are there instead of {expected}"
            )


def _wrongs(times: list[tuple[str, str]], amount: str) -> list[str]:
    if not times:
        return ["acknowledged, are not in the books"]
    if len(times) > 1:
        return ["are in the books more than once"]
    return ["are there with another amount"] if times[0][1] != amount else []


def _judge_holds(told: Told, found: Found, finding: Finding) -> None:
    finding.checked += len(told.holds_seen)
    for member, (_, held_before) in told.before().items():
        if member in found.deferring:
            continue  # money held to pay a deferral off is on no list
        finding.checked += 1
        held, waits = found.held[member], found.waits[member]
        if not 0 <= held - waits <= held_before:
            finding.complaints.append(f"{member}: {held} cents are held, {waits} wait for a code")


def _judge_codes(told: Told, finding: Finding) -> None:
    finding.checked += len(told.completed) + len(told.codes_refused)
    twice = [operation for operation, times in Counter(told.completed).items() if times > 1]
    if twice:
        finding.complaints.append(f"{len(twice)} operations were confirmed more than once, such as {twice[0]}")


def _judge_lockouts(told: Told, found: Found, finding: Finding) -> None:
    finding.checked += len(told.locked)
    missed = [each for each in told.locked if [status for status, _ in found.operations.get(each, [])] != ["locked"]]
    if missed:
        finding.complaints.append(f"{len(missed)} told locked, are not, such as {missed[0]}")


def _judge_due(told: Told, found: Found, finding: Finding) -> None:
    for schedule, due in told.scheduled:
        finding.checked += 1
        outcomes = found.runs.get(schedule, [])
        if len(outcomes) != int(moment(due) <= found.now):
            finding.complaints.append(
                f"{schedule} was due {due}; it is {found.now.isoformat()}, and it ran {len(outcomes)} times"
            )
        elif outcomes not in ([], ["paid"]):
            finding.complaints.append(f"{schedule} was not paid: {outcomes[0]}")
    finding.checked += sum(status in CYCLED for times in found.operations.values() for status, _ in times)
    if found.late:
        finding.complaints.append(f"{len(found.late)} should be settled by now, such as {found.late[0]}")
