"""Members with products, as the tests of what moves by itself hold them."""

from typing import Any, NamedTuple

from sqlmodel import select

from sandbox.bank.ledger.tables import Account
from sandbox.bank.products import moves
from sandbox.bank.products.moves import Moved
from sandbox.domain.ledger import SystemAccount
from sandbox.kernel import clock
from sandbox.storage.queries import param, scalar
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, answered
from tests.transport import registry_of
from tests.units import in_unit

BOOK = scalar(select(Account.book).where(Account.id == param("account")))


class Owner(NamedTuple):
    """A member who has products, by phone and by key."""

    bank: Sandbox
    phone: Phone
    member: int
    account: int

    def pay(self, day: str, account: int | None = None) -> list[Moved]:
        """The instalments that are due at a local moment."""
        paying = account or self.account
        return in_unit(self.bank, lambda unit: moves.pay_instalment(unit, self.member, paying), at(day))

    def mature(self, day: str) -> list[Moved]:
        """The deposits that are due at a local moment."""
        return in_unit(self.bank, lambda unit: moves.mature(unit, self.member, self.account), at(day))

    def credit(self, day: str, account: int | None = None) -> int:
        """The cents of interest credited at a local moment."""
        saving = account or self.account
        return in_unit(self.bank, lambda unit: moves.credit_interest(unit, saving), at(day))

    def holdings(self, group: str) -> list[Json]:
        """What the summary shows of a group."""
        groups: dict[str, list[Json]] = {each["type"]: each["items"] for each in self.phone.products()["groups"]}
        return groups.get(group, [])

    def available(self) -> str:
        """What is on the account."""
        return str(self.phone.accounts()[0]["available_balance"])

    def movements(self) -> list[tuple[str, str]]:
        """The account's movements besides its opening, newest first."""
        path = f"/accounts/{self.phone.accounts()[0]['id']}/movements"
        items = answered(self.phone.call("GET", f"/v1{path}", params={"from": "2026-11-24"}))["items"]
        return [(each["concept"], each["amount"]) for each in items]

    def books(self) -> tuple[int, int]:
        """What the bank's accounts of funds and of interest have."""

        async def read(unit: UnitOfWork) -> list[Any]:
            accounts = (SystemAccount.FUNDING, SystemAccount.INTEREST)
            return [await unit.one(BOOK, account=account.value) for account in accounts]

        funds, interest = in_unit(self.bank, read)
        return funds, interest


def at(text: str) -> int:
    """A local moment; noon where no time is told."""
    return clock.parse(text if "T" in text else f"{text}T12:00:00")


def key(bank: Sandbox, prefix: str, name: str) -> int:
    found = registry_of(bank.connection.client).get(bank.name).ids.number(prefix, name)
    assert found is not None
    return found


def owner(bank: Sandbox, *holdings: Json, balance: str = "1000.00", **traits: Any) -> Owner:
    made = bank.send(operations.create_member({
        "accounts": [{"balance": balance}, {"type": "share_certificate", "balance": "500.00"}],
        "holdings": list(holdings), "movements": 0, **traits,
    }))  # fmt: skip
    phone = bank.phone(made)
    return Owner(bank, phone, key(bank, "mem", made["id"]), key(bank, "acc", phone.accounts()[0]["id"]))
