"""A bank whose database holds amounts that no request could have made: said so, on each engine alike, and never a
failure of the server."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Phone, Sandbox, problems
from tests.answers import assert_problem
from tests.control.test_sandboxes import altered
from tests.databases import content, database
from tests.transport import registry_of

HUGE = 2**63 - 1
ABSURD = [f"UPDATE posting SET amount = {HUGE} WHERE id = (SELECT {end}(id) FROM posting)" for end in ("min", "max")]
TOLD = "exceeds 64 bits: there are amounts that no bank has"


def test_the_audit_of_a_database_that_was_edited_says_what_cannot_be_added_up(bank: Sandbox) -> None:
    edited = database(registry_of(bank.connection.client).get(bank.name))
    for statement in ABSURD:
        edited.execute(statement)
    audit = bank.ledger.audit()
    assert not audit["balanced"]
    first, second = [each for each in audit["violations"] if each["check"] == "amount_out_of_range"]
    assert first["detail"] == second["detail"] == f"moves {HUGE} cents"
    assert TOLD in {each["detail"] for each in audit["violations"]}


def test_a_bank_with_amounts_that_no_bank_has_is_not_imported(bank: Sandbox, tmp_path: Path) -> None:
    exported = bank.export()
    with pytest.raises(problems.ImportRefused) as refused:
        bank.import_(altered(exported, tmp_path / "absurd.sqlite", *ABSURD))
    assert re.search(f"its books do not balance: posting [0-9]+ moves {HUGE} cents; ", str(refused.value))
    bank.ledger.assert_balanced()


# Each is a write to the account, of 1.00 or more.
WRITES: dict[str, Callable[[Phone, str], Any]] = {
    "deposit": lambda phone, account: phone.call(
        "POST", f"/_sandbox/accounts/{account}/deposits", json={"amount": "1.00"}
    ),
    "a job": lambda phone, _: phone.call("POST", "/_sandbox/clock/advance", json={"by": "P40D"}),
}


@pytest.mark.parametrize("write", WRITES)
def test_what_adds_to_an_amount_that_no_bank_has_finds_the_sandbox_damaged(
    phone: Phone, write: str, caplog: pytest.LogCaptureFixture
) -> None:
    bank = phone.sandbox
    account = phone.savings()[0]["id"]
    sandbox = registry_of(bank.connection.client).get(bank.name)
    database(sandbox).execute(f"UPDATE account SET book = {HUGE - 99}")
    before = content(sandbox)
    problem = assert_problem(WRITES[write](phone, account), 409, "sandbox_damaged")
    assert "(it holds amounts that no bank has)" in problem["detail"]
    assert f"found sandbox {bank.name} damaged: " in caplog.text
    assert content(sandbox)["posting"] == before["posting"]
    assert phone.products()["groups"]
    bank.reset()
    assert WRITES[write](phone.log_in(), account).is_success
    bank.ledger.assert_balanced()


def test_what_adds_up_to_the_largest_number_is_no_damage(phone: Phone) -> None:
    bank = phone.sandbox
    database(registry_of(bank.connection.client).get(bank.name)).execute(f"UPDATE account SET book = {HUGE - 100}")
    assert WRITES["deposit"](phone, phone.savings()[0]["id"]).status_code == 201
