"""The ledger as a state machine: whatever members do, in whatever order, the books balance and nothing is overdrawn."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sandbox.testing import Phone, Sandbox, operations

CENTS = st.integers(1, 200_00)


class Books(RuleBasedStateMachine):
    """Two accounts of one member; a model of what is in them, and what is held."""

    bank: Sandbox
    phone: Phone

    @initialize()
    def open(self) -> None:
        self.bank.reset()
        self.bank.clock.freeze()
        self.phone = self.bank.phone("al-dia")
        savings = self.phone.savings()
        self.accounts = [account["id"] for account in savings[:2]]
        self.book = [round(float(account["book_balance"]) * 100) for account in savings[:2]]
        self.pending: dict[str, tuple[int, int]] = {}

    def available(self, side: int) -> int:
        return self.book[side] - sum(amount for origin, amount in self.pending.values() if origin == side)

    @rule(side=st.integers(0, 1), cents=CENTS)
    def order(self, side: int, cents: int) -> None:
        body = {
            "kind": "own",
            "origin_account_id": self.accounts[side],
            "destination_account_id": self.accounts[1 - side],
            "amount": f"{cents // 100}.{cents % 100:02d}",
        }
        answer = self.phone.call("POST", "/v1/transfers", json=body)
        if cents <= self.available(side):
            assert answer.status_code == 201, answer.text
            self.pending[answer.json()["challenge"]["id"]] = (side, cents)
        else:
            assert answer.json()["code"] == "insufficient_funds"

    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        if not self.pending:
            return
        challenge = data.draw(st.sampled_from(sorted(self.pending)))
        self.phone.confirm(challenge)
        side, cents = self.pending.pop(challenge)
        self.book[side] -= cents
        self.book[1 - side] += cents

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if not self.pending:
            return
        challenge = data.draw(st.sampled_from(sorted(self.pending)))
        assert self.phone.call("DELETE", f"/v1/challenges/{challenge}").status_code == 204
        del self.pending[challenge]

    @rule(data=st.data())
    def lock(self, data: st.DataObject) -> None:
        if not self.pending:
            return
        challenge = data.draw(st.sampled_from(sorted(self.pending)))
        wrong = self.phone.wrong_code(challenge)
        for _ in range(3):
            self.phone.call(self.phone.confirmation(challenge, wrong))
        del self.pending[challenge]

    @rule()
    def let_all_codes_expire(self) -> None:
        self.bank.clock.advance("PT5M")
        self.pending.clear()
        self.phone.log_in()

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        if not hasattr(self, "accounts"):
            return
        for side in (0, 1):
            shown = self.phone.send(operations.get_account(self.accounts[side]))
            assert round(float(shown["book_balance"]) * 100) == self.book[side]
            assert round(float(shown["available_balance"]) * 100) == self.available(side) >= 0

    def teardown(self) -> None:
        self.bank.ledger.assert_balanced()


def test_whatever_members_do_the_books_balance(bank: Sandbox) -> None:
    machine = type("BooksHere", (Books,), {"bank": bank})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
