"""A walk of all operations, by success and by refusal, with the members and stories of the tests."""

import re
from typing import Any

import httpx2 as httpx

from clients import walk_control
from clients.document import operations as described
from sandbox.testing import Phone, Sandbox, operations
from tests import everything, stories
from tests.answers import Json, answered
from tests.bank.access.test_manual_walk import NEW_PHONE, PASSWORD, Handset, identity
from tests.contract.test_every_route import belongings, example_body, with_ids
from tests.transport import bank_of

UNREACHED: dict[str, dict[str, str]] = {
    "success": {
        "streamMessages": "a stream does not end, and the proxy waits for the end of an answer",
        "streamEvents": "a stream does not end, and the proxy waits for the end of an answer",
        "streamSandbox": "a stream does not end, and the proxy waits for the end of an answer",
        "importSandbox": "Prism reads bodies as text, which a database does not survive",
    },
    "refusal": walk_control.NEVER_REFUSED,
}
"""Operations that the walk does not see succeed or refuse, with the reason."""

_BUILDS_ON = {
    "payment of a card elsewhere": "card elsewhere",
    "maximum of a card elsewhere": "card elsewhere",
    "maximum of a scheduled payment": "scheduled payment",
    "prepayment of a deferral": "deferral",
}
_NUMBERS = iter(range(1, 1_000))
_MEMBERS = 40


def walk(client: httpx.Client, document: Json) -> None:
    """Walk every operation. Raises AssertionError where the bank itself does not do what the tests say it does."""
    everything.fill(_bank(client))
    for name in stories.OPERATIONS:
        tell(_persona(_bank(client)), name)
    access(_bank(client))
    reads(_persona(_bank(client)), document)
    rehearsals(_persona(_bank(client)), document)
    walk_control.walk(_bank(client), document)


def _bank(client: httpx.Client) -> Sandbox:
    """A sandbox of its own with a frozen clock. It is small, because its database is exported through the proxy."""
    bank = bank_of(client, f"walk-{next(_NUMBERS)}")
    bank.send(operations.create_sandbox({"name": bank.name, "members": _MEMBERS, "clock": {"rate": 0}}))
    return bank


def _persona(bank: Sandbox) -> Phone:
    return bank.phone("al-dia")


def tell(phone: Phone, name: str) -> None:
    """Order and confirm an operation that a member authorises in a session, and before it the one that it builds on."""
    if name in _BUILDS_ON:
        tell(phone, _BUILDS_ON[name])
    everything.confirmed(phone, stories.OPERATIONS[name].place(phone))


def access(bank: Sandbox) -> None:
    """Joining, logging in by finger, recovering, a new phone, leaving."""
    _join(bank)
    phone = _persona(bank)
    handset = Handset()
    wanted = {"fingerprint": True, "face": False, "public_key": handset.pem}
    _done(phone.call("PUT", "/v1/me/access-methods", json=wanted))
    _done(bank.call("POST", "/v1/sessions/biometric", json=handset.proof(bank, phone.credentials()["device"]["id"])))
    _recover(bank)
    replacement = {"username": phone.member["username"], "password": PASSWORD, "device": NEW_PHONE}
    started = _done(bank.call("POST", "/v1/sessions/device-replacements", json=replacement))
    session = _enter(bank, started)["resource"]
    refreshed = _done(bank.call("POST", "/v1/sessions/refresh", json={"refresh_token": session["refresh_token"]}))
    phone.token = refreshed["access_token"]
    phone.send(operations.get_session())
    _done(phone.call("DELETE", "/v1/sessions/current"))


def _join(bank: Sandbox) -> None:
    started = _done(bank.call("POST", "/v1/enrolments", json=identity(bank.members.persona("sin-afiliar"))))
    _done(bank.call("GET", f"/v1/challenges/{started['challenge']['id']}"))
    bank.clock.advance("PT2M")
    _done(bank.call("POST", f"/v1/challenges/{started['challenge']['id']}/resend"))
    _enter(bank, started)
    _done(bank.call("GET", f"/v1/enrolments/{started['id']}"))
    chosen = {
        "username": "Recien2026", "password": PASSWORD, "confirmation": PASSWORD, "access_method": "password",
        "device": {"id": "dev-recien", "name": "Nuevo", "platform": "android"},
    }  # fmt: skip
    _done(bank.call("PUT", f"/v1/enrolments/{started['id']}/credentials", json=chosen))


def _recover(bank: Sandbox) -> None:
    member = bank.members.persona("al-dia")
    _enter(bank, _done(bank.call("POST", "/v1/recoveries/username", json=identity(member))))
    started = _done(bank.call("POST", "/v1/recoveries/password", json=identity(member)))
    _enter(bank, started)
    chosen = {"new_password": PASSWORD, "confirmation": PASSWORD}
    _done(bank.call("PUT", f"/v1/recoveries/{started['id']}/password", json=chosen))


def _enter(bank: Sandbox, started: Json) -> Any:
    """Enter the code without a session: the challenge's id is the right to."""
    challenge = started["challenge"]["id"]
    return _done(bank.call("POST", f"/v1/challenges/{challenge}/confirm", json={"code": bank.inbox.code(challenge)}))


def reads(phone: Phone, document: Json) -> None:
    """Every GET with real ids, edits and deletions, and what has no story of its own."""
    ids = belongings(phone)
    for story in (
        "beneficiary",
        "saved service",
        "scheduled payment",
        "card elsewhere",
        "payment of an own card",
        "top-up",
    ):
        everything.confirmed(phone, stories.OPERATIONS[story].place(phone))
    done = everything.confirmed(phone, phone.transfer("2.00"))
    for each in described(document):
        known = all(name in ids for name in re.findall(r"\{(\w+)\}", each.path))
        if each.method == "GET" and each.path.startswith("/v1/") and known and not each.path.endswith("/receipt"):
            answered(phone.call("GET", with_ids(each.path, ids)))
    account = ids["account_id"]
    _done(phone.call("GET", f"/v1/accounts/{account}/movements", headers={"Accept": "text/csv"}))
    paid = [f"/{kind}/{_made(phone, kind)}" for kind in ("service-payments", "card-payments")]
    for path in (f"/transfers/{done['id']}", *paid):
        for accepted in ("application/json", "application/pdf"):
            _done(phone.call("GET", f"/v1{path}/receipt", headers={"Accept": accepted}))
    _done(phone.call("GET", "/v1/usernames/Libre2026x/availability"))
    _writes(phone, ids)


def _made(phone: Phone, kind: str) -> str:
    """The id of a payment that was made, and therefore has a receipt."""
    found: str = next(
        each["id"] for each in answered(phone.call("GET", f"/v1/{kind}"))["items"] if each["status"] == "completed"
    )
    return found


def _writes(phone: Phone, ids: dict[str, str]) -> None:
    _done(phone.call("POST", "/v1/rules/credentials/check", json={"kind": "password", "value": "corta"}))
    _done(phone.call("PUT", "/v1/me/limits", json={"items": [{"kind": "interbank", "per_transaction": "100.00"}]}))
    _done(phone.call("POST", "/v1/transfers/preview", json=phone.order("3.00")))
    number = next(each["number"] for each in phone.sandbox.members.persona("muchas-cuentas")["accounts"])
    _done(phone.call("POST", "/v1/account-holders/lookup", json={"account_number": number}))
    _done(phone.call("POST", "/v1/referrals", json={"name": "Rosa", "phone": "0991234567"}))
    for path in ("registered-services", "scheduled-payments", "external-cards", "beneficiaries"):
        first = answered(phone.call("GET", f"/v1/{path}"))["items"][0]["id"]
        if path != "registered-services":
            answered(phone.call("GET", f"/v1/{path}/{first}"))
            stories.edited(phone, f"/{path}/{first}", maximum_amount="20.00")
        _done(phone.call("DELETE", f"/v1/{path}/{first}"))
    _done(phone.call("DELETE", f"/v1/challenges/{ids['challenge_id']}"))


def rehearsals(phone: Phone, document: Json) -> None:
    """Every refusal that an operation of the bank declares, asked for with `Prefer`."""
    for each in described(document):
        if not each.path.startswith("/v1/"):
            continue
        path, body = with_ids(each.path, {}).removeprefix("/v1"), example_body(each.described, document)
        for code in each.declared:
            phone.call(each.method, f"/v1{path}", json=body, headers={"Prefer": f"problem={code}"})


def _done(answer: httpx.Response) -> Any:
    """The JSON of an answer that must be a success."""
    assert answer.status_code < 300, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer.json() if "json" in answer.headers.get("content-type", "") else None
