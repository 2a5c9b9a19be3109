"""The golden database: the same for the same seed, balanced from day one, and what the personas promise."""

import sqlite3
from pathlib import Path

import pytest

from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.control.ledger import audit_file
from sandbox.domain.identity import Documents, is_cedula, is_mobile
from sandbox.domain.rules import RuleBook
from sandbox.kernel import clock
from sandbox.seeding.documents import SeedInvalid
from sandbox.seeding.golden import build, golden_name
from sandbox.seeding.personas import load
from sandbox.storage.schema import Origin
from sandbox.testing import Phone, Sandbox, operations
from tests import goldens
from tests.answers import assert_problem
from tests.functional.processes import ROOT

pytestmark = pytest.mark.slow

START = clock.parse("2026-11-23T09:15:00-05:00")
RECIPE = goldens.recipe(ROOT / "seed", ROOT / "rules")


def built(path: Path, seed: str = "a", members: int = 60, start: clock.Micros = START) -> Path:
    build(path, Origin(seed, members, start), RECIPE)
    return path


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("golden") / "golden.sqlite")


def rows(path: Path, sql: str) -> list[tuple]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_the_same_seed_makes_the_same_bytes(golden: Path, tmp_path: Path) -> None:
    assert built(tmp_path / "again.sqlite").read_bytes() == golden.read_bytes()


def test_another_seed_makes_other_people(golden: Path, tmp_path: Path) -> None:
    other = built(tmp_path / "other.sqlite", seed="b")
    documents = "SELECT document_number FROM member WHERE persona IS NULL"
    assert set(rows(other, documents)).isdisjoint(rows(golden, documents))


def test_a_member_is_the_same_whatever_their_number(golden: Path, tmp_path: Path) -> None:
    more = built(tmp_path / "more.sqlite", members=80)
    first = "SELECT document_number, username, phone, first_names FROM member WHERE id <= 60 ORDER BY id"
    assert rows(more, first) == rows(golden, first)


def test_the_books_balance_from_day_one(golden: Path) -> None:
    found = audit_file(golden, Chapters(CHAPTERS).checks)
    assert found.balanced, found.violations
    assert found.postings > 25_000


def test_history_ends_before_the_clock_starts_and_runs_forward(golden: Path) -> None:
    assert rows(golden, "SELECT max(moment) FROM posting")[0][0] < START
    backwards = """SELECT count(*) FROM (SELECT moment, lag(moment) OVER (PARTITION BY account_id ORDER BY id) AS before
        FROM posting WHERE account_id > 100) WHERE moment < before"""
    assert rows(golden, backwards) == [(0,)]


def test_beneficiaries_abroad_are_at_institutions_of_the_network_and_have_documents(golden: Path) -> None:
    abroad = rows(
        golden, "SELECT institution, document_type, document_number FROM beneficiary WHERE kind = 'interbank'"
    )
    network = {name for (name,) in rows(golden, "SELECT name FROM institution WHERE ours = 0")}
    assert abroad
    for institution, kind, number in abroad:
        assert institution in network
        assert Documents().are_of(kind, number)


def test_people_are_well_formed_and_their_own(golden: Path) -> None:
    people = rows(golden, "SELECT document_type, document_number, phone, username FROM member")
    rules = RuleBook.load(ROOT / "rules")
    for kind, document, phone, username in people:
        assert kind == "passport" or is_cedula(document)
        assert phone is None or is_mobile(phone)
        if username is not None:
            facts = {"value": username, "length": len(username), "username": "", "document_number": document}
            assert not rules.decide("credential.username", facts).refused
    for column in (1, 2, 3):
        given = [person[column] for person in people if person[column] is not None]
        assert len(given) == len(set(given))
    numbers = [number for (number,) in rows(golden, "SELECT number FROM account WHERE member_id IS NOT NULL")]
    assert all(len(number) == 12 and number.startswith("410") for number in numbers)


def test_everybodys_password_is_one_the_rules_allow() -> None:
    from sandbox.seeding.golden import PASSWORD

    facts = {"value": PASSWORD, "length": len(PASSWORD), "username": "", "document_number": ""}
    assert not RuleBook.load(ROOT / "rules").decide("credential.password", facts).refused


def test_the_name_of_the_file_changes_with_whatever_it_is_made_of(tmp_path: Path) -> None:
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "01.yaml").write_text("id: x", encoding="utf-8")
    recipe, same = RECIPE._replace(seed_dir=tmp_path), Origin("a", 10, START)
    names = [
        golden_name(same, recipe), golden_name(Origin("b", 10, START), recipe),
        golden_name(Origin("a", 11, START), recipe), golden_name(Origin("a", 10, clock.Micros(START + 1)), recipe),
        golden_name(same, recipe._replace(seeds=())),
    ]  # fmt: skip
    (tmp_path / "personas" / "01.yaml").write_text("id: y", encoding="utf-8")
    names.append(golden_name(same, recipe))
    (tmp_path / "institution.yaml").write_text("name: Otra", encoding="utf-8")
    names.append(golden_name(same, recipe))
    assert len(set(names)) == 7


@pytest.mark.parametrize(
    ("document", "old", "new"),
    [
        ("calendar", "since: 2017", "since: 2018"), ("calendar", "tuesday: -1, wednesday: 2", "tuesday: -1, wednesday: 1"),
        ("cards", "due_days: 15", "due_days: 16"), ("cards", '"5.00"', '"6.00"'),
        ("credentials", "time_cost: 1", "time_cost: 2"), ("devices", "biometric_failures: 3", "biometric_failures: 4"),
        ("fees", "{kind: interbank, fee: {money: \"0.36\"}", "{kind: interbank, fee: {money: \"0.37\"}"),
        ("fees", "15.00", "12.00"), ("identity", "maximum: 12", "maximum: 13"),
        ("life", "past: quiet", "past: typical"), ("life", 'usual: {money: "600.00"}', 'usual: {money: "650.00"}'),
        ("schedules", "08:00", "08:01"), ("sessions", "failed_logins: 3", "failed_logins: 4"),
        ("settlement", 'settles: "11:30"', 'settles: "11:31"'),
    ],
)  # fmt: skip
def test_the_name_changes_with_what_the_rules_answer_to_seeding(document: str, old: str, new: str) -> None:
    text = RECIPE.rules.documents[document].text
    assert old in text
    other = RECIPE.rules.with_documents({document: text.replace(old, new)})
    first = Origin("a", 10, START)
    assert golden_name(first, RECIPE._replace(rules=other)) != golden_name(first, RECIPE)


def test_the_name_stays_where_the_rules_change_for_later(tmp_path: Path) -> None:
    later = RECIPE.rules.with_documents({"otp": RECIPE.rules.otp.text.replace("attempts: 3", "attempts: 5")})
    remark = later.with_documents({"fees": f"# Fees.\n{later.fees.text}"})
    first = Origin("a", 10, START)
    assert golden_name(first, RECIPE._replace(rules=remark)) == golden_name(first, RECIPE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: A B\n", r"01\.yaml:1:5: id"), ("id: a\ndescription: {es: x, en: y}\nfirst_names: A\nlast_names: B\naccounts:\n  - {balance: 5}\n", r"01\.yaml:6:\d+: accounts\.0\.balance"),
        ("id: a\ndescription: {es: x, en: y}\nfirst_names: A\nlast_names: B\npassport: AB12\naccounts: [{}]\n", r"01\.yaml:5:11: passport: The document is not valid"),
        ("id: a\ncolour: red\n", r"01\.yaml:2:9: colour"), ("id: [a\n", r"01\.yaml:\d+"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_persona_is_told_with_file_and_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "01.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SeedInvalid, match=told):
        load(tmp_path, goldens.known())


WHOLE = "id: a\ndescription: {es: x, en: y}\nfirst_names: A\nlast_names: B\naccounts: [{}]\n"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("beneficiaries: [{of: b}]", r"01\.yaml:6:22: beneficiaries\.0\.of: there is no persona b"),
        ('used_today: {to: b, amounts: ["1.00"]}', r"01\.yaml:6:18: used_today\.to: there is no persona b"),
        ('interbank_beneficiaries:\n  - {institution: Banco Ajeno, account_number: "2203344556", holder_name: X, document_number: "0100000017"}',
         r"01\.yaml:7:19: interbank_beneficiaries\.0\.institution: There is no such institution"),
        ('schedules: [{biller: nope, reference: "1", day: 5, maximum: "1.00"}]', r"schedules\.0\.biller: There is no such biller"),
        ('schedules: [{biller: eeq, reference: "1", day: 5, maximum: "1.00"}]', r"schedules\.0\.reference: "),
        ('cards: [{credit: "9.00", overdue: true}]', r"cards\.0: An overdue card owes something"),
    ],
)  # fmt: skip
def test_what_a_persona_means_must_be_there(tmp_path: Path, more: str, told: str) -> None:
    (tmp_path / "01.yaml").write_text(WHOLE + more, encoding="utf-8")
    with pytest.raises(SeedInvalid, match=told):
        load(tmp_path, goldens.known())


def test_two_personas_of_one_name_are_told(tmp_path: Path) -> None:
    for file in ("01.yaml", "02.yaml"):
        (tmp_path / file).write_text(WHOLE, encoding="utf-8")
    with pytest.raises(SeedInvalid, match=r"02\.yaml:1:5: id: two personas are called a"):
        load(tmp_path, goldens.known())


# What each persona promises, seen through the app.


def test_sin_fondos_cannot_send_a_dollar(bank: Sandbox) -> None:
    phone = bank.phone("sin-fondos")
    assert phone.savings()[0]["available_balance"] == "0.90"
    assert_problem(phone.call("POST", "/v1/transfers", json=phone.order("1.00")), 409, "insufficient_funds")


def test_premium_has_higher_caps(bank: Sandbox) -> None:
    phone = bank.phone("premium")
    caps = {item["kind"]: item["per_day"] for item in phone.send(operations.get_limits())["items"]}
    assert caps["interbank"] == "25000.00"


def test_muchas_cuentas_shows_all_of_them(bank: Sandbox) -> None:
    accounts = bank.phone("muchas-cuentas").accounts()
    assert len(accounts) == 8
    assert [account["status"] for account in accounts].count("inactive") == 1


@pytest.mark.parametrize(
    ("persona", "status", "code"), [("bloqueada", 423, "access_locked"), ("inactiva", 403, "member_not_active")]
)
def test_some_do_not_get_in(bank: Sandbox, persona: str, status: int, code: str) -> None:
    phone = Phone(bank, bank.members.persona(persona))
    assert_problem(bank.call("POST", "/v1/sessions", json=phone.credentials()), status, code)


def test_bloqueada_gets_in_after_half_an_hour(bank: Sandbox) -> None:
    bank.clock.advance("PT31M")
    bank.phone("bloqueada")


def test_sin_afiliar_has_nothing_to_log_in_with(bank: Sandbox) -> None:
    member = bank.members.persona("sin-afiliar")
    assert (member["username"], member["password"], member["device"]) == (None, None, None)


def test_sin_dispositivo_gets_in_from_any(bank: Sandbox) -> None:
    phone = bank.phone("sin-dispositivo")
    assert phone.send(operations.get_session())["device"] is None


def test_sin_celular_can_receive_no_code(bank: Sandbox) -> None:
    phone = bank.phone("sin-celular")
    assert_problem(phone.call("POST", "/v1/transfers", json=phone.order("1.00")), 409, "no_phone_on_file")


def test_retencion_judicial_shows_both_balances_and_the_hold(bank: Sandbox) -> None:
    phone = bank.phone("retencion-judicial")
    account = phone.send(operations.get_account(phone.savings()[0]["id"]))
    assert (account["book_balance"], account["available_balance"], account["held_balance"]) == ("5.65", "0.90", "4.75")
    assert [hold["reason"] for hold in account["holds"]] == ["judicial"]


def test_cupo_agotado_may_send_again_tomorrow(bank: Sandbox) -> None:
    phone = bank.phone("cupo-agotado")
    beneficiary = phone.send(operations.list_beneficiaries())["items"][0]["id"]
    order = {
        "kind": "cooperative", "origin_account_id": phone.savings()[0]["id"], "beneficiary_id": beneficiary,
        "amount": "0.01",
    }  # fmt: skip
    assert_problem(phone.call("POST", "/v1/transfers", json=order), 422, "daily_limit_exceeded")
    bank.clock.advance("P1D")
    assert phone.log_in().call("POST", "/v1/transfers", json=order).status_code == 201


def test_pasaporte_is_identified_by_one(bank: Sandbox) -> None:
    member = bank.members.persona("pasaporte")
    assert (member["document_type"], member["document_number"]) == ("passport", "N4521087X")


def test_pago_programado_manana_runs_tomorrow(bank: Sandbox) -> None:
    phone = bank.phone("pago-programado-manana")
    made = phone.send(operations.list_scheduled_payments())["items"]
    assert {item["next_run_at"] for item in made} == {"2026-11-24T08:00:00-05:00"}
    bank.clock.advance("P1D")
    phone.log_in()
    outcomes = [phone.send(operations.list_scheduled_payment_runs(item["id"]))["items"][0]["outcome"] for item in made]
    assert outcomes == ["paid", "nothing_due"]


def test_interbancaria_en_camino_arrives_today(bank: Sandbox) -> None:
    phone = bank.phone("interbancaria-en-camino")
    assert phone.savings()[0]["available_balance"] == "700.00"
    (transfer,) = phone.send(operations.list_transfers())["items"]
    assert (transfer["status"], transfer["settles_at"]) == ("in_process", "2026-11-23T11:30:00-05:00")
    bank.clock.advance_to("2026-11-23T11:30:00-05:00")
    assert phone.log_in().send(operations.list_transfers())["items"][0]["status"] == "settled"
    bank.ledger.assert_balanced()


def test_biometria_bloqueada_is(bank: Sandbox) -> None:
    member = bank.members.persona("biometria-bloqueada")
    asked = {"device_id": member["device"]["id"]}
    assert_problem(bank.call("POST", "/v1/sessions/biometric/challenge", json=asked), 423, "biometrics_blocked")
    bank.phone(member)
    assert bank.call("POST", "/v1/sessions/biometric/challenge", json=asked).status_code == 201


def test_beneficiario_al_maximo_takes_no_cent_more(bank: Sandbox) -> None:
    phone = bank.phone("beneficiario-al-maximo")
    order = {
        "kind": "cooperative", "origin_account_id": phone.savings()[0]["id"],
        "beneficiary_id": phone.send(operations.list_beneficiaries())["items"][0]["id"], "amount": "10.01",
    }  # fmt: skip
    assert_problem(phone.call("POST", "/v1/transfers", json=order), 422, "beneficiary_limit_exceeded")
    assert phone.call("POST", "/v1/transfers", json=order | {"amount": "10.00"}).status_code == 201


def test_premium_has_every_group_of_products(bank: Sandbox) -> None:
    groups = {group["type"]: group for group in bank.phone("premium").products()["groups"]}
    assert (groups["loans"]["total"], groups["term_deposits"]["total"]) == ("71250.40", "50000.00")
    mine = bank.phone("al-dia").products()["groups"]
    assert [(group["type"], group["title"]) for group in mine] == [("accounts", "Cuentas"), ("cards", "Tarjetas")]
    assert mine[1]["total"] == "864.60"
