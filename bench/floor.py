"""The floor: FastAPI with createTransfer's own models and no work at all."""

from fastapi import FastAPI

from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.transfers.schemas import TransferOrder, TransferView
from sandbox.bank.wire import Party

_ID = "0" * 28
_NAME = "Rosa Elena Chicaiza Toapanta"

_ANSWER = TransferView(
    id=f"trf_{_ID}",
    kind="own",
    status="pending_confirmation",
    amount="0.01",
    fee="0.00",
    tax="0.00",
    total="0.01",
    origin_account_id=f"acc_{_ID}",
    origin_number="410XXXXXX098",
    origin=Party(name=_NAME, number="410XXXXXX098", institution="Cooprogreso", account_type="savings"),
    destination=Party(name=_NAME, number="410XXXXXX041", institution="Cooprogreso", account_type="savings"),
    beneficiary_id=None,
    beneficiary_email=None,
    reference="",
    created_at="2026-11-23T09:15:00-05:00",
    confirmed_at=None,
    challenge=ChallengeView(
        id=f"chl_{_ID}",
        status="pending",
        channel="sms",
        destination="09XXXXXX21",
        expires_at="2026-11-23T09:20:00-05:00",
        expires_in=300,
        attempts_left=3,
        resend_available_at="2026-11-23T09:17:00-05:00",
        resend_in=120,
    ),
)

app = FastAPI()


@app.post("/v1/transfers", status_code=201)
async def floor(order: TransferOrder) -> TransferView:  # noqa: ARG001  # reading it is part of the floor
    """The same answer to everybody."""
    return _ANSWER.model_copy()
