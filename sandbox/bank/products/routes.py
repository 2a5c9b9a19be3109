"""Products and movements over HTTP."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query

from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.products import service
from sandbox.bank.products.schemas import AccountDetail, MovementView, Products
from sandbox.bank.wire import Page
from sandbox.http.answers import JSON, Answer, document
from sandbox.http.describe import MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, Limit, Rows
from sandbox.problems import InvalidCursor, NotFound

router = member_router("2 Products")
movements = member_router("3 Movements")

_CSV = "text/csv"

Day = Annotated[date | None, Query(ge=date(1990, 1, 1), le=date(2199, 12, 30), examples=["2026-11-01"])]


@router.get(
    "/products", operation_id="getProducts", summary="Summary of products", responses=problems(*MEMBER_PROBLEMS)
)
async def get_products(call: MemberCall) -> Products:
    """What the member has, in groups with totals of what is available. Share certificates are shown; they are never
    debitable."""
    return await service.summary(call.unit, call.member, call.language)


@router.get(
    "/accounts/{account_id}",
    operation_id="getAccount",
    summary="One account",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_account(account_id: str, call: MemberCall) -> AccountDetail:
    """Book balance («contable»), available balance («disponible») and the holds that make the difference."""
    return await service.account(call.unit, call.member, call.key("acc", account_id), call.language)


@movements.get(
    "/accounts/{account_id}/movements",
    operation_id="listMovements",
    summary="Movements of an account",
    response_model=Page[MovementView],
    responses={
        **problems(NotFound, InvalidCursor, *MEMBER_PROBLEMS),
        200: {"content": {_CSV: {"schema": {"type": "string"}}}},
    },
)
async def list_movements(
    account_id: str,
    call: MemberCall,
    since: Annotated[Day, Query(alias="from", description="First day, local.")] = None,
    until: Annotated[Day, Query(alias="to", description="Last day, local, included.")] = None,
    sort: Literal["date", "concept", "amount"] = "date",
    order: Literal["asc", "desc"] = "desc",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Rows | Answer:
    """Movements in a range of days, by date, concept or amount, in keyset pages; with `Accept: text/csv` the
    whole range is exported as CSV."""
    key = call.key("acc", account_id)
    wanted = service.MovementsWanted(since, until, sort, order)
    if call.preferred(JSON, _CSV) == _CSV:
        text = await service.movements_as_csv(call.unit, call.member, key, wanted, call.language)
        return document(text.encode(), f"{_CSV}; charset=utf-8", 'attachment; filename="movimientos.csv"')
    return await service.movements(call.unit, call.member, key, wanted, limit, cursor)
