# Written by `python -m clients.python`; do not edit.
"""Clock, inbox, ledger, jobs, webhooks and life of a sandbox."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sandbox.testing import operations
from sandbox.testing.blocking.area import PAGE, Area, every
from sandbox.testing.wire import Liveliness, duration, given, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from sandbox.testing import models

__tracebackhide__ = True  # pytest shows where the test called

_SECONDS = 5.0


class Clock(Area):
    """The sandbox's time. It moves by these calls alone when its rate is 0."""

    def now(self) -> datetime:
        """The sandbox's present moment, with the offset of Ecuador."""
        return datetime.fromisoformat(self.read()["now"])

    def read(self) -> models.Clock:
        """The moment and the rate."""
        return self._sandbox.send(operations.get_clock())

    def advance(self, by: str | timedelta) -> models.Advanced:
        """Let time pass: `P3D`, `PT2H`, or a timedelta. What falls due on the way runs in order, and is listed."""
        return self._sandbox.send(operations.advance_clock({"by": duration(by)}))

    def advance_to(self, when: str | datetime) -> models.Advanced:
        """Let time pass until a moment. Raises ClockGoesForward when it is past."""
        return self._sandbox.send(operations.advance_clock({"to": moment(when)}))

    def set(self, now: str | datetime | None = None, rate: float | None = None) -> models.Advanced:
        """Set the moment, the rate, or both."""
        body: Any = given(now=now and moment(now), rate=rate)
        return self._sandbox.send(operations.set_clock(body))

    def freeze(self) -> models.Advanced:
        """Stop the clock."""
        return self.set(rate=0)


class Inbox(Area):
    """Every SMS and e-mail that went out, with their codes."""

    def messages(
        self,
        *,
        to: str | None = None,
        channel: Literal["sms", "email"] | None = None,
        after: str | None = None,
        challenge_id: str | None = None,
    ) -> list[models.Message]:
        """The messages that fit, oldest first; `after` is the id of a message."""
        return every(
            self._sandbox,
            lambda cursor: operations.list_messages(
                to=to, channel=channel, after=after, challenge_id=challenge_id, limit=PAGE, cursor=cursor
            ),
        )

    def next(
        self,
        *,
        to: str | None = None,
        channel: Literal["sms", "email"] | None = None,
        after: str | None = None,
        challenge_id: str | None = None,
        wait: float = _SECONDS,
    ) -> models.Message:
        """The first message that fits; waits so many seconds for it. Raises NoMessage when none comes."""
        return self._sandbox.send(
            operations.next_message(to=to, channel=channel, after=after, challenge_id=challenge_id, wait=wait)
        )

    def code(self, challenge_id: str, *, wait: float = _SECONDS) -> str:
        """The newest code of a challenge; waits so many seconds for it. Raises NoMessage when none comes."""
        code = self.next(challenge_id=challenge_id, wait=wait)["code"]
        if code is None:
            raise LookupError(f"the message of {challenge_id} has no code")
        return code

    def clear(self) -> None:
        """Empty the inbox."""
        self._sandbox.send(operations.clear_messages())


class Ledger(Area):
    """The sandbox's books."""

    def audit(self) -> models.Audit:
        """Whether every cent is accounted for, and the violations where it is not."""
        return self._sandbox.send(operations.audit_ledger())

    def assert_balanced(self) -> None:
        """Raises AssertionError, with the violations, when a cent is not accounted for."""
        audit = self.audit()
        if not audit["balanced"]:
            raise AssertionError(f"the books do not balance: {audit['violations']}")

    def entries(self) -> list[models.Entry]:
        """Every entry with its postings, newest first."""
        return every(self._sandbox, lambda cursor: operations.list_entries(limit=PAGE, cursor=cursor))


class Jobs(Area):
    """What the bank does later by itself."""

    def waiting(self) -> list[models.WaitingJob]:
        """The jobs that wait for their time."""
        return self._sandbox.send(operations.list_jobs())["items"]

    def run(self) -> list[models.Job]:
        """Run the jobs that are due now, and list them."""
        return self._sandbox.send(operations.run_jobs())["items"]


class Webhooks(Area):
    """Where the sandbox delivers its events, signed."""

    def add(self, url: str, *, kinds: Sequence[models.EventFilter] | None = None) -> models.Webhook:
        """Deliver events of these kinds, or of all, to an address. Raises WebhookAddressNotAllowed.

        The secret that signs deliveries is in this answer alone.
        """
        body: Any = given(url=url, kinds=None if kinds is None else list(kinds))
        return self._sandbox.send(operations.create_webhook(body))

    def all(self) -> list[models.Webhook]:
        """The webhooks of the sandbox."""
        return self._sandbox.send(operations.list_webhooks())["items"]

    def remove(self, webhook_id: str) -> None:
        """Deliver no more to a webhook."""
        self._sandbox.send(operations.delete_webhook(webhook_id))

    def deliveries(self, webhook_id: str) -> list[models.Delivery]:
        """What was delivered to a webhook, and what was not taken."""
        return every(self._sandbox, lambda cursor: operations.list_deliveries(webhook_id, limit=PAGE, cursor=cursor))

    def retry(self, webhook_id: str, delivery_id: str) -> models.Delivery:
        """Deliver again now."""
        return self._sandbox.send(operations.retry_delivery(webhook_id, delivery_id))


class Life(Area):
    """What members do by themselves: salaries arrive, bills are debited, cards are used."""

    def read(self) -> models.Life:
        """How lively members are, until when life has come, and what there was."""
        return self._sandbox.send(operations.get_life())

    def set(self, level: Liveliness) -> models.Life:
        """Have members live by themselves from now on; `off` stops it."""
        return self._sandbox.send(operations.set_life({"level": level}))
