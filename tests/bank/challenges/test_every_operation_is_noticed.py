"""A notice for each operation: whatever a code confirms leaves one in the app, and its event in the log."""

from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.testing import Phone, operations
from tests.contract.test_every_route import belongings

BEFORE_A_SESSION = {"enrolment", "username_recovery", "password_recovery", "device_replacement"}


def test_what_a_code_confirms_leaves_a_notice(phone: Phone) -> None:
    belongings(phone)
    waiting = {
        message["challenge_id"]: message["code"]
        for message in phone.sandbox.send(operations.list_messages(limit=200))["items"]
        if message["challenge_id"]
    }
    confirmed = set()
    for challenge, code in waiting.items():
        before = len(phone.send(operations.list_notifications(limit=200))["items"])
        answer = phone.call(phone.confirmation(challenge, code))
        assert answer.status_code == 200, answer.text
        kind = answer.json()["operation"]["kind"]
        assert len(phone.send(operations.list_notifications(limit=200))["items"]) == before + 1, kind
        confirmed.add(kind)
    assert {"transfer", "service_payment", "registered_service", "scheduled_payment", "external_card"} <= confirmed
    assert {"card_payment", "deferral"} <= confirmed
    phone.sandbox.ledger.assert_balanced()


def test_every_operation_says_what_may_end_it() -> None:
    operations = Chapters(CHAPTERS).operations
    kinds = {operation.kind for operation in operations}
    assert kinds >= BEFORE_A_SESSION
    assert all(operation.view is not None and operation.prefix for operation in operations)
