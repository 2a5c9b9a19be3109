"""Members made to measure."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing

WHOLE = {
    "first_names": "Tránsito Amelia", "last_names": "Caiza Guamán", "segment": "premium",
    "accounts": [
        {"balance": "850.00", "holds": [{"amount": "50.00", "reason": "judicial"}]},
        {"balance": "20.00", "status": "inactive"}, {"type": "share_certificate", "balance": "12.00"},
    ],
    "beneficiaries": [{"of": "premium", "maximum": "100.00"}],
    "interbank_beneficiaries": [
        {"institution": "Banco Pichincha", "account_number": "2203344556", "holder_name": "X", "document_number": "0100000009"}
    ],
    "cards": [{"credit": "900.00", "purchases": [{"merchant": "Tienda", "amount": "120.00", "days_ago": 4}]}],
    "holdings": [{"type": "loan", "name": "Crédito", "amount": "100.00", "balance": "50.00", "rate": "15.00", "months_left": 6}],
    "schedules": [{"biller": "eeq", "reference": "200012345678", "day": 5, "maximum": "60.00"}],
    "in_flight": "25.00", "movements": 30, "used_today": {"to": "sin-fondos", "amounts": ["10.00", "5.00"]},
}  # fmt: skip


def make(bank: Sandbox, **traits: Any) -> Json:
    return bank.send(operations.create_member(traits))


def test_a_member_comes_with_everything_ordered_and_the_books_balance(bank: Sandbox) -> None:
    before = bank.phone("sin-fondos").accounts()[0]["book_balance"]
    made = make(bank, **WHOLE)
    assert (made["name"], made["segment"], made["persona"]) == ("Tránsito Amelia Caiza Guamán", "premium", None)
    phone = bank.phone(made)
    accounts = phone.accounts()
    assert [(each["book_balance"], each["available_balance"]) for each in accounts] == [
        ("850.00", "800.00"), ("20.00", "20.00"), ("12.00", "12.00"),
    ]  # fmt: skip
    assert {each["kind"] for each in phone.send(operations.list_beneficiaries())["items"]} == {
        "cooperative",
        "interbank",
    }
    assert phone.send(operations.list_cards())["items"][0]["total_payment"] == "120.00"
    assert phone.send(operations.list_scheduled_payments())["items"][0]["day_of_month"] == 5
    assert sorted(each["status"] for each in phone.send(operations.list_transfers())["items"]) == [
        "completed",
        "completed",
        "in_process",
    ]
    assert len(phone.send(operations.list_movements(accounts[0]["id"], limit=200))["items"]) > 10
    after = bank.phone("sin-fondos").accounts()[0]["book_balance"]
    assert float(after) == pytest.approx(float(before) + 15)
    bank.ledger.assert_balanced()
    bank.clock.advance("P45D")
    bank.ledger.assert_balanced()


def test_an_ordinary_member_needs_no_traits(bank: Sandbox) -> None:
    first, second = make(bank), make(bank)
    assert first["document_number"] != second["document_number"]
    phone = bank.phone(first)
    assert phone.available(phone.savings()[0]["id"]) == "500.00"
    assert bank.members.get(first["id"]) == first
    bank.ledger.assert_balanced()


def test_members_mean_each_other_by_id(bank: Sandbox) -> None:
    friend = make(bank)
    phone = bank.phone(make(bank, beneficiaries=[{"of": friend["id"]}]))
    [beneficiary] = phone.send(operations.list_beneficiaries())["items"]
    order = {
        "kind": "cooperative", "origin_account_id": phone.savings()[0]["id"], "beneficiary_id": beneficiary["id"],
        "amount": "30.00",
    }  # fmt: skip
    made = phone.call("POST", "/v1/transfers", json=order).json()
    phone.confirm(made["challenge"]["id"])
    assert bank.phone(friend).savings()[0]["available_balance"] == "530.00"


def test_states_are_as_ordered(bank: Sandbox) -> None:
    locked = make(bank, locked_minutes=10)
    assert_problem(bank.call("POST", "/v1/sessions", json=Phone(bank, locked).credentials()), 423, "access_locked")
    assert make(bank, enrolled=False)["username"] is None
    assert make(bank, phone=False)["phone"] is None
    assert make(bank, device=False)["device"] is None
    assert make(bank, passport="AB12345")["document_type"] == "passport"


ZERO = "0.00"
BILL = {"biller": "eeq", "reference": "200012345678", "day": 5}
ABROAD = {
    "institution": "Banco Pichincha",
    "account_number": "2203344556",
    "holder_name": "X",
    "document_number": "0100000009",
}
LOAN = {"type": "loan", "name": "Crédito", "balance": ZERO, "rate": ZERO, "months_left": 6}


@pytest.mark.parametrize(
    ("traits", "fields"),
    [
        ({"accounts": []}, {"": "no_savings"}),
        ({"accounts": [{"balance": 10}]}, {"accounts.0.balance": "bad_amount"}),
        ({"accounts": [{"balance": "1.00", "holds": [{"amount": "2.00", "reason": "judicial"}]}]}, {"accounts.0": "holds_too_much"}),
        ({"cards": [{"credit": "1.00", "purchases": [{"merchant": "x", "amount": "2.00", "days_ago": 1}]}]}, {"cards.0": "over_credit"}),
        ({"in_flight": "1.00"}, {"": "nobody"}),
        ({"beneficiaries": [{"of": "nobody"}], "movements": 99_999}, {"beneficiaries.0.of": "nobody", "movements": "too_large"}),
        ({"schedules": [{"biller": "nope", "reference": "1", "day": 5, "maximum": "1.00"}]}, {"schedules.0.biller": "not_an_option"}),
        ({"schedules": [BILL | {"reference": "12AB", "maximum": "1.00"}]}, {"schedules.0.reference": "reference_malformed"}),
        ({"schedules": [BILL | {"biller": "recarga-claro", "reference": "0991234567", "maximum": "1.00"}]}, {"schedules.0.biller": "not_an_option"}),
        ({"interbank_beneficiaries": [ABROAD | {"institution": "no existe", "document_number": "1"}]}, {"interbank_beneficiaries.0.institution": "not_an_option", "interbank_beneficiaries.0.document_number": "invalid_document"}),
        ({"interbank_beneficiaries": [ABROAD | {"institution": "Cooperativa Progreso"}]}, {"interbank_beneficiaries.0.institution": "not_an_option"}),
        ({"passport": "AB12"}, {"passport": "invalid_document"}),
        ({"passport": "AB12345678901"}, {"passport": "invalid_document"}),
        ({"passport": "ßab12345"}, {"passport": "invalid_document"}),
        ({"holdings": [LOAN | {"amount": "1.00", "rate": "100.01"}]}, {"holdings.0.rate": "too_large"}),
        ({"nope": 1, "segment": "gold"}, {"nope": "unknown_field", "segment": "not_an_option"}),
    ],
)  # fmt: skip
def test_traits_that_make_no_sense_are_told_whole(bank: Sandbox, traits: Json, fields: dict[str, str]) -> None:
    told = assert_problem(bank.call("POST", "/_sandbox/members", json=traits), 422, "validation_failed")
    assert failing(told) == fields
    bank.ledger.assert_balanced()


@pytest.mark.parametrize(
    ("traits", "field"),
    [
        ({"interbank_beneficiaries": [ABROAD], "in_flight": ZERO}, "in_flight"),
        ({"used_today": {"to": "al-dia", "amounts": ["1.00", ZERO]}}, "used_today.amounts.1"),
        ({"accounts": [{"balance": "1.00", "holds": [{"amount": ZERO, "reason": "judicial"}]}]}, "accounts.0.holds.0.amount"),
        ({"cards": [{"credit": ZERO}]}, "cards.0.credit"),
        ({"cards": [{"credit": "1.00", "purchases": [{"merchant": "x", "amount": ZERO, "days_ago": 1}]}]}, "cards.0.purchases.0.amount"),
        ({"beneficiaries": [{"of": "al-dia", "maximum": ZERO}]}, "beneficiaries.0.maximum"),
        ({"interbank_beneficiaries": [ABROAD | {"maximum": ZERO}]}, "interbank_beneficiaries.0.maximum"),
        ({"schedules": [BILL | {"maximum": ZERO}]}, "schedules.0.maximum"),
        ({"holdings": [LOAN | {"amount": ZERO}]}, "holdings.0.amount"),
    ],
)  # fmt: skip
def test_nothing_moves_is_held_or_allowed_by_zero(bank: Sandbox, traits: Json, field: str) -> None:
    """One cent is enough, in the same place."""
    told = assert_problem(bank.call("POST", "/_sandbox/members", json=traits), 422, "validation_failed")
    assert failing(told) == {field: "too_small"}
    made = make(bank, **_with(traits, field.split("."), "0.01"))
    assert bank.phone(made).products()["groups"]
    bank.ledger.assert_balanced()


def _with(value: Any, place: list[str], new: str) -> Any:
    """The same with `new` at a place."""
    if not place:
        return new
    first, *rest = place
    if isinstance(value, list):
        return [_with(each, rest, new) if index == int(first) else each for index, each in enumerate(value)]
    return value | {first: _with(value.get(first), rest, new)}


@pytest.mark.parametrize("taken", ["AB12345", "cedula"])
def test_a_document_belongs_to_one_member(bank: Sandbox, taken: str) -> None:
    number = make(bank, passport=taken)["document_number"] if taken != "cedula" else make(bank)["document_number"]
    before = len(bank.members.all())
    told = assert_problem(bank.call("POST", "/_sandbox/members", json={"passport": number}), 409, "document_taken")
    assert failing(told) == {"passport": "taken"}
    assert len(bank.members.all()) == before
    assert make(bank, passport="AB12346")["document_number"] == "AB12346"


def test_members_of_one_name_are_told_apart(bank: Sandbox) -> None:
    names = {"first_names": "Tránsito Amelia", "last_names": "Caiza Guamán"}
    made = [make(bank, **names) for _ in range(3)]
    assert len({each["username"] for each in made}) == 3


TWICE: dict[str, Json] = {
    "beneficiaries": {"beneficiaries": [{"of": "al-dia"}] * 2},
    "interbank": {"interbank_beneficiaries": [ABROAD] * 2},
    "schedules": {"schedules": [BILL | {"maximum": "1.00"}] * 2},
}


@pytest.mark.parametrize("traits", TWICE.values(), ids=TWICE)
def test_the_same_thing_twice_is_told_with_its_place(bank: Sandbox, traits: Json) -> None:
    (name,) = traits
    told = assert_problem(bank.call("POST", "/_sandbox/members", json=traits), 422, "validation_failed")
    assert failing(told) == {f"{name}.1": "repeated"}


MONEY = st.integers(0, 5_000_00).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
TRAITS = st.fixed_dictionaries(
    {
        "accounts": st.lists(
            st.fixed_dictionaries({"balance": MONEY, "type": st.just("savings")}), min_size=1, max_size=3
        ),
        "movements": st.integers(0, 25),
        "segment": st.sampled_from(["standard", "premium"]),
        "beneficiaries": st.lists(
            st.sampled_from([{"of": "al-dia"}, {"of": "premium", "maximum": "1.00"}]), max_size=2, unique_by=str
        ),
    }
)


@given(TRAITS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_the_traits_the_books_balance(bank: Sandbox, traits: Json) -> None:
    made = make(bank, **traits)
    phone = bank.phone(made)
    assert [each["book_balance"] for each in phone.accounts()] == [each["balance"] for each in traits["accounts"]]
    bank.ledger.assert_balanced()


@pytest.mark.parametrize("type_", ["loan", "term_deposit"])
@pytest.mark.parametrize("months_left", [1, 120])
@pytest.mark.parametrize("rate", ["99.99", "100.00"])
@pytest.mark.parametrize("balance", ["0.01", "999999999.99"])
def test_the_largest_of_every_field_is_a_member_all_the_same(
    bank: Sandbox, type_: str, months_left: int, rate: str, balance: str
) -> None:
    """What has to be spent before an account holds so little again is taken in a few sums, however large."""
    most = "999999999.99"
    holding = {"type": type_, "name": "X", "amount": most, "balance": most, "rate": rate, "months_left": months_left}
    made = bank.send(
        operations.create_member({"accounts": [{"balance": balance}], "holdings": [holding] * 3, "movements": 200})
    )
    accounts = bank.phone(made).accounts()
    assert [each["book_balance"] for each in accounts] == [balance]
    bank.ledger.assert_balanced()
