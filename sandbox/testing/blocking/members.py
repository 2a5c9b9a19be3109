# Written by `python -m clients.python`; do not edit.
"""The members of a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.testing import operations
from sandbox.testing.blocking.area import PAGE, Area, every
from sandbox.testing.wire import given

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from sandbox.testing import models

__tracebackhide__ = True  # pytest shows where the test called


class Members(Area):
    """Who banks in a sandbox: credentials, device, accounts and cards."""

    def all(self) -> list[models.MemberToUse]:
        """Every member, personas first."""
        return every(self._sandbox, lambda cursor: operations.list_members(limit=PAGE, cursor=cursor))

    def get(self, member_id: str) -> models.MemberToUse:
        """One member. Raises NotFound."""
        return self._sandbox.send(operations.get_member(member_id))

    def persona(self, name: str) -> models.MemberToUse:
        """The member that the seed describes under this name. Raises LookupError when there is none."""
        found = self._sandbox.send(operations.list_members(persona=name))["items"]
        if not found:
            raise LookupError(f"the sandbox has no persona {name!r}")
        return found[0]

    def make(self, **traits: Unpack[models.NewMember]) -> models.MemberToUse:
        """A new member with these traits: `members.make(accounts=[{"balance": "50.00"}, {"balance": "0.00"}])`.

        The books balance: what the member owns comes from the bank's own accounts.
        """
        return self._sandbox.send(operations.create_member(traits))

    def change(self, member_id: str, **changes: Unpack[models.MemberPatch]) -> models.MemberToUse:
        """Change a member: `members.change(member["id"], status="inactive")`."""
        return self._sandbox.send(operations.update_member(member_id, changes))

    def session(self, member_id: str) -> models.SessionGiven:
        """Tokens without the login, whatever state the member is in."""
        return self._sandbox.send(operations.open_session(member_id))

    def lease(
        self,
        *,
        seconds: float | None = None,
        create: bool | None = None,
        **traits: Unpack[models.WantedTraits],
    ) -> models.MemberToUse:
        """A member with these traits that no other client gets for so many seconds of real time.

        `create` makes one where none is free; without it that raises NoMemberFree.
        """
        body: Any = {"traits": traits, **given(seconds=seconds, create=create)}
        return self._sandbox.send(operations.lease_member(body))["member"]

    def release(self, member_id: str) -> None:
        """Give a leased member back."""
        self._sandbox.send(operations.release_member(member_id))

    def deposit(self, account_id: str, amount: str) -> models.Balance:
        """Put money into an account: dollars with two decimals."""
        return self._sandbox.send(operations.deposit_money(account_id, {"amount": amount}))

    def hold(self, account_id: str, **hold: Unpack[models.NewHold]) -> models.HoldPlaced:
        """Hold money of an account: `members.hold(account["id"], amount="20.00", reason="judicial")`."""
        return self._sandbox.send(operations.hold_money(account_id, hold))

    def release_hold(self, hold_id: str) -> None:
        """Give the held money back."""
        self._sandbox.send(operations.release_hold(hold_id))

    def buy(self, card_id: str, **purchase: Unpack[models.NewPurchase]) -> models.Purchase:
        """Buy with a card: `members.buy(card["id"], amount="80.00", merchant="Almacén")`."""
        return self._sandbox.send(operations.buy_with_card(card_id, purchase))

    def change_account(self, account_id: str, **changes: Unpack[models.AccountPatch]) -> models.AccountState:
        """Change the state of an account."""
        return self._sandbox.send(operations.update_account(account_id, changes))

    def change_card(self, card_id: str, **changes: Unpack[models.CardPatch]) -> models.CardState:
        """Change the state of a card."""
        return self._sandbox.send(operations.update_card(card_id, changes))
