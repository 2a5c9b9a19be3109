"""Simulations, deferrals and what they are made of belong to their member."""

from sandbox.testing import Phone, operations
from tests import everything
from tests.answers import Json
from tests.ownership import assert_done, assert_not_found, card, owner, stranger

__all__ = ["owner", "stranger"]


def balance(phone: Phone) -> Json:
    return {"card_id": card(phone), "kind": "revolving_balance", "amount": "150.00", "term_months": 6}


def bought(phone: Phone) -> str:
    """A purchase that can be deferred."""
    (option,) = phone.send(operations.get_deferral_options())["cards"]
    return str(next(each["purchase"]["id"] for each in option["purchases"] if each["eligible"]))


def purchases(of: Phone, *ids: str) -> Json:
    return {"card_id": card(of), "kind": "purchases", "purchase_ids": list(ids), "term_months": 6}


def simulation(phone: Phone) -> Json:
    return {"simulation_id": everything.made(phone, "/deferral-simulations", balance(phone))["id"]}


def test_a_deferral_is_simulated_on_a_card_of_ones_own(owner: Phone, stranger: Phone) -> None:
    path = "/deferral-simulations"
    mine, theirs = bought(stranger), bought(owner)
    for body in (
        balance(owner),
        purchases(owner, theirs),
        purchases(owner, mine),
        purchases(stranger, theirs),
        purchases(stranger, mine, theirs),
    ):
        assert_not_found(stranger, "POST", path, body)
    assert_done(owner, "POST", path, 201, balance(owner))
    assert_done(owner, "POST", path, 201, purchases(owner, theirs))
    assert_done(stranger, "POST", path, 201, purchases(stranger, mine))


def test_the_options_show_nothing_of_another_member(owner: Phone, stranger: Phone) -> None:
    (option,) = stranger.send(operations.get_deferral_options())["cards"]
    assert option["card_id"] == card(stranger) != card(owner)
    assert [each["purchase"]["merchant"] for each in option["purchases"]] == ["Tienda"]


def test_a_deferral_is_made_from_a_simulation_of_ones_own(owner: Phone, stranger: Phone) -> None:
    simulated = simulation(owner)
    assert_not_found(stranger, "POST", "/deferrals", simulated)
    assert_done(owner, "POST", "/deferrals", 201, simulated)


def test_a_deferral_is_shown_and_paid_off_by_its_member_alone(owner: Phone, stranger: Phone) -> None:
    path = f"/deferrals/{everything.confirmed(owner, everything.made(owner, '/deferrals', simulation(owner)))['id']}"
    from_mine, from_theirs = ({"origin_account_id": phone.savings()[0]["id"]} for phone in (stranger, owner))
    assert_not_found(stranger, "GET", path)
    assert_not_found(stranger, "POST", f"{path}/prepayment", from_mine)
    assert_not_found(stranger, "POST", f"{path}/prepayment", from_theirs)
    assert_not_found(owner, "POST", f"{path}/prepayment", from_mine)
    assert stranger.send(operations.list_deferrals())["items"] == []
    assert_done(owner, "GET", path, 200)
    assert_done(owner, "POST", f"{path}/prepayment", 201, from_theirs)
