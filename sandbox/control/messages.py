"""The inbox of every phone and mailbox: messages as they left the bank, codes included."""

from typing import Annotated, Literal, NamedTuple

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy import delete, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col

from sandbox.bank.challenges.schemas import ChallengeStatus
from sandbox.bank.challenges.tables import Challenge
from sandbox.bank.members.tables import Member
from sandbox.bank.notifications.tables import Message
from sandbox.bank.wire import Listing, Moment, Page, View
from sandbox.control import streams
from sandbox.control.one_bank import of_one_bank
from sandbox.control.route import shared_router
from sandbox.domain.vocabulary import Channel as ChannelName
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel import clock
from sandbox.kernel.folding import folded, searched
from sandbox.kernel.ids import PublicIds
from sandbox.problem import Problem, Text
from sandbox.problems import InvalidCursor, NotFound
from sandbox.storage.queries import change, one_of, param, pick
from sandbox.storage.unit import UnitOfWork

router = shared_router("messages")
PREFIX = "msg"
_NEWEST = 2**63 - 1
_MOST_CONTACTS = 200
_WINDOW = 250  # messages looked through in a turn of the loop, which takes 2 ms
CodeState = Literal["usable", "used", "dead", "locked"]
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
    """A message. `code`, `challenge_id`, `code_state` and `expires_at` are there when it carries a one-time code."""

    id: str
    channel: Literal["sms", "email"]
    to: str
    kind: str
    text: str
    code: str | None
    challenge_id: str | None
    code_state: CodeState | None = Field(
        description="`usable` until `expires_at`; `used` once it confirmed; `locked` after too many wrong "
        "codes; `dead` when a later code took its place, or the operation was cancelled or ran out."
    )
    expires_at: Moment | None = Field(description="When a usable code runs out.")
    member_id: str | None = Field(description="The member it went to; null for a person who is no member.")
    request_id: str | None = Field(description="The request that sent it; null for one of the seed.")
    sent_at: Moment


class RecipientView(View):
    """A phone or mailbox that was written to, and whose it is."""

    to: str
    channel: Literal["sms", "email"]
    member_id: str | None
    name: str | None
    persona: str | None
    messages: int = Field(description="How many messages are kept of it.")
    latest_at: Moment = Field(description="When the latest one was sent.")


class CodeSecret(View):
    """What it takes to make every code of this sandbox by oneself: HOTP (RFC 4226) over `secret`, in base32."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    algorithm: Literal["SHA1"]
    digits: int = Field(description="As the rules have it now, 4 to 8.")
    counter: str = Field(description="How the counter of a code is made.")


class Sent(NamedTuple):
    """A message, and what has become of the code in it."""

    id: int
    member_id: int | None
    channel: ChannelName
    destination: str
    kind: str
    text: str
    code: str | None
    challenge_id: int | None
    sent_at: int
    request_id: str | None
    status: ChallengeStatus | None
    expires_at: int | None
    is_latest: int


class Contact(NamedTuple):
    """A destination with its latest message."""

    destination: str
    channel: ChannelName
    member_id: int | None
    first_names: str | None
    last_names: str | None
    persona: str | None
    messages: int
    sent_at: int
    latest: int


_later = aliased(Message)
SENT = pick(
    Message.id, Message.member_id, Message.channel, Message.destination, Message.kind, Message.text, Message.code,
    Message.challenge_id, Message.sent_at, Message.request_id, Challenge.status, Challenge.expires_at,
    ~exists().where(col(_later.challenge_id) == col(Message.challenge_id), col(_later.id) > col(Message.id)),
).outerjoin(Challenge, col(Challenge.id) == col(Message.challenge_id))  # fmt: skip
_matching = (
    or_(param("to").is_(None), col(Message.destination) == param("to")),
    or_(param("channel").is_(None), col(Message.channel) == param("channel")),
    or_(param("challenge").is_(None), col(Message.challenge_id) == param("challenge")),
)
_listed = (
    *_matching,
    or_(param("member").is_(None), col(Message.member_id) == param("member")),
    col(Message.id) > param("after"),
)
MESSAGES_AFTER = one_of(Sent, SENT.where(*_listed).order_by(col(Message.id)).limit(param("limit")))
MESSAGES_BEFORE = one_of(
    Sent,
    SENT.where(*_listed, col(Message.id) < param("before")).order_by(col(Message.id).desc()).limit(param("limit")),
)
_written_to = (
    pick(
        func.count().label("messages"), func.max(Message.sent_at).label("sent_at"),
        func.max(Message.member_id).label("member_id"), func.max(Message.id).label("latest"),
    )
    .group_by(col(Message.destination), col(Message.channel))
    .subquery()
)  # fmt: skip
CONTACTS = one_of(
    Contact,
    pick(
        Message.destination, Message.channel, _written_to.c.member_id, Member.first_names, Member.last_names,
        Member.persona, _written_to.c.messages, _written_to.c.sent_at, _written_to.c.latest,
    )
    .join(_written_to, _written_to.c.latest == col(Message.id))
    .outerjoin(Member, col(Member.id) == _written_to.c.member_id)
    .order_by(_written_to.c.latest.desc())
    .limit(param("limit")),
)  # fmt: skip
LATEST_OF_CHALLENGE = one_of(
    Sent,
    SENT.where(col(Message.challenge_id) == param("challenge"), col(Message.id) > param("after"))
    .order_by(col(Message.id).desc())
    .limit(1),
)
FIRST_TO = one_of(
    Sent,
    SENT.where(col(Message.destination) == param("to"), col(Message.id) > param("after"))
    .order_by(col(Message.id))
    .limit(1),
)
MESSAGES_BEHIND = one_of(
    Sent, SENT.where(col(Message.id) > param("after")).order_by(col(Message.id)).limit(param("limit"))
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
    member_id: Annotated[str | None, Query(max_length=64, description="Messages to this member.")] = None,
    q: Annotated[
        str | None, Query(max_length=100, description="Part of the text or destination, in any case and accents.")
    ] = None,
    order: Annotated[Literal["oldest", "newest"], Query(description="Which message comes first.")] = "oldest",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[MessageView]:
    """SMS and e-mails in the order in which they left, oldest first unless `order` says otherwise; a code stands in
    `code`, too."""
    place = paging.unseal(cursor, int)[0] if cursor else None
    is_forward = order == "oldest"

    async def look() -> Page[MessageView]:
        wanted: dict[str, object] = {
            "to": to,
            "channel": channel,
            "challenge": call.key_of("chl", challenge_id),
            "member": call.key_of("mem", member_id),
            "after": (place if is_forward else None) or call.key_of(PREFIX, after) or 0,
        }
        if not is_forward:
            wanted["before"] = _NEWEST if place is None else place
        rows = await _with_part(call.unit, wanted, "" if q is None else folded(q), limit + 1)
        return paging.page_of(Page[MessageView], rows, limit, lambda row: show(call.unit.ids, row), lambda row: row.id)

    return await of_one_bank(call, look)


@router.get("/messages/contacts", operation_id="listContacts", summary="Who was written to")
async def list_contacts(call: Call) -> Listing[RecipientView]:
    """The 200 phones and mailboxes that were written to last, the latest first."""
    unit = call.unit
    rows = await unit.all(CONTACTS, limit=_MOST_CONTACTS)
    return Listing[RecipientView](
        items=[
            RecipientView(
                to=row.destination,
                channel="sms" if row.channel == "sms" else "email",
                member_id=None if row.member_id is None else unit.ids.name("mem", row.member_id),
                name=None if row.first_names is None else f"{row.first_names} {row.last_names}",
                persona=row.persona,
                messages=row.messages,
                latest_at=clock.show(row.sent_at),
            )
            for row in rows
        ]
    )


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
    position = streams.Behind(call.sandbox, call.key_of(PREFIX, after) or 0)

    async def look(unit: UnitOfWork) -> MessageView | None:
        challenge = streams.key_of(unit.ids, "chl", challenge_id)
        found = await _first(unit, challenge, to, channel, position.key)
        return None if found is None else show(unit.ids, found)

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

    def matches(row: Sent) -> bool:
        return (to is None or row.destination == to) and (channel is None or row.channel == channel)

    return await streams.respond(call, STREAM, PREFIX, after, matches)


@router.delete("/messages", operation_id="clearMessages", summary="Empty the inbox", status_code=204)
async def clear_messages(call: Call) -> None:
    """Deletes every message. Codes already sent stay valid."""
    await call.unit.later(CLEAR)


async def _with_part(unit: UnitOfWork, wanted: dict[str, object], part: str, limit: int) -> list[Sent]:
    """The first messages that have the folded `part` in text or destination.

    They are folded here, when a client looks for one: folding each as it is sent would slow every transfer down.
    """
    query, edge = (MESSAGES_BEFORE, "before") if "before" in wanted else (MESSAGES_AFTER, "after")
    size = max(limit, _WINDOW) if part else limit
    found: list[Sent] = []
    while True:
        rows = await unit.all(query, limit=size, **wanted)
        found += [row for row in rows if part in searched(row.text, row.destination)] if part else rows
        if len(found) >= limit or len(rows) < size:
            return found[:limit]
        wanted[edge] = rows[-1].id
        await unit.pause()


async def _first(
    unit: UnitOfWork, challenge: int | None, to: str | None, channel: str | None, after: int
) -> Sent | None:
    if challenge is not None:
        return await unit.one(LATEST_OF_CHALLENGE, challenge=challenge, after=after)
    if to is not None and channel is None:
        return await unit.one(FIRST_TO, to=to, after=after)
    rows = await unit.all(MESSAGES_AFTER, after=after, to=to, channel=channel, challenge=None, member=None, limit=1)
    return rows[0] if rows else None


_STATES: dict[ChallengeStatus, CodeState] = {"pending": "usable", "confirmed": "used", "locked": "locked"}


def _state(row: Sent) -> CodeState | None:
    if row.code is None or row.status is None:
        return None
    return _STATES.get(row.status, "dead") if row.is_latest else "dead"


def show(ids: PublicIds, row: Sent) -> MessageView:
    """A message with the state its code has now."""
    return MessageView(
        id=ids.name(PREFIX, row.id),
        channel="sms" if row.channel == "sms" else "email",
        to=row.destination,
        kind=row.kind,
        text=row.text,
        code=row.code,
        challenge_id=None if row.challenge_id is None else ids.name("chl", row.challenge_id),
        code_state=_state(row),
        expires_at=None if row.code is None or row.expires_at is None else clock.show(row.expires_at),
        member_id=None if row.member_id is None else ids.name("mem", row.member_id),
        request_id=row.request_id,
        sent_at=clock.show(row.sent_at),
    )


STREAM = streams.source("message", PREFIX, MESSAGES_BEHIND, show)
