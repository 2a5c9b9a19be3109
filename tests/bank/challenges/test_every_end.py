"""Every operation tells the whole story, whatever its end: event, notice, holds and balances of every account."""

from collections.abc import Callable

import pytest

from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.testing import Phone, operations
from tests.answers import Json, answered, assert_problem
from tests.bank.test_system_accounts import Ledger, cancel, expire, ledger, lock, owner
from tests.stories import MOVING, OPERATIONS, Operation

__all__ = ["ledger", "owner"]
pytestmark = pytest.mark.slow  # every operation with every end
End = Callable[[Phone, str], None]


def confirm(phone: Phone, challenge: str) -> None:
    answer = phone.call(phone.confirmation(challenge))
    assert answer.status_code == 200, answer.text


ENDS: dict[str, End] = {"confirmed": confirm, "cancelled": cancel, "expired": expire, "locked": lock}
ABANDONED = ("cancelled", "expired", "locked")


def last_event(phone: Phone) -> str:
    return str(phone.sandbox.send(operations.list_events(limit=200))["items"][-1]["id"])


def told_since(phone: Phone, event: str) -> list[Json]:
    """Events of operations and challenges behind `event`."""
    found = phone.sandbox.send(operations.list_events(after=event, limit=200))["items"]
    return [each for each in found if each["kind"].split(".")[0] not in ("message", "session")]


def notices(phone: Phone) -> list[Json]:
    """Those of operations: each access leaves one, too."""
    found = phone.send(operations.list_notifications(limit=200))["items"]
    return [each for each in found if each["kind"] != "access"]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_an_order_has_its_event_and_says_nothing_yet(owner: Phone, operation: Operation) -> None:
    operation.prepare(owner)
    event, before = last_event(owner), len(notices(owner))
    placed = operation.place(owner)
    kinds = [each["kind"] for each in told_since(owner, event) if each["kind"] != "beneficiary.edited"]
    assert kinds in ([f"{operation.noun}.created"], [f"{operation.noun}.started"])
    assert told_since(owner, event)[-1]["subject_id"] == placed["id"]
    assert len(notices(owner)) == before


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_end_has_its_event_its_balances_and_its_notice(
    owner: Phone, ledger: Ledger, operation: Operation, end: str
) -> None:
    operation.prepare(owner)
    books, before = ledger.books(), len(notices(owner))
    placed = operation.place(owner)
    moved = operation.moved(placed)
    ledger.assert_changed(books, held={"origin": -moved["origin"]} if moved else {})
    event = last_event(owner)
    ENDS[end](owner, placed["challenge"]["id"])
    ends = [each for each in told_since(owner, event) if each["kind"].split(".")[0] != "challenge"]
    expected = operation.confirmed if end == "confirmed" else f"{operation.noun}.{end}"
    assert [each["kind"] for each in ends if each["kind"] != "deferral.prepaid"] == [expected]
    assert ends[-1]["subject_id"] == placed["id"]
    ledger.assert_changed(books, book=moved if end == "confirmed" else {})
    if operation.noun not in ("device_registration", "device_deletion"):  # whose code ends the session
        assert len(notices(owner)) == before + (end == "confirmed")
    owner.sandbox.ledger.assert_balanced()


def test_no_operation_is_left_out() -> None:
    """Those before a session are walked in `tests/bank/access`."""
    before = {"enrolment", "username_recovery", "password_recovery", "device_replacement"}
    kinds = {operation.kind for operation in OPERATIONS.values()}
    assert {operation.kind for operation in Chapters(CHAPTERS).operations} == kinds | before


@pytest.mark.parametrize("end", ABANDONED)
@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS.values() if each.path and each.single], ids=lambda each: each.noun
)
def test_an_abandoned_order_shows_how_it_ended(owner: Phone, operation: Operation, end: str) -> None:
    placed = operation.place(owner)
    ENDS[end](owner, placed["challenge"]["id"])
    shown = answered(owner.call("GET", f"/v1{operation.path!s}", params={"status": end}))["items"]
    assert [(each["id"], each["status"], each["challenge"]) for each in shown] == [(placed["id"], end, None)]


@pytest.mark.parametrize("operation", MOVING.values(), ids=MOVING)
def test_what_is_refused_at_its_code_stays_held_until_it_is_abandoned(
    owner: Phone, ledger: Ledger, operation: Operation
) -> None:
    before, said = ledger.books(), len(notices(owner))
    placed = operation.place(owner)
    held = {"origin": -operation.moved(placed)["origin"]}
    owner.sandbox.send(operations.update_account(owner.savings()[0]["id"], {"status": "inactive"}))
    event = last_event(owner)
    assert_problem(owner.call(owner.confirmation(placed["challenge"]["id"])), 422, "account_not_active")
    ledger.assert_changed(before, held=held)
    assert (told_since(owner, event), len(notices(owner))) == ([], said)
    assert owner.send(operations.get_challenge(placed["challenge"]["id"]))["status"] == "pending"
    cancel(owner, placed["challenge"]["id"])
    ledger.assert_changed(before)
    owner.sandbox.ledger.assert_balanced()
