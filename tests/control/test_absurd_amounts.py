"""A bank whose database holds amounts that no request could have made: said so, on each engine alike, and never a
failure of the server."""

import re
from pathlib import Path

import pytest

from sandbox.testing import Sandbox, problems
from tests.control.test_sandboxes import altered
from tests.databases import database
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
