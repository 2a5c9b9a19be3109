"""A member at work: leased, so that nobody else is the same one, on whatever machine or process; logged in; at the end
given back."""

import itertools
from random import Random
from typing import Any, ClassVar

import requests
from locust import task
from locust.contrib.fasthttp import FastHttpUser
from locust.exception import StopUser

from loadtests.client import Json, PhoneClient, Refused
from loadtests.verdict import LEDGER

LEASE_SECONDS = 3600


class WorkingMember(FastHttpUser):
    """The base of every scenario's user. Subclasses name the `traits` they need and do their work in `turn`."""

    abstract = True
    traits: ClassVar[dict[str, Any]] = {"savings_accounts": 2, "balance": "50.00"}

    def on_start(self) -> None:
        """Lease a member, and log in. The user stops when no such member is free."""
        body = {"traits": self.traits, "seconds": LEASE_SECONDS}
        answer = requests.post(f"{self.host}/_sandbox/members/lease", json=body, timeout=30)
        if answer.status_code != 201:
            raise StopUser(answer.json()["detail"])
        self.member: dict[str, Any] = answer.json()["member"]
        LEDGER.members.append(self.member["id"])
        self.draws = Random(self.member["id"])
        self.turns = itertools.count()
        self.phone = PhoneClient(self.client, self.member)
        self.phone.log_in()
        self.prepare()

    def prepare(self) -> None:
        """What comes once, before the first turn."""

    @task
    def take_turn(self) -> None:
        """One turn. A refusal is already in the report, so the member simply goes on."""
        try:
            self.turn(f"load-{self.member['id'][-8:]}-{next(self.turns)}")
        except Refused:
            return

    def turn(self, key: str) -> None:
        """The scenario's work, once; `key` is this turn's own."""
        raise NotImplementedError

    def order(self, key: str, amount: str, **where: str) -> Json:
        """Order a transfer: between the member's own accounts, unless `where` says otherwise. Raises Refused."""
        origin, destination = (account["id"] for account in self.phone.products()[:2])
        own = {"kind": "own", "destination_account_id": destination}
        body = {"origin_account_id": origin, "amount": amount, "reference": key, **(where or own)}
        transfer = self.phone.create_transfer(body, key)
        LEDGER.created.append(transfer["id"])
        return transfer

    def complete(self, challenge: str, code: str) -> None:
        """Confirm a transfer with the right code. Raises Refused."""
        LEDGER.completed.append(self.phone.confirm(challenge, code)["resource"]["id"])

    def on_stop(self) -> None:
        """Give the member back."""
        if hasattr(self, "member"):
            requests.delete(f"{self.host}/_sandbox/members/{self.member['id']}/lease", timeout=30)
