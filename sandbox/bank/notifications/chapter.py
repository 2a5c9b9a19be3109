"""What notifications declare."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.notifications import routes, texts
from sandbox.bank.notifications.tables import Message, Notification

CHAPTER = Chapter(
    "notifications",
    routers=(routes.router,),
    tables=(Message, Notification),
    notices=(texts.Accessed,),
)
