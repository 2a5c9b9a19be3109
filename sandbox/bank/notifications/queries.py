"""The SQL of messages and notices."""

from sqlmodel import col, select

from sandbox.bank.notifications.tables import Message, Notification
from sandbox.storage.queries import adding, one, param

ADD_MESSAGE = adding(Message)
ADD_NOTIFICATION = adding(Notification)

NOTIFICATIONS_BEFORE = one(
    select(Notification)
    .where(Notification.member_id == param("member"), col(Notification.id) < param("before"))
    .order_by(col(Notification.id).desc())
    .limit(param("limit"))
)
