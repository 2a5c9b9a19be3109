"""Life and the clock: the same rows however time is moved, at their own moments, and nothing of the past."""

import os
from typing import cast

import pytest
from starlette.testclient import TestClient

from sandbox.bank.jobs import service as jobs
from sandbox.bank.life.agenda import MOST_OF_A_SLICE
from sandbox.kernel import clock
from sandbox.testing import Sandbox, operations
from tests.bank.life.living import HUNDRED, alone, everything, kept, live, once, only, outcomes
from tests.transport import bank_of, registry_of

END = "2027-02-23T09:15:00-05:00"
RICH = {"accounts": [{"balance": "1000.00"}]}
DAILY = 'when: {per_month: {quiet: "30.00", typical: "30.00", busy: "30.00"}, from: "00:00", to: "23:59"}'


def lively(bank: Sandbox) -> None:
    """A bank in which everybody lives, two of them with everything there is, and everything else goes on, too."""
    bank.phone("al-dia")
    for life in ("typical", "busy"):
        alone(
            bank,
            life,
            accounts=[{"balance": "3000.00"}, {"balance": "100.00"}],
            cards=[{"credit": "900.00", "purchases": [{"merchant": "Tienda", "amount": "120.00", "days_ago": 40}]}],
            beneficiaries=[{"of": "al-dia"}],
            holdings=[
                {"type": "loan", "name": "Crédito", "amount": "900.00", "balance": "160.00", "rate": "12.00", "months_left": 2},
                {"type": "term_deposit", "name": "Depósito", "amount": "500.00", "balance": "500.00", "rate": "6.00", "months_left": 2},
            ],
            schedules=[{"biller": "eeq", "reference": "200012345678", "day": 12, "maximum": "90.00"}],
        )  # fmt: skip
    live(bank, "typical")


def pass_by(bank: Sandbox, step: str | None) -> None:
    """Let three months pass, step by step or at once."""
    while step is not None and bank.clock.read()["now"] < END:
        if clock.after(clock.parse(bank.clock.read()["now"]), step) >= clock.parse(END):
            break
        bank.clock.advance(step)
    bank.clock.advance_to(END)


@pytest.mark.slow
def test_three_months_at_once_are_the_same_rows_as_in_any_steps(client: object, bank: Sandbox) -> None:
    lively(bank)
    bank.snapshot("before")
    found = []
    on_a_server = "SANDBOX_DATABASE_URL" in os.environ  # where each moment is a transaction of its own
    for step in (None, "PT37H") if on_a_server else (None, "P1M", "P1D", "PT37H"):
        bank.restore("before")
        pass_by(bank, step)
        found.append(everything(bank))
        bank.ledger.assert_balanced()
    first, *others = found
    assert len(first["life_order"]) > 1500
    assert {outcome for *_, outcome, _, _ in first["life_order"]} == {"posted", "refused", "forgotten"}
    assert len({row[3] for row in first["life_order"]}) == 14
    for other in others:
        for table, rows in first.items():
            assert other[table] == rows, table


def test_a_still_bank_asks_nothing_and_orders_nothing(bank: Sandbox) -> None:
    assert "life" not in {job["kind"] for job in bank.jobs.waiting()}
    done = bank.clock.advance("P1M")
    assert not [kind for kind in done["counts"] if kind.startswith("life")]
    assert kept(bank) == []


def test_nothing_of_the_past_is_made_up(bank: Sandbox) -> None:
    once(bank, "salary")
    bank.clock.advance("P20D")  # the tenth has passed
    alone(bank, **RICH)
    bank.clock.advance("P20D")
    assert kept(bank) == []
    bank.clock.advance("P20D")
    assert [clock.show(order["moment"])[:16] for order in kept(bank)] == ["2027-01-10T10:00"]


def test_life_that_was_off_for_a_while_does_not_catch_up(bank: Sandbox) -> None:
    once(bank, "fee")
    live(bank)
    bank.clock.advance("P20D")
    once_each = len(kept(bank))
    live(bank, "off")
    bank.clock.advance("P1M")
    live(bank)
    bank.clock.advance("P1M")
    assert len(kept(bank)) == 2 * once_each > 0
    assert {clock.show(order["moment"])[:7] for order in kept(bank)} == {"2026-12", "2027-02"}


@pytest.mark.parametrize(("to", "times"), [("10:00:59", 1), ("09:59:59", 0)])
def test_an_order_is_posted_at_its_own_moment_and_not_before(bank: Sandbox, to: str, times: int) -> None:
    once(bank, "salary")
    alone(bank, **RICH)
    bank.clock.advance_to(f"2026-12-10T{to}-05:00")
    assert len(kept(bank)) == times


def test_orders_follow_other_due_work_by_moment(bank: Sandbox) -> None:
    """The statement is cut on the tenth at midnight: what is bought before is on it, what is bought after is not."""
    night = 'when: {monthly: {days: [9, 10]}, from: "23:00", to: "23:01"}'
    only(bank, f"what: card_purchase, who: {{has: [card]}}, {night}, {HUNDRED}, labels: [Algo]")
    member = alone(bank, cards=[{"credit": "900.00"}])
    done = bank.clock.advance("P1M")
    phone = bank.phone(member)
    cut = phone.send(operations.list_cards())["items"][0]["cut_off_date"]
    before = [order for order in kept(bank) if clock.show(order["moment"])[8:10] < cut[8:10]]
    assert phone.send(operations.list_cards())["items"][0]["statement_balance"] == f"{len(before)}00.00"
    moments = [job["due_at"] for job in done["jobs"]]
    assert moments == sorted(moments)
    assert {"life", "card.statement"} <= {job["kind"] for job in done["jobs"]}


def test_a_slice_is_bounded_and_loses_nothing(bank: Sandbox) -> None:
    times = MOST_OF_A_SLICE // 8
    each = ", ".join(f"{day}" for day in [10] * times)
    only(bank, f'what: fee, when: {{monthly: {{days: [{each}]}}, from: "10:00", to: "10:01"}}, {HUNDRED}')
    live(bank)
    done = bank.clock.advance("P20D")
    slices = [job for job in done["jobs"] if job["kind"] == "life"]
    assert len(slices) > 2
    moments = [order["moment"] for order in kept(bank)]
    assert moments == sorted(moments)
    assert len(moments) > 2 * MOST_OF_A_SLICE
    assert done["counts"]["life.fee"] + done["counts"].get("life.refused", 0) == len(moments)


def test_other_rules_count_from_their_moment_on(bank: Sandbox) -> None:
    once(bank, "fee")
    alone(bank, **RICH)
    bank.clock.advance("P18D")  # to the eleventh of December
    assert outcomes(bank) == [("fee", "posted", 100_00)]
    early = 'when: {monthly: {days: [5, 11]}, from: "06:00", to: "20:00"}'
    only(bank, f"what: salary, {early}, {HUNDRED}")
    bank.clock.advance("PT1M")
    bank.clock.advance("P1M")
    months = [(order["what"], clock.show(order["moment"])[:10]) for order in kept(bank)]
    assert months[:1] == [("fee", "2026-12-10")]
    assert ("salary", "2026-12-05") not in months
    assert ("salary", "2027-01-05") in months


def test_a_change_of_the_member_counts_from_its_moment_on(bank: Sandbox) -> None:
    morning = 'when: {monthly: {days: [25]}, from: "06:00", to: "06:01"}'
    only(bank, f"what: salary, who: {{segment: premium}}, {morning}, {HUNDRED}")
    member = alone(bank, **RICH)
    bank.clock.advance_to("2026-11-25T12:00:00-05:00")
    bank.send(operations.update_member(member["id"], {"segment": "premium"}))
    bank.clock.advance("P1D")
    assert kept(bank) == []
    bank.clock.advance("P1M")
    assert [clock.show(order["moment"])[:10] for order in kept(bank)] == ["2026-12-25"]


def test_a_year_in_which_nothing_happens_passes(bank: Sandbox) -> None:
    only(bank, f"what: fee, who: {{segment: premium}}, {DAILY}, {HUNDRED}")
    alone(bank, **RICH)
    bank.clock.advance("P3Y")
    assert kept(bank) == []
    bank.life.set("quiet")
    bank.clock.advance("P1M")
    assert {order["what"] for order in kept(bank)} == {"fee"}


def test_rules_without_behaviours_let_time_pass(bank: Sandbox) -> None:
    text = "document: life\ndescription: Nothing.\nsettings: {past: quiet}\nbehaviours: []\n"
    bank.rules.override("life", text)
    live(bank)
    bank.clock.advance("P2Y")
    assert kept(bank) == []


def run_ahead(bank: Sandbox, by: str) -> None:
    """Run what falls due, and leave the clock where it is: a server that was killed in the middle of an advance, and
    every request that is answered during one."""
    portal = cast(TestClient, bank.connection.client).portal
    assert portal is not None
    sandbox = registry_of(bank.connection.client).get(bank.name)
    assert portal.call(jobs.run_due, sandbox, clock.after(sandbox.clock.now(), by)).number > 0


@pytest.mark.parametrize("change", ["level", "member", "another", "fork"])
def test_what_has_happened_in_an_advance_does_not_happen_again(bank: Sandbox, change: str) -> None:
    member = alone(bank, "busy", **RICH)
    live(bank, "typical")
    run_ahead(bank, "P20D")
    last = kept(bank)[-1]["moment"]
    living = bank
    if change == "level":
        assert clock.parse(live(bank, "busy")["until"]) == last
    elif change == "member":
        bank.send(operations.update_member(member["id"], {"segment": "premium"}))
    elif change == "another":
        alone(bank, "busy", **RICH)
    else:
        living = bank_of(bank.connection.client, f"{bank.name}-ahead")
        made = {"name": living.name, "from": bank.name, "life": "typical"}
        bank.send(operations.create_sandbox(made))
    living.clock.advance("P2M")
    moments = [order["moment"] for order in kept(living)]
    assert moments[-1] > last
    assert moments == sorted(moments)
    living.ledger.assert_balanced()
    bank.connection.client.delete(f"/_sandbox/sandboxes/{bank.name}-ahead")


def pass_unnoticed(bank: Sandbox, to: str) -> None:
    """Let the clock come to a moment while nothing runs what is due: the server was down, or has just come up again."""
    registry_of(bank.connection.client).get(bank.name).clock.anchor = clock.parse(to)


@pytest.mark.sqlite("the clock in memory, which jobs read")
@pytest.mark.parametrize(
    "change", ["level", "member", "another", "lease", "rules of life", "calendar", "calendar taken back"]
)
def test_what_was_due_before_a_change_is_made_up_by_what_was_so_before(bank: Sandbox, change: str) -> None:
    once(bank, "remittance")
    member = alone(bank, **RICH)
    if change == "calendar taken back":
        bank.rules.override("calendar", bank.rules.read("calendar") + "\n# another revision\n")
        bank.clock.advance("PT1H")
    pass_unnoticed(bank, "2027-01-11T09:15:00-05:00")
    if change == "level":
        live(bank, "typical")
    elif change == "member":
        bank.send(operations.update_member(member["id"], {"segment": "premium"}))
    elif change == "another":
        alone(bank, **RICH)
    elif change == "lease":
        bank.send(operations.lease_member({"traits": {"savings_accounts": 4}, "create": True}))
    elif change == "calendar taken back":
        bank.rules.reset("calendar")
    else:
        document = change.rpartition(" ")[2]
        bank.rules.override(document, bank.rules.read(document) + "\n# another revision\n")
    assert [clock.show(order["moment"])[:10] for order in kept(bank)] == ["2026-12-10", "2027-01-10"]
    bank.clock.advance_to("2027-02-11T09:15:00-05:00")
    assert len([order for order in kept(bank) if order["account_id"] == kept(bank)[0]["account_id"]]) == 3
    bank.ledger.assert_balanced()


def test_at_the_end_of_time_nothing_comes_next(bank: Sandbox) -> None:
    late = bank_of(bank.connection.client, f"{bank.name}-late")
    made = {"name": late.name, "clock": {"rate": 0, "now": "2199-12-30T09:15:00-05:00"}, "life": "quiet"}
    bank.send(operations.create_sandbox(made))
    late.clock.advance_to("2199-12-31T23:59:59.999-05:00")
    assert "life" not in {job["kind"] for job in late.send(operations.list_jobs())["items"]}
    late.delete()


def test_a_sandbox_that_slept_goes_on_where_it_was(bank: Sandbox) -> None:
    once(bank, "salary")
    alone(bank, **RICH)
    bank.clock.advance("P20D")
    portal = cast(TestClient, bank.connection.client).portal
    assert portal is not None
    portal.call(registry_of(bank.connection.client).get(bank.name).sleep)
    bank.clock.advance("P1M")
    assert len(kept(bank)) == 2
