"""The usual tutorial's way, writing the same rows: `def` routes in the thread pool, an ORM session a request."""

import os
from collections.abc import Iterator
from typing import Annotated

import pyotp
from fastapi import Depends, FastAPI, Header, HTTPException
from sqlalchemy import create_engine, event
from sqlmodel import Session, select

from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.challenges.tables import Challenge
from sandbox.bank.chapters import CHAPTERS
from sandbox.bank.ledger.tables import Account, Hold
from sandbox.bank.members.tables import Member
from sandbox.bank.members.tables import Session as MemberSession
from sandbox.bank.notifications.tables import Message
from sandbox.bank.transfers.schemas import OwnOrder, TransferView
from sandbox.bank.transfers.tables import DailyUse, Transfer
from sandbox.bank.wire import Party
from sandbox.http.idempotency import KeptResponse
from sandbox.kernel import clock, masks, money
from sandbox.kernel.entropy import Entropy, fingerprint
from sandbox.kernel.ids import PublicIds
from sandbox.storage.events import Event

assert CHAPTERS  # imported for what it makes known: the whole schema
_ENGINE = create_engine(
    f"sqlite:///{os.environ['BENCH_DATABASE']}", connect_args={"check_same_thread": False, "timeout": 30}
)
_ENTROPY = Entropy.from_seed(os.environ["BENCH_SEED"])
_IDS = PublicIds(_ENTROPY.secret)


@event.listens_for(_ENGINE, "connect")
def _prepare(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # a sqlite3 connection
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _session() -> Iterator[Session]:
    with Session(_ENGINE) as session:
        yield session


app = FastAPI()


@app.post("/v1/transfers", status_code=201)
def create_transfer(
    order: OwnOrder,
    session: Annotated[Session, Depends(_session)],
    authorization: Annotated[str, Header()],
    idempotency_key: Annotated[str, Header()],
) -> TransferView:
    """Every row createTransfer writes, by way of the ORM."""
    token = authorization.removeprefix("Bearer ")
    login = session.exec(select(MemberSession).where(MemberSession.access_print == fingerprint(token))).one()
    member = session.get_one(Member, login.member_id)
    if session.get(KeptResponse, (member.id, idempotency_key)) is not None:
        raise HTTPException(409)
    now = clock.wall()
    origin = session.get_one(Account, _IDS.number("acc", order.origin_account_id))
    destination = session.get_one(Account, _IDS.number("acc", order.destination_account_id))
    use = session.get(DailyUse, (member.id, clock.day_of(now), "own"))
    if origin.book - origin.held < order.amount:
        raise HTTPException(409)
    transfer = Transfer(
        kind="own", member_id=member.id, origin_id=origin.id, origin_number=origin.number,
        destination_id=destination.id, destination_number=destination.number, destination_name=member.first_names,
        destination_institution="Cooprogreso", destination_type="savings", amount=order.amount, fee=0, tax=0,
        total=order.amount, reference="", status="pending_confirmation", created_at=now,
    )  # fmt: skip
    session.add(transfer)
    session.flush()
    origin.held += order.amount
    session.add(
        Hold(account_id=origin.id, amount=order.amount, reason="operation", operation="transfer",
             operation_id=transfer.id, placed_at=now)
    )  # fmt: skip
    if use is None:
        session.add(DailyUse(member_id=member.id, day=clock.day_of(now), kind="own", amount=order.amount))
    else:
        use.amount += order.amount
    phone = member.phone or ""
    challenge = Challenge(
        member_id=member.id, operation="transfer", operation_id=transfer.id, channel="sms", destination=phone,
        language=member.language, status="pending", attempts_left=3, sends=1,
        sent_at=now, expires_at=now + 300 * clock.SECOND, created_at=now,
    )  # fmt: skip
    session.add(challenge)
    session.flush()
    code = pyotp.HOTP(_ENTROPY.code_secret).at(challenge.id)
    message = Message(
        member_id=member.id, channel="sms", destination=phone, kind="code", text=f"Tu código es {code}", code=code,
        challenge_id=challenge.id, sent_at=now,
    )  # fmt: skip
    session.add(message)
    session.flush()
    for kind, subject, key in (("message.sent", "msg", message.id), ("transfer.created", "trf", transfer.id)):
        session.add(
            Event(moment=now, kind=kind, member_id=member.id, subject=subject, subject_id=key, request_id="", data="{}")
        )
    view = _view(order, origin, destination, transfer, challenge)
    session.add(
        KeptResponse(holder=member.id, key=idempotency_key, request_print="", status=201, media_type="", kept_at=now,
                     body=view.model_dump_json())
    )  # fmt: skip
    session.commit()
    return view


def _view(
    order: OwnOrder, origin: Account, destination: Account, transfer: Transfer, challenge: Challenge
) -> TransferView:
    amount = money.show(order.amount)
    return TransferView(
        id=_IDS.name("trf", transfer.id), kind="own", status="pending_confirmation", amount=amount, fee="0.00",
        tax="0.00", total=amount, origin_account_id=order.origin_account_id, origin_number=masks.number(origin.number),
        origin=Party(
            name=transfer.destination_name, number=masks.number(origin.number), institution="Cooprogreso",
                account_type="savings",
        ),
        destination=Party(
            name=transfer.destination_name, number=masks.number(destination.number), institution="Cooprogreso",
                account_type="savings",
        ),
        beneficiary_id=None, beneficiary_email=None, reference="", created_at=clock.show(transfer.created_at),
        confirmed_at=None,
        challenge=ChallengeView(
            id=_IDS.name("chl", challenge.id), status="pending", channel="sms",
            destination=masks.phone(challenge.destination), expires_at=clock.show(challenge.expires_at),
            expires_in=300, attempts_left=3, resend_available_at=clock.show(challenge.sent_at), resend_in=120,
        ),
    )  # fmt: skip
