"""What a page needs of faults, rules, ledger and sandboxes beyond what a script asks for."""

import json

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests import postgres
from tests.answers import Json, answered, assert_problem


@pytest.fixture
def struck(bank: Sandbox) -> Json:
    """A fault that answers every call with a problem."""
    made: Json = bank.send(operations.create_fault({"effect": {"problem": "service_unavailable"}}))
    return made


def test_a_fault_that_is_switched_off_strikes_nothing_until_it_is_on_again(
    bank: Sandbox, phone: Phone, struck: Json
) -> None:
    assert struck["enabled"]
    assert_problem(phone.call("GET", "/v1/products"), 503, "service_unavailable")
    path = f"/faults/{struck['id']}"
    off = answered(bank.call("PATCH", f"/_sandbox{path}", json={"enabled": False}))
    assert (off["enabled"], off["hits"]) == (False, 1)
    assert phone.call("GET", "/v1/products").status_code == 200
    assert answered(bank.call("PATCH", f"/_sandbox{path}", json={"enabled": True}))["enabled"]
    assert_problem(phone.call("GET", "/v1/products"), 503, "service_unavailable")
    assert bank.faults.all()[0]["hits"] == 2


def test_faults_are_asked_in_the_order_in_which_they_are_put(bank: Sandbox, phone: Phone) -> None:
    names = ("service_unavailable", "internal_error", "not_found")
    ids = [bank.send(operations.create_fault({"effect": {"problem": name}}))["id"] for name in names]

    def order() -> list[str]:
        return [each["id"] for each in bank.faults.all()]

    assert order() == ids
    bank.send(operations.update_fault(ids[2], {"position": 0}))
    assert order() == [ids[2], ids[0], ids[1]]
    assert_problem(phone.call("GET", "/v1/products"), 404, "not_found")
    bank.send(operations.update_fault(ids[2], {"position": 1}))
    assert order() == [ids[0], ids[2], ids[1]]
    bank.send(operations.update_fault(ids[0], {"position": 99}))
    assert order() == [ids[2], ids[1], ids[0]]
    assert_problem(bank.call("PATCH", "/_sandbox/faults/flt_nope", json={"enabled": False}), 404, "not_found")


def test_the_form_of_faults_offers_what_createfault_takes(bank: Sandbox) -> None:
    form = bank.send(operations.get_fault_form())
    assert "createTransfer" in form["operations"]
    assert "insufficient_funds" in form["problems"]["createTransfer"]
    assert form["match"]["properties"].keys() >= {"operation_id", "member", "probability", "times", "condition"}
    assert form["effect"]["properties"].keys() >= {"delay", "problem", "connection", "outage", "profile"}
    assert "$ref" not in json.dumps(form)
    assert "lognormal" in json.dumps(form["effect"]["properties"]["delay"])
    for operation in form["operations"][:3]:
        made = bank.send(
            operations.create_fault({"match": {"operation_id": operation}, "effect": {"connection": "reset"}})
        )
        assert made["match"] == {"operation_id": operation}


def test_the_base_document_can_be_read_beside_the_one_of_the_sandbox(bank: Sandbox) -> None:
    base = bank.rules.read("otp")
    bank.rules.override("otp", base + "# ours\n")
    assert bank.rules.read("otp") == base + "# ours\n"
    assert bank.call("GET", "/_sandbox/rules/otp", params={"base": "true"}).text == base


def test_cases_are_asked_of_the_rules_in_force(bank: Sandbox) -> None:
    cases = bank.send(operations.list_cases("otp"))["items"]
    assert len(cases) > 3
    assert all(each["passed"] and each["problem"] is None for each in cases)
    text = bank.rules.read("otp")
    bank.rules.override("otp", text.replace("<=", "<", 1))
    broken = [each for each in bank.send(operations.list_cases("otp"))["items"] if not each["passed"]]
    assert broken
    assert "expected" in broken[0]["problem"]
    assert bank.send(operations.list_cases("app"))["items"] == []
    assert_problem(bank.call("GET", "/_sandbox/rules/nothing/cases"), 404, "not_found")


def test_questions_come_with_their_facts(bank: Sandbox) -> None:
    questions = {each["subject"]: each for each in bank.send(operations.list_questions("limits"))["items"]}
    transfer = questions["transfer.interbank"]
    facts = {each["path"]: each for each in transfer["facts"]}
    assert facts["amount"] == {"path": "amount", "type": "int", "money": True}
    assert facts["member.segment"] == {"path": "member.segment", "type": "string", "money": False}
    assert transfer["rules"]
    assert transfer["json_schema"]["required"]
    assert bank.send(operations.list_questions("texts"))["items"] == []
    assert_problem(bank.call("GET", "/_sandbox/rules/nothing/questions"), 404, "not_found")


def test_entries_of_an_account_come_newest_first(bank: Sandbox, phone: Phone) -> None:
    origin, other = (each["id"] for each in phone.savings()[:2])
    for amount in ("1.00", "2.00", "3.00"):
        phone.confirm(phone.transfer(amount))
    seen: list[Json] = []
    cursor: str | None = None
    while len(seen) < 3:
        wanted = {"account_id": origin, "order": "newest", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = bank.send(operations.list_entries(**wanted))
        seen += page["items"]
        cursor = page["next_cursor"]
    moved = [{leg["account"]: leg["amount"] for leg in each["postings"]} for each in seen[:3]]
    assert moved == [{origin: f"-{amount}", other: amount} for amount in ("3.00", "2.00", "1.00")]
    oldest = bank.send(operations.list_entries(account_id=origin, limit=1))["items"][0]
    assert origin in [leg["account"] for leg in oldest["postings"]]
    unknown = bank.call("GET", "/_sandbox/ledger/entries", params={"account_id": "acc_x"})
    assert_problem(unknown, 404, "not_found")


def test_accounts_of_the_books_are_found_by_number_and_owner(bank: Sandbox, phone: Phone) -> None:
    first = bank.send(operations.list_ledger_accounts(limit=5))
    assert first["items"][0]["member_id"] is None, "the bank's own come first"
    assert first["next_cursor"] is not None
    account = phone.member["accounts"][0]
    [found] = bank.send(operations.list_ledger_accounts(q=account["number"]))["items"]
    assert (found["id"], found["member"]) == (account["id"], phone.member["name"])
    assert found["available_balance"] == phone.available(account["id"])
    mine = bank.send(operations.list_ledger_accounts(q=phone.member["name"].upper()))["items"]
    assert {each["member_id"] for each in mine} == {phone.member["id"]}
    assert_problem(bank.call("GET", "/_sandbox/ledger/accounts", params={"cursor": "x"}), 422, "invalid_cursor")


def test_the_list_of_sandboxes_tells_what_is_known_of_open_ones(bank: Sandbox) -> None:
    bank.rules.override("otp", bank.rules.read("otp"))
    bank.send(operations.create_fault({"effect": {"profile": "3g"}}))
    listed = {each["name"]: each for each in bank.send(operations.list_sandboxes())["items"]}[bank.name]
    assert listed["size_bytes"] >= postgres.size_of(100_000)
    known = listed["open"]
    assert known["now"] == bank.clock.read()["now"]
    assert (known["rate"], known["overrides"], known["faults"], known["recording"]) == (0, ["otp"], 1, False)
    assert known["members"] == 40
    assert known["idle_seconds"] < 30
