"""Two units of work on one bank of PostgreSQL: what one judges by stays as it is, and nothing is done twice."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.bank.access import queries as access
from sandbox.bank.challenges import queries as challenges
from sandbox.bank.ledger import queries as ledger
from sandbox.bank.ledger.tables import Posting
from sandbox.bank.members import queries as members
from sandbox.bank.notifications import queries as notifications
from sandbox.bank.services import queries as services
from sandbox.domain.ledger import SystemAccount
from sandbox.http import idempotency
from sandbox.sandboxes import webhooks
from sandbox.seeding.keys import GivenKeys
from sandbox.storage import latches, runner
from sandbox.storage.events import ADD_EVENT, ADD_EVENT_OF_ROW
from sandbox.storage.queries import Command, Query
from sandbox.storage.schema import LAST_KEY
from tests.storage.conftest import Server

pytestmark = pytest.mark.slow


class Side:
    """One of two units: a connection in a transaction. A statement that would have to wait is refused."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        connection.execute("SET lock_timeout = '100ms'")
        connection.commit()

    def all(self, query: Query[Any], **params: object) -> list[Any]:
        """The rows."""
        return [query.shape(row) for row in self.connection.execute(query.postgresql(), query.values(params))]

    def one(self, query: Query[Any], **params: object) -> Any:
        """The first row, or None."""
        return next(iter(self.all(query, **params)), None)

    def change(self, command: Command, **params: object) -> int:
        """How many rows changed."""
        return int(self.connection.execute(command.postgresql(), command.values(params)).rowcount)

    def insert(self, command: Command, **params: object) -> int:
        """The key of the row added."""
        return int(self.connection.execute(command.returning(), command.values(params)).fetchone()[0])

    def waits(self, statement: Query[Any] | Command, **params: object) -> bool:
        """Whether the statement would have to wait for the other side. What this side did is undone if it would."""
        import psycopg

        try:
            self.connection.execute(statement.postgresql(), statement.values(params))
        except psycopg.errors.LockNotAvailable:
            self.connection.rollback()
            return True
        return False

    def number(self, sql: str) -> int:
        """The one number that a query gives."""
        return int(self.connection.execute(sql).fetchone()[0])


@pytest.fixture
def sides(server: Server) -> Iterator[tuple[Side, Side]]:
    """Two units; what they leave uncommitted is undone."""
    first, second = (server.connect("writing", autocommit=False) for _ in range(2))
    yield Side(first), Side(second)
    for each in (first, second):
        each.rollback()
        each.close()


def session_of(side: Side, print_: str = "side by side") -> str:
    """A session of the first member, committed; gives what finds it."""
    side.connection.execute("DELETE FROM session WHERE access_print = $1", (print_,))
    session = side.insert(
        access.ADD_SESSION, member_id=1, device_id=None, access_print=print_, generation=0, started_at=0, seen_at=0,
        expires_at=2**60, previous_access_at=None,
    )  # fmt: skip
    side.connection.commit()
    assert session
    return print_


def event(kind: str) -> dict[str, object]:
    return {
        "moment": 1, "kind": kind, "member_id": 1, "subject": "mem", "subject_id": 1, "request_id": "r",
        "correlation_id": None, "data": "{}",
    }  # fmt: skip


# The member.


def test_two_changes_of_a_member_follow_each_other(sides: tuple[Side, Side]) -> None:
    first, second = sides
    session = session_of(first)
    assert first.one(members.LIVE_SESSION_TO_CHANGE, print=session).member_id == 1
    assert second.waits(members.LIVE_SESSION_TO_CHANGE, print=session)


def test_a_request_that_only_reads_does_not_wait(sides: tuple[Side, Side]) -> None:
    first, second = sides
    session = session_of(first)
    first.one(members.LIVE_SESSION_TO_CHANGE, print=session)
    assert second.one(members.LIVE_SESSION, print=session).member_id == 1


def test_a_member_whose_request_runs_can_be_told_of_money_that_came(sides: tuple[Side, Side]) -> None:
    first, second = sides
    first.one(members.LIVE_SESSION_TO_CHANGE, print=session_of(first))
    assert not second.waits(
        notifications.ADD_NOTIFICATION, member_id=1, kind="life", told="x", params="{}", created_at=1
    )


def test_who_waited_for_a_session_finds_it_as_the_other_left_it(sides: tuple[Side, Side]) -> None:
    first, second = sides
    session = session_of(first)
    found = first.one(members.LIVE_SESSION_TO_CHANGE, print=session)
    second.connection.execute("SET lock_timeout = 0")
    seen: list[Any] = []
    waiting = threading.Thread(target=lambda: seen.append(second.one(members.LIVE_SESSION_TO_CHANGE, print=session)))
    waiting.start()
    blocked = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = {second.connection.info.backend_pid}"
    while not first.number(blocked):
        assert waiting.is_alive()
    first.change(members.NOTE_WRONG_CODE, member=1, now=77)
    first.change(access.END_SESSION, session=found.session_id, now=78, reason="logged out")
    first.connection.commit()
    waiting.join(10)
    assert [(row.wrong_code_at, row.ended_at) for row in seen] == [(77, 78)]


def test_wrong_passwords_at_the_same_time_are_looked_at_one_after_the_other(sides: tuple[Side, Side]) -> None:
    first, second = sides
    (username,) = first.connection.execute("SELECT username_key FROM member WHERE id = 1").fetchone()
    assert first.one(access.MEMBER_WHO_COMES_IN, username=username).id == 1
    assert second.waits(access.MEMBER_WHO_COMES_IN, username=username)


def test_what_has_no_row_is_locked_by_name(sides: tuple[Side, Side]) -> None:
    first, second = sides
    assert first.all(latches.LOCK_LATCHES, latches="[3, 7]") == [3, 7]
    assert not second.waits(latches.LOCK_LATCHES, latches="[4]")
    assert second.waits(latches.LOCK_LATCHES, latches="[7]")


# Once.


def test_a_challenge_is_settled_once(sides: tuple[Side, Side]) -> None:
    first, second = sides
    key = first.insert(
        challenges.ADD_CHALLENGE, binding=5, member_id=1, operation="transfer", operation_id=1, channel="sms",
        destination="x", language="es", status="pending", attempts_left=3, sends=1, sent_at=0, expires_at=2**60,
        created_at=0, asked=None,
    )  # fmt: skip
    first.connection.commit()
    assert first.change(challenges.SETTLE, challenge=key, outcome="cancelled") == 1
    assert second.waits(challenges.CHALLENGE_TO_CHANGE, challenge=key)
    first.connection.commit()
    assert second.change(challenges.SETTLE, challenge=key, outcome="expired") == 0


def test_two_members_cannot_pay_the_same_bill(sides: tuple[Side, Side]) -> None:
    first, second = sides
    import psycopg

    bill = {
        "origin_id": 101, "biller_id": 1, "biller_name": "x", "reference": "side", "period": 24_000, "amount": 1, "fee": 0,
        "automatic": 0, "status": "pending_confirmation", "entry_id": None, "created_at": 1, "confirmed_at": None,
    }  # fmt: skip
    first.insert(services.ADD_PAYMENT, **bill, member_id=1)
    assert second.waits(services.ADD_PAYMENT, **bill, member_id=2)
    second.insert(services.ADD_PAYMENT, **bill | {"period": None}, member_id=2)
    first.connection.commit()
    with pytest.raises(psycopg.errors.UniqueViolation, match="bill_paid_once"):
        second.insert(services.ADD_PAYMENT, **bill, member_id=2)


def test_an_answer_is_kept_once(sides: tuple[Side, Side]) -> None:
    first, second = sides
    import psycopg

    answer = {
        "holder": -5, "key": "k", "request_print": "p", "status": 200, "media_type": "m", "body": "b", "kept_at": 1,
    }  # fmt: skip
    first.change(idempotency.KEEP, **answer)
    assert second.waits(idempotency.KEEP, **answer)
    first.connection.commit()
    with pytest.raises(psycopg.errors.UniqueViolation):
        second.change(idempotency.KEEP, **answer)


def test_due_work_is_run_by_one(sides: tuple[Side, Side]) -> None:
    first, second = sides
    assert first.all(runner.LOCK_RUNNER) == [1]
    assert second.waits(runner.LOCK_RUNNER)


def test_the_lease_of_the_runner_goes_on_or_goes_over(sides: tuple[Side, Side]) -> None:
    side, _ = sides
    wanted = {"now": 100, "end": 200}
    assert side.change(runner.TAKE_LEASE, owner_now="a", **wanted) == 1
    assert side.change(runner.TAKE_LEASE, owner_now="b", **wanted) == 0
    assert side.change(runner.TAKE_LEASE, owner_now="a", now=150, end=250) == 1
    assert side.change(runner.TAKE_LEASE, owner_now="b", now=249, end=300) == 0
    assert side.change(runner.TAKE_LEASE, owner_now="b", now=250, end=300) == 1


def test_a_request_without_a_session_waits_for_the_first_one_with_its_key(sides: tuple[Side, Side]) -> None:
    first, second = sides
    place = {"holder": -6, "key": "k", "now": 1}
    assert first.change(idempotency.TAKE, **place) == 1
    assert second.waits(idempotency.TAKE, **place)
    answer = {"request_print": "p", "status": 200, "media_type": "m", "body": "b", "kept_at": 1}
    assert first.change(idempotency.FILL, of_holder=-6, of_key="k", **answer) == 1
    first.connection.commit()
    assert second.change(idempotency.TAKE, **place) == 0
    assert second.one(idempotency.KEPT_RESPONSE, of_holder=-6, of_key="k").body == "b"


def test_a_delivery_is_noted_once(sides: tuple[Side, Side]) -> None:
    first, second = sides
    hook = first.insert(webhooks.ADD_WEBHOOK, url="u", secret="s", kinds="[]", active=1, after=0, created_at=1)
    happened = first.insert(ADD_EVENT, **event("a"))
    delivery = first.insert(
        webhooks.ADD_DELIVERY, webhook_id=hook, event_id=happened, status="pending", attempts=0, next_at=1
    )
    first.connection.commit()
    noted = {
        "delivery": delivery,
        "tried": 0,
        "outcome": "pending",
        "tries": 1,
        "answered": 500,
        "why": None,
        "next": 2,
    }
    assert first.change(webhooks.SETTLE_DELIVERY, **noted) == 1
    assert second.waits(webhooks.SETTLE_DELIVERY, **noted)
    assert second.waits(webhooks.WEBHOOKS_TO_CHANGE) is False
    first.connection.commit()
    assert second.change(webhooks.SETTLE_DELIVERY, **noted) == 0


# Followed tables.


def test_events_are_committed_in_the_order_of_their_keys_and_without_gaps(sides: tuple[Side, Side]) -> None:
    first, second = sides
    before = first.one(LAST_KEY, table="event")
    lost = first.insert(ADD_EVENT, **event("a"))
    assert lost == before + 1
    assert second.waits(ADD_EVENT, **event("b"))
    first.connection.rollback()
    assert second.insert(ADD_EVENT, **event("b")) == lost, "who follows the events would wait for this one for ever"
    second.connection.commit()
    assert first.one(LAST_KEY, table="event") == lost


def test_an_event_names_a_row_whose_key_was_not_asked_for(sides: tuple[Side, Side]) -> None:
    side, _ = sides
    message = {
        "member_id": 1, "channel": "sms", "destination": "x", "kind": "code", "text": "t", "code": None,
        "challenge_id": None, "sent_at": 1, "request_id": "r",
    }  # fmt: skip
    keys = [side.insert(notifications.ADD_MESSAGE, **message) for _ in range(2)]
    told = {name: value for name, value in event("message.sent").items() if name != "subject_id"}
    subjects = []
    for back in (1, 0):
        made = side.insert(ADD_EVENT_OF_ROW, **told, table="message", back=back)
        subjects.append(side.number(f"SELECT subject_id FROM event WHERE id = {made}"))
    assert subjects == keys


# Money.


def test_two_way_transfers_never_wait_for_each_other(server: Server) -> None:
    """Both accounts are locked by key before any balance moves, and the bank's own come last."""

    def send(origin: int, destination: int) -> None:
        with server.connect("writing", autocommit=False) as connection:
            side = Side(connection)
            connection.execute("SET lock_timeout = 0")
            for _ in range(100):
                side.all(ledger.LOCK_ACCOUNTS, accounts=json.dumps([destination, origin]))
                side.change(ledger.GIVE_BACK, account=origin, amount=0)
                for account, amount in ((destination, 1), (origin, -1), (SystemAccount.FEES, 0)):
                    assert side.one(ledger.MOVE, account=account, amount=amount) is not None
                connection.commit()

    with ThreadPoolExecutor(2) as sending:
        for done in [sending.submit(send, *ends) for ends in ((101, 102), (102, 101))]:
            done.result(60)


def test_a_hold_never_takes_more_than_there_is(sides: tuple[Side, Side]) -> None:
    first, second = sides
    available = first.number("SELECT book - held FROM account WHERE id = 101")
    assert first.change(ledger.SET_ASIDE, account=101, amount=available) == 1
    assert second.waits(ledger.SET_ASIDE, account=101, amount=1)
    first.connection.commit()
    assert second.change(ledger.SET_ASIDE, account=101, amount=1) == 0
    first.change(ledger.GIVE_BACK, account=101, amount=available)
    first.connection.commit()


class Plain:
    """A side as work in bulk sees it, with `?` for its places."""

    def __init__(self, side: Side) -> None:
        self._side = side

    def execute(self, sql: str, parameters: tuple[object, ...] = (), /) -> Any:
        for place in range(len(parameters)):
            sql = sql.replace("?", f"${place + 1}", 1)
        return self._side.connection.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> object:
        raise NotImplementedError


def test_keys_in_a_row_are_given_to_one(sides: tuple[Side, Side]) -> None:
    first, second = sides
    keys, other = GivenKeys(Plain(first)), GivenKeys(Plain(second))
    start = keys.take(Posting, 5)
    assert other.take(Posting, 1) == start + 5
    assert keys.take(Posting, 0) == 0, "there is none to be named"
    assert keys.take(Posting, 3) == start + 6
