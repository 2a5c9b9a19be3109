"""How lively a sandbox is: set, kept by resets and snapshots, left behind by forks; waiting for what happens."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.testing import Sandbox, operations
from tests import goldens
from tests.answers import assert_problem, failing
from tests.bank.life.living import alone, kept, live, once
from tests.transport import bank_of, serving

RICH = {"accounts": [{"balance": "1000.00"}]}


@pytest.fixture
def made(client: Any) -> Any:
    """Makes sandboxes that are gone after the test."""
    names: list[str] = []

    def make(name: str, **request: Any) -> Sandbox:
        answer = client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}} | request)
        assert answer.status_code == 201, answer.text
        assert answer.json()["life"] == request.get("life", "off")
        names.append(name)
        return bank_of(client, name)

    yield make
    for name in names:
        client.delete(f"/_sandbox/sandboxes/{name}")


def level(bank: Sandbox) -> str:
    return str(bank.life.read()["level"])


def test_a_bank_is_still_unless_it_is_told_to_live(bank: Sandbox) -> None:
    assert bank.life.read() == {"level": "off", "until": None, "counts": {}}
    assert bank.send(operations.get_info())["life"] == "off"


def test_life_is_switched_on_from_now_on(bank: Sandbox) -> None:
    now = bank.clock.read()["now"]
    assert live(bank, "busy") == {"level": "busy", "until": now, "counts": {}}
    assert bank.send(operations.get_info())["life"] == "busy"
    assert bank.send(operations.get_sandbox(bank.name))["life"] == "busy"
    done = bank.clock.advance("P2D")
    told = bank.life.read()
    assert now < told["until"] <= done["now"]
    assert {f"life.{what}": times for what, times in told["counts"].items()} == {
        kind: times for kind, times in done["counts"].items() if kind.startswith("life.")
    }
    (event,) = bank.send(operations.list_events(kind="life.changed"))["items"]
    assert event["data"] == {"kind": "busy"}


def test_what_is_no_level_is_refused(bank: Sandbox) -> None:
    assert failing(assert_problem(bank.call("PUT", "/_sandbox/life", json={"level": "wild"}), 422, "validation_failed"))
    assert level(bank) == "off"


def test_one_member_lives_in_a_still_bank(bank: Sandbox) -> None:
    once(bank, "fee")
    member = alone(bank, "typical", **RICH)
    assert member["life"] == "typical"
    assert level(bank) == "off"
    bank.clock.advance("P20D")
    assert len(kept(bank)) == 1
    stilled = bank.send(operations.update_member(member["id"], {"life": "off"}))
    assert stilled["life"] == "off"
    bank.clock.advance("P1M")
    assert len(kept(bank)) == 1
    assert bank.life.read()["until"] is None


def test_one_member_is_still_in_a_bank_that_lives(bank: Sandbox) -> None:
    once(bank, "fee")
    live(bank)
    alone(bank, "off", **RICH)
    bank.clock.advance("P20D")
    owners = {order["member_id"] for order in kept(bank)}
    everybody = bank.members.all()
    lively = [member for member in everybody if member["life"] is None]
    assert {member["persona"] for member in lively if member["persona"]} == {"al-dia", "premium"}
    assert len(owners) == len(lively) > 10


def test_a_patch_without_life_leaves_it(bank: Sandbox) -> None:
    member = alone(bank, "busy", **RICH)
    assert bank.send(operations.update_member(member["id"], {"language": "en"}))["life"] == "busy"
    assert bank.send(operations.update_member(member["id"], {"life": None}))["life"] is None


def test_a_sandbox_is_created_to_live_and_a_reset_keeps_it(made: Any) -> None:
    bank = made("lives", life="typical")
    start = bank.clock.read()["now"]
    first = bank.clock.advance("P3D")["counts"]
    live(bank, "off")
    bank.reset()
    assert bank.life.read() == {"level": "typical", "until": start, "counts": {}}
    bank.clock.freeze()
    until = bank.clock.read()["now"]
    assert until[:16] == start[:16]
    assert bank.clock.advance_to("2026-11-26T09:15:00-05:00")["counts"] == first


def test_a_reset_of_a_still_sandbox_is_still(bank: Sandbox) -> None:
    live(bank, "busy")
    bank.reset()
    assert level(bank) == "off"


def test_a_fork_is_still_also_its_members(made: Any) -> None:
    bank = made("parent", life="typical")
    member = alone(bank, "busy", **RICH)
    fork = made("fork", **{"from": "parent"})
    assert fork.life.read()["until"] is None
    assert fork.members.get(member["id"])["life"] is None
    assert not [kind for kind in fork.clock.advance("P1M")["counts"] if kind.startswith("life")]
    fork.reset()
    assert level(fork) == "off"
    assert bank.members.get(member["id"])["life"] == "busy"


def test_a_fork_that_asks_for_it_lives_from_its_first_moment_on(made: Any) -> None:
    bank = made("parent2")
    once(bank, "fee")
    bank.clock.advance("P20D")
    fork = made("fork2", **{"from": "parent2", "life": "quiet"})
    assert fork.life.read()["until"] == bank.clock.read()["now"]
    fork.clock.advance("P1D")
    assert kept(fork) == []
    fork.clock.advance("P1M")
    assert kept(fork)
    fork.reset()
    assert level(fork) == "quiet"


def test_a_snapshot_keeps_how_lively_it_was(bank: Sandbox) -> None:
    live(bank, "busy")
    bank.clock.advance("P1D")
    before = bank.life.read()
    bank.snapshot("busy")
    bank.clock.advance("P1D")
    live(bank, "off")
    bank.restore("busy")
    assert bank.life.read() == before


def test_the_settings_say_how_lively_the_default_sandbox_is(settings: Settings, tmp_path: Path) -> None:
    for wanted, left, told in (("quiet", "off", "quiet"), (None, "off", "off"), ("busy", "busy", "busy")):
        own = settings.model_copy(update={"data_dir": tmp_path, "members": 0, "life": wanted})
        goldens.place(own)
        with serving(create_app(own)) as client:
            bank = bank_of(client)
            assert level(bank) == told
            made = client.post("/_sandbox/sandboxes", json={"name": f"other-{told}"})
            assert made.json()["life"] == "off"
            live(bank, left)
            bank.reset()
            assert level(bank) == (wanted or "off")
            live(bank, left)


@pytest.mark.sqlite("many orders in one job")
def test_an_advance_tells_how_many_of_each_kind_and_the_first_jobs(bank: Sandbox) -> None:
    alone(bank, cards=[{"credit": "900.00"}])
    done = bank.clock.advance("P3Y")
    assert done["jobs_in_all"] == len(done["jobs"])
    others = Counter(job["kind"] for job in done["jobs"] if job["kind"] != "life")
    assert others == {kind: times for kind, times in done["counts"].items() if not kind.startswith("life.")}
    assert others["card.statement"] >= 36
    of_life = [times for kind, times in done["counts"].items() if kind.startswith("life.")]
    assert sum(of_life) == len(kept(bank)) > len(done["jobs"]) - others.total()
    far = bank.clock.advance("P6Y")
    assert len(far["jobs"]) == 1000
    assert far["jobs_in_all"] > 1000


def test_orders_come_by_themselves_while_the_clock_runs(bank: Sandbox) -> None:
    live(bank, "busy")
    bank.clock.set(rate=100_000)
    event = bank.send(operations.next_event(kind="life.purchase", wait=30))
    assert event["request_id"] == "clock"
    bank.clock.freeze()
    bank.ledger.assert_balanced()


def test_an_event_is_waited_for(bank: Sandbox) -> None:
    once(bank, "salary")
    member = alone(bank, **RICH)
    last = bank.send(operations.list_events())["items"][-1]["id"]
    found: list[Any] = []
    wanted = {"kind": "life.salary", "member_id": member["id"], "after": last, "wait": 20}
    waiting = threading.Thread(target=lambda: found.append(bank.send(operations.next_event(**wanted))))
    waiting.start()
    bank.clock.advance("P20D")
    waiting.join()
    (event,) = found
    assert (event["kind"], event["at"][:16], event["data"]) == ("life.salary", "2026-12-10T10:00", {"amount": "100.00"})
    alike = {"subject": event["subject_id"], "wait": 0}
    assert bank.send(operations.next_event(**alike)) == event
    behind = {"kind": "life", "after": event["id"], "wait": 0}
    assert_problem(bank.call("GET", "/_sandbox/events/next", params=behind), 404, "no_event")


def test_an_event_of_a_thing_there_cannot_be_is_not_found(bank: Sandbox) -> None:
    for subject in ("nothing", "trf_00", ""):
        answer = bank.call("GET", "/_sandbox/events/next", params={"subject": subject, "wait": 0})
        assert_problem(answer, 404, "not_found")
