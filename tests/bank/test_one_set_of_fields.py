"""Money, the account that pays, where it goes and the company are told by the same fields in every view."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests import everything, stories
from tests.answers import Json, answered
from tests.bank.test_system_accounts import owner
from tests.stories import LISTED, OPERATIONS, Operation

pytestmark = pytest.mark.sqlite("names of fields")

__all__ = ["owner"]
MONEY = {"amount", "fee", "tax", "total", "currency"}
PARTY = {"name", "number", "institution", "account_type"}
PAYING = {
    "transfer to an own account", "transfer to another member", "interbank transfer", "bill", "top-up",
    "payment of an own card", "payment of a card elsewhere",
}  # fmt: skip
FROM_AN_ACCOUNT = PAYING | {"prepayment of a deferral", "scheduled payment"}
TO_A_COMPANY = {"bill", "top-up", "saved service", "scheduled payment"}


def origin_of(phone: Phone) -> Json:
    account = phone.savings()[0]
    profile = phone.send(operations.get_profile())
    name = f"{profile['first_names']} {profile['last_names']}"
    return {"name": name, "number": account["number"], "institution": "Cooprogreso", "account_type": "savings"}


def seen(phone: Phone, name: str, placed: Json) -> list[Json]:
    """An operation wherever it is shown: when it is ordered, in its list, by itself, and when its code has come."""
    operation: Operation = OPERATIONS[name]
    views = [placed]
    if name in LISTED:
        waiting = answered(phone.call("GET", f"/v1{operation.path!s}", params={"status": "pending_confirmation"}))[
            "items"
        ]
        views += [each for each in waiting if each["id"] == placed["id"]]
        if operation.single:
            views.append(answered(phone.call("GET", f"/v1{operation.path}/{placed['id']}")))
    views.append(everything.confirmed(phone, placed))
    assert len(views) == 2 + (name in LISTED) + (name in LISTED and operation.single)
    return views


@pytest.mark.parametrize("name", sorted(FROM_AN_ACCOUNT))
def test_the_account_that_pays_is_told_alike(owner: Phone, name: str) -> None:
    placed = OPERATIONS[name].place(owner)
    for view in seen(owner, name, placed):
        assert (view["origin_account_id"], view["origin"]) == (owner.savings()[0]["id"], origin_of(owner))


@pytest.mark.parametrize("name", sorted(PAYING))
def test_money_is_told_alike(owner: Phone, name: str) -> None:
    for view in seen(owner, name, OPERATIONS[name].place(owner)):
        assert view.keys() >= MONEY
        parts = [float(view[part]) for part in ("amount", "fee", "tax")]
        assert float(view["total"]) == pytest.approx(sum(parts))
        assert view["currency"] == "USD"


@pytest.mark.parametrize("name", sorted(TO_A_COMPANY))
def test_the_company_is_told_alike(owner: Phone, name: str) -> None:
    companies = {each["id"]: each["name"] for each in owner.send(operations.list_billers())["items"]}
    for view in seen(owner, name, OPERATIONS[name].place(owner)):
        assert companies[view["biller_id"]] == view["biller"]
        assert view["reference"]


@pytest.mark.parametrize(
    ("persona", "institution"), [("interbancaria-en-camino", "Banco Austro"), ("cupo-agotado", "Cooprogreso")]
)
def test_transfers_of_the_seed_are_told_as_any_other(bank: Sandbox, persona: str, institution: str) -> None:
    sent = bank.phone(persona).send(operations.list_transfers())["items"]
    assert sent
    for destination in (each["destination"] for each in sent):
        assert (destination["institution"], destination["account_type"]) == (institution, "savings")


@pytest.mark.parametrize(
    ("name", "institution", "account_type"),
    [
        ("transfer to an own account", "Cooprogreso", "savings"),
        ("transfer to another member", "Cooprogreso", "savings"),
        ("interbank transfer", "Banco Pichincha", "savings"),
    ],
)
def test_where_a_transfer_goes_is_told_with_its_account_type(
    owner: Phone, name: str, institution: str, account_type: str
) -> None:
    views = seen(owner, name, OPERATIONS[name].place(owner))
    views.append(owner.send(operations.get_transfer_receipt(views[0]["id"])))
    for view in views:
        assert view["origin"].keys() == view["destination"].keys() == PARTY
        assert (view["destination"]["institution"], view["destination"]["account_type"]) == (institution, account_type)
    assert len({str(view["destination"]) for view in views}) == 1


def test_a_checking_account_elsewhere_is_told_as_one(owner: Phone) -> None:
    institution = owner.send(operations.list_institutions())["items"][0]
    wanted = {
        "kind": "interbank", "institution_id": institution["id"], "account_type": "checking",
        "account_number": "2200112233", "document_type": "cedula", "document_number": "1712345675",
        "holder_name": "Rosa Chicaiza", "maximum_amount": "50.00",
    }  # fmt: skip
    found = everything.confirmed(owner, everything.made(owner, "/beneficiaries", wanted))
    body = {
        "kind": "interbank", "origin_account_id": owner.savings()[0]["id"], "beneficiary_id": found["id"],
        "amount": "1.00", "reference": "",
    }  # fmt: skip
    preview = owner.call("POST", "/v1/transfers/preview", json=body).json()
    destination = {
        "name": "Rosa Chicaiza", "number": "220XXXX233", "institution": institution["name"],
        "account_type": "checking",
    }  # fmt: skip
    assert (preview["origin"], preview["destination"]) == (origin_of(owner), destination)
    made = everything.made(owner, "/transfers", body)
    assert owner.send(operations.get_transfer(made["id"]))["destination"] == made["destination"] == destination


def test_a_payment_of_a_card_names_the_card_and_its_holder(owner: Phone) -> None:
    (card,) = owner.send(operations.list_cards())["items"]
    (elsewhere,) = owner.send(operations.list_external_cards())["items"]
    own = seen(owner, "payment of an own card", OPERATIONS["payment of an own card"].place(owner))
    others = seen(owner, "payment of a card elsewhere", OPERATIONS["payment of a card elsewhere"].place(owner))
    for view in own:
        assert (view["card_id"], view["external_card_id"]) == (card["id"], None)
        assert (view["card_number"], view["holder_name"]) == (card["number"], origin_of(owner)["name"])
    for view in others:
        assert (view["card_id"], view["external_card_id"]) == (None, elsewhere["id"])
        assert (view["card_number"], view["holder_name"]) == (elsewhere["number"], elsewhere["holder_name"])


def test_a_schedule_that_pays_from_another_account_says_so(owner: Phone) -> None:
    made = everything.confirmed(owner, stories.scheduled_payment(owner))
    second = owner.savings()[1]
    edited = stories.edited(owner, f"/scheduled-payments/{made['id']}", origin_account_id=second["id"])
    assert (edited["origin_account_id"], edited["origin"]["number"]) == (second["id"], second["number"])
