"""What is sent: requests of members who are logged in, by row."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import httpx2 as httpx

MEMBERS = 32
MOVEMENTS = 20


class Shot(NamedTuple):
    """One request. A POST gets an idempotency key of its own when it is sent."""

    method: str
    path: str
    token: str
    body: str


Plan = list[Shot]


class Members:
    """Members with two savings accounts and no other products than accounts, so that rows do not depend on what the
    seed gives to whom, and one with a long history, each with a session in the bank behind `client`.

    The clock is frozen, so that no session expires and no due work runs while something is measured.
    """

    def __init__(self, client: httpx.Client, number: int = MEMBERS) -> None:
        self.client = client
        self.client.put("/_sandbox/clock", json={"rate": 0}).raise_for_status()
        usable = [member for member in self._list() if not member["persona"] and len(savings_of(member)) > 1]
        # Evenly spread, because neighbours share pages of the database.
        step = max(len(usable) // (2 * number), 1)
        spread = (member for start in range(step) for member in usable[start::step])
        self._logins = list(islice(self._log_in_holders_of_accounts(spread), number))
        if len(self._logins) < number:
            raise LookupError(f"only {len(self._logins)} members have two savings accounts and nothing else")
        [long] = self._list(persona="historia-larga")
        self.long_history = (self.log_in(long), savings_of(long)[0])

    def log_in(self, member: dict[str, Any]) -> str:
        """The access token of a new session."""
        login = {"username": member["username"], "password": member["password"], "device": member["device"]}
        token: str = self.client.post("/v1/sessions", json=login).raise_for_status().json()["access_token"]
        return token

    def _log_in_holders_of_accounts(self, members: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
        """The token and two savings accounts of each member who has no other products than accounts."""
        for member in members:
            if not member["cards"]:
                token = self.log_in(member)
                headers = {"Authorization": f"Bearer {token}"}
                groups = self.client.get("/v1/products", headers=headers).raise_for_status().json()["groups"]
                if [group["type"] for group in groups] == ["accounts"]:
                    first, second = savings_of(member)[:2]
                    yield token, first, second

    def orders(self) -> Plan:
        """A transfer of a cent between each member's own accounts: createTransfer."""
        body = '{{"kind":"own","origin_account_id":"{}","destination_account_id":"{}","amount":"0.01"}}'
        return [
            Shot("POST", "/v1/transfers", token, body.format(origin, destination))
            for token, origin, destination in self._logins
        ]

    def products(self) -> Plan:
        """Each member's products: getProducts."""
        return [Shot("GET", "/v1/products", token, "") for token, *_ in self._logins]

    def movements(self) -> Plan:
        """A full page of movements: listMovements."""
        return [self.page_of_movements()]

    def page_of_movements(self, cursor: str = "", limit: int = MOVEMENTS) -> Shot:
        """A page of the long history: the first one, or the one at the cursor."""
        token, account = self.long_history
        query = f"limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        return Shot("GET", f"/v1/accounts/{account}/movements?{query}", token, "")

    def codes(self) -> dict[str, str]:
        """The code of each challenge in the inbox, which is emptied."""
        codes = {message["challenge_id"]: message["code"] for message in self._items("/_sandbox/messages")}
        self.client.delete("/_sandbox/messages").raise_for_status()
        return codes

    def _list(self, **chosen: str) -> list[dict[str, Any]]:
        return list(self._items("/_sandbox/members", **chosen))

    def _items(self, path: str, **chosen: str) -> Iterator[dict[str, Any]]:
        """Everything on all pages of a list."""
        params = {"limit": "200", **chosen}
        while True:
            page = self.client.get(path, params=params).raise_for_status().json()
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            params["cursor"] = page["next_cursor"]


def savings_of(member: dict[str, Any]) -> list[str]:
    """The ids of a member's savings accounts."""
    return [account["id"] for account in member["accounts"] if account["type"] == "savings"]


def confirmation(order: Shot, challenge: str, code: str) -> Shot:
    """Confirms the challenge of an order with its code: confirmChallenge."""
    return Shot("POST", f"/v1/challenges/{challenge}/confirm", order.token, f'{{"code":"{code}"}}')
