"""docs/reference/screens.md as data, and a walk through every screen that keeps what was answered."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2 as httpx

from sandbox.testing import Connection, Phone, Sandbox, operations
from tests import everything, openapi
from tests.answers import Json, answered
from tests.bank.access.test_manual_walk import NEW_PHONE, PASSWORD, Handset, confirm, identity
from tests.everything import billed_by, confirmed, deferred, made

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "screens.md"
_QUOTED = re.compile(r"`([^`]+)`")
_CALL = re.compile(r"[a-z][A-Za-z]+")
_SHOWN = re.compile(r"([a-z][A-Za-z]+)\.([a-z_.\[\]]+)")
_SENT = re.compile(r"([a-z][A-Za-z]+)\(([a-z_, ]+)\)")


class Screen(NamedTuple):
    """A row of the page: its name, the calls that draw it, those of its buttons, and what it shows and sends."""

    name: str
    drawn_by: list[str]
    does: list[str]
    shows: list[tuple[str, str]]
    sends: list[tuple[str, list[str]]]


def _rows(columns: int) -> Iterator[list[str]]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == columns and cells[0] not in ("---", "Screen", "Operation"):
            yield cells


def screens() -> list[Screen]:
    """Every screen of the page, in order."""
    found = []
    for name, calls, shows, sends in _rows(4):
        drawn, _, does = calls.partition("→")
        found.append(
            Screen(
                name,
                _QUOTED.findall(drawn),
                _QUOTED.findall(does),
                [(each[1], each[2]) for each in map(_SHOWN.fullmatch, _QUOTED.findall(shows)) if each],
                [(each[1], each[2].split(", ")) for each in map(_SENT.fullmatch, _QUOTED.findall(sends)) if each],
            )
        )
    return found


SCREENS = screens()


def without_screen() -> dict[str, str]:
    """The operations that no screen takes, with the reason."""
    return {_QUOTED.findall(operation)[0]: why for operation, why in _rows(2)}


def answer_of(operation: Json) -> Json:
    """The schema of an operation's successful JSON answer."""
    for status, answer in operation["responses"].items():
        if status.startswith("2") and "application/json" in answer.get("content", {}):
            schema: Json = answer["content"]["application/json"]["schema"]
            return schema
    return {}


def has_path(document: Json, schema: Json, path: list[str]) -> bool:
    """Whether some branch of the schema has the property at `path`, whose `[]` is an entry of a list."""
    for each in _branches(document, schema):
        if not path:
            return True
        if path[0] == "[]":
            if "items" in each and has_path(document, each["items"], path[1:]):
                return True
        elif has_path(document, each.get("properties", {}).get(path[0], False) or {"oneOf": []}, path[1:]):
            return True
    return False


def _branches(document: Json, schema: Json) -> Iterator[Json]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    choices = schema.get("oneOf", schema.get("anyOf"))
    if choices is None:
        yield schema
        return
    for choice in choices:
        yield from _branches(document, choice)


def steps(path: str) -> list[str]:
    """`items[].name` as `items`, `[]`, `name`."""
    return path.replace("[]", ".[]").split(".")


def values(answer: Any, path: list[str]) -> Iterator[Any]:
    """What an answer has at a path, in all its lists."""
    if not path:
        yield answer
    elif path[0] == "[]":
        for entry in answer if isinstance(answer, list) else []:
            yield from values(entry, path[1:])
    elif isinstance(answer, dict) and path[0] in answer:
        yield from values(answer[path[0]], path[1:])


class Recorder(Connection):
    """A connection that keeps every successful answer, by operation."""

    def __init__(self, client: httpx.Client, language: str | None = None) -> None:
        super().__init__(client=client, language=language)
        self.answers: dict[str, list[Any]] = {}
        declared = openapi.operations(openapi.fetched(client))
        self._operations = [
            (each.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", each.path)), each.name)
            for each in sorted(declared, key=lambda each: each.path.count("{"))  # /options before /{deferral_id}
        ]

    def call(self, method: str, path: str, sandbox: str, **options: Any) -> httpx.Response:
        answer = super().call(method, path, sandbox, **options)
        if answer.is_success:
            found = [name for wanted, form, name in self._operations if wanted == method and form.fullmatch(path)]
            for name in found[:1]:
                is_json = answer.headers.get("content-type") == "application/json"
                self.answers.setdefault(name, []).append(answer.json() if is_json else None)
        return answer


def walk(bank: Sandbox) -> None:
    """Through every screen, as members would go. The bank is fresh, its clock frozen."""
    _come_in(bank)
    phone = bank.phone("al-dia")
    _profile(phone)
    everything.fill(bank)  # transfers, bills, cards and deferrals for four months: everything that lists show
    phone.log_in()
    _products_and_transfers(phone)
    _services(phone)
    _cards(phone)
    for path in ("/faqs", "/contact-channels", "/app"):
        answered(phone.call("GET", f"/v1{path}"))
    product = phone.send(operations.list_requestable_products())["items"][0]["id"]
    asked = made(phone, "/product-requests", {"product_id": product, "amount": "500.00", "note": "Para mi negocio"})
    phone.send(operations.list_product_requests())
    phone.send(operations.get_product_request(asked["id"]))
    phone.send(operations.get_referral_invitation())
    made(phone, "/referrals", {"name": "Elvia", "phone": "0991234567"})
    phone.send(operations.list_referrals())
    _leave(phone)


def _come_in(bank: Sandbox) -> None:
    member = bank.members.persona("sin-afiliar")
    started = bank.call("POST", "/v1/enrolments", json=identity(member)).json()
    confirm(bank, started)
    bank.call("GET", f"/v1/enrolments/{started['id']}")
    bank.call("GET", "/v1/rules/credentials")
    bank.call("POST", "/v1/rules/credentials/check", json={"kind": "password", "value": PASSWORD})
    bank.call("GET", "/v1/usernames/socia2026/availability")
    handset = Handset()
    chosen = {
        "username": "socia2026", "password": PASSWORD, "confirmation": PASSWORD, "access_method": "fingerprint",
        "device": NEW_PHONE | {"public_key": handset.pem},
    }  # fmt: skip
    bank.call("PUT", f"/v1/enrolments/{started['id']}/credentials", json=chosen)
    bank.call("POST", "/v1/sessions/biometric", json=handset.proof(bank, NEW_PHONE["id"]))
    other = bank.members.persona("premium")
    moved = {"username": other["username"], "password": other["password"], "device": {**NEW_PHONE, "id": "dev-otro"}}
    bank.call("POST", "/v1/sessions/device-replacements", json=moved)
    confirm(bank, bank.call("POST", "/v1/recoveries/username", json=identity(other)).json())
    recovery = bank.call("POST", "/v1/recoveries/password", json=identity(other)).json()
    confirm(bank, recovery)
    bank.call(
        "PUT", f"/v1/recoveries/{recovery['id']}/password", json={"new_password": PASSWORD, "confirmation": PASSWORD}
    )


def _profile(phone: Phone) -> None:
    for path in ("/me", "/sessions/current", "/me/devices", "/me/access-methods", "/me/limits", "/me/notifications"):
        answered(phone.call("GET", f"/v1{path}"))
    username, password = phone.member["username"], phone.member["password"]
    (device,) = phone.send(operations.list_devices())["items"]
    new = {"current_password": password, "new_password": PASSWORD, "confirmation": PASSWORD}
    renamed = {"current_username": username, "new_username": "otra2026", "confirmation": "otra2026"}
    for method, path, body in (
        ("POST", "/me/password-changes", {"username": username} | new),
        ("POST", "/me/username-changes", renamed),
        ("POST", "/me/devices", NEW_PHONE | {"replaces": device["id"]}),
        ("DELETE", f"/me/devices/{device['id']}", None),
    ):
        phone.call("DELETE", f"/v1/challenges/{phone.call(method, f'/v1{path}', json=body).json()['challenge']['id']}")
    phone.call("PUT", "/v1/me/access-methods", json={"fingerprint": True, "public_key": Handset().pem})
    phone.call("PUT", "/v1/me/limits", json={"items": [{"kind": "own", "per_day": "900.00"}]})
    phone.call("PUT", "/v1/me/limits", json={"items": [{"kind": "own", "per_day": None}]})
    phone.refresh_token = phone.sandbox.call(
        "POST", "/v1/sessions/refresh", json={"refresh_token": phone.refresh_token}
    ).json()["refresh_token"]
    phone.log_in()


def _products_and_transfers(phone: Phone) -> None:
    phone.products()
    account = phone.savings()[0]["id"]
    phone.send(operations.get_account(account))
    phone.send(operations.list_movements(account, sort="amount"))
    order = phone.order("2.00")
    phone.call("POST", "/v1/transfers/preview", json=order)
    waiting = phone.transfer("2.00")["challenge"]["id"]
    phone.send(operations.get_challenge(waiting))
    phone.sandbox.clock.advance("PT2M")
    phone.call("POST", f"/v1/challenges/{waiting}/resend")
    phone.call("DELETE", f"/v1/challenges/{waiting}")
    for each in phone.send(operations.list_transfers())["items"]:
        phone.send(operations.get_transfer(each["id"]))
    done = confirmed(phone, phone.transfer("2.00"))
    phone.send(operations.get_transfer_receipt(done["id"]))
    (friend,) = phone.send(operations.list_beneficiaries(q="Carmen"))["items"]
    mail = {"kind": "interbank", "beneficiary_id": friend["id"], "beneficiary_email": "carmen@example.com"}
    wanted = {"origin_account_id": account, "amount": "1.00", "reference": "x"} | mail
    phone.call("DELETE", f"/v1/challenges/{made(phone, '/transfers', wanted)['challenge']['id']}")
    bank = phone.send(operations.list_institutions())["items"][0]["id"]
    registered = {
        "kind": "interbank", "institution_id": bank, "account_type": "savings", "account_number": "2203000001",
        "document_type": "cedula", "document_number": "1712345675", "holder_name": "Carmen Quishpe",
        "email": "carmen@example.com", "alias": "Carmencita", "maximum_amount": "20.00",
    }  # fmt: skip
    friend = confirmed(phone, made(phone, "/beneficiaries", registered))
    phone.send(operations.get_beneficiary(friend["id"]))
    phone.call("PATCH", f"/v1/beneficiaries/{friend['id']}", json={"maximum_amount": "30.00"})
    phone.call("DELETE", f"/v1/beneficiaries/{friend['id']}")
    number = next(each for each in phone.sandbox.members.all() if each["persona"] is None)["accounts"][0]["number"]
    phone.call("POST", "/v1/account-holders/lookup", json={"account_number": number})


def _services(phone: Phone) -> None:
    origin, biller = phone.savings()[0]["id"], billed_by(phone, "EEQ")
    phone.send(operations.list_service_categories())
    phone.send(operations.list_billers())
    top_up = {"biller_id": billed_by(phone, "Recarga Claro"), "reference": "0991234567"}
    made(phone, "/bill-inquiries", top_up)
    bill = {"biller_id": biller, "reference": "200012345679"}
    saved = confirmed(phone, made(phone, "/registered-services", bill | {"alias": "Casa", "origin_account_id": origin}))
    phone.send(operations.list_registered_services())
    phone.call("DELETE", f"/v1/registered-services/{saved['id']}")
    monthly = {"origin_account_id": origin, "day_of_month": 5, "maximum_amount": "200.00"} | bill
    schedule = confirmed(phone, made(phone, "/scheduled-payments", monthly))["id"]
    phone.sandbox.clock.advance_to("2027-04-06T09:00:00-05:00")
    phone.log_in()
    for path in ("", f"/{schedule}", f"/{schedule}/runs"):
        answered(phone.call("GET", f"/v1/scheduled-payments{path}"))
    for paid in phone.send(operations.list_service_payments())["items"]:
        phone.send(operations.get_service_payment(paid["id"]))
        phone.send(operations.get_service_payment_receipt(paid["id"]))
    phone.call("PATCH", f"/v1/scheduled-payments/{schedule}", json={"paused": True})
    phone.call("DELETE", f"/v1/scheduled-payments/{schedule}")


def _cards(phone: Phone) -> None:
    card, other = (
        phone.send(operations.list_cards())["items"][0]["id"],
        phone.send(operations.list_external_cards())["items"][0]["id"],
    )
    for path in (f"/cards/{card}", f"/cards/{card}/purchases", f"/external-cards/{other}", "/card-payments"):
        answered(phone.call("GET", f"/v1{path}"))
    for paid in phone.send(operations.list_card_payments())["items"]:
        phone.send(operations.get_card_payment(paid["id"]))
        phone.call("GET", f"/v1/card-payments/{paid['id']}/receipt")  # 409 for one that waits, or was abandoned
    phone.call("PATCH", f"/v1/external-cards/{other}", json={"alias": "Visa de viajes"})
    phone.sandbox.send(operations.buy_with_card(card, {"merchant": "Almacén", "amount": "80.00"}))
    phone.send(operations.get_deferral_options())
    phone.call("DELETE", f"/v1/challenges/{deferred(phone, '101.00', 6)['challenge']['id']}")
    phone.send(operations.get_deferral(phone.send(operations.list_deferrals())["items"][0]["id"]))
    phone.call("DELETE", f"/v1/external-cards/{other}")


def _leave(phone: Phone) -> None:
    phone.call("DELETE", "/v1/sessions/current")
