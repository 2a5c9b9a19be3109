"""The verdict on the money: what was acknowledged must be in the books, once and as it was told, and the books must
balance."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from requests import RequestException

from loadtests.control import ControlPlane, ControlRefused, Statement
from loadtests.told import Ledger, Told
from loadtests.wire import Json, amount_of, cents, held

DONE = frozenset({"completed", "in_process", "settled", "returned", "active", "paused", "finished", "prepaid"})
CYCLED = frozenset({"settled", "returned"})
PENDING = "pending_confirmation"
LISTS = {
    "trf": "/transfers",
    "pay": "/service-payments",
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
    "holds": "every hold is accounted for",
    "codes": "no code was taken twice, and no wrong one",
    "lockouts": "no lockout was missed",
    "due": "what fell due ran once, at its time",
}
EARLIEST = datetime.min.replace(tzinfo=UTC)
_MOST_TOLD = 5


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
    """What a sandbox holds at the end: operations by id as (status, amount) for each time they were listed; the money
    held of each member's accounts and of its pending operations, in cents; the schedules' runs by outcome; the moment
    by its clock; the audit."""

    operations: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    held: dict[str, tuple[int, int]] = field(default_factory=dict)
    runs: dict[str, list[str]] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    now: datetime = EARLIEST
    audit: Json = field(default_factory=dict)


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


def judge(told: Ledger, found: dict[str, Found], requests: int, failures: int) -> Verdict:
    """Hold what clients were told, by sandbox, against what is found there."""
    findings = {name: Finding(name) for name in FINDINGS}
    findings["answers"].checked = requests
    if failures:
        findings["answers"].complaints.append(f"{failures} requests were not answered as they should be")
    if not told.count("members"):
        findings["answers"].complaints.append("no member was at work")
    if told.count("created") and not any(told.count(end) for end in ("completed", "cancelled", "locked")):
        findings["answers"].complaints.append("no operation came to its end")
    for sandbox, each in told.by_sandbox.items():
        if sandbox in found:
            _judge_sandbox(each, found[sandbox], findings)
    return Verdict(list(findings.values()))


def unable(reason: str) -> Verdict:
    """The verdict on a bank that cannot be asked."""
    return Verdict([Finding("books", 0, [f"the bank could not be asked: {reason}"])])


def look(control: ControlPlane, told: Told) -> Found:
    """What is in the control plane's sandbox: all that the members who were at work see, and the audit. What fell due
    runs first. Raises ControlRefused, RequestException."""
    control.post("/jobs/run")
    found = Found(now=moment(control.get("/clock")["now"]))
    kinds = {*HOLDING, *(prefix_of(operation) for operation, _ in told.created)} & set(LISTS)
    for member in sorted(told.held_before()):
        statement = control.session_of(member)
        pending = 0
        for prefix in sorted(kinds):
            for item in statement.all(LISTS[prefix]):
                found.operations.setdefault(item["id"], []).append((item["status"], amount_of(item)))
                if item["status"] == PENDING and prefix in HOLDING:
                    pending += cents(item["total"])
                if item["status"] == "in_process" and moment(item["settles_at"]) < found.now:
                    found.late.append(item["id"])
        if "def" not in kinds:  # money held to pay a deferral off is on no list
            found.held[member] = (held(statement.get("/products")), pending)
        if "sch" in kinds:
            _look_at_runs(statement, told, found)
    found.audit = control.get("/ledger/audit")
    return found


def look_everywhere(host: str, told: Ledger) -> dict[str, Found]:
    """Every sandbox in which somebody was told something. Raises ControlRefused, RequestException."""
    return {sandbox: look(ControlPlane(host, sandbox), each) for sandbox, each in told.by_sandbox.items()}


def give(host: str, told: Ledger, requests: int, failures: int) -> Verdict:
    """Look, and judge: so many requests there were, and so many failed."""
    try:
        found = look_everywhere(host, told)
    except (ControlRefused, RequestException) as refusal:
        return unable(str(refusal))
    return judge(told, found, requests, failures)


def prefix_of(operation: str) -> str:
    """What kind of thing an id names."""
    return operation.partition("_")[0]


def moment(text: str) -> datetime:
    """A moment as the bank tells it."""
    return datetime.fromisoformat(text)


def _judge_sandbox(told: Told, found: Found, findings: dict[str, Finding]) -> None:
    _judge_books(found, findings["books"])
    _judge_operations(told, found, findings["operations"])
    _judge_holds(told, found, findings["holds"])
    _judge_codes(told, findings["codes"])
    _judge_lockouts(told, found, findings["lockouts"])
    _judge_due(told, found, findings["due"])
    for name, what in told.slips:
        findings[name].complaints.append(what)


def _judge_books(found: Found, finding: Finding) -> None:
    finding.checked += int(found.audit["entries"])
    if not found.audit["balanced"]:
        violations = found.audit["violations"]
        told = "; ".join(f"{each['check']}: {each['subject']} {each['detail']}" for each in violations[:_MOST_TOLD])
        finding.complaints.append(f"the audit finds {len(violations)} violations: {told}")


def _judge_operations(told: Told, found: Found, finding: Finding) -> None:
    listed = {operation: amount for operation, amount in told.created if prefix_of(operation) in LISTS}
    finding.checked += len(listed)
    unsure = Counter(told.attempted) - Counter(told.completed) - Counter(told.refused)
    completed, cancelled = set(told.completed), set(told.cancelled)
    wrong: dict[str, list[str]] = {}
    for operation, amount in listed.items():
        times = found.operations.get(operation, [])
        for what in _wrongs(times, amount):
            wrong.setdefault(what, []).append(operation)
        if len(times) != 1:
            continue
        done = times[0][0] in DONE
        if done and operation not in completed and operation not in unsure:
            wrong.setdefault("done, though nobody was told", []).append(operation)
        if not done and operation in completed:
            wrong.setdefault(f"told done, are {times[0][0]}", []).append(operation)
        if times[0][0] != "cancelled" and operation in cancelled:
            wrong.setdefault(f"told cancelled, are {times[0][0]}", []).append(operation)
    unknown = [operation for operation in told.completed if prefix_of(operation) in LISTS and operation not in listed]
    if unknown:
        wrong["told done, were never ordered"] = unknown
    finding.complaints += [f"{len(those)} {what}, such as {those[0]}" for what, those in wrong.items()]


def _wrongs(times: list[tuple[str, str]], amount: str) -> list[str]:
    if not times:
        return ["acknowledged, are not in the books"]
    if len(times) > 1:
        return ["are in the books more than once"]
    return ["are there with another amount"] if times[0][1] != amount else []


def _judge_holds(told: Told, found: Found, finding: Finding) -> None:
    finding.checked += len(told.holds_seen) + len(found.held)
    before = told.held_before()
    for member, (now, pending) in found.held.items():
        if not 0 <= now - pending <= before.get(member, 0):
            finding.complaints.append(f"{member}: {now} cents are held, {pending} wait for a code")


def _judge_codes(told: Told, finding: Finding) -> None:
    finding.checked += len(told.completed) + len(told.codes_tried_again)
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


def _look_at_runs(statement: Statement, told: Told, found: Found) -> None:
    due = {schedule for schedule, moment in told.scheduled}
    for schedule in statement.all("/scheduled-payments"):
        if schedule["id"] in due:
            runs: list[Any] = statement.all(f"/scheduled-payments/{schedule['id']}/runs")
            found.runs[schedule["id"]] = [run["outcome"] for run in runs]
