"""The summary of products, an account's page, its movements (manual, chapters 2 and 3)."""

import asyncio
import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sandbox.bank.access import service as access
from sandbox.bank.ledger import service as ledger
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.session import LiveSession
from sandbox.bank.products import moves, queries
from sandbox.bank.products.schemas import (
    AccountDetail,
    HoldView,
    Products,
)
from sandbox.bank.products.tables import Holding
from sandbox.domain import concepts, interest
from sandbox.domain.vocabulary import Language
from sandbox.http import paging
from sandbox.http.paging import Rows
from sandbox.kernel import clock, masks, money
from sandbox.kernel.clock import DAY
from sandbox.problem import FieldError, Text
from sandbox.problems import ValidationFailed
from sandbox.storage.unit import UnitOfWork

_EXPORT_CHUNK = 500
_IN_ENGLISH = {"savings": "Savings Account", "share_certificate": "Share Certificates"}
"""What an account of each type is called where the Spanish name, which is stored, is not wanted."""
_TITLES = {
    "accounts": Text("Cuentas", "Accounts"),
    "cards": Text("Tarjetas", "Cards"),
    "loans": Text("Créditos", "Loans"),
    "term_deposits": Text("Depósitos a plazo", "Term deposits"),
}
_HEADINGS: Mapping[Language, Sequence[str]] = {
    "es": ("fecha", "concepto", "referencia", "monto", "saldo"),
    "en": ("date", "concept", "reference", "amount", "balance"),
}
_FORMULA = frozenset("=+-@")
_BREAKS = frozenset("\t\r\n")


class MovementsWanted(NamedTuple):
    """Which movements, in which order. Days are local; `until` is included."""

    since: date | None
    until: date | None
    sort: str
    order: str
    language: Language


async def summary(unit: UnitOfWork, member: LiveSession, language: Language) -> Products:
    """«Resumen de Productos»: groups with their totals of what is available."""
    accounts = await ledger.accounts_of(unit, member.member_id)
    total = sum(account.book - account.held for account in accounts)
    items = [_account(unit, account, language) for account in accounts]
    groups = [_group("accounts", total, items, language)]
    cards = await unit.all(queries.CARDS, member=member.member_id)
    if cards:
        owed = sum(max(0, -card.book) for card in cards)
        groups.append(_group("cards", owed, [_card(unit, card) for card in cards], language))
    holdings = await unit.all(queries.HOLDINGS, member=member.member_id)
    for kind, called in (("loan", "loans"), ("term_deposit", "term_deposits")):
        mine = [holding for holding in holdings if holding.type == kind]
        if mine:
            balance = sum(holding.balance for holding in mine)
            groups.append(_group(called, balance, [_holding(unit, each, language) for each in mine], language))
    return Products.model_validate(
        {
            "greeting": access.greeting(unit, member.first_names, language),
            "holder_name": f"{member.first_names} {member.last_names}",
            "institution": unit.sandbox.institution.name,
            "groups": groups,
        }
    )


async def account(unit: UnitOfWork, member: LiveSession, key: int, language: Language) -> AccountDetail:
    """One account with its holds. Raises NotFound."""
    found = await ledger.owned(unit, member.member_id, key)
    holds = await ledger.holds_on(unit, key)
    return AccountDetail(
        **_account(unit, found, language),
        held_balance=money.show(found.held),
        opened_at=clock.show(found.created_at),
        holds=[
            HoldView(
                id=unit.ids.name("hld", hold.id),
                amount=money.show(hold.amount),
                reason=hold.reason,
                placed_at=clock.show(hold.placed_at),
            )
            for hold in holds
        ],
    )


async def movements(
    unit: UnitOfWork, member: LiveSession, key: int, wanted: MovementsWanted, limit: int, cursor: str | None
) -> Rows:
    """A page of an account's movements, with concepts in the language wanted.

    Raises NotFound, InvalidCursor, ValidationFailed when the range is reversed.
    """
    await ledger.owned(unit, member.member_id, key)
    rows = await _rows(unit, key, wanted, limit + 1, cursor)
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        following = paging.seal(_sort_key(shown[-1], wanted.sort), shown[-1].id)
    name, show, amount = unit.ids.name, clock.show, money.show
    items = [
        {
            "id": name("mov", row.id),
            "date": show(row.moment),
            "concept": row.concept,
            "reference": row.reference,
            "amount": amount(row.amount),
            "balance": amount(row.balance),
            "currency": "USD",
        }
        for row in shown
    ]
    if wanted.language != "es":
        for item in items:
            item["concept"] = concepts.in_english(item["concept"])
    return Rows(items, following)


async def movements_as_csv(unit: UnitOfWork, member: LiveSession, key: int, wanted: MovementsWanted) -> str:
    """Every movement wanted, as CSV with a heading. Raises NotFound, ValidationFailed."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADINGS[wanted.language])
    cursor = None
    while True:
        page = await movements(unit, member, key, wanted, _EXPORT_CHUNK, cursor)
        for item in page.items:
            texts = map(_inert, (item["concept"], item["reference"]))
            writer.writerow([item["date"], *texts, item["amount"], item["balance"]])
        cursor = page.next_cursor
        if cursor is None:
            return text.getvalue()
        await asyncio.sleep(0)  # a long export lets the loop breathe


async def _rows(
    unit: UnitOfWork, account: int, wanted: MovementsWanted, limit: int, cursor: str | None
) -> list[queries.Movement]:
    if wanted.since and wanted.until and wanted.until < wanted.since:
        message = Text("«Hasta» no puede ser antes de «Desde».", "“To” must not be before “from”.")
        raise ValidationFailed(errors=[FieldError("to", "before_from", message)])
    since = clock.start_of(wanted.since) if wanted.since else 0
    until = clock.start_of(wanted.until) + DAY if wanted.until else 2**62
    choice = (wanted.sort, wanted.order)
    if cursor is None:
        return await unit.all(queries.FIRST_PAGE[choice], account=account, since=since, until=until, limit=limit)
    kind = str if wanted.sort == "concept" else int
    after, identity = paging.unseal(cursor, kind, int)
    return await unit.all(
        queries.NEXT_PAGE[choice], account=account, since=since, until=until, limit=limit, key=after, id=identity
    )


def _sort_key(row: queries.Movement, sort: str) -> int | str:
    if sort == "concept":
        return row.concept
    return row.moment if sort == "date" else row.amount


def _inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection): not by its first character, by white space
    before it, or by its full-width form."""
    starts = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return f"'{text}" if text[:1] in _BREAKS or starts in _FORMULA else text


def _group(kind: str, total: int, items: list[dict[str, Any]], language: Language) -> dict[str, Any]:
    return {"type": kind, "title": _TITLES[kind].in_(language), "total": money.show(total), "items": items}


def _card(unit: UnitOfWork, card: queries.CardRow) -> dict[str, Any]:
    return {
        "id": unit.ids.name("crd", card.id),
        "name": card.name,
        "status": card.status,
        "number": masks.number(card.number),
        "owed": money.show(max(0, -card.book)),
        "available": money.show(max(0, card.credit + card.book)),
    }


def _holding(unit: UnitOfWork, holding: Holding, language: Language) -> dict[str, Any]:
    return {
        "id": unit.ids.name("hol", holding.id),
        "type": holding.type,
        "name": (holding.name_en or holding.name) if language == "en" else holding.name,
        "status": holding.status,
        "number": masks.number(holding.number),
        "amount": money.show(holding.amount),
        "balance": money.show(holding.balance),
        "rate": money.show(holding.rate),
        "opened_at": clock.show(holding.opened_at),
        "due_date": clock.show(holding.due_at)[:10],
        **(_to_pay(holding) if holding.type == "loan" else _to_earn(unit, holding)),
    }


def _to_pay(loan: Holding) -> dict[str, Any]:
    level, left = moves.terms(loan)
    following = interest.instalment(loan.balance, loan.rate, level, left)
    return {
        "next_installment_date": clock.show(interest.instalment_due_at(loan.due_at, left))[:10],
        "next_installment": money.show(following.amount),
        "installments_left": left,
        "interest_at_maturity": None,
    }


def _to_earn(unit: UnitOfWork, deposit: Holding) -> dict[str, Any]:
    return {
        "next_installment_date": None,
        "next_installment": None,
        "installments_left": None,
        "interest_at_maturity": money.show(moves.at_maturity(unit, deposit)),
    }


def _account(unit: UnitOfWork, account: Account, language: Language) -> dict[str, Any]:
    return {
        "id": unit.ids.name("acc", account.id),
        "type": account.type,
        "name": account.name if language == "es" else _IN_ENGLISH.get(account.type, account.name),
        "status": account.status,
        "number": masks.number(account.number),
        "available_balance": money.show(account.book - account.held),
        "book_balance": money.show(account.book),
        "debitable": account.type == "savings" and account.status == "active",
    }
