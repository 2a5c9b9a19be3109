"""One client of two processes: what goes where is decided a request at a time."""

import itertools
from collections.abc import Callable

import httpx2 as httpx

from tests.sandboxes.beside import Pair

Route = Callable[[httpx.Request], httpx.Client]


class Routed(httpx.Client):
    """Sends each request through the client that `route` gives for it, and calls of the control plane through the
    keeper's. Its application, where it is in this process, is the other one's."""

    def __init__(self, pair: Pair, route: Route) -> None:
        super().__init__(base_url=pair.keeper.base_url, transport=_Switch(pair, route), timeout=60)
        self.app = getattr(pair.other, "app", None)


class _Switch(httpx.BaseTransport):
    def __init__(self, pair: Pair, route: Route) -> None:
        self._pair = pair
        self._route = route

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        is_control = request.url.path.startswith(("/_sandbox", "/metrics"))
        client = self._pair.keeper if is_control else self._route(request)
        return client._transport.handle_request(request)


def by_turns(pair: Pair) -> Route:
    """Calls of the bank go to the two by turns: of two that are sent together, each gets one."""
    turns = itertools.cycle((pair.other, pair.keeper))
    return lambda _: next(turns)


def to_the_other(pair: Pair) -> Route:
    """Calls of the bank go to the process that is not the keeper."""
    return lambda _: pair.other


def to_the_other_with_logins_at_the_keeper(pair: Pair) -> Route:
    """The same, but for sessions, which begin at the keeper."""
    return lambda request: (
        pair.keeper if request.method == "POST" and request.url.path.endswith("/v1/sessions") else pair.other
    )
