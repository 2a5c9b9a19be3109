"""Transfer and code: order, read the code, confirm; now and then a wrong code first, or a change of mind."""

from random import Random

from loadtests.client import PhoneClient
from loadtests.verdict import Ledger

WRONG_CODE_SHARE = 0.05
CANCEL_SHARE = 0.05


def transfer_with_code(phone: PhoneClient, draws: Random, key: str, ledger: Ledger) -> None:
    """One transfer of a cent between the member's own accounts, through to its end. Raises Refused."""
    origin, destination = (account["id"] for account in phone.products()[:2])
    order = {
        "kind": "own",
        "origin_account_id": origin,
        "destination_account_id": destination,
        "amount": "0.01",
        "reference": key,
    }
    transfer = phone.create_transfer(order, key)
    challenge = transfer["challenge"]["id"]
    ledger.created.append(transfer["id"])
    if draws.random() < CANCEL_SHARE:
        phone.cancel(challenge)
        ledger.cancelled.append(transfer["id"])
        return
    code = phone.read_code(challenge)
    if draws.random() < WRONG_CODE_SHARE:
        phone.confirm_wrongly(challenge, f"{(int(code) + 1) % 1_000_000:06d}")
    confirmed = phone.confirm(challenge, code)
    ledger.completed.append(confirmed["resource"]["id"])
