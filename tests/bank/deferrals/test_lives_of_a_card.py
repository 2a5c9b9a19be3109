"""Random lives of a card: what it asks for, what it lets be deferred and what the ledger says always agree."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sandbox.kernel import money
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem
from tests.cardholders import (
    buy,
    card,
    confirm,
    go_to,
    holder,
    order_deferral,
    order_payment,
    order_prepayment,
    pay,
    shown,
    simulate,
)

SHARES = st.sampled_from([1, 30, 60, 99, 100])


class Lives(RuleBasedStateMachine):
    """One card, and what was bought, paid and prepaid by it, in cents."""

    bank: Sandbox
    phone: Phone

    @initialize()
    def open(self) -> None:
        self.bank.reset()
        self.bank.clock.freeze()
        self.phone = holder(self.bank)
        for amount in ("300.00", "700.00"):
            buy(self.phone, amount)
        go_to(self.bank, "2027-03-10T10:00:00-05:00")  # they are on a statement
        self.phone.log_in()
        self.bought, self.settled = 1000_00, 0
        self.deferrals: list[Json] = []

    def revolving(self) -> int:
        return money.parse(card(self.phone)["revolving_balance"])

    @rule(cents=st.integers(1, 700_00))
    def buy(self, cents: int) -> None:
        if cents <= money.parse(card(self.phone)["available"]):
            buy(self.phone, money.show(cents))
            self.bought += cents

    @rule(share=SHARES)
    def pay(self, share: int) -> None:
        cents = self.revolving() * share // 100
        if cents:
            pay(self.phone, money.show(cents))
            self.settled += cents

    @rule()
    def pay_what_is_asked_for(self) -> None:
        asked = card(self.phone)["total_payment"]
        if asked != "0.00":
            pay(self.phone, asked)
            self.settled += money.parse(asked)
        total, minimum, _, overdue = shown(self.phone)
        assert (total, minimum, overdue) == ("0.00", "0.00", False)

    @rule(share=SHARES, grace=st.integers(0, 2))
    def defer_the_balance(self, share: int, grace: int) -> None:
        cents = self.revolving() * share // 100
        if cents >= 100_00 and not card(self.phone)["overdue"]:
            made = order_deferral(self.phone, amount=money.show(cents), grace_months=grace, term_months=3)
            self.deferrals.append(confirm(self.phone, made))

    @rule(data=st.data())
    def defer_a_purchase(self, data: st.DataObject) -> None:
        (option,) = self.phone.send(operations.get_deferral_options())["cards"]
        eligible = [each["purchase"]["id"] for each in option["purchases"] if each["eligible"]]
        if eligible:
            made = order_deferral(self.phone, data.draw(st.sampled_from(eligible)), term_months=3)
            self.deferrals.append(confirm(self.phone, made))

    @rule(data=st.data())
    def prepay(self, data: st.DataObject) -> None:
        active = [each for each in self.deferrals if self.status(each)["status"] == "active"]
        if active:
            paid = confirm(self.phone, order_prepayment(self.phone, data.draw(st.sampled_from(active))))
            self.settled += money.parse(paid["principal"])

    @rule(days=st.sampled_from([1, 13, 15, 16, 30, 45]))
    def let_time_pass(self, days: int) -> None:
        self.bank.clock.advance(f"P{days}D")
        self.phone.log_in()

    def status(self, deferral: Json) -> Json:
        return self.phone.send(operations.get_deferral(deferral["id"]))

    @invariant()
    def the_sums_are_those_of_the_ledger(self) -> None:
        if not hasattr(self, "deferrals"):
            return
        mine = card(self.phone)
        owing, deferred, revolving, total, minimum = (
            money.parse(mine[each])
            for each in ("owed", "deferred", "revolving_balance", "total_payment", "minimum_payment")
        )
        assert revolving == owing - deferred
        assert 0 <= minimum <= total <= revolving
        assert deferred == sum(money.parse(self.status(each)["outstanding"]) for each in self.deferrals)
        assert owing == self.bought - self.settled + self.interest_billed()
        assert money.parse(mine["available"]) == max(0, 5000_00 - owing)

    def interest_billed(self) -> int:
        """The interest of the instalments that were billed, as their schedules have it."""
        billed = self.bank.send(operations.list_events(kind="deferral.instalment", limit=200))["items"]
        schedules = {each["id"]: each["schedule"] for each in self.deferrals}
        return sum(
            money.parse(schedules[each["subject_id"]][each["data"]["number"] - 1]["interest"]) for each in billed
        )

    @invariant()
    def what_is_asked_for_can_be_paid_and_no_more_than_is_owed(self) -> None:
        if not hasattr(self, "deferrals"):
            return
        asked = card(self.phone)["total_payment"]
        if asked != "0.00":
            made = order_payment(self.phone, asked)
            assert made.status_code == 201, made.text
            assert self.phone.call("DELETE", f"/v1/challenges/{made.json()['challenge']['id']}").status_code == 204
        assert_problem(order_payment(self.phone, money.show(self.revolving() + 1)), 422, "more_than_owed")

    @invariant()
    def options_and_simulations_agree(self) -> None:
        if not hasattr(self, "deferrals"):
            return
        (option,) = self.phone.send(operations.get_deferral_options())["cards"]
        asked = [(each, simulate(self.phone, [each["purchase"]["id"]])) for each in option["purchases"]]
        if option["revolving_balance"] != "0.00":
            asked.append((option["revolving"], simulate(self.phone, amount=option["revolving_balance"])))
        for told, simulated in asked:
            assert told["eligible"] is (told["reasons"] == [])
            if told["eligible"]:
                assert simulated.status_code == 201, simulated.text
                assert option["eligible"]
            else:
                refused = assert_problem(simulated, 422, "deferral_not_eligible")
                assert [each["message"] for each in refused["errors"]] == told["reasons"]

    def teardown(self) -> None:
        self.bank.ledger.assert_balanced()


@pytest.mark.slow
def test_whatever_happens_to_a_card_it_asks_for_what_it_is_owed(bank: Sandbox) -> None:
    run_state_machine_as_test(
        type("LivesHere", (Lives,), {"bank": bank}),
        # Without shrinking: that would take longer than a test may.
        settings=settings(
            phases=[Phase.generate],
            max_examples=10,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
