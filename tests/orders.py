"""One order of every kind that moves money, each waiting for its code."""

from sandbox.testing import Phone, operations
from tests.answers import Json


def ordered(phone: Phone) -> dict[str, Json]:
    """The orders by the kind of their operation, all from the member's first savings account; each has its `challenge`.

    To have something to pay off, 150.00 of the member's card are deferred on the way.
    """
    origin = {"origin_account_id": phone.savings()[0]["id"]}
    biller = next(each["id"] for each in phone.send(operations.list_billers())["items"] if each["name"] == "EEQ")
    inquiry = _made(phone, "/bill-inquiries", {"biller_id": biller, "reference": "200012345678"})
    card = phone.send(operations.list_cards())["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    deferral = _made(phone, "/deferrals", {"simulation_id": _made(phone, "/deferral-simulations", wanted)["id"]})
    phone.confirm(deferral["challenge"]["id"])
    return {
        "transfer": phone.transfer("1.00"),
        "service_payment": _made(phone, "/service-payments", origin | {"inquiry_id": inquiry["id"]}),
        "card_payment": _made(phone, "/card-payments", origin | {"card_id": card, "amount": "1.00", "reference": "x"}),
        "deferral_prepayment": _made(phone, f"/deferrals/{deferral['id']}/prepayment", origin),
    }


def _made(phone: Phone, path: str, body: Json) -> Json:
    answer = phone.call("POST", f"/v1{path}", json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made
