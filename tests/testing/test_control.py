"""The Python client: steering sandboxes."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.sandboxes.places import is_name
from sandbox.testing import Phone, Sandbox, problems
from sandbox.testing.refusals import Problem
from sandbox.testing.wire import a_name


def test_a_fork_ends_with_its_context_and_its_origin_does_not(server: Sandbox) -> None:
    with server.create(rate=0, members=40) as origin:
        with origin.fork() as twin:
            phone = twin.phone("al-dia")
            phone.transfer("5.00")
            phone.confirm()
            assert origin.phone("al-dia").accounts() != phone.accounts()
        with pytest.raises(problems.SandboxNotFound):
            twin.info()
        assert origin.info()["name"] == origin.name
    with pytest.raises(problems.SandboxNotFound):
        origin.info()
    assert server.info()["name"] == "default"


@pytest.mark.parametrize("parent", ["default", "shop", "shop--payday", "a" * 47, "a" * 48, "a" * 63])
def test_a_copy_without_a_name_belongs_to_the_process_of_its_parent_as_far_as_names_can_say_so(parent: str) -> None:
    """Where several processes share sandboxes out by name, a copy has to be where its parent is."""
    name = a_name(parent)
    assert is_name(name)
    root = parent.partition("--")[0]
    assert name.startswith(f"{root}--t-" if len(root) <= 47 else "t-")
    assert a_name(parent) != name


def test_a_copy_says_whose_it_is(sandbox: Sandbox) -> None:
    with sandbox.fork() as twin, twin.fork() as second:
        assert twin.name.startswith(f"{sandbox.name.partition('--')[0]}--t-")
        assert second.name.startswith(f"{sandbox.name.partition('--')[0]}--t-")
    with sandbox.create(members=1) as other:
        assert other.name.startswith("t-")


def test_a_state_is_kept_and_brought_back(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    before = phone.accounts()
    sandbox.snapshot("before")
    assert [kept["name"] for kept in sandbox.snapshots()] == ["before"]
    phone.transfer("5.00")
    phone.confirm()
    with sandbox.fork(snapshot="before") as twin:
        assert twin.phone("al-dia").accounts() == before
    sandbox.restore("before")
    assert sandbox.phone("al-dia").accounts() == before
    sandbox.delete_snapshot("before")
    assert sandbox.snapshots() == []


def test_a_deleted_sandbox_is_brought_back_and_one_of_a_context_leaves_nothing(server: Sandbox) -> None:
    with server.create("brought-back", rate=0) as sandbox:
        accounts = sandbox.phone("al-dia").accounts()
        sandbox.delete()
        assert "brought-back" in [each["name"] for each in server.deleted()]
        assert sandbox.undelete()["state"] == "ready"
        assert sandbox.phone("al-dia").accounts() == accounts
    assert "brought-back" not in [each["name"] for each in server.deleted()]


def test_a_sandbox_travels_as_a_file(sandbox: Sandbox, server: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    phone.transfer("5.00")
    phone.confirm()
    with server.create(rate=0) as other:
        other.import_(sandbox.export())
        assert other.phone("al-dia").accounts() == phone.accounts()
    moved = phone.accounts()
    sandbox.reset()
    assert sandbox.phone("al-dia").accounts() != moved


def test_the_clock_moves_by_lengths_and_to_moments(sandbox: Sandbox) -> None:
    start = sandbox.clock.now()
    assert start.utcoffset() == timedelta(hours=-5)
    sandbox.clock.advance("PT1H")
    sandbox.clock.advance(timedelta(minutes=30, milliseconds=250))
    assert sandbox.clock.now() - start == timedelta(minutes=90, milliseconds=250)
    later = (start + timedelta(days=1)).astimezone(UTC)
    assert sandbox.clock.advance_to(later)["jobs"]
    assert sandbox.clock.now() == later
    with pytest.raises(problems.ClockGoesForward):
        sandbox.clock.advance_to(start)
    with pytest.raises(ValueError, match="names no moment"):
        sandbox.clock.advance_to(datetime(2026, 12, 1, 8, 0))  # noqa: DTZ001  # what is refused here
    assert sandbox.clock.set(rate=1)["rate"] == 1
    assert sandbox.clock.freeze()["rate"] == 0


def test_a_session_is_renewed_and_ended(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    sandbox.clock.advance("PT10M")
    with pytest.raises(problems.SessionExpired):
        phone.products()
    phone.log_in()
    token = phone.token
    assert phone.refresh().token != token
    phone.log_out()
    with pytest.raises(problems.InvalidToken):
        phone.products()


def test_members_are_made_changed_and_given_money(sandbox: Sandbox) -> None:
    member = sandbox.members.make(accounts=[{"balance": "50.00"}, {"balance": "0.00"}], segment="premium")
    account = member["accounts"][0]["id"]
    assert sandbox.members.deposit(account, "25.00")["available_balance"] == "75.00"
    hold = sandbox.members.hold(account, amount="20.00", reason="judicial")
    assert hold["available_balance"] == "55.00"
    sandbox.members.release_hold(hold["id"])
    assert sandbox.phone(member).available(account) == "75.00"
    assert sandbox.members.change(member["id"], status="inactive")["status"] == "inactive"
    with pytest.raises(Problem):
        sandbox.phone(member)
    assert member["id"] in {each["id"] for each in sandbox.members.all()}
    with pytest.raises(LookupError, match="no persona"):
        sandbox.members.persona("nadie")


def test_a_token_needs_no_login(sandbox: Sandbox) -> None:
    member = sandbox.members.persona("al-dia")
    phone = Phone(sandbox, member, sandbox.members.session(member["id"])["access_token"])
    assert phone.savings()


def test_a_member_is_leased_to_one_client_at_a_time(sandbox: Sandbox) -> None:
    leased = sandbox.members.lease(persona="al-dia", seconds=60)
    with pytest.raises(problems.NoMemberFree):
        sandbox.members.lease(persona="al-dia")
    sandbox.members.release(leased["id"])
    assert sandbox.members.lease(persona="al-dia")["id"] == leased["id"]


def test_cards_buy(sandbox: Sandbox) -> None:
    member = next(each for each in sandbox.members.all() if each["cards"])
    assert sandbox.members.buy(member["cards"][0]["id"], amount="8.00", merchant="Almacén")["amount"] == "8.00"


def test_messages_are_read_and_waited_for(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    challenge = phone.transfer("5.00")["challenge"]
    message = sandbox.inbox.next(to=phone.member["phone"], wait=0)
    assert (message["challenge_id"], message["code"]) == (challenge["id"], sandbox.inbox.code(challenge["id"]))
    assert [each["id"] for each in sandbox.inbox.messages(channel="sms")] == [message["id"]]
    sandbox.inbox.clear()
    with pytest.raises(problems.NoMessage):
        sandbox.inbox.next(wait=0)


def test_faults_strike_what_they_match(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    sandbox.faults.refuse("service_unavailable", operation_id="getProducts", times=1)
    outage = sandbox.faults.outage("sms")
    with pytest.raises(problems.ServiceUnavailable):
        phone.products()
    assert phone.products()
    assert [fault["hits"] for fault in sandbox.faults.all()] == [1, 0]
    sandbox.faults.remove(outage["id"])
    assert sandbox.faults.add({"connection": "reset"}, first=True, path="/v1/me")["match"]["path"] == "/v1/me"
    assert [fault["effect"].get("connection") for fault in sandbox.faults.all()] == ["reset", None]
    sandbox.faults.clear()
    assert sandbox.faults.all() == []


def test_rules_are_overridden_asked_and_put_back(sandbox: Sandbox) -> None:
    sandbox.rules.replace("otp", "attempts: 3", "attempts: 1")
    assert "attempts: 1" in sandbox.rules.read("otp")
    phone = sandbox.phone("al-dia")
    phone.transfer("5.00")
    with pytest.raises(problems.ChallengeLocked):
        phone.confirm(code=phone.wrong_code())
    with pytest.raises(ValueError, match="0 times"):
        sandbox.rules.replace("otp", "attempts: 3", "attempts: 1")
    with pytest.raises(problems.RulesInvalid):
        sandbox.rules.override("otp", "settings: {")
    sandbox.rules.reset("otp")
    assert "attempts: 3" in sandbox.rules.read("otp")
    facts = {"seconds_since_last_send": 30, "seconds_to_wait": 90, "sends_last_hour": 1}
    assert sandbox.rules.evaluate("otp", "otp.resend", facts)["refused"] == ["otp.cooldown"]
    assert sandbox.rules.decisions(limit=1)


def test_calls_are_verified_with_their_near_misses(sandbox: Sandbox) -> None:
    sandbox.phone("al-dia").transfer("5.00")
    sandbox.journal.assert_called(operation_id="createTransfer", body={"amount": "5.00"}, exactly=1)
    with pytest.raises(AssertionError, match=r"body\.amount was '5\.00'"):
        sandbox.journal.assert_called(operation_id="createTransfer", body={"amount": "6.00"})
    [order] = sandbox.journal.requests(operation_id="createTransfer")
    assert sandbox.journal.request(order["id"])["response"]["body"]["amount"] == "5.00"
    sandbox.journal.clear()
    assert sandbox.journal.requests() == []


def test_events_and_entries_are_read_over_all_pages(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    for _ in range(3):
        phone.transfer("1.00")
        phone.confirm()
    events = sandbox.events.all()
    assert [event["kind"] for event in events].count("transfer.completed") == 3
    assert sandbox.events.all(after=events[-1]["id"]) == []
    entries = sandbox.ledger.entries()
    assert len(entries) == sandbox.ledger.audit()["entries"]


def test_jobs_wait_for_their_time(sandbox: Sandbox) -> None:
    assert sandbox.jobs.run() == []
    assert sandbox.jobs.waiting()


def test_webhooks_come_and_go(sandbox: Sandbox) -> None:
    hook = sandbox.webhooks.add("http://127.0.0.1:9/", kinds=["transfer.completed"])
    assert [each["id"] for each in sandbox.webhooks.all()] == [hook["id"]]
    assert sandbox.webhooks.deliveries(hook["id"]) == []
    sandbox.webhooks.remove(hook["id"])
    assert sandbox.webhooks.all() == []


def test_an_exchange_is_recorded(sandbox: Sandbox) -> None:
    sandbox.record()
    sandbox.phone("al-dia")
    assert len(sandbox.recording().splitlines()) == 2
    sandbox.stop_recording()
    with pytest.raises(problems.NotRecording):
        sandbox.recording()


def test_members_live_where_they_are_let(sandbox: Sandbox, server: Sandbox) -> None:
    assert sandbox.life.read()["level"] == "off"
    assert sandbox.life.set("busy")["level"] == "busy"
    sandbox.clock.advance("P9D")
    assert sum(sandbox.life.read()["counts"].values()) > 0
    with server.create(rate=0, members=40, life="quiet") as quiet:
        assert quiet.life.read()["level"] == "quiet"


def test_an_event_is_waited_for(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    transfer = phone.transfer("5.00")
    phone.confirm()
    done = sandbox.events.next(kind="transfer.completed", subject=transfer["id"], wait=0)
    assert done["subject_id"] == transfer["id"]
    with pytest.raises(problems.NoEvent):
        sandbox.events.next(kind="transfer.completed", after=done["id"], wait=0)
