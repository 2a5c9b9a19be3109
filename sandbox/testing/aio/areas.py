"""Clock, inbox, ledger, jobs, webhooks and life of a sandbox."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sandbox.testing import operations
from sandbox.testing.aio.area import PAGE, AsyncArea, every
from sandbox.testing.wire import Liveliness, duration, given, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from sandbox.testing import models

__tracebackhide__ = True  # pytest shows where the test called

_SECONDS = 5.0


class AsyncClock(AsyncArea):
    """The sandbox's time. It moves by these calls alone when its rate is 0."""

    async def now(self) -> datetime:
        """The sandbox's present moment, with the offset of Ecuador."""
        return datetime.fromisoformat((await self.read())["now"])

    async def read(self) -> models.Clock:
        """The moment and the rate."""
        return await self._sandbox.send(operations.get_clock())

    async def advance(self, by: str | timedelta) -> models.Advanced:
        """Let time pass: `P3D`, `PT2H`, or a timedelta. What falls due on the way runs in order, and is listed."""
        return await self._sandbox.send(operations.advance_clock({"by": duration(by)}))

    async def advance_to(self, when: str | datetime) -> models.Advanced:
        """Let time pass until a moment. Raises ClockGoesForward when it is past."""
        return await self._sandbox.send(operations.advance_clock({"to": moment(when)}))

    async def set(self, now: str | datetime | None = None, rate: float | None = None) -> models.Advanced:
        """Set the moment, the rate, or both."""
        body: Any = given(now=now and moment(now), rate=rate)
        return await self._sandbox.send(operations.set_clock(body))

    async def freeze(self) -> models.Advanced:
        """Stop the clock."""
        return await self.set(rate=0)


class AsyncInbox(AsyncArea):
    """Every SMS and e-mail that went out, with their codes."""

    async def messages(
        self,
        *,
        to: str | None = None,
        channel: Literal["sms", "email"] | None = None,
        after: str | None = None,
        challenge_id: str | None = None,
    ) -> list[models.Message]:
        """The messages that fit, oldest first; `after` is the id of a message."""
        return await every(
            self._sandbox,
            lambda cursor: operations.list_messages(
                to=to, channel=channel, after=after, challenge_id=challenge_id, limit=PAGE, cursor=cursor
            ),
        )

    async def next(
        self,
        *,
        to: str | None = None,
        channel: Literal["sms", "email"] | None = None,
        after: str | None = None,
        challenge_id: str | None = None,
        wait: float = _SECONDS,
    ) -> models.Message:
        """The first message that fits; waits so many seconds for it. Raises NoMessage when none comes."""
        return await self._sandbox.send(
            operations.next_message(to=to, channel=channel, after=after, challenge_id=challenge_id, wait=wait)
        )

    async def code(self, challenge_id: str, *, wait: float = _SECONDS) -> str:
        """The newest code of a challenge; waits so many seconds for it. Raises NoMessage when none comes."""
        code = (await self.next(challenge_id=challenge_id, wait=wait))["code"]
        if code is None:
            raise LookupError(f"the message of {challenge_id} has no code")
        return code

    async def clear(self) -> None:
        """Empty the inbox."""
        await self._sandbox.send(operations.clear_messages())


class AsyncLedger(AsyncArea):
    """The sandbox's books."""

    async def audit(self) -> models.Audit:
        """Whether every cent is accounted for, and the violations where it is not."""
        return await self._sandbox.send(operations.audit_ledger())

    async def assert_balanced(self) -> None:
        """Raises AssertionError, with the violations, when a cent is not accounted for."""
        audit = await self.audit()
        if not audit["balanced"]:
            raise AssertionError(f"the books do not balance: {audit['violations']}")

    async def entries(self) -> list[models.Entry]:
        """Every entry with its postings, newest first."""
        return await every(self._sandbox, lambda cursor: operations.list_entries(limit=PAGE, cursor=cursor))


class AsyncJobs(AsyncArea):
    """What the bank does later by itself."""

    async def waiting(self) -> list[models.WaitingJob]:
        """The jobs that wait for their time."""
        return (await self._sandbox.send(operations.list_jobs()))["items"]

    async def run(self) -> list[models.Job]:
        """Run the jobs that are due now, and list them."""
        return (await self._sandbox.send(operations.run_jobs()))["items"]


class AsyncWebhooks(AsyncArea):
    """Where the sandbox delivers its events, signed."""

    async def add(self, url: str, *, kinds: Sequence[models.EventFilter] | None = None) -> models.Webhook:
        """Deliver events of these kinds, or of all, to an address. Raises WebhookAddressNotAllowed.

        The secret that signs deliveries is in this answer alone.
        """
        body: Any = given(url=url, kinds=None if kinds is None else list(kinds))
        return await self._sandbox.send(operations.create_webhook(body))

    async def all(self) -> list[models.Webhook]:
        """The webhooks of the sandbox."""
        return (await self._sandbox.send(operations.list_webhooks()))["items"]

    async def remove(self, webhook_id: str) -> None:
        """Deliver no more to a webhook."""
        await self._sandbox.send(operations.delete_webhook(webhook_id))

    async def deliveries(self, webhook_id: str) -> list[models.Delivery]:
        """What was delivered to a webhook, and what was not taken."""
        return await every(
            self._sandbox, lambda cursor: operations.list_deliveries(webhook_id, limit=PAGE, cursor=cursor)
        )

    async def retry(self, webhook_id: str, delivery_id: str) -> models.Delivery:
        """Deliver again now."""
        return await self._sandbox.send(operations.retry_delivery(webhook_id, delivery_id))


class AsyncLife(AsyncArea):
    """What members do by themselves: salaries arrive, bills are debited, cards are used."""

    async def read(self) -> models.Life:
        """How lively members are, until when life has come, and what there was."""
        return await self._sandbox.send(operations.get_life())

    async def set(self, level: Liveliness) -> models.Life:
        """Have members live by themselves from now on; `off` stops it."""
        return await self._sandbox.send(operations.set_life({"level": level}))
