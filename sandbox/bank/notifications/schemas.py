"""What crosses the wire of notices."""

from sandbox.bank.wire import Moment, View


class NotificationView(View):
    """A notice in the app."""

    id: str
    kind: str
    title: str
    text: str
    created_at: Moment
