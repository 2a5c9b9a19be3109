"""A walk of the control plane: every operation once, and once more with what it must refuse."""

import re
from typing import Any

import httpx2 as httpx

from clients.document import operations as described
from sandbox.testing import Phone, Sandbox, models, operations
from tests.answers import Json, answered
from tests.transport import bank_of

NEVER_REFUSED: dict[str, str] = {
    "getHealth": "it answers as long as the process lives",
    "getReadiness": "it refuses only while the server starts",
    "getInfo": "it asks nothing",
    "getMetrics": "monitors call it with whatever query theirs put on every address",
}
"""Operations that no request of the walk can make refuse, with the reason."""

_LOOKS = 500


def walk(bank: Sandbox, document: Json) -> None:
    """Walk the control plane of a bank. Raises AssertionError on an answer that is not the one expected."""
    phone = bank.phone("al-dia")
    member = phone.member
    _service(bank)
    _members(bank, member)
    _messages(bank, phone)
    _rules(bank)
    _faults(bank)
    _journal(bank)
    _webhooks(bank)
    _files(bank)
    _refusals(bank, document)


def _service(bank: Sandbox) -> None:
    for path in ("health", "ready", "info", "clock", "life", "scenarios", "jobs", "errors"):
        answered(bank.call("GET", f"/_sandbox/{path}"))
    for path in ("audit", "entries", "accounts"):
        answered(bank.call("GET", f"/_sandbox/ledger/{path}"))
    _done(bank.call("GET", "/metrics"))
    bank.clock.set(rate=0)
    bank.send(operations.advance_clock({"by": "PT1M"}))
    bank.send(operations.run_jobs())
    bank.life.set("off")


def _members(bank: Sandbox, member: models.MemberToUse) -> None:
    account = next(each["id"] for each in member["accounts"] if each["type"] == "savings")
    card = member["cards"][0]["id"]
    bank.send(operations.create_member({"accounts": [{"balance": "900.00"}, {}]}))
    bank.members.get(member["id"])
    bank.send(operations.update_member(member["id"], {"segment": "premium"}))
    bank.send(operations.get_member_overview(member["id"]))
    bank.send(operations.search_members(q="chicaiza"))
    bank.members.session(member["id"])
    leased = bank.send(operations.lease_member({"traits": {"savings_accounts": 2}, "seconds": 60}))
    bank.send(operations.release_member(leased["member"]["id"]))
    bank.members.deposit(account, "100.00")
    held = bank.send(operations.hold_money(account, {"amount": "7.00", "reason": "pledge"}))
    bank.send(operations.release_hold(held["id"]))
    bank.send(operations.update_account(account, {"status": "active"}))
    bank.send(operations.buy_with_card(card, {"amount": "12.00", "merchant": "Librería"}))
    bank.send(operations.update_card(card, {"status": "active"}))


def _messages(bank: Sandbox, phone: Phone) -> None:
    phone.transfer("1.00")
    phone.code()
    for path in ("messages", "messages/contacts", "messages/secret", "events"):
        answered(bank.call("GET", f"/_sandbox/{path}"))
    bank.send(operations.list_events(kind="transfer", limit=1))
    bank.send(operations.next_event(kind="transfer", wait=0))
    bank.inbox.clear()


def _rules(bank: Sandbox) -> None:
    bank.rules.all()
    text = _done(bank.call("GET", "/_sandbox/rules/otp")).text
    _done(bank.call("PUT", "/_sandbox/rules/otp", content=text, headers={"Content-Type": "application/yaml"}))
    asked: models.Question = {
        "subject": "otp.resend",
        "facts": {"seconds_since_last_send": 30, "seconds_to_wait": 90, "sends_last_hour": 1},
    }
    bank.send(operations.evaluate_rules("otp", asked))
    bank.send(operations.list_questions("otp"))
    bank.send(operations.list_cases("otp"))
    bank.rules.reset("otp")
    bank.send(operations.list_decisions())


def _faults(bank: Sandbox) -> None:
    broken: models.NewFault = {"match": {"operation_id": "getProducts"}, "effect": {"status": 503}}
    made = bank.send(operations.create_fault(broken))
    bank.send(operations.list_faults())
    bank.send(operations.get_fault_form())
    bank.send(operations.update_fault(made["id"], {"enabled": False}))
    bank.send(operations.delete_fault(made["id"]))
    bank.faults.clear()


def _journal(bank: Sandbox) -> None:
    bank.send(operations.list_traffic(limit=1))
    bank.send(operations.summarize_traffic())
    told = bank.send(operations.list_requests(limit=1))["items"][0]
    bank.send(operations.get_request(told["id"]))
    bank.send(operations.verify_requests({"match": {"method": "GET"}, "count": {"at_least": 1}}))
    bank.journal.clear()
    bank.record()
    _done(bank.call("GET", "/v1/app"))
    _done(bank.call("GET", "/_sandbox/recording"))
    bank.stop_recording()


def _webhooks(bank: Sandbox) -> None:
    hook = bank.send(operations.create_webhook({"url": "http://127.0.0.1:9/hook", "kinds": ["session"]}))
    bank.phone("al-dia")  # an event that is not delivered: nothing listens there
    bank.send(operations.list_webhooks())
    delivery = _first(bank, f"/webhooks/{hook['id']}/deliveries")
    bank.send(operations.retry_delivery(hook["id"], delivery["id"]))
    bank.send(operations.delete_webhook(hook["id"]))


def _first(bank: Sandbox, path: str) -> Any:
    """The first of a list that is filled in the background. Raises AssertionError when it stays empty."""
    for _ in range(_LOOKS):
        items = answered(bank.call("GET", f"/_sandbox{path}"))["items"]
        if items:
            return items[0]
    raise AssertionError(f"{path} stays empty")


def _files(bank: Sandbox) -> None:
    bank.send(operations.list_sandboxes())
    bank.send(operations.get_sandbox(bank.name))
    bank.snapshot("antes")
    bank.send(operations.list_snapshots())
    bank.restore("antes")
    bank.delete_snapshot("antes")
    _done(bank.call("GET", "/_sandbox/export"))
    bank.reset()
    bank.send(operations.create_sandbox({"name": f"{bank.name}-copy", "from": bank.name, "clock": {"rate": 0}}))
    bank.send(operations.delete_sandbox(f"{bank.name}-copy"))
    bank.send(operations.undelete_sandbox(f"{bank.name}-copy"))
    bank.send(operations.delete_sandbox(f"{bank.name}-copy", permanent=True))


def _refusals(bank: Sandbox, document: Json) -> None:
    """What no sandbox, no such object and a query that is not declared are answered."""
    missing = bank_of(bank.connection.client, "there-is-none")
    for each in described(document):
        if each.path.startswith("/v1/") or each.id in NEVER_REFUSED:
            continue
        path = re.sub(r"\{\w+\}", "there-is-none", each.path)
        body: Json = {"json": {"there_is_no": "such field"}} if "requestBody" in each.described else {}
        missing.call(each.method, path, **body)
        bank.call(each.method, f"{path}?there_is_no=such", **body)


def _done(answer: httpx.Response) -> httpx.Response:
    assert answer.status_code < 300, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer
