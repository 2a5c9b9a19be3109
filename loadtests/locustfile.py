"""Locust's way in: `locust -f loadtests/locustfile.py --host http://127.0.0.1:8000`."""

import itertools
from random import Random
from typing import Any

import requests
from locust import between, events, task
from locust.contrib.fasthttp import FastHttpUser
from locust.env import Environment
from locust.exception import StopUser

from loadtests.client import PhoneClient, Refused
from loadtests.scenarios.transfer import transfer_with_code
from loadtests.verdict import Ledger, judge, look

LEDGER = Ledger()
_POOL: list[dict[str, Any]] = []
_TAKEN = itertools.count()


@events.test_start.add_listener
def find_members(environment: Environment, **_: Any) -> None:
    """Members with two savings accounts, one for each user and nobody's twice."""
    page = requests.get(f"{environment.host}/_sandbox/members", params={"limit": 200}, timeout=30).json()
    _POOL[:] = [
        member
        for member in page["items"]
        if member["persona"] is None
        and member["device"]
        and len([account for account in member["accounts"] if account["type"] == "savings"]) > 1
    ]


class TransferringMember(FastHttpUser):
    """A member who sends money between two accounts, again and again."""

    wait_time = between(0.05, 0.25)

    def on_start(self) -> None:
        """Take a member nobody else has, and log in. The user stops when there is none left."""
        number = next(_TAKEN)
        if number >= len(_POOL):
            raise StopUser(f"only {len(_POOL)} members have two accounts")
        self.draws = Random(number)
        self.number = number
        self.turns = itertools.count()
        self.phone = PhoneClient(self.client, _POOL[number])
        self.phone.log_in()

    @task
    def transfer(self) -> None:
        """One transfer. A refusal is already in the report, so the member simply goes on."""
        try:
            transfer_with_code(self.phone, self.draws, f"load-{self.number}-{next(self.turns)}", LEDGER)
        except Refused:
            return


@events.quitting.add_listener
def pronounce(environment: Environment, **_: Any) -> None:
    """Print the verdict and make it the exit status."""
    assert environment.host is not None
    taken = _POOL[: next(_TAKEN)]
    found, audit = look(environment.host, taken)
    verdict = judge(LEDGER, found, audit, environment.stats.total.num_failures)
    done = f"{verdict.transfers} transfers completed, {len(LEDGER.cancelled)} cancelled"
    print(f"\n{done}; {audit['entries']} entries audited")
    for complaint in verdict.complaints:
        print(f"WRONG: {complaint}")
    print("verdict: every cent is there" if not verdict.complaints else "verdict: broken")
    environment.process_exit_code = verdict.exit_status
