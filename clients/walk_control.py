"""A walk of the control plane: every operation once, and once more with what it must refuse."""

import re
from typing import Any

import httpx2 as httpx

from clients.document import operations as described
from tests.support import Json, Phone, Sandbox

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
    phone = bank.phone(bank.persona("al-dia"))
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
        bank.control("GET", f"/{path}")
    for path in ("audit", "entries", "accounts"):
        bank.control("GET", f"/ledger/{path}")
    _done(bank.call("GET", "/metrics"))
    bank.control("PUT", "/clock", json={"rate": 0})
    bank.control("POST", "/clock/advance", json={"by": "PT1M"})
    bank.control("POST", "/jobs/run")
    bank.control("PUT", "/life", json={"level": "off"})


def _members(bank: Sandbox, member: Json) -> None:
    account = next(each["id"] for each in member["accounts"] if each["type"] == "savings")
    card = member["cards"][0]["id"]
    bank.control("POST", "/members", json={"accounts": [{"balance": "900.00"}, {}]})
    bank.control("GET", f"/members/{member['id']}")
    bank.control("PATCH", f"/members/{member['id']}", json={"segment": "premium"})
    bank.control("GET", f"/members/{member['id']}/overview")
    bank.control("GET", "/members/search", params={"q": "chicaiza"})
    bank.control("POST", f"/members/{member['id']}/session")
    leased = bank.control("POST", "/members/lease", json={"traits": {"savings_accounts": 2}, "seconds": 60})
    bank.control("DELETE", f"/members/{leased['member']['id']}/lease")
    bank.control("POST", f"/accounts/{account}/deposits", json={"amount": "100.00"})
    held = bank.control("POST", f"/accounts/{account}/holds", json={"amount": "7.00", "reason": "pledge"})
    bank.control("DELETE", f"/holds/{held['id']}")
    bank.control("PATCH", f"/accounts/{account}", json={"status": "active"})
    bank.control("POST", f"/cards/{card}/purchases", json={"amount": "12.00", "merchant": "Librería"})
    bank.control("PATCH", f"/cards/{card}", json={"status": "active"})


def _messages(bank: Sandbox, phone: Phone) -> None:
    challenge = phone.transfer("1.00")["challenge"]["id"]
    bank.code(challenge)
    for path in ("messages", "messages/contacts", "messages/secret", "events"):
        bank.control("GET", f"/{path}")
    bank.control("GET", "/events", params={"kind": "transfer", "limit": 1})
    bank.control("GET", "/events/next", params={"kind": "transfer", "wait": 0})
    bank.control("DELETE", "/messages")


def _rules(bank: Sandbox) -> None:
    bank.control("GET", "/rules")
    text = _done(bank.call("GET", "/_sandbox/rules/otp")).text
    _done(bank.call("PUT", "/_sandbox/rules/otp", content=text, headers={"Content-Type": "application/yaml"}))
    asked = {
        "subject": "otp.resend",
        "facts": {"seconds_since_last_send": 30, "seconds_to_wait": 90, "sends_last_hour": 1},
    }
    bank.control("POST", "/rules/otp/evaluate", json=asked)
    bank.control("GET", "/rules/otp/questions")
    bank.control("GET", "/rules/otp/cases")
    bank.control("DELETE", "/rules/otp")
    bank.control("GET", "/decisions")


def _faults(bank: Sandbox) -> None:
    broken = {"match": {"operation_id": "getProducts"}, "effect": {"status": 503}}
    made = bank.control("POST", "/faults", json=broken)
    bank.control("GET", "/faults")
    bank.control("GET", "/faults/form")
    bank.control("PATCH", f"/faults/{made['id']}", json={"enabled": False})
    bank.control("DELETE", f"/faults/{made['id']}")
    bank.control("DELETE", "/faults")


def _journal(bank: Sandbox) -> None:
    bank.control("GET", "/traffic", params={"limit": 1})
    told = bank.control("GET", "/requests", params={"limit": 1})["items"][0]
    bank.control("GET", f"/requests/{told['id']}")
    bank.control("POST", "/requests/verify", json={"match": {"method": "GET"}, "count": {"at_least": 1}})
    bank.control("DELETE", "/requests")
    bank.control("POST", "/recording")
    _done(bank.call("GET", "/v1/app"))
    _done(bank.call("GET", "/_sandbox/recording"))
    bank.control("DELETE", "/recording")


def _webhooks(bank: Sandbox) -> None:
    hook = bank.control("POST", "/webhooks", json={"url": "http://127.0.0.1:9/hook", "kinds": ["session"]})
    bank.phone(bank.persona("al-dia"))  # an event that is not delivered: nothing listens there
    bank.control("GET", "/webhooks")
    delivery = _first(bank, f"/webhooks/{hook['id']}/deliveries")
    bank.control("POST", f"/webhooks/{hook['id']}/deliveries/{delivery['id']}/retry")
    bank.control("DELETE", f"/webhooks/{hook['id']}")


def _first(bank: Sandbox, path: str) -> Any:
    """The first of a list that is filled in the background. Raises AssertionError when it stays empty."""
    for _ in range(_LOOKS):
        items = bank.control("GET", path)["items"]
        if items:
            return items[0]
    raise AssertionError(f"{path} stays empty")


def _files(bank: Sandbox) -> None:
    bank.control("GET", "/sandboxes")
    bank.control("GET", f"/sandboxes/{bank.name}")
    bank.control("POST", "/snapshots", json={"name": "antes"})
    bank.control("GET", "/snapshots")
    bank.control("POST", "/snapshots/antes/restore")
    bank.control("DELETE", "/snapshots/antes")
    _done(bank.call("GET", "/_sandbox/export"))
    bank.control("POST", "/reset")
    bank.control("POST", "/sandboxes", json={"name": f"{bank.name}-copy", "from": bank.name, "clock": {"rate": 0}})
    bank.control("DELETE", f"/sandboxes/{bank.name}-copy")


def _refusals(bank: Sandbox, document: Json) -> None:
    """What no sandbox, no such object and a query that is not declared are answered."""
    missing = Sandbox(bank.client, "there-is-none")
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
