"""The inbox of every phone and mailbox: messages as they left the bank, codes included."""

from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy import delete, or_
from sqlmodel import col, select

from sandbox.bank.notifications.tables import Message
from sandbox.bank.wire import Moment, Page, View
from sandbox.control import streams
from sandbox.control.route import control_router
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel import clock
from sandbox.kernel.ids import PublicIds
from sandbox.problem import Problem, Text
from sandbox.problems import InvalidCursor, NotFound
from sandbox.storage.queries import change, one, param
from sandbox.storage.unit import UnitOfWork

router = control_router("messages")
PREFIX = "msg"
_COUNTER = Text(
    "Los primeros 16 dígitos hexadecimales del id de la verificación, tras «chl_», más las veces que se envió el"
    " código, menos 1, módulo 2**64.",
    "The first 16 hex digits of the challenge's id, behind “chl_”, plus how often its code was sent, minus 1, modulo"
    " 2**64.",
)


class NoMessage(Problem):
    """No message came in time."""

    code = "no_message"
    status = 404
    title = Text("Sin mensajes", "No message")
    says = Text("No llegó ningún mensaje así a tiempo.", "No such message arrived in time.")


class MessageView(View):
    """A message. `code` and `challenge_id` are there when it carries a one-time code."""

    id: str
    channel: Literal["sms", "email"]
    to: str
    kind: str
    text: str
    code: str | None
    challenge_id: str | None
    sent_at: Moment


class CodeSecret(View):
    """What it takes to make every code of this sandbox by oneself: HOTP (RFC 4226) over `secret`, in base32."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    algorithm: Literal["SHA1"]
    digits: int = Field(description="As the rules have it now, 4 to 8.")
    counter: str = Field(description="How the counter of a code is made.")


_matching = (
    or_(param("to").is_(None), col(Message.destination) == param("to")),
    or_(param("channel").is_(None), col(Message.channel) == param("channel")),
    or_(param("challenge").is_(None), col(Message.challenge_id) == param("challenge")),
)
MESSAGES_AFTER = one(
    select(Message).where(col(Message.id) > param("after"), *_matching).order_by(col(Message.id)).limit(param("limit"))
)
LATEST_OF_CHALLENGE = one(
    select(Message)
    .where(col(Message.challenge_id) == param("challenge"), col(Message.id) > param("after"))
    .order_by(col(Message.id).desc())
    .limit(1)
)
FIRST_TO = one(
    select(Message)
    .where(col(Message.destination) == param("to"), col(Message.id) > param("after"))
    .order_by(col(Message.id))
    .limit(1)
)
MESSAGES_BEHIND = one(
    select(Message).where(col(Message.id) > param("after")).order_by(col(Message.id)).limit(param("limit"))
)
CLEAR = change(delete(Message))

To = Annotated[str | None, Query(max_length=254, description="Phone or address, whole.")]
Channel = Annotated[Literal["sms", "email"] | None, Query()]
After = Annotated[str | None, Query(max_length=64, description="Only what came after this message's id.")]
ForChallenge = Annotated[str | None, Query(max_length=64, description="The code of this challenge.")]


@router.get(
    "/messages",
    operation_id="listMessages",
    summary="Messages sent",
    responses=problems(InvalidCursor, NotFound),
)
async def list_messages(
    call: Call,
    to: To = None,
    channel: Channel = None,
    after: After = None,
    challenge_id: ForChallenge = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[MessageView]:
    """SMS and e-mails in the order in which they left, oldest first; a code stands in `code`, too."""
    start = paging.unseal(cursor, int)[0] if cursor else call.key_of(PREFIX, after) or 0
    challenge = call.key_of("chl", challenge_id)
    rows = await call.unit.all(
        MESSAGES_AFTER, after=start, to=to, channel=channel, challenge=challenge, limit=limit + 1
    )
    return paging.page_of(Page[MessageView], rows, limit, lambda row: _view(call.unit.ids, row), lambda row: row.id)


@router.get("/messages/secret", operation_id="getCodeSecret", summary="Get the secret of the codes")
async def get_code_secret(call: Call) -> CodeSecret:
    """Lets a load run compute codes instead of reading messages: `digits` of HOTP over `secret` with the
    counter described. Sandboxes of the same seed have the same secret."""
    return CodeSecret(
        secret=call.sandbox.entropy.code_secret,
        algorithm="SHA1",
        digits=call.unit.rules.otp.settings.digits,
        counter=_COUNTER.in_(call.language),
    )


@router.get(
    "/messages/next",
    operation_id="nextMessage",
    summary="Wait for a message",
    responses=problems(NoMessage, NotFound),
)
async def next_message(
    call: Call,
    challenge_id: ForChallenge = None,
    to: To = None,
    channel: Channel = None,
    after: After = None,
    wait: streams.Wait = 5.0,
) -> MessageView:
    """The newest message of a challenge, or the first one to a phone after `after`; waits for it when it is not there
    yet. Answers 404 `no_message` when none came in time."""
    start = call.key_of(PREFIX, after) or 0
    challenge = call.key_of("chl", challenge_id)

    async def look(unit: UnitOfWork) -> MessageView | None:
        found = await _first(unit, challenge, to, channel, start)
        return None if found is None else _view(unit.ids, found)

    message = await streams.awaited(call, STREAM, wait, look)
    if message is None:
        raise NoMessage
    return message


@router.get(
    "/messages/stream",
    operation_id="streamMessages",
    summary="Stream of messages",
    response_class=StreamingResponse,
    responses={**streams.DESCRIBED, **problems(NotFound)},
)
async def stream_messages(call: Call, to: To = None, channel: Channel = None, after: After = None) -> StreamingResponse:
    """Server-sent events, one for each message that leaves from now on, or after the one named by `Last-Event-ID` (or
    `after`).

    Where that one is unknown or messages behind it are no longer kept, the first event is a `restart`, and the oldest
    message kept follows.
    """

    def matches(row: Message) -> bool:
        return (to is None or row.destination == to) and (channel is None or row.channel == channel)

    return await streams.respond(call, STREAM, PREFIX, after, matches)


@router.delete("/messages", operation_id="clearMessages", summary="Empty the inbox", status_code=204)
async def clear_messages(call: Call) -> None:
    """Deletes every message. Codes already sent stay valid."""
    await call.unit.change(CLEAR)


async def _first(
    unit: UnitOfWork, challenge: int | None, to: str | None, channel: str | None, after: int
) -> Message | None:
    if challenge is not None:
        return await unit.one(LATEST_OF_CHALLENGE, challenge=challenge, after=after)
    if to is not None and channel is None:
        return await unit.one(FIRST_TO, to=to, after=after)
    rows = await unit.all(MESSAGES_AFTER, after=after, to=to, channel=channel, challenge=None, limit=1)
    return rows[0] if rows else None


def _view(ids: PublicIds, row: Any) -> MessageView:
    return MessageView(
        id=ids.name(PREFIX, row.id),
        channel="sms" if row.channel == "sms" else "email",
        to=row.destination,
        kind=row.kind,
        text=row.text,
        code=row.code,
        challenge_id=None if row.challenge_id is None else ids.name("chl", row.challenge_id),
        sent_at=clock.show(row.sent_at),
    )


STREAM = streams.source("message", PREFIX, MESSAGES_BEHIND, _view)
