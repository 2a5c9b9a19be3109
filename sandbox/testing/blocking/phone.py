# Written by `python -m clients.python`; do not edit.
"""A member's phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from sandbox.testing import operations
from sandbox.testing.blocking.area import PAGE, Refusal, every, refusal
from sandbox.testing.refusals import Problem
from sandbox.testing.wire import Request, Result, pending_challenge

if TYPE_CHECKING:
    from typing import Self

    import httpx2

    from sandbox.testing import models
    from sandbox.testing.blocking.sandbox import Sandbox

__tracebackhide__ = True  # pytest shows where the test called

Order: TypeAlias = Mapping[str, object] | str | None
"""What ordering something answered, the id of its challenge, or None for the last order."""
_ANOTHER_PHONE: models.DeviceOffered = {"id": "dev-new", "name": "Otro celular", "platform": "ios"}


class Phone:
    """A member with the app in hand. Operations that have no method of their own go through `send`.

    `pending` is the id of the challenge that the last order waits for, which `confirm` takes.
    """

    def __init__(self, sandbox: Sandbox, member: models.MemberToUse, token: str = "", refresh_token: str = "") -> None:
        self.sandbox = sandbox
        self.member = member
        self.token = token
        self.refresh_token = refresh_token
        self.session: models.NewSession | None = None
        """What the last login was answered; None before one."""
        self.pending: str | None = None

    def __repr__(self) -> str:
        return f"<phone of {self.member['persona'] or self.member['name']}>"

    # ── calls ──

    def send(self, request: Request[Result], headers: dict[str, str] | None = None) -> Result:
        """The answer to an operation of `sandbox.testing.operations`, as this member. Raises Problem."""
        answer = self.sandbox.send(request, {**self._authorization(), **(headers or {})})
        self.pending = pending_challenge(answer) or self.pending
        return answer

    @overload
    def call(self, request: Request[Any], /, *, headers: dict[str, str] | None = None) -> httpx2.Response: ...

    @overload
    def call(self, method: str, path: str, /, **options: Any) -> httpx2.Response: ...

    def call(self, call: Request[Any] | str, path: str = "", /, **options: Any) -> httpx2.Response:
        """The whole answer to this member, with its status and headers; a refusal is an answer here.

        To an operation, or to a method and a path with the `options` of `httpx2.request`.
        """
        headers = {**self._authorization(), **(options.pop("headers", None) or {})}
        if isinstance(call, Request):
            return self.sandbox.call(call, headers=headers, **options)
        return self.sandbox.call(call, path, headers=headers, **options)

    def refused(
        self,
        request: Request[Any],
        kind: type[Refusal] = Problem,  # type: ignore[assignment]  # the default of the type variable
        headers: dict[str, str] | None = None,
    ) -> Refusal:
        """The refusal that an operation is expected to meet: `refused(operations.get_limits(), problems.InvalidToken)`.

        Raises AssertionError where it is accepted. Another refusal than `kind` is raised as what it is.
        """
        return refusal(self, request, kind, headers)

    # ── the session ──

    def credentials(self) -> models.LogIn:
        """What the member logs in with: on the registered device, or on a new one where there is none."""
        username, password = self.member["username"], self.member["password"]
        if username is None or password is None:
            raise LookupError(f"{self.member['name']} has not enrolled, and has no credentials")
        registered = self.member["device"]
        device: models.DeviceOffered = (
            _ANOTHER_PHONE
            if registered is None
            else {"id": registered["id"], "name": registered["name"], "platform": registered["platform"]}
        )
        return {"username": username, "password": password, "device": device}

    def log_in(self) -> Self:
        """Open a session as the app does. Raises InvalidCredentials, AccessLocked, DeviceNotRegistered."""
        return self._opened(self.sandbox.send(operations.create_session(self.credentials())))

    def refresh(self) -> Self:
        """Renew the session's tokens. Raises SessionExpired."""
        return self._opened(self.sandbox.send(operations.refresh_session({"refresh_token": self.refresh_token})))

    def log_out(self) -> None:
        """End the session."""
        self.send(operations.delete_session())
        self.token = self.refresh_token = ""
        self.session = None

    # ── what the member has ──

    def products(self) -> models.Products:
        """«Resumen de Productos»: accounts, cards, loans and term deposits."""
        return self.send(operations.get_products())

    def accounts(self) -> list[models.AccountItem]:
        """The member's accounts, share certificates among them."""
        found: list[models.AccountItem] = []
        for group in self.products()["groups"]:
            if group["type"] == "accounts":
                found += group["items"]
        return found

    def savings(self) -> list[models.AccountItem]:
        """The accounts that can be debited."""
        return [account for account in self.accounts() if account["debitable"]]

    def available(self, account_id: str) -> str:
        """What can be spent of an account: dollars with two decimals."""
        return self.send(operations.get_account(account_id))["available_balance"]

    def movements(self, account_id: str, *, from_: str | None = None, to: str | None = None) -> list[models.Movement]:
        """The movements of an account between two days, newest first."""
        return every(
            self, lambda cursor: operations.list_movements(account_id, from_=from_, to=to, limit=PAGE, cursor=cursor)
        )

    def beneficiaries(self) -> list[models.Beneficiary]:
        """The member's beneficiaries."""
        return every(self, lambda cursor: operations.list_beneficiaries(limit=PAGE, cursor=cursor))

    # ── what the member does ──

    def transfer(
        self,
        amount: str = "10.00",
        *,
        origin: str | None = None,
        destination: str | None = None,
        beneficiary: models.Beneficiary | None = None,
        reference: str = "prueba",
        idempotency_key: str | None = None,
    ) -> models.Transfer:
        """Order a transfer, which waits for its code: see `confirm`.

        To a `beneficiary`, or between the member's own accounts. `origin` and `destination` are ids of accounts: the
        first savings account, and the next one, if they are left out. Raises InsufficientFunds, LimitExceeded, …
        """
        order = self.order(amount, origin=origin, destination=destination, beneficiary=beneficiary, reference=reference)
        return self.send(operations.create_transfer(order, idempotency_key=idempotency_key))

    def order(
        self,
        amount: str = "10.00",
        *,
        origin: str | None = None,
        destination: str | None = None,
        beneficiary: models.Beneficiary | None = None,
        reference: str = "prueba",
    ) -> models.OwnOrder | models.CooperativeOrder | models.InterbankOrder:
        """What `transfer` would send, to preview it, to change it, or to see it refused.

        `phone.refused(operations.create_transfer(phone.order("0.00")), problems.ValidationFailed)`
        """
        target = destination or beneficiary
        savings = [] if origin and target else [account["id"] for account in self.savings()]
        origin = origin or savings[0]
        others = [destination] if destination else [each for each in savings if each != origin]
        if beneficiary is not None:
            order: Any = {"kind": beneficiary["kind"], "beneficiary_id": beneficiary["id"]}
        elif others:
            order = {"kind": "own", "destination_account_id": others[0]}
        else:
            raise LookupError(f"{self.member['name']} has no other account to transfer to")
        order |= {"origin_account_id": origin, "amount": amount, "reference": reference}
        return order  # type: ignore[no-any-return]  # its kind says which of the three it is

    def pay_bill(self, biller_id: str, reference: str, *, origin: str | None = None) -> models.ServicePayment:
        """Ask what is due and order its payment, which waits for its code.

        `reference` is the number that the biller knows the bill by. Raises BillerUnavailable, ReferenceUnknown, …
        """
        inquiry = self.send(operations.inquire_bill({"biller_id": biller_id, "reference": reference}))
        origin = origin or self.savings()[0]["id"]
        return self.send(operations.create_service_payment({"origin_account_id": origin, "inquiry_id": inquiry["id"]}))

    @overload
    def confirm(
        self, order: models.Transfer, code: str | None = None, *, idempotency_key: str | None = None
    ) -> models.TransferConfirmation: ...

    @overload
    def confirm(
        self, order: models.ServicePayment, code: str | None = None, *, idempotency_key: str | None = None
    ) -> models.ServicePaymentConfirmation: ...

    @overload
    def confirm(
        self, order: Order = None, code: str | None = None, *, idempotency_key: str | None = None
    ) -> models.ConfirmChallengeAnswer: ...

    def confirm(
        self, order: Order = None, code: str | None = None, *, idempotency_key: str | None = None
    ) -> models.ConfirmChallengeAnswer:
        """Enter the code of an order: of what ordering it answered, of the id of its challenge, or of the last order.

        Without a `code`, the one in the inbox. Raises WrongCode, ChallengeLocked, ChallengeExpired, and what the
        operation itself is refused with.
        """
        challenge = self._challenge(order)
        answer = self.send(self.confirmation(challenge, code, idempotency_key=idempotency_key))
        self._settle(challenge)
        return answer

    def confirmation(
        self, order: Order = None, code: str | None = None, *, idempotency_key: str | None = None
    ) -> Request[models.ConfirmChallengeAnswer]:
        """What `confirm` would send: for `call`, for `refused`, and for `rehearsing`."""
        challenge = self._challenge(order)
        body: models.CodeEntered = {"code": self.code(challenge) if code is None else code}
        return operations.confirm_challenge(challenge, body, idempotency_key=idempotency_key)

    def code(self, order: Order = None) -> str:
        """The code that the member was sent for an order."""
        return self.sandbox.inbox.code(self._challenge(order))

    def wrong_code(self, order: Order = None) -> str:
        """A code that is not the right one."""
        right = self.code(order)
        return f"{(int(right) + 1) % 10 ** len(right):0{len(right)}d}"

    def resend(self, order: Order = None) -> models.Challenge:
        """Ask for another code; the one before is dead. Raises ResendTooSoon, ResendLimitReached."""
        return self.send(operations.resend_challenge(self._challenge(order)))

    def cancel(self, order: Order = None) -> None:
        """Cancel an order: what was held is given back."""
        challenge = self._challenge(order)
        self.send(operations.cancel_challenge(challenge))
        self._settle(challenge)

    def _opened(self, session: models.NewSession) -> Self:
        self.session = session
        self.token, self.refresh_token = session["access_token"], session["refresh_token"]
        return self

    def _challenge(self, order: Order) -> str:
        found = order if isinstance(order, str) else self.pending if order is None else pending_challenge(order)
        if found is None:
            raise LookupError("no order waits for a code")
        return found

    def _settle(self, challenge: str) -> None:
        self.pending = None if self.pending == challenge else self.pending

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}
