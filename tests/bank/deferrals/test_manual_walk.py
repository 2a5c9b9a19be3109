"""The manual's chapter 8, «Diferido de Tarjetas», step by step."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing


def option(phone: Phone) -> Json:
    return phone.send(operations.get_deferral_options())["cards"][0]


def bought(phone: Phone, merchant: str) -> str:
    return next(
        each["purchase"]["id"] for each in option(phone)["purchases"] if merchant in each["purchase"]["merchant"]
    )


def simulate(phone: Phone, **changes: object) -> Json:
    body = {
        "card_id": option(phone)["card_id"], "kind": "purchases", "purchase_ids": [bought(phone, "Almacenes")],
        "term_months": 6,
    } | changes  # fmt: skip
    answer = phone.call(
        "POST", "/v1/deferral-simulations", json={key: value for key, value in body.items() if value is not None}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def defer(phone: Phone, simulation: Json) -> Json:
    made = phone.call("POST", "/v1/deferrals", json={"simulation_id": simulation["id"]})
    assert made.status_code == 201, made.text
    answer = phone.call(phone.confirmation(made.json()["challenge"]["id"]))
    assert answer.status_code == 200, answer.text
    return answer.json()["resource"]


def test_paso_4_elige_el_consumo_and_the_others_say_why_not(phone: Phone) -> None:
    reasons = {each["purchase"]["merchant"]: each["reasons"] for each in option(phone)["purchases"]}
    assert reasons["Almacenes Ficticios"] == []
    assert reasons["Café de Prueba"] == ["Se difiere desde 50.00."]
    assert reasons["Agencia de Viajes Irreal"] == ["El consumo tiene más de 60 días."]
    assert reasons["Avance de efectivo"] == ["Los avances de efectivo no se difieren."]


def test_paso_5_simula_to_the_cent(phone: Phone) -> None:
    found = simulate(phone)
    assert (found["principal"], found["nominal_rate"], found["effective_rate"]) == ("240.50", "15.60", "16.77")
    assert (found["installment"], found["total"], found["total_interest"]) == ("41.93", "251.56", "11.06")
    assert [row["interest"] for row in found["schedule"]] == ["3.13", "2.62", "2.11", "1.59", "1.07", "0.54"]
    assert found["schedule"][0]["due_date"] == "2026-12-23"
    assert found["schedule"][-1]["balance"] == "0.00"
    assert phone.send(operations.list_deferrals())["items"] == []


def test_paso_6_confirma_and_instalments_post_with_the_clock(phone: Phone) -> None:
    done = defer(phone, simulate(phone))
    assert (done["status"], done["outstanding"]) == ("active", "240.50")
    again = option(phone)["purchases"]
    assert next(each for each in again if "Almacenes" in each["purchase"]["merchant"])["reasons"] == [
        "El consumo ya está diferido."
    ]
    card = phone.send(operations.list_cards())["items"][0]
    assert (card["deferred"], card["revolving_balance"]) == ("240.50", "624.10")
    phone.sandbox.clock.advance("P1M")
    assert phone.log_in().send(operations.get_deferral(done["id"]))["outstanding"] == "201.70"
    owed = phone.send(operations.list_cards())["items"][0]["owed"]
    assert float(owed) == pytest.approx(864.60 + 3.13)
    phone.sandbox.clock.advance("P6M")
    finished = phone.log_in().send(operations.get_deferral(done["id"]))
    assert (finished["status"], finished["outstanding"]) == ("finished", "0.00")
    assert float(phone.send(operations.list_cards())["items"][0]["owed"]) == pytest.approx(864.60 + 11.06)
    phone.sandbox.ledger.assert_balanced()


def test_saldo_rotativo_with_grace(phone: Phone) -> None:
    found = simulate(
        phone, kind="revolving_balance", purchase_ids=None, amount="240.50", grace_months=2, term_months=48
    )
    assert found["schedule"][0]["due_date"] == "2027-02-23"
    assert found["total_interest"] > "6.26"
    defer(phone, found)
    phone.sandbox.ledger.assert_balanced()


def test_sin_intereses(phone: Phone) -> None:
    found = simulate(phone, plan="interest_free", term_months=3)
    assert (found["total_interest"], found["effective_rate"]) == ("0.00", "0.00")
    assert [row["amount"] for row in found["schedule"]] == ["80.17", "80.17", "80.16"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"term_months": 7}, "term_not_offered"), ({"term_months": 48}, "term_not_offered"),
        ({"grace_months": 4}, "term_not_offered"), ({"plan": "interest_free", "term_months": 9}, "term_not_offered"),
        ({"kind": "revolving_balance", "purchase_ids": None, "amount": "99.99"}, "deferral_not_eligible"),
        ({"kind": "revolving_balance", "purchase_ids": None, "amount": "5000.00"}, "deferral_not_eligible"),
        ({"amount": "10.00"}, "validation_failed"), ({"purchase_ids": None}, "validation_failed"),
    ],
)  # fmt: skip
def test_what_is_not_offered_is_refused(phone: Phone, changes: Json, code: str) -> None:
    body = {
        "card_id": option(phone)["card_id"], "kind": "purchases", "purchase_ids": [bought(phone, "Almacenes")],
        "term_months": 6,
    } | changes  # fmt: skip
    answer = phone.call(
        "POST", "/v1/deferral-simulations", json={key: value for key, value in body.items() if value is not None}
    )
    assert_problem(answer, 422, code)


def test_a_purchase_is_not_deferred_twice_also_by_way_of_two_codes(phone: Phone) -> None:
    made = [phone.call("POST", "/v1/deferrals", json={"simulation_id": simulate(phone)["id"]}).json() for _ in range(2)]
    phone.confirm(made[0]["challenge"]["id"])
    assert_problem(phone.call(phone.confirmation(made[1]["challenge"]["id"])), 422, "deferral_not_eligible")
    ids = [bought(phone, "Supermercado")] * 2
    assert simulate(phone, purchase_ids=ids)["principal"] == "86.30"


def test_a_simulation_dies_with_the_clock(phone: Phone) -> None:
    found = simulate(phone)
    phone.sandbox.clock.advance("PT15M")
    answer = phone.log_in().call("POST", "/v1/deferrals", json={"simulation_id": found["id"]})
    assert_problem(answer, 409, "simulation_expired")


def test_an_overdue_card_defers_nothing(bank: Sandbox) -> None:
    phone = bank.phone("tarjeta-vencida")
    shown = option(phone)
    assert (shown["eligible"], shown["reasons"]) == (False, ["La tarjeta tiene pagos vencidos."])
    body = {"card_id": shown["card_id"], "kind": "revolving_balance", "amount": "100.00", "term_months": 3}
    answer = phone.call("POST", "/v1/deferral-simulations", json=body, headers={"Accept-Language": "en"})
    problem = assert_problem(answer, 422, "deferral_not_eligible")
    assert (problem["rule"]["id"], problem["detail"]) == ("deferral.card_not_overdue", "The card is overdue.")


def test_precancelar(phone: Phone) -> None:
    done = defer(phone, simulate(phone))
    phone.sandbox.clock.advance("P1M15D")
    phone.log_in()
    origin = {"origin_account_id": phone.savings()[0]["id"]}
    started = phone.call("POST", f"/v1/deferrals/{done['id']}/prepayment", json=origin).json()
    assert (started["principal"], started["interest"]) == (
        "201.70",
        "1.22",
    )  # 23 December to 7 January: 14 days by 30/360
    phone.sandbox.ledger.assert_balanced()
    paid = phone.confirm(started["challenge"]["id"])["resource"]
    assert paid["status"] == "completed"
    shown = phone.send(operations.get_deferral(done["id"]))
    assert (shown["status"], shown["outstanding"]) == ("prepaid", "0.00")
    again = phone.call("POST", f"/v1/deferrals/{done['id']}/prepayment", json=origin)
    assert_problem(again, 409, "deferral_not_active")
    jobs = phone.sandbox.clock.advance("P1Y")["jobs"]
    assert [job for job in jobs if job["kind"] == "deferral.instalment"] == []
    phone.sandbox.ledger.assert_balanced()


def test_an_instalment_posted_meanwhile_makes_a_prepayment_void(phone: Phone) -> None:
    done = defer(phone, simulate(phone))
    phone.sandbox.clock.advance_to("2026-12-23T09:13:00-05:00")
    phone.log_in()
    origin = {"origin_account_id": phone.savings()[0]["id"]}
    started = phone.call("POST", f"/v1/deferrals/{done['id']}/prepayment", json=origin).json()
    phone.sandbox.clock.advance("PT4M")
    assert_problem(phone.call(phone.confirmation(started["challenge"]["id"])), 409, "deferral_not_active")
    phone.sandbox.clock.advance("PT4M")
    phone.sandbox.ledger.assert_balanced()


def test_fields_missing_are_named(phone: Phone) -> None:
    answer = phone.call("POST", "/v1/deferral-simulations", json={})
    assert set(failing(assert_problem(answer, 422, "validation_failed"))) == {"card_id", "kind", "term_months"}
