"""The SQL of product requests."""

from sqlalchemy import update
from sqlmodel import col, select

from sandbox.bank.requests.tables import ProductRequest
from sandbox.storage.queries import adding, change, one, param

ADD_REQUEST = adding(ProductRequest)
OWNED_REQUEST = one(
    select(ProductRequest).where(ProductRequest.id == param("request"), ProductRequest.member_id == param("member"))
)
REQUESTS_BEFORE = one(
    select(ProductRequest)
    .where(ProductRequest.member_id == param("member"), col(ProductRequest.id) < param("before"))
    .order_by(col(ProductRequest.id).desc())
    .limit(param("limit"))
)
FIRST_DUE = one(
    select(ProductRequest)
    .where(col(ProductRequest.next_at).is_not(None))
    .order_by(col(ProductRequest.next_at), col(ProductRequest.id))
    .limit(1)
)
MOVE_ON = change(
    update(ProductRequest)
    .where(col(ProductRequest.id) == param("request"))
    .values(status=param("outcome"), changed_at=param("now"), next_at=param("next"))
)
