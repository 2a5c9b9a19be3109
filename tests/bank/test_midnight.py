"""What is ordered before midnight and confirmed after it: the day of the debit is the day that counts."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from stdnum import luhn

from sandbox.kernel import clock
from sandbox.testing import Phone, operations
from tests.answers import Json, assert_problem
from tests.databases import database
from tests.transport import registry_of

MIDNIGHTS = ["2026-11-24", "2026-12-01", "2026-12-10"]
"""The days that begin: any, a month's first, a statement's."""
FAR_MIDNIGHTS = ["2027-01-01", "2027-03-01", "2028-02-29"]
"""A year's first, the first after February, a leap day in Carnival. The card is overdue by then."""


def before_midnight(phone: Phone, day: str) -> Phone:
    yesterday = date.fromisoformat(day) - timedelta(days=1)
    phone.sandbox.clock.advance_to(f"{yesterday}T23:58:00-05:00")
    return phone.log_in()


def after_midnight(phone: Phone, day: str) -> None:
    phone.sandbox.clock.advance_to(f"{day}T00:01:00-05:00")


def made(phone: Phone, path: str, body: Json) -> Json:
    answer = phone.call("POST", f"/v1{path}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def confirmed(phone: Phone, order: Json) -> Json:
    answer = phone.call(phone.confirmation(order["challenge"]["id"]))
    assert answer.status_code == 200, answer.text
    return answer.json()["resource"]


def origin(phone: Phone) -> Json:
    return {"origin_account_id": phone.savings()[0]["id"]}


def sent(phone: Phone, kind: str, amount: str) -> Json:
    beneficiary = phone.send(operations.list_beneficiaries(kind=kind))["items"][0]["id"]
    return made(phone, "/transfers", origin(phone) | {"kind": kind, "beneficiary_id": beneficiary, "amount": amount})


def own(phone: Phone) -> Json:
    return phone.transfer("5.00")


def cooperative(phone: Phone) -> Json:
    return sent(phone, "cooperative", "5.00")


def interbank(phone: Phone) -> Json:
    return sent(phone, "interbank", "5.00")


def biller(phone: Phone, name: str) -> str:
    return next(each["id"] for each in phone.send(operations.list_billers())["items"] if each["name"] == name)


def service(phone: Phone) -> Json:
    inquiry = made(phone, "/bill-inquiries", {"biller_id": biller(phone, "EEQ"), "reference": "200012345678"})
    return made(phone, "/service-payments", origin(phone) | {"inquiry_id": inquiry["id"]})


def top_up(phone: Phone) -> Json:
    body = {"biller_id": biller(phone, "Recarga Claro"), "reference": "0991234567", "amount": "5.00"}
    return made(phone, "/service-payments", origin(phone) | body)


def card(phone: Phone) -> Json:
    paid = {"card_id": phone.send(operations.list_cards())["items"][0]["id"], "amount": "5.00", "reference": "x"}
    return made(phone, "/card-payments", origin(phone) | paid)


def external_card(phone: Phone) -> Json:
    fifteen = "999999123456789"
    card = {
        "institution_id": phone.send(operations.list_institutions())["items"][0]["id"], "alias": "Visa", "document_type": "cedula",
        "number": fifteen + luhn.calc_check_digit(fifteen), "document_number": "1712345675", "holder_name": "Rosa",
        "maximum_amount": "300.00",
    }  # fmt: skip
    key = confirmed(phone, made(phone, "/external-cards", card))["id"]
    paid = {"external_card_id": key, "amount": "5.00", "reference": "x"}
    return made(phone, "/card-payments", origin(phone) | paid)


def pay_statement(phone: Phone) -> str:
    """Nothing is overdue, and something that was bought since can be deferred. Gives the card's id."""
    card = phone.send(operations.list_cards())["items"][0]
    if card["total_payment"] != "0.00":
        bought = {"merchant": "Tienda", "amount": "200.00"}
        phone.sandbox.send(operations.buy_with_card(card["id"], bought))
        paid = {"card_id": card["id"], "amount": card["total_payment"], "reference": "x"}
        confirmed(phone, made(phone, "/card-payments", origin(phone) | paid))
    return str(card["id"])


def deferral(phone: Phone) -> Json:
    card = pay_statement(phone)
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    return made(phone, "/deferrals", {"simulation_id": made(phone, "/deferral-simulations", wanted)["id"]})


def prepayment(phone: Phone) -> Json:
    key = confirmed(phone, deferral(phone))["id"]
    return made(phone, f"/deferrals/{key}/prepayment", origin(phone))


ORDERS: list[Callable[[Phone], Json]] = [
    own, cooperative, interbank, service, top_up, card, external_card, deferral, prepayment,
]  # fmt: skip


@pytest.mark.slow  # every order at every midnight
@pytest.mark.parametrize(
    ("order", "day"),
    [(order, day) for order in ORDERS for day in MIDNIGHTS]
    + [(order, day) for order in (own, interbank, service) for day in FAR_MIDNIGHTS],
)
def test_books_balance_and_the_debit_is_of_the_day_of_the_code(
    phone: Phone, order: Callable[[Phone], Json], day: str
) -> None:
    before_midnight(phone, day)
    waiting = order(phone)
    phone.sandbox.ledger.assert_balanced()
    after_midnight(phone, day)
    phone.sandbox.ledger.assert_balanced()
    held = phone.savings()[0]
    booked = confirmed_and_booked(phone, waiting)
    assert {clock.show(moment)[:10] for moment in booked} == (set() if order is deferral else {day})
    if order is not deferral:
        assert phone.savings()[0]["available_balance"] == held["available_balance"]  # what was held, and no more
    phone.sandbox.ledger.assert_balanced()
    phone.sandbox.clock.advance("P4D")
    phone.sandbox.ledger.assert_balanced()


def confirmed_and_booked(phone: Phone, waiting: Json) -> list[int]:
    """When the entries are that a confirmation adds."""
    connection = database(registry_of(phone.sandbox.connection.client).get(phone.sandbox.name))
    (last,) = connection.execute("SELECT max(id) FROM entry").fetchone()
    confirmed(phone, waiting)
    return [moment for (moment,) in connection.execute("SELECT moment FROM entry WHERE id > ?", (last,))]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("leave", ["cancel", "expire"])
def test_what_is_left_after_midnight_gives_everything_back(
    phone: Phone, order: Callable[[Phone], Json], leave: str
) -> None:
    before_midnight(phone, "2026-12-01")
    if order is prepayment:
        confirmed(phone, deferral(phone))
    if order is deferral:
        pay_statement(phone)
    available = phone.savings()[0]["available_balance"]
    waiting = order(phone) if order is not prepayment else made(
        phone, f"/deferrals/{phone.send(operations.list_deferrals())['items'][0]['id']}/prepayment", origin(phone)
    )  # fmt: skip
    after_midnight(phone, "2026-12-01")
    if leave == "cancel":
        assert phone.call("DELETE", f"/v1/challenges/{waiting['challenge']['id']}").status_code == 204
    else:
        phone.sandbox.clock.advance("PT10M")
        phone.log_in()
    assert phone.savings()[0]["available_balance"] == available
    assert set(used(phone).values()) == {"0.00"}
    phone.sandbox.ledger.assert_balanced()


def used(phone: Phone) -> dict[str, str]:
    return {each["kind"]: each["used_today"] for each in phone.send(operations.get_limits())["items"]}


@pytest.mark.parametrize(("order", "kind"), [(own, "own"), (cooperative, "cooperative"), (interbank, "interbank")])
def test_a_pending_transfer_counts_on_its_own_day_and_moves_to_the_day_of_its_code(
    phone: Phone, order: Callable[[Phone], Json], kind: str
) -> None:
    before_midnight(phone, "2026-11-24")
    waiting = order(phone)
    assert used(phone)[kind] == "5.00"
    after_midnight(phone, "2026-11-24")
    assert used(phone)[kind] == "0.00"
    confirmed(phone, waiting)
    assert used(phone)[kind] == "5.00"
    phone.sandbox.ledger.assert_balanced()
    confirmed(phone, order(phone))
    assert used(phone)[kind] == "10.00"


def rich(phone: Phone) -> Phone:
    """A member with money for two days, and a beneficiary to whom as much may be sent as to any."""
    traits = {
        "accounts": [{"balance": "20000.00"}],
        "interbank_beneficiaries": [
            {"institution": "Banco Pichincha", "account_number": "2203344556", "holder_name": "X",
             "document_number": "1712345675", "maximum": "9000.00"}
        ],
    }  # fmt: skip
    return Phone(phone.sandbox, phone.sandbox.send(operations.create_member(traits)))


def test_a_days_limit_holds_for_what_is_debited_on_it(phone: Phone) -> None:
    """5000.00 a day: what waits from yesterday is debited today, and leaves so much less for today."""
    member = before_midnight(rich(phone), "2026-11-24")
    waiting = [sent(member, "interbank", amount) for amount in ("2000.00", "2000.00", "1000.00")]
    refused = order_of(member, "0.01")
    assert_problem(member.call("POST", "/v1/transfers", json=refused), 422, "daily_limit_exceeded")
    after_midnight(member, "2026-11-24")
    for each in waiting:
        confirmed(member, each)
    assert used(member)["interbank"] == "5000.00"
    assert_problem(member.call("POST", "/v1/transfers", json=refused), 422, "daily_limit_exceeded")
    member.sandbox.ledger.assert_balanced()


@pytest.mark.parametrize(("first", "status"), [("3000.00", 200), ("3000.01", 422)])
def test_the_new_day_may_refuse_what_the_old_one_allowed(phone: Phone, first: str, status: int) -> None:
    member = before_midnight(rich(phone), "2026-11-24")
    waiting = sent(member, "interbank", "2000.00")
    after_midnight(member, "2026-11-24")
    today = [sent(member, "interbank", amount) for amount in ("2000.00", f"{float(first) - 2000:.2f}")]
    answer = member.call(member.confirmation(waiting["challenge"]["id"]))
    if status == 200:
        assert answer.json()["resource"]["status"] == "in_process"
        assert used(member)["interbank"] == "5000.00"
    else:
        assert_problem(answer, status, "daily_limit_exceeded")
        assert used(member)["interbank"] == first  # it still counts on its own day
        assert member.send(operations.get_transfer(waiting["id"]))["status"] == "pending_confirmation"
        member.sandbox.ledger.assert_balanced()
        assert member.call("DELETE", f"/v1/challenges/{today[1]['challenge']['id']}").status_code == 204
        confirmed(member, waiting)  # there is room again
        assert used(member)["interbank"] == "4000.00"
    member.sandbox.ledger.assert_balanced()


def order_of(phone: Phone, amount: str) -> Json:
    beneficiary = phone.send(operations.list_beneficiaries(kind="interbank"))["items"][0]["id"]
    return origin(phone) | {"kind": "interbank", "beneficiary_id": beneficiary, "amount": amount}


def scheduled(phone: Phone, day: int) -> Json:
    body = {
        "biller_id": biller(phone, "EEQ"), "reference": "200012345678", "day_of_month": day, "maximum_amount": "100.00",
    }  # fmt: skip
    return made(phone, "/scheduled-payments", origin(phone) | body)


@pytest.mark.parametrize(("day", "first"), [(28, "2026-12-28"), (1, "2026-12-01"), (2, "2026-12-02")])
def test_a_schedule_begins_with_the_first_day_after_its_code(phone: Phone, day: int, first: str) -> None:
    before_midnight(phone, "2026-12-01")
    waiting = scheduled(phone, day)
    after_midnight(phone, "2026-12-01")
    assert confirmed(phone, waiting)["next_run_at"] == f"{first}T08:00:00-05:00"
    phone.sandbox.clock.advance_to(f"{first}T08:00:00-05:00")
    [run] = phone.log_in().send(operations.list_scheduled_payment_runs(waiting["id"]))["items"]
    assert (run["period"], run["outcome"], run["ran_at"]) == ("2026-12", "paid", f"{first}T08:00:00-05:00")
    phone.sandbox.ledger.assert_balanced()


@pytest.mark.parametrize(("runs_at", "ran_at"), [("00:00", "2026-12-01T00:00:00"), ("23:59", "2026-12-01T23:59:00")])
def test_a_run_at_either_end_of_a_day_is_of_that_day_and_pays_that_months_bill(
    phone: Phone, runs_at: str, ran_at: str
) -> None:
    text = phone.sandbox.rules.read("schedules")
    taken = phone.sandbox.call("PUT", "/_sandbox/rules/schedules", content=text.replace('"08:00"', f'"{runs_at}"'))
    assert taken.status_code == 200, taken.text
    waiting = scheduled(phone, 1)
    assert confirmed(phone, waiting)["next_run_at"] == f"{ran_at}-05:00"
    phone.sandbox.clock.advance_to("2026-12-02T00:00:00-05:00")
    [run] = phone.log_in().send(operations.list_scheduled_payment_runs(waiting["id"]))["items"]
    assert (run["period"], run["outcome"], run["ran_at"]) == ("2026-12", "paid", f"{ran_at}-05:00")
    assert phone.send(operations.get_scheduled_payment(waiting["id"]))["next_run_at"] == f"2027-01-{ran_at[8:]}-05:00"
    phone.sandbox.ledger.assert_balanced()
