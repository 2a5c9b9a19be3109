"""What a type checker knows of the client: mistakes are found before a test runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.processes import ROOT

pytestmark = pytest.mark.sqlite("types")

# Each line that ends with `wrong` is a mistake, and no other line is.
TYPED = """
from typing import assert_type

from sandbox.testing import AsyncSandbox, Problem, Sandbox, models, operations, problems


def blocking(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    transfer = phone.transfer("5.00")
    assert_type(transfer, models.Transfer)
    assert_type(phone.confirm(transfer), models.TransferConfirmation)
    assert_type(phone.confirm(transfer)["resource"], models.Transfer)
    assert_type(phone.send(operations.get_limits()), models.Limits)
    assert_type(phone.send(operations.get_transfer_receipt_as_pdf("trf_1")), bytes)
    refused = phone.refused(operations.create_transfer(phone.order("0.00")), problems.ValidationFailed)
    assert_type(refused, problems.ValidationFailed)
    assert_type(sandbox.refused(operations.reset_sandbox()), Problem)
    assert_type(phone.call(operations.get_limits()).status_code, int)
    phone.call(operations.get_limits(), json={})  # wrong
    phone.call("GET")  # wrong
    assert_type(phone.sandbox, Sandbox)
    confirmed = phone.confirm()
    if confirmed["kind"] == "service_payment":
        assert_type(confirmed["resource"], models.ServicePayment)
    transfer["ammount"]  # wrong
    transfer["status"] == "done"  # wrong
    sandbox.members.make(accounts=[{"balance": "5.00"}])
    sandbox.members.make(acounts=[{"balance": "5.00"}])  # wrong
    sandbox.members.make(accounts=[{"balanse": "5.00"}])  # wrong
    sandbox.faults.refuse("service_unavailable", operation_id="createTransfer")
    sandbox.faults.refuse("service_unavailible")  # wrong
    sandbox.faults.outage("mail")  # wrong
    sandbox.events.all(kind="transfer.finished")  # wrong
    phone.send(operations.create_transfer({"kind": "own", "amount": "5.00"}))  # wrong


async def awaited(sandbox: AsyncSandbox) -> None:
    phone = await sandbox.phone("al-dia")
    transfer = await phone.transfer("5.00")
    assert_type(await phone.confirm(transfer), models.TransferConfirmation)
    phone.confirm(transfer)["resource"]  # wrong
"""


@pytest.mark.slow
def test_mistakes_are_found_by_a_type_checker(tmp_path: Path) -> None:
    module = tmp_path / "typed.py"
    module.write_text(TYPED, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--strict-equality", "--no-error-summary", "--hide-error-context",
         "--follow-imports=silent", "--enable-error-code=unused-awaitable", "--cache-dir", str(tmp_path / "cache"), str(module)],
        cwd=tmp_path, env={**os.environ, "MYPYPATH": str(ROOT)}, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    found = {int(line.split(":")[1]) for line in ended.stdout.splitlines() if ": error: " in line}
    wrong = {number for number, line in enumerate(TYPED.splitlines(), 1) if line.endswith("# wrong")}
    assert found == wrong, ended.stdout + ended.stderr
