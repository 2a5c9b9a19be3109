"""A member at work: leased, so that no other user in any process or machine is the same one, and logged in."""

import functools
import itertools
import logging
import time
from collections.abc import Callable
from random import Random
from typing import Any, ClassVar, TypeVar

from gevent import GreenletExit
from locust import tag, task
from locust.contrib.fasthttp import FastHttpUser
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_STOPPING
from requests import RequestException

from loadtests.banks import OwnBank
from loadtests.client import PhoneClient, Refused
from loadtests.codes import CodeSource, Computed, Inbox
from loadtests.control import ControlPlane, ControlRefused
from loadtests.holds import missing_hold
from loadtests.run import Run
from loadtests.told import LEDGER, Told
from loadtests.wire import Account, AccountItem, Json, Member, Operation, Ordered, amount_of, balances, cents

LONGEST_LEASE_SECONDS = 86_400
LEASE_GRACE_SECONDS = 300
"""How much longer than the run a lease lasts: who is ended by force gives nothing back."""
MOST_LEASES = 20
ENOUGH = "10000000.00"
WAIT_SECONDS = 0.25
"""How often one who waits for an arrival sees whether the run is over."""
LOOK_SHARE = 0.05
CANNOT_GO_ON = (Refused, ControlRefused, RequestException, LookupError, TypeError, ValueError, AttributeError)
"""What keeps a member from going on: refusals, and answers that are not what they should be."""


class Unfinished(Exception):
    """The turn was cut off, long after the end of the run."""


Worker = TypeVar("Worker", bound="WorkingMember")


def turn(name: str) -> Callable[[Callable[[Worker, str], None]], Callable[[Worker], None]]:
    """Marks a scenario's work: done once, it is a turn, and `--tags NAME` chooses it. It is given a key of its own."""

    def mark(work: Callable[[Worker, str], None]) -> Callable[[Worker], None]:
        @functools.wraps(work)
        def take(member: Worker) -> None:
            member.take_turn(name, functools.partial(work, member))

        marked: Callable[[Worker], None] = tag(name)(task(take))
        return marked

    return mark


class WorkingMember(FastHttpUser):
    """The base of every scenario's user: leases a member with `traits`, and thinks between its turns.

    `think` are the shortest and the longest pause, in seconds; in an open workload there are none. `bank` is where it
    works, when that is not the sandbox the run was given; `shared` says that several users are the same member.
    """

    abstract = True
    traits: ClassVar[dict[str, Any]] = {"savings_accounts": 2, "balance": "50.00"}
    think: ClassVar[tuple[float, float]] = (0.05, 0.25)
    bank: ClassVar[OwnBank | None] = None
    shared: ClassVar[bool] = False
    _cannot = False
    _looked = False

    def on_start(self) -> None:
        """Get a member, and log in; a user who cannot takes no turn, and says why."""
        run = Run.of(self.environment)
        sandbox = run.sandbox_of(type(self))
        try:
            self._get_ready(run, sandbox)
        except CANNOT_GO_ON as reason:
            logging.getLogger(__name__).warning("%s cannot begin: %r", type(self).__name__, reason)
            LEDGER.of(sandbox).absent.append(f"{type(self).__name__}: {reason!r}")
            self._cannot = True

    def _get_ready(self, run: Run, sandbox: str) -> None:
        self.arrivals = run.arrivals_here()
        self.control = ControlPlane(str(self.host), sandbox)
        self.member = self.find_member()
        self.draws = Random(f"{run.name} {self.member['id']} {id(self)}")
        self.numbers = itertools.count()
        self.key = f"{run.name}-{self.draws.getrandbits(48):012x}"
        self.phone = PhoneClient(self.client, sandbox)
        self.code_of = self._code_source(run)
        self._due: float | None = None
        self.prepare()
        book, held = balances(self.control.session_of(self.member["id"]).get("/products"))
        self.told.members.append((self.member["id"], book, held))

    def find_member(self) -> Member:
        """The member to work as: leased until the verdict has been given; where none is left, made to measure first.
        Raises ControlRefused."""
        seconds = min(Run.of(self.environment).seconds + LEASE_GRACE_SECONDS, LONGEST_LEASE_SECONDS)
        wanted = {"traits": self.traits, "seconds": seconds}
        for _ in range(MOST_LEASES):
            try:
                member: Member = self.control.post("/members/lease", wanted)["member"]
            except ControlRefused as refusal:
                if refusal.code != "no_member_free":
                    raise
                self.control.post("/members", made_for(self.traits))  # another one may lease it, who then needs no more
            else:
                return member
        raise ControlRefused(409, "no_member_free", f"none with {self.traits}, and others took those that were made")

    def prepare(self) -> None:
        """What comes once, before the first turn."""
        self.phone.log_in(self.member)

    def fund(self) -> str:
        """Deposit more than a day under load can spend; gives the account."""
        account = self.phone.accounts()[0]["id"]
        self.control.post(f"/accounts/{account}/deposits", {"amount": ENOUGH})
        return account

    def take_turn(self, name: str, work: Callable[[str], None]) -> None:
        """One turn, from the moment at which it was due. A refusal is already in the report, so the member goes on; so
        it does when an answer is not what it can go on with, which the verdict will tell."""
        run = Run.of(self.environment)
        if self._cannot or run.has_turned_enough():
            raise StopUser
        if self.arrivals is not None and self._due is None:
            self._wait_for_arrival()
        started = time.perf_counter()
        due = started if self._due is None else self._due
        failure: Exception | None = None
        try:
            work(f"{self.key}-{next(self.numbers)}")
        except Refused as refusal:
            failure = refusal
        except CANNOT_GO_ON as reason:
            failure = reason
            self.told.failed.append(f"{name}: {reason!r}")
        except GreenletExit:
            ended = time.perf_counter()
            if ended - started >= run.patience:  # who is cut off sooner had only begun when everybody was told to end
                self.told.unfinished.append(name)
                run.count_turn(name, (ended - due) * 1000, Unfinished())
            raise
        run.count_turn(name, (time.perf_counter() - due) * 1000, failure)

    def wait_time(self) -> float:
        """Think; or, in an open workload, wait for the next arrival."""
        if self.arrivals is None:
            return self.draws.uniform(*self.think)
        self._wait_for_arrival()
        return 0

    @property
    def told(self) -> Told:
        """Where to write down what this member is told."""
        return LEDGER.of(self.control.sandbox)

    def order(self, operation: str, path: str, body: Json, key: str) -> Ordered:
        """Order what needs a code; gives the operation as it was answered. The first time, and now and then, it looks
        whether the total was set aside. Raises Refused."""
        looks = not self.shared and (not self._looked or self.draws.random() < LOOK_SHARE)
        origin = str(body["origin_account_id"]) if looks and "origin_account_id" in body else None
        before = self._account(origin) if origin else None
        ordered = self.phone.create(operation, path, body, key)
        self.told.created.append((ordered["id"], amount_of(ordered)))
        if before is not None and "total" in ordered:
            self._look_at_hold(ordered, before)
        return ordered

    def transfer(self, key: str, amount: str, **where: str) -> Ordered:
        """Order a transfer, out of the account that has most: between the member's own, unless `where` says otherwise.
        Raises Refused."""
        origin, destination = sorted(self.phone.accounts(), key=_available_of, reverse=True)[:2]
        own = {"kind": "own", "destination_account_id": destination["id"]}
        body = {"origin_account_id": origin["id"], "amount": amount, "reference": key, **(where or own)}
        return self.order("createTransfer", "/v1/transfers", body, key)

    def confirm(self, ordered: Ordered, code: str | None = None, *, kept: bool = True) -> Operation:
        """Confirm an order with the right code; gives what it became. `kept`: it stays on a list, where the verdict
        will look for it. Raises Refused."""
        challenge = ordered["challenge"]["id"]
        code = code or self.code_of(challenge, 1)
        if kept:
            self.told.attempted.append(ordered["id"])
        try:
            became = self.phone.confirm(challenge, code)
        except Refused as refusal:
            if kept and 400 <= refusal.status < 500:
                self.told.refused.append(ordered["id"])
            raise
        if kept:
            self.told.completed.append(became["id"])
        return became

    def expect_refusal(self, ordered: Ordered, code: str, problem: tuple[int, str], slip: str) -> None:
        """Send a code that must not be taken. Where it is, or where more may be tried after the last attempt, that is a
        `slip`: a finding of the verdict. Raises Refused."""
        try:
            self.phone.confirm_refused(ordered["challenge"]["id"], code, *problem)
        except Refused as refusal:
            taken, still_open = 0 < refusal.status < 400, refusal.code == "wrong_code" and slip == "lockouts"
            if taken or still_open:
                self.told.slips.append((slip, f"{ordered['id']}: {refusal}"))
            raise
        self.told.codes_refused.append(ordered["id"])

    def _account(self, account: str) -> Account:
        now: Account = self.phone.call("getAccount", "GET", f"/v1/accounts/{account}", 200)
        return now

    def _look_at_hold(self, ordered: Any, before: Account) -> None:
        """Whether the total of an order that waits for its code left the available balance of its account. Raises
        Refused."""
        missing = missing_hold(before, self._account(before["id"]), cents(ordered["total"]))
        self._looked = True
        self.told.holds_seen.append(ordered["id"])
        if missing:
            self.told.slips.append(("holds", f"{ordered['id']}: {missing}"))

    def _code_source(self, run: Run) -> CodeSource:
        if run.codes == "computed":
            return Computed(run.secret_of(self.control))
        return Inbox(lambda path: self.phone.control("nextMessage", "GET", path, 200))

    def _wait_for_arrival(self) -> None:
        assert self.arrivals is not None
        while (due := self.arrivals.take(WAIT_SECONDS)) is None:
            if self._state == LOCUST_STATE_STOPPING:
                raise StopUser
        self._due = due


def _available_of(account: AccountItem) -> int:
    return cents(account["available_balance"])


def made_for(traits: Json) -> Json:
    """What the member factory is to make so that a member with these traits can be leased."""
    account = {"type": "savings", "balance": traits.get("balance", "1000.00")}
    card = {"credit": "3000.00"}
    return {
        "accounts": [account] * traits.get("savings_accounts", 1),
        "cards": [card] * traits.get("cards", 0),
    }
