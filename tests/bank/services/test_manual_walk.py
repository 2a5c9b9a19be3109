"""The manual's chapter 5, «Pago de Servicios», step by step."""

from typing import Any

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing
from tests.databases import content
from tests.transport import bank_of


def biller(phone: Phone, name: str) -> Json:
    return next(each for each in phone.send(operations.list_billers())["items"] if each["name"] == name)


def inquire(phone: Phone, name: str = "EEQ", reference: str = "200012345678") -> Json:
    answer = phone.call(
        "POST", "/v1/bill-inquiries", json={"biller_id": biller(phone, name)["id"], "reference": reference}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def pay(phone: Phone, inquiry: Json) -> Json:
    body = {"origin_account_id": phone.savings()[0]["id"], "inquiry_id": inquiry["id"]}
    answer = phone.call("POST", "/v1/service-payments", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def confirmed(phone: Phone, made: Json) -> Json:
    answer = phone.call(phone.confirmation(made["challenge"]["id"]))
    assert answer.status_code == 200, answer.text
    return answer.json()["resource"]


def test_paso_1_categorias_y_empresas(phone: Phone) -> None:
    categories = [each["id"] for each in phone.send(operations.list_service_categories())["items"]]
    for category in categories:
        assert phone.send(operations.list_billers(category=category))["items"]
    shown = biller(phone, "CNEL")
    assert (shown["reference_label"], shown["fee"]) == ("CUEN", "0.30")


def test_paso_3_pagar_con_codigo(phone: Phone) -> None:
    before = float(phone.savings()[0]["available_balance"])
    bill = inquire(phone)
    made = pay(phone, bill)
    assert float(phone.savings()[0]["available_balance"]) == pytest.approx(before - float(bill["total"]))
    phone.sandbox.ledger.assert_balanced()
    done = confirmed(phone, made)
    assert (done["status"], done["automatic"]) == ("completed", False)
    assert float(phone.savings()[0]["book_balance"]) == pytest.approx(before - float(bill["total"]))
    assert inquire(phone)["status"] == "no_debt"  # this month's is paid
    again = phone.call(
        "POST", "/v1/service-payments", json={"origin_account_id": phone.savings()[0]["id"], "inquiry_id": bill["id"]}
    )
    assert_problem(again, 409, "bill_already_paid")
    history = phone.send(operations.list_service_payments(automatic="false"))["items"]
    assert [item["id"] for item in history] == [made["id"]]
    phone.sandbox.ledger.assert_balanced()


def test_next_month_there_is_a_new_bill(phone: Phone) -> None:
    first = inquire(phone)
    confirmed(phone, pay(phone, first))
    phone.sandbox.clock.advance("P1M")
    phone.log_in()
    assert inquire(phone)["status"] == "debt"


def test_a_cancelled_payment_gives_the_money_back(phone: Phone) -> None:
    before = phone.savings()[0]["available_balance"]
    made = pay(phone, inquire(phone))
    phone.call("DELETE", f"/v1/challenges/{made['challenge']['id']}")
    assert phone.savings()[0]["available_balance"] == before
    assert phone.send(operations.get_service_payment(made["id"]))["status"] == "cancelled"
    phone.sandbox.ledger.assert_balanced()
    confirmed(phone, pay(phone, inquire(phone)))


@pytest.mark.parametrize(
    ("reference", "status", "code"),
    [
        ("200012348888", 404, "reference_unknown"),
        ("200012349999", 503, "biller_unavailable"),
        ("12AB", 422, "reference_malformed"),
    ],
)
def test_references_that_come_to_nothing(phone: Phone, reference: str, status: int, code: str) -> None:
    body = {"biller_id": biller(phone, "EEQ")["id"], "reference": reference}
    assert_problem(phone.call("POST", "/v1/bill-inquiries", json=body), status, code)


def test_sin_deuda_is_an_answer(phone: Phone) -> None:
    bill = inquire(phone, reference="200012340000")
    assert (bill["status"], bill["amount_due"]) == ("no_debt", None)
    body = {"origin_account_id": phone.savings()[0]["id"], "inquiry_id": bill["id"]}
    assert_problem(phone.call("POST", "/v1/service-payments", json=body), 409, "nothing_due")


def test_an_inquiry_dies_with_the_clock(phone: Phone) -> None:
    bill = inquire(phone)
    phone.sandbox.clock.advance("PT5M")
    phone.log_in()
    body = {"origin_account_id": phone.savings()[0]["id"], "inquiry_id": bill["id"]}
    assert_problem(phone.call("POST", "/v1/service-payments", json=body), 409, "inquiry_expired")


def test_recargas_need_no_inquiry(phone: Phone) -> None:
    company = biller(phone, "Recarga Claro")
    body = {
        "origin_account_id": phone.savings()[0]["id"], "biller_id": company["id"], "reference": "0991234567",
        "amount": "5.00",
    }  # fmt: skip
    for _ in range(2):  # as often as one likes
        confirmed(phone, phone.call("POST", "/v1/service-payments", json=body).json())
    assert_problem(
        phone.call("POST", "/v1/service-payments", json=body | {"biller_id": biller(phone, "EEQ")["id"]}),
        422,
        "not_a_top_up",
    )
    both = phone.call("POST", "/v1/service-payments", json=body | {"inquiry_id": "inq_x"})
    assert failing(assert_problem(both, 422, "validation_failed")) == {"inquiry_id": "one_of"}
    phone.sandbox.ledger.assert_balanced()


def test_registro_de_servicio(phone: Phone) -> None:
    body = {"biller_id": biller(phone, "EEQ")["id"], "reference": "200012345678", "alias": "Casa"}
    made = phone.call("POST", "/v1/registered-services", json=body).json()
    assert phone.send(operations.list_registered_services())["items"] == []
    confirmed(phone, made)
    saved = phone.send(operations.list_registered_services())["items"][0]
    assert (saved["alias"], saved["status"]) == ("Casa", "active")
    assert_problem(phone.call("POST", "/v1/registered-services", json=body), 409, "service_already_registered")
    asked = phone.call("POST", "/v1/bill-inquiries", json={"registered_service_id": saved["id"]}).json()
    assert asked["reference"] == "200012345678"
    confirmed(phone, pay(phone, asked))
    assert phone.call("DELETE", f"/v1/registered-services/{saved['id']}").status_code == 204
    assert phone.send(operations.list_registered_services())["items"] == []


def test_registro_de_servicio_paso_2_an_inactive_account_is_not_taken(phone: Phone) -> None:
    origin = phone.savings()[0]["id"]
    phone.sandbox.send(operations.update_account(origin, {"status": "inactive"}))
    order = {
        "biller_id": biller(phone, "EEQ")["id"],
        "reference": "200012345678",
        "alias": "Casa",
        "origin_account_id": origin,
    }
    assert_problem(phone.call("POST", "/v1/registered-services", json=order), 422, "account_not_active")
    assert phone.send(operations.list_registered_services())["items"] == []


def test_registro_de_servicio_paso_2_the_account_to_pay_from_is_offered_again(phone: Phone) -> None:
    origin = phone.savings()[0]
    body = {"biller_id": biller(phone, "EEQ")["id"], "reference": "200012345678", "alias": "Casa"}
    made = phone.call("POST", "/v1/registered-services", json=body | {"origin_account_id": origin["id"]}).json()
    saved = confirmed(phone, made)
    assert phone.send(operations.list_registered_services())["items"] == [saved]
    assert (saved["origin_account_id"], saved["origin"]["number"]) == (origin["id"], origin["number"])
    without = confirmed(
        phone, phone.call("POST", "/v1/registered-services", json=body | {"reference": "200012345679"}).json()
    )
    assert (without["origin_account_id"], without["origin"]) == (None, None)


def test_a_service_is_registered_with_an_account_that_can_pay(phone: Phone) -> None:
    body = {"biller_id": biller(phone, "EEQ")["id"], "reference": "200012345678", "alias": "Casa"}
    shares = next(each["id"] for each in phone.accounts() if not each["debitable"])
    refused = phone.call("POST", "/v1/registered-services", json=body | {"origin_account_id": shares, "reference": "1"})
    problem = assert_problem(refused, 422, "account_not_debitable")
    assert failing(problem) == {"origin_account_id": "account_not_debitable", "reference": "reference_malformed"}
    origin = phone.savings()[0]["id"]
    made = phone.call("POST", "/v1/registered-services", json=body | {"origin_account_id": origin}).json()
    phone.sandbox.send(operations.update_account(origin, {"status": "inactive"}))
    assert_problem(phone.call(phone.confirmation(made["challenge"]["id"])), 422, "account_not_active")
    assert phone.send(operations.list_registered_services())["items"] == []


def schedule(phone: Phone, **changes: object) -> Json:
    body = {
        "origin_account_id": phone.savings()[0]["id"], "biller_id": biller(phone, "EEQ")["id"],
        "reference": "200012345678", "day_of_month": 5, "maximum_amount": "100.00",
    } | changes  # fmt: skip
    made = phone.call("POST", "/v1/scheduled-payments", json=body)
    assert made.status_code == 201, made.text
    return confirmed(phone, made.json())


def history(phone: Phone, made: Json) -> list[tuple[str, str, int]]:
    runs = phone.log_in().send(operations.list_scheduled_payment_runs(made["id"]))["items"]
    return [(run["period"], run["outcome"], run["attempts"]) for run in reversed(runs)]


def test_programar_pago_runs_twelve_times_a_year(bank: Sandbox) -> None:
    phone = bank.phone("premium")
    made = schedule(phone)
    assert made["next_run_at"] == "2026-12-05T08:00:00-05:00"
    bank.clock.advance("P1Y")
    runs = history(phone, made)
    assert len(runs) == 12
    assert {outcome for _, outcome, _ in runs} == {"paid"}
    automatic = phone.send(operations.list_service_payments(automatic="true"))["items"]
    assert len(automatic) == 12
    bank.ledger.assert_balanced()


def test_a_year_at_once_and_day_by_day_come_to_the_same(client) -> None:
    outcomes, databases = [], []
    for name, steps in (("at-once", ["P1Y"]), ("by-days", ["P1D"] * 365)):
        client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}})
        bank = bank_of(client, name)
        phone = bank.phone("al-dia")
        made = [schedule(phone), schedule(phone, reference="200012340000", day_of_month=28)]
        for step in steps:
            bank.clock.advance(step)
        databases.append(rows_of(client.app.registry.get(name)))
        phone.log_in()
        paid = phone.send(operations.list_service_payments(limit=200))["items"]
        outcomes.append(([history(phone, each) for each in made], paid, phone.accounts(), bank.ledger.audit()))
        client.delete(f"/_sandbox/sandboxes/{name}")
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][3]["balanced"]
    assert databases[0].keys() == databases[1].keys()
    for table, rows in databases[0].items():
        assert rows == databases[1][table], table


def rows_of(bank: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table; of what a sandbox knows of itself, not when its clock was wound up by the machine's."""
    found = content(bank)
    assert sum(map(len, found.values())) > 1000
    found["sandbox_fact"] = [row for row in found["sandbox_fact"] if row[0] != "clock_origin"]
    return found


SHORT = [("2026-12", "retrying", 1), ("2026-12", "retrying", 2), ("2026-12", "insufficient_funds", 3)]


def at(phone: Phone, moment: str) -> None:
    phone.sandbox.clock.advance_to(f"{moment}-05:00")
    phone.log_in()


def told(phone: Phone) -> list[str]:
    """Notices of scheduled payments, oldest first, after what was scheduled."""
    notices = phone.send(operations.list_notifications(limit=200))["items"]
    return [each["text"] for each in reversed(notices) if each["text"].startswith("Tu pago programado")]


def test_short_of_funds_it_tries_on_the_next_two_days_and_tells_each_time(bank: Sandbox) -> None:
    phone = bank.phone("sin-fondos")
    made = schedule(phone)
    words = "Tu pago programado de EEQ, referencia 200012345678, no se pagó: no hubo fondos."
    expected = [f"{words} Lo intentaremos de nuevo mañana."] * 2 + [words]
    for attempt, (day, following) in enumerate([(5, "2026-12-06"), (6, "2026-12-07"), (7, "2027-01-05")], 1):
        at(phone, f"2026-12-{day:02d}T07:59:59")
        assert history(phone, made) == SHORT[: attempt - 1]
        at(phone, f"2026-12-{day:02d}T08:00:00")
        assert history(phone, made) == SHORT[:attempt]
        assert told(phone) == expected[:attempt]
        assert phone.send(operations.get_scheduled_payment(made["id"]))["next_run_at"] == f"{following}T08:00:00-05:00"
    runs = phone.send(operations.list_scheduled_payment_runs(made["id"]))["items"]
    assert [run["reason"] for run in runs] == [None, "insufficient_funds", "insufficient_funds"]
    assert {run["amount"] for run in runs} == {runs[0]["amount"]}
    events = bank.send(operations.list_events(kind="scheduled_payment.retrying"))["items"]
    assert len(events) == 2


def test_money_that_comes_meanwhile_pays_at_the_next_attempt(bank: Sandbox) -> None:
    phone = bank.phone("sin-fondos")
    made = schedule(phone)
    at(phone, "2026-12-05T08:00:00")
    bank.members.deposit(phone.savings()[0]["id"], "200.00")
    at(phone, "2026-12-06T08:00:00")
    assert history(phone, made) == [("2026-12", "retrying", 1), ("2026-12", "paid", 2)]
    assert phone.send(operations.get_scheduled_payment(made["id"]))["next_run_at"] == "2027-01-05T08:00:00-05:00"
    bank.ledger.assert_balanced()


@pytest.mark.parametrize(
    ("changes", "following"),
    [
        ({"maximum_amount": "99.00"}, "2026-12-30"),  # it goes on where it was
        ({"day_of_month": 27}, "2027-01-27"),  # that day of the month has passed
        ({"day_of_month": 1}, "2027-01-01"),
    ],
)
def test_a_schedule_edited_between_two_attempts_goes_on_or_begins_with_its_new_day(
    bank: Sandbox, changes: Json, following: str
) -> None:
    phone = bank.phone("sin-fondos")
    made = schedule(phone, day_of_month=28)
    at(phone, "2026-12-29T08:00:00")
    outcomes = ["retrying", "retrying", "insufficient_funds", "retrying", "retrying"]  # of November, then of December
    assert [run[1] for run in history(phone, made)] == outcomes
    edited = phone.call("PATCH", f"/v1/scheduled-payments/{made['id']}", json=changes).json()
    assert edited["next_run_at"] == f"{following}T08:00:00-05:00"


@pytest.mark.parametrize(
    ("day", "following"), [(4, "2027-01-04"), (10, "2027-01-10"), (20, "2027-01-20"), (28, "2027-01-28")]
)
def test_another_day_after_the_months_run_begins_with_the_next_month(phone: Phone, day: int, following: str) -> None:
    made = schedule(phone)
    at(phone, "2026-12-08T00:00:00")
    assert history(phone, made) == [("2026-12", "paid", 1)]
    edited = phone.call("PATCH", f"/v1/scheduled-payments/{made['id']}", json={"day_of_month": day}).json()
    assert edited["next_run_at"] == f"{following}T08:00:00-05:00"
    phone.sandbox.clock.advance("P2M")
    assert [run[:2] for run in history(phone, made)] == [("2026-12", "paid"), ("2027-01", "paid"), ("2027-02", "paid")][
        : 2 if day > 8 else 3
    ]
    phone.sandbox.ledger.assert_balanced()


def test_attempts_that_reach_into_the_next_month_belong_to_theirs(bank: Sandbox) -> None:
    text = bank.rules.read("schedules")
    taken = bank.call("PUT", "/_sandbox/rules/schedules", content=text.replace("retries: 2", "retries: 5"))
    assert taken.status_code == 200, taken.text
    phone = bank.phone("sin-fondos")
    made = schedule(phone, day_of_month=28)
    at(phone, "2026-12-02T08:00:00")
    assert (
        phone.call("PATCH", f"/v1/scheduled-payments/{made['id']}", json={"maximum_amount": "99.00"}).status_code == 200
    )
    at(phone, "2026-12-10T00:00:00")
    assert history(phone, made) == [
        *(("2026-11", "retrying", attempt) for attempt in range(1, 6)), ("2026-11", "insufficient_funds", 6),
    ]  # fmt: skip
    assert phone.send(operations.get_scheduled_payment(made["id"]))["next_run_at"] == "2026-12-28T08:00:00-05:00"


@pytest.mark.parametrize(
    ("changes", "outcome", "attempts"),
    [
        ({"maximum_amount": "1.00"}, "over_maximum", 1),
        ({"reference": "200012340000"}, "nothing_due", 1),
        ({"reference": "200012349999"}, "biller_unavailable", 3),
    ],
)
def test_what_is_not_paid_says_why(phone: Phone, changes: Json, outcome: str, attempts: int) -> None:
    made = schedule(phone, **changes)
    phone.sandbox.clock.advance_to("2026-12-10T00:00:00-05:00")
    assert history(phone, made) == [
        *(("2026-12", "retrying", attempt) for attempt in range(1, attempts)), ("2026-12", outcome, attempts),
    ]  # fmt: skip
    assert len(told(phone)) == attempts


def test_pausar_y_seguir(phone: Phone) -> None:
    made = schedule(phone)
    paused = phone.call("PATCH", f"/v1/scheduled-payments/{made['id']}", json={"paused": True}).json()
    assert (paused["status"], paused["next_run_at"]) == ("paused", None)
    phone.sandbox.clock.advance("P2M")
    assert history(phone, made) == []
    resumed = phone.call(
        "PATCH", f"/v1/scheduled-payments/{made['id']}", json={"paused": False, "day_of_month": 10}
    ).json()
    assert (resumed["status"], resumed["next_run_at"]) == ("active", "2027-02-10T08:00:00-05:00")
    assert phone.call("DELETE", f"/v1/scheduled-payments/{made['id']}").status_code == 204
    phone.sandbox.clock.advance("P2M")
    assert phone.log_in().send(operations.list_scheduled_payments())["items"] == []


@pytest.mark.parametrize("day", [0, 29, "5", None])
def test_a_day_that_not_every_month_has_is_refused(phone: Phone, day: object) -> None:
    body = {
        "origin_account_id": phone.savings()[0]["id"], "biller_id": biller(phone, "EEQ")["id"],
        "reference": "200012345678", "day_of_month": day, "maximum_amount": "100.00",
    }  # fmt: skip
    problem = assert_problem(phone.call("POST", "/v1/scheduled-payments", json=body), 422, "validation_failed")
    assert list(failing(problem)) == ["day_of_month"]
