"""Every operation that a member authorises in a session: how it is ordered, and what each end of its story leaves."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sandbox.testing import Phone, operations
from tests import everything
from tests.answers import Json, answered
from tests.bank.test_system_accounts import ORDERS, Change

Place = Callable[[Phone], Json]


class Operation(NamedTuple):
    """`noun` is the noun of its events, `confirmed` the event of its code. `path` is where its list is, and below it
    the single view where `single`. `moved` is what the code moves; what it takes from the origin is held before.
    `prepare` is what the owner lacks for it."""

    place: Place
    noun: str
    confirmed: str
    path: str | None = None
    single: bool = True
    moved: Callable[[Json], Change] = lambda _: {}
    called: str | None = None
    prepare: Callable[[Phone], object] = lambda _: None

    @property
    def kind(self) -> str:
        """What the wire calls it: its noun, but where it is called otherwise."""
        return self.called or self.noun


def registered_service(phone: Phone) -> Json:
    wanted = {"biller_id": everything.billed_by(phone, "EEQ"), "reference": everything.BILL, "alias": "Casa"}
    return everything.made(phone, "/registered-services", wanted)


def scheduled_payment(phone: Phone) -> Json:
    wanted = {
        "origin_account_id": phone.savings()[0]["id"], "biller_id": everything.billed_by(phone, "EEQ"),
        "reference": everything.BILL, "day_of_month": 5, "maximum_amount": "100.00",
    }  # fmt: skip
    return everything.made(phone, "/scheduled-payments", wanted)


def external_card(phone: Phone) -> Json:
    wanted = {
        "institution_id": phone.send(operations.list_institutions())["items"][0]["id"], "number": "9999990000000022", "alias": "Otra",
        "document_type": "cedula", "document_number": "1712345675", "holder_name": "Rosa", "maximum_amount": "50.00",
    }  # fmt: skip
    return everything.made(phone, "/external-cards", wanted)


def beneficiary(phone: Phone) -> Json:
    member = phone.sandbox.members.persona("muchas-cuentas")
    number = next(account["number"] for account in member["accounts"] if account["type"] == "savings")
    wanted = {"kind": "cooperative", "account_number": number, "maximum_amount": "50.00"}
    return everything.made(phone, "/beneficiaries", wanted)


def raised(path: str, maximum: str = "9000.00") -> Place:
    """The first of a list gets a higher maximum."""

    def place(phone: Phone) -> Json:
        first = answered(phone.call("GET", f"/v1{path}"))["items"][0]["id"]
        return edited(phone, f"{path}/{first}", maximum_amount=maximum)

    return place


def edited(phone: Phone, path: str, **changes: Any) -> Json:
    answer = phone.call("PATCH", f"/v1{path}", json=changes)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def password_change(phone: Phone) -> Json:
    wanted = {
        "username": phone.member["username"], "current_password": phone.member["password"],
        "new_password": "Cambiada9@", "confirmation": "Cambiada9@",
    }  # fmt: skip
    return everything.made(phone, "/me/password-changes", wanted)


def username_change(phone: Phone) -> Json:
    wanted = {"current_username": phone.member["username"], "new_username": "Otra2026x", "confirmation": "Otra2026x"}
    return everything.made(phone, "/me/username-changes", wanted)


def device_registration(phone: Phone) -> Json:
    (registered,) = phone.send(operations.list_devices())["items"]
    wanted = {"id": "dev-otro", "name": "Otro", "platform": "ios", "replaces": registered["id"]}
    return everything.made(phone, "/me/devices", wanted)


def device_deletion(phone: Phone) -> Json:
    (registered,) = phone.send(operations.list_devices())["items"]
    answer = phone.call("DELETE", f"/v1/me/devices/{registered['id']}")
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def _moving(name: str, noun: str, verb: str, path: str | None, *, single: bool = True) -> Operation:
    order = ORDERS[name]
    return Operation(order.place, noun, f"{noun}.{verb}", path, single, order.moved)


OPERATIONS = {
    "transfer to an own account": _moving("transfer to an own account", "transfer", "completed", "/transfers"),
    "transfer to another member": _moving("transfer to another member", "transfer", "completed", "/transfers"),
    "interbank transfer": _moving("interbank transfer", "transfer", "in_process", "/transfers"),
    "bill": _moving("bill", "service_payment", "completed", "/service-payments"),
    "top-up": _moving("top-up", "service_payment", "completed", "/service-payments"),
    "payment of an own card": _moving("payment of an own card", "card_payment", "completed", "/card-payments"),
    "payment of a card elsewhere": _moving(
        "payment of a card elsewhere", "card_payment", "in_process", "/card-payments"
    ),
    "deferral": _moving("deferral", "deferral", "active", "/deferrals"),
    "prepayment of a deferral": _moving(
        "prepayment of a deferral", "deferral_prepayment", "completed", None, single=False
    ),
    "saved service": Operation(
        registered_service,
        "service",
        "service.registered",
        "/registered-services",
        single=False,
        called="registered_service",
    ),
    "scheduled payment": Operation(
        scheduled_payment, "scheduled_payment", "scheduled_payment.active", "/scheduled-payments"
    ),
    "maximum of a scheduled payment": Operation(
        raised("/scheduled-payments"),
        "scheduled_payment_maximum",
        "scheduled_payment.maximum_raised",
        prepare=lambda phone: everything.confirmed(phone, scheduled_payment(phone)),
    ),
    "card elsewhere": Operation(external_card, "external_card", "external_card.registered", "/external-cards"),
    "maximum of a card elsewhere": Operation(
        raised("/external-cards"), "external_card_maximum", "external_card.maximum_raised"
    ),
    "beneficiary": Operation(beneficiary, "beneficiary", "beneficiary.confirmed", "/beneficiaries"),
    "maximum of a beneficiary": Operation(
        raised("/beneficiaries"), "beneficiary_maximum", "beneficiary.maximum_raised"
    ),
    "password": Operation(password_change, "password_change", "password_change.completed"),
    "username": Operation(username_change, "username_change", "username_change.completed"),
    "device": Operation(device_registration, "device_registration", "device_registration.completed"),
    "deletion of a device": Operation(device_deletion, "device_deletion", "device_deletion.completed"),
}
MOVING = {name: operation for name, operation in OPERATIONS.items() if name in ORDERS and name != "deferral"}
LISTED = {name: operation for name, operation in OPERATIONS.items() if operation.path is not None}
