"""A verdict looks at a bank whose clock runs on: what happens between two of its looks is in both of them or in none."""

from collections.abc import Callable
from typing import Any

import pytest

from loadtests.control import ControlPlane
from loadtests.told import Ledger, Told
from loadtests.verdict import LISTS, Answers, Finding, judge, look
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import answered
from tests.functional.processes import ROOT


class ControlPlaneHere(ControlPlane):
    """The control plane of a test's own bank. Before the answer to `path` something happens, once."""

    def __init__(self, bank: Sandbox, path: str, meanwhile: Callable[[], object]) -> None:
        super().__init__("", bank.name)
        self._bank = bank
        self._path = path
        self._meanwhile = meanwhile
        self.happened = False

    def _told(self, method: str, path: str, **options: Any) -> Any:
        return answered(self._bank.call(method, path, **options))

    def as_member(self, token: str, path: str, **params: str | int) -> Any:
        if path == self._path and not self.happened:
            self.happened = True
            self._meanwhile()
        answer = self._bank.call(
            "GET", f"/v1{path}", params=params or None, headers={"Authorization": f"Bearer {token}"}
        )
        return self._checked(answer).json()


def judged(told: Told, control: ControlPlane) -> dict[str, Finding]:
    ledger = Ledger()
    ledger.by_sandbox[control.sandbox] = told
    verdict = judge(ledger, {control.sandbox: look(control, told)}, Answers(1))
    return {finding.name: finding for finding in verdict.findings}


def at_work(phone: Phone) -> Told:
    """What was told to a client whose only member ordered a cent, which waits for its code."""
    book = sum(round(100 * float(account["book_balance"])) for account in phone.accounts())
    made = phone.transfer("0.01")
    return Told(members=[(phone.member["id"], book, 0)], created=[(made["id"], "0.01")])


# Before the balances, between lists, and after the one that shows the order.
@pytest.mark.parametrize("path", ["/products", LISTS["trf"], LISTS["pay"], LISTS["sch"]])
def test_an_order_that_expires_between_two_looks_accounts_for_its_hold(phone: Phone, path: str) -> None:
    told = at_work(phone)
    phone.sandbox.clock.advance("PT4M")
    control = ControlPlaneHere(phone.sandbox, path, lambda: phone.sandbox.clock.advance("PT1M"))
    findings = judged(told, control)
    assert control.happened
    assert (findings["holds"].checked, findings["holds"].complaints) == (1, [])
    assert findings["balances"].complaints == []


@pytest.mark.parametrize("path", ["/products", LISTS["trf"], LISTS["sch"]])
def test_a_session_that_ends_between_two_looks_is_begun_anew(phone: Phone, path: str) -> None:
    told = at_work(phone)
    sessions = (ROOT / "rules" / "sessions.yaml").read_text(encoding="utf-8")
    phone.sandbox.rules.override("sessions", sessions.replace("absolute_seconds: 1800", "absolute_seconds: 1"))
    control = ControlPlaneHere(phone.sandbox, path, lambda: phone.sandbox.clock.advance("PT2S"))
    findings = judged(told, control)
    assert control.happened
    assert (findings["holds"].checked, findings["holds"].complaints) == (1, [])
    assert (findings["operations"].checked, findings["operations"].complaints) == (1, [])


def test_a_hold_that_no_order_accounts_for_is_found(phone: Phone) -> None:
    told = at_work(phone)
    account = phone.savings()[0]["id"]

    def held() -> None:
        phone.sandbox.send(operations.hold_money(account, {"amount": "0.02", "reason": "judicial"}))

    findings = judged(told, ControlPlaneHere(phone.sandbox, LISTS["trf"], held))
    assert findings["holds"].complaints == [f"{phone.member['id']}: 3 cents are held, 1 wait for a code"]


def test_a_member_that_never_stays_the_same_is_judged_all_the_same(phone: Phone) -> None:
    told = at_work(phone)
    account = phone.savings()[0]["id"]

    class Restless(ControlPlaneHere):
        def as_member(self, token: str, path: str, **params: str | int) -> Any:
            if path == "/products":
                self._bank.members.deposit(account, "1.00")
            return super().as_member(token, path, **params)

    findings = judged(told, Restless(phone.sandbox, "", lambda: None))
    assert len(findings["balances"].complaints) == 1
