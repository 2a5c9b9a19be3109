"""What each thing that members do moves, keeps and tells."""

import pytest

from sandbox.testing import Sandbox, operations
from tests.answers import Json
from tests.bank.life.living import EACH_TENTH, HUNDRED, alone, balance, kept, moved, once, only, outcomes

CARD = {"credit": "900.00", "purchases": [{"merchant": "Tienda", "amount": "120.00", "days_ago": 40}]}
RICH = {"accounts": [{"balance": "1000.00"}]}
WHOSE_CARD = "who: {has: [card]}, labels: [Algo]"


def events(bank: Sandbox, member: Json) -> list[str]:
    """What is told of the member's life, from the first to the last."""
    found = bank.send(operations.list_events(kind="life", member_id=member["id"]))["items"]
    return [event["kind"] for event in found]


def notices(bank: Sandbox, member: Json) -> list[tuple[str, str]]:
    """Title and text of what the member finds in the app, but for having logged in, the newest first."""
    items = bank.phone(member).send(operations.list_notifications())["items"]
    return [(each["title"], each["text"]) for each in items if each["kind"] != "access"]


def movements(bank: Sandbox, member: Json) -> list[tuple[str, str, str, str]]:
    """Date, concept, reference and amount of the member's movements, the newest first."""
    phone = bank.phone(member)
    account = phone.savings()[0]["id"]
    found = phone.send(operations.list_movements(account, from_="2026-11-24", to="2027-03-31"))["items"]
    return [(each["date"], each["concept"], each["reference"], each["amount"]) for each in found]


@pytest.mark.parametrize(
    ("what", "of_the_bank", "concept", "title"),
    [
        ("salary", "FUNDING", "110 - NC ACREDITACION DE SUELDO", "Acreditación recibida"),
        ("remittance", "FUNDING", "111 - NC GIRO DEL EXTERIOR", "Giro recibido"),
        ("takings", "FUNDING", "112 - NC COBRO DE VENTA", "Cobro recibido"),
        ("transfer_received", "FUNDING", "1653 - NC TRANSFERENCIA INTERBANCARIA", "Transferencia recibida"),
    ],
)
def test_money_that_comes_is_credited_and_told(
    bank: Sandbox, what: str, of_the_bank: str, concept: str, title: str
) -> None:
    once(bank, what)
    member = alone(bank, **RICH)
    bank.clock.advance("P20D")
    assert balance(bank, member) == 1100_00
    assert moved(bank, of_the_bank) == -100_00
    ((moment, told, reference, amount),) = movements(bank, member)
    assert (moment[:16], told, reference, amount) == ("2026-12-10T10:00", concept, "Algo", "100.00")
    ((heading, text),) = notices(bank, member)
    assert heading == title
    assert "$100.00" in text
    assert "Algo" in text
    assert events(bank, member) == [f"life.{what}"]
    bank.ledger.assert_balanced()


@pytest.mark.parametrize(
    ("what", "of_the_bank", "concept"),
    [
        ("withdrawal", "FUNDING", "102 - ND RETIRO CAJERO AUTOMATICO"),
        ("purchase", "CARD_ISSUERS", "2210 - ND COMPRA TARJETA DE DEBITO"),
        ("service", "BILLERS", "2120 - ND DEBITO AUTOMATICO DE SERVICIOS"),
        ("fee", "FEES", "28 - ND SERVICIOS ASISTENCIAS"),
    ],
)
def test_money_that_goes_is_debited_and_not_told(bank: Sandbox, what: str, of_the_bank: str, concept: str) -> None:
    once(bank, what)
    member = alone(bank, **RICH)
    bank.clock.advance("P20D")
    assert balance(bank, member) == 900_00
    assert moved(bank, of_the_bank) == 100_00
    ((_, told, reference, amount),) = movements(bank, member)
    assert (told, reference, amount) == (concept, "Algo", "-100.00")
    assert notices(bank, member) == []
    assert events(bank, member) == [f"life.{what}"]
    bank.ledger.assert_balanced()


@pytest.mark.parametrize(
    ("has", "outcome", "left"),
    [("99.99", "refused", 99_99), ("100.00", "posted", 0), ("100.01", "posted", 1)],
)
def test_what_is_not_there_is_refused_and_remembered(bank: Sandbox, has: str, outcome: str, left: int) -> None:
    once(bank, "purchase")
    member = alone(bank, accounts=[{"balance": has}])
    bank.clock.advance("P20D")
    assert outcomes(bank) == [("purchase", outcome, 100_00)]
    assert balance(bank, member) == left
    assert events(bank, member) == ["life.refused" if outcome == "refused" else "life.purchase"]
    assert bank.life.read()["counts"] == {("refused" if outcome == "refused" else "purchase"): 1}
    bank.ledger.assert_balanced()


def test_what_is_held_is_not_there(bank: Sandbox) -> None:
    once(bank, "purchase")
    alone(bank, accounts=[{"balance": "150.00", "holds": [{"amount": "50.01", "reason": "judicial"}]}])
    bank.clock.advance("P20D")
    assert outcomes(bank) == [("purchase", "refused", 100_00)]


@pytest.mark.parametrize(
    ("has", "expected"),
    [("49.99", []), ("50.00", [("withdrawal", "posted", 10_00)]), ("1000.00", [("withdrawal", "posted", 200_00)])],
)
def test_a_part_of_what_is_available_is_withdrawn(
    bank: Sandbox, has: str, expected: list[tuple[str, str, int]]
) -> None:
    """Where that is too little the member does not go to the machine: nothing is refused."""
    once(bank, "withdrawal", amount=PART)
    member = alone(bank, accounts=[{"balance": has}])
    bank.clock.advance("P20D")
    assert outcomes(bank) == expected
    assert events(bank, member) == [f"life.{what}" for what, _, _ in expected]


PART = 'amount: {of_available: "20.00", least: {money: "10.00"}, most: {money: "300.00"}, step: {money: "10.00"}}'


@pytest.mark.parametrize("what", ["salary", "purchase", "transfer", "card_purchase"])
@pytest.mark.parametrize(("has", "amounts"), [("49.99", []), ("100.00", [20_00])])
def test_whatever_moves_may_be_a_part_of_what_is_available(
    bank: Sandbox, what: str, has: str, amounts: list[int]
) -> None:
    once(bank, what, amount=PART, more=WHOSE_CARD)
    cards = [{"credit": "900.00"}]
    alone(bank, accounts=[{"balance": has}], beneficiaries=[{"of": "sin-fondos"}], cards=cards)
    bank.clock.advance("P20D")
    assert outcomes(bank) == [(what, "posted", amount) for amount in amounts]
    bank.ledger.assert_balanced()


def test_a_transfer_goes_to_a_beneficiary_and_both_see_it(bank: Sandbox) -> None:
    once(bank, "transfer")
    friend = bank.members.persona("sin-fondos")
    had = balance(bank, friend)
    member = alone(bank, **RICH, beneficiaries=[{"of": "sin-fondos"}])
    bank.clock.advance("P20D")
    assert (balance(bank, member), balance(bank, friend)) == (900_00, had + 100_00)
    assert movements(bank, member)[0][1:] == ("1634 - TRANSFERENCIA A CUENTA TERCEROS", "Algo", "-100.00")
    assert movements(bank, friend)[0][1:] == ("22047 - NC TRANSFERENCIA PAGO DIRECTO", "Algo", "100.00")
    assert [title for title, _ in notices(bank, friend)][:1] == ["Transferencia recibida"]
    assert notices(bank, member) == []
    bank.ledger.assert_balanced()


def test_a_transfer_is_of_no_more_than_the_beneficiarys_maximum(bank: Sandbox) -> None:
    once(bank, "transfer")
    alone(bank, **RICH, beneficiaries=[{"of": "sin-fondos", "maximum": "60.00"}])
    bank.clock.advance("P20D")
    assert outcomes(bank) == [("transfer", "posted", 60_00)]


def test_a_transfer_that_is_refused_is_told_to_neither(bank: Sandbox) -> None:
    once(bank, "transfer")
    friend = bank.members.persona("sin-fondos")
    member = alone(bank, accounts=[{"balance": "99.99"}], beneficiaries=[{"of": "sin-fondos"}])
    before = notices(bank, friend)
    bank.clock.advance("P20D")
    assert outcomes(bank) == [("transfer", "refused", 100_00)]
    assert (notices(bank, member), notices(bank, friend)) == ([], before)


def test_a_member_without_beneficiaries_transfers_nothing(bank: Sandbox) -> None:
    once(bank, "transfer")
    alone(bank, **RICH)
    bank.clock.advance("P20D")
    assert kept(bank) == []


def test_a_card_purchase_is_a_purchase_of_the_card(bank: Sandbox) -> None:
    once(bank, "card_purchase", more=WHOSE_CARD)
    member = alone(bank, cards=[{"credit": "100.00"}])
    phone = bank.phone(member)
    card = phone.send(operations.list_cards())["items"][0]["id"]
    bank.clock.advance("P20D")
    (bought,) = bank.phone(member).send(operations.list_card_purchases(card))["items"]
    assert (bought["merchant"], bought["amount"], bought["date"][:16]) == ("Algo", "100.00", "2026-12-10T10:00")
    assert outcomes(bank) == [("card_purchase", "posted", 100_00)]
    assert events(bank, member) == ["life.card_purchase"]
    bank.ledger.assert_balanced()


@pytest.mark.parametrize("traits", [{"credit": "99.99"}, {"credit": "900.00", "status": "blocked"}])
def test_a_card_without_credit_or_blocked_refuses(bank: Sandbox, traits: Json) -> None:
    once(bank, "card_purchase", more=WHOSE_CARD)
    member = alone(bank, cards=[traits])
    bank.clock.advance("P20D")
    assert outcomes(bank) == [("card_purchase", "refused", 100_00)]
    assert bank.phone(member).send(operations.list_cards())["items"][0]["owed"] == "0.00"
    bank.ledger.assert_balanced()


def pays(bank: Sandbox, asks: str, **options: str) -> None:
    """Have members who have a card pay it."""
    forgotten = options.get("forgotten", "0.00")
    more = f'who: {{has: [card]}}, forgotten: "{forgotten}"'
    once(bank, "card_payment", amount=f"amount: {{of_statement: {asks}}}", more=more)


@pytest.mark.parametrize(("asks", "field"), [("total", "total_payment"), ("minimum", "minimum_payment")])
def test_a_card_is_paid_what_its_statement_asks_for(bank: Sandbox, asks: str, field: str) -> None:
    pays(bank, asks)
    member = alone(bank, **RICH, cards=[CARD])
    bank.clock.advance("P16DT23H")  # to the morning of the tenth
    before = bank.phone(member).send(operations.list_cards())["items"][0]
    asked = int(before[field].replace(".", ""))
    assert asked > 0
    bank.clock.advance("P1D")
    after = bank.phone(member).send(operations.list_cards())["items"][0]
    assert outcomes(bank) == [("card_payment", "posted", asked)]
    assert balance(bank, member) == 1000_00 - asked
    assert after[field] == "0.00"
    assert int(after["owed"].replace(".", "")) == int(before["owed"].replace(".", "")) - asked
    bank.ledger.assert_balanced()


def test_a_card_that_asks_for_nothing_is_not_paid(bank: Sandbox) -> None:
    pays(bank, "total")
    alone(bank, **RICH, cards=[{"credit": "900.00"}])
    bank.clock.advance("P20D")
    assert kept(bank) == []


@pytest.mark.parametrize(
    ("has", "outcome", "amount"),
    [("5.99", "refused", 6_00), ("6.00", "posted", 6_00), ("6.01", "posted", 6_00), ("119.99", "posted", 6_00),
     ("120.00", "posted", 120_00), ("120.01", "posted", 120_00)],
)  # fmt: skip
def test_a_card_is_paid_its_minimum_where_all_of_it_is_more_than_there_is(
    bank: Sandbox, has: str, outcome: str, amount: int
) -> None:
    """The statement asks for 120.00, and for 6.00 at least."""
    pays(bank, "total")
    alone(bank, accounts=[{"balance": has}], cards=[CARD])
    bank.clock.advance("P20D")
    assert outcomes(bank) == [("card_payment", outcome, amount)]
    bank.ledger.assert_balanced()


def test_a_card_whose_minimum_is_paid_is_not_paid_out_of_nothing(bank: Sandbox) -> None:
    each = "what: card_payment, amount: {of_statement: total}, who: {has: [card]}, when: {monthly: {days: [12, 14]}"
    only(bank, f'{each}, from: "10:00", to: "10:01"}}')
    alone(bank, accounts=[{"balance": "6.00"}], cards=[CARD])
    bank.clock.advance("P25D")
    assert outcomes(bank) == [("card_payment", "posted", 6_00)]
    bank.ledger.assert_balanced()


def test_a_card_payment_that_is_forgotten_is_reminded_of(bank: Sandbox) -> None:
    pays(bank, "total", forgotten="100.00")
    member = alone(bank, **RICH, cards=[CARD])
    bank.clock.advance("P20D")
    assert outcomes(bank) == [("card_payment", "forgotten", 120_00)]
    assert balance(bank, member) == 1000_00
    assert events(bank, member) == ["life.forgotten"]
    told = dict(notices(bank, member))["Tienes un pago pendiente"]
    assert "$120.00" in told
    bank.ledger.assert_balanced()


LOAN = {
    "type": "loan", "name": "Crédito", "amount": "1200.00", "balance": "1200.00", "rate": "12.00", "months_left": 12,
}  # fmt: skip
DEPOSIT = {
    "type": "term_deposit", "name": "Depósito", "amount": "500.00", "balance": "500.00", "rate": "6.00", "months_left": 1,
}  # fmt: skip


def test_an_instalment_is_paid_and_told(bank: Sandbox) -> None:
    once(bank, "loan_instalment", amount="", more="who: {has: [loan]}")
    member = alone(bank, **RICH, holdings=[LOAN])
    bank.clock.advance("P20D")
    ((what, outcome, amount),) = outcomes(bank)
    assert (what, outcome) == ("loan_instalment", "posted")
    assert 100_00 < amount < 120_00
    assert balance(bank, member) == 1000_00 - amount
    assert len(notices(bank, member)) == 1
    assert events(bank, member) == ["life.loan_instalment"]
    bank.ledger.assert_balanced()


def test_an_instalment_without_funds_is_refused_and_told(bank: Sandbox) -> None:
    once(bank, "loan_instalment", amount="", more="who: {has: [loan]}")
    member = alone(bank, accounts=[{"balance": "1.00"}], holdings=[LOAN])
    bank.clock.advance("P20D")
    assert [outcome for _, outcome, _ in outcomes(bank)] == ["refused"]
    assert balance(bank, member) == 1_00
    assert len(notices(bank, member)) == 1
    bank.ledger.assert_balanced()


def test_an_instalment_that_is_forgotten_is_paid_with_the_next(bank: Sandbox) -> None:
    once(bank, "loan_instalment", amount="", more='who: {has: [loan]}, forgotten: "100.00"')
    member = alone(bank, **RICH, holdings=[LOAN])
    bank.clock.advance("P20D")
    ((_, outcome, due),) = outcomes(bank)
    assert outcome == "forgotten"
    assert balance(bank, member) == 1000_00
    assert [title for title, _ in notices(bank, member)] == ["Tienes una cuota pendiente"]
    once(bank, "loan_instalment", amount="", more="who: {has: [loan]}")
    bank.clock.advance("P1M")
    assert outcomes(bank)[1:] == [("loan_instalment", "posted", due)] * 2
    bank.ledger.assert_balanced()


def test_a_loan_that_is_paid_off_asks_for_no_more(bank: Sandbox) -> None:
    purchase = 'what: purchase, who: {has: [loan]}, when: {monthly: {days: [10]}, from: "11:00", to: "11:01"}'

    only(bank, f"what: loan_instalment, who: {{has: [loan]}}, {EACH_TENTH}", f"{purchase}, {HUNDRED}")
    alone(bank, **RICH, holdings=[LOAN | {"balance": "90.00", "months_left": 1}])
    bank.clock.advance("P2M")
    assert [what for what, _, _ in outcomes(bank)] == ["loan_instalment"]
    bank.ledger.assert_balanced()


def test_a_term_deposit_matures_on_its_day(bank: Sandbox) -> None:
    only_due = 'what: maturity, who: {has: [term_deposit]}, when: {due: true, from: "05:30", to: "06:00"}'

    only(bank, only_due)
    member = alone(bank, **RICH, holdings=[DEPOSIT])
    bank.clock.advance("P40D")
    ((what, outcome, amount),) = outcomes(bank)
    assert (what, outcome) == ("maturity", "posted")
    assert 510_00 < amount < 520_00
    assert balance(bank, member) == 1000_00 + amount
    assert len(notices(bank, member)) == 1
    bank.ledger.assert_balanced()


def test_savings_earn_their_interest(bank: Sandbox) -> None:
    once(bank, "interest", amount="", more="")
    member = alone(
        bank, accounts=[{"balance": "1000.00"}, {"balance": "500.00"}, {"balance": "9.00", "status": "inactive"}]
    )
    bank.clock.advance("P20D")
    assert [(what, outcome) for what, outcome, _ in outcomes(bank)] == [("interest", "posted")] * 2
    first, second = (amount for _, _, amount in outcomes(bank))
    assert first > second > 0
    assert [balance(bank, member, place) for place in range(3)] == [1000_00 + first, 500_00 + second, 9_00]
    assert len(notices(bank, member)) == 2
    bank.ledger.assert_balanced()


@pytest.mark.parametrize(
    "change",
    [{"status": "inactive"}, {"locked_minutes": 525_600}, {"life": "off"}, {"life": None}],
)
def test_a_member_who_is_not_active_or_still_does_nothing(bank: Sandbox, change: Json) -> None:
    once(bank, "purchase")
    member = alone(bank, **RICH)
    bank.send(operations.update_member(member["id"], change))
    bank.clock.advance("P20D")
    assert kept(bank) == []


def test_a_member_whose_accounts_are_not_active_does_nothing(bank: Sandbox) -> None:
    once(bank, "purchase")
    member = alone(bank, **RICH)
    bank.send(operations.update_account(member["accounts"][0]["id"], {"status": "inactive"}))
    bank.clock.advance("P20D")
    assert kept(bank) == []


def test_life_sends_no_sms_and_no_email(bank: Sandbox) -> None:
    bank.life.set("busy")
    done = bank.clock.advance("P1M")
    assert done["counts"]["life.salary"] > 10
    assert bank.send(operations.list_messages())["items"] == []
