"""A server with several workers, as users start it."""

import json
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import httpx2 as httpx

from sandbox.testing import Phone
from tests.functional.processes import Server
from tests.transport import bank_of

_STARTED = re.compile(r"(\d+) \((\d+)\)")
_AGAIN = re.compile(r"worker (\d+) is back, as process (\d+)")
_IDLE = 60.0
_LONGEST = 120.0  # seconds: other tests may need the machine, too
_NEVER = Event()
_NOWHERE = {"X-Sandbox": "_"}
"""Those of a call that reaches no sandbox. Two sandboxes may give the same request id, each at another worker."""


class Workers(Server):
    """`sandbox serve --workers N` over a PostgreSQL server, which logs each request with the worker that answered."""

    def __init__(self, data_dir: Path, url: str, count: int = 2, **settings: str) -> None:
        own = {
            "members": "12", "database_url": url, "database_spares": "1", "database_durable": "true",
            "log_format": "json", "access_log": "all", "workers": str(count),
        }  # fmt: skip
        super().__init__(data_dir, **{**own, **settings})

    @property
    def pids(self) -> dict[int, int]:
        """The processes by the numbers of their workers, as they were told last."""
        found: dict[int, int] = {}
        for line in list(self._lines):
            if line.startswith("Workers "):
                found |= {int(number): int(pid) for number, pid in _STARTED.findall(line)}
            elif again := _AGAIN.search(line):
                found[int(again[1])] = int(again[2])
        return found

    def kill_worker(self, number: int) -> int:
        """End a worker as a crash would. Gives its process."""
        pid = self.pids[number]
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_until_back(self, number: int, former: int) -> None:
        """Until a worker is another process than `former`, and ready."""
        eventually(lambda: self.pids[number] != former, lambda: f"worker {number} is not back:\n{self.output}")

    def worker_of(self, request_id: str) -> int:
        """The worker that answered a request."""
        wanted, seen = f'"{request_id}"', 0

        def is_logged() -> bool:
            nonlocal seen
            while seen < len(self._lines) and wanted not in self._lines[seen]:
                seen += 1
            return seen < len(self._lines)

        eventually(is_logged, lambda: f"{request_id} is not in the log")
        return int(json.loads(self._lines[seen])["worker"])

    def at(self, worker: int) -> httpx.Client:
        """A client of one worker, whose connections all go there."""
        return httpx.Client(
            base_url=f"http://{self.url}", timeout=_LONGEST, transport=_Pinned(self.url, worker, self.worker_of)
        )


class _Pinned(httpx.BaseTransport):
    """Connections to one worker: the system gives each to any of them, so as many are made as it takes. An answer with
    an end is read before its connection is used for another request."""

    def __init__(self, url: str, worker: int, worker_of: Callable[[str], int]) -> None:
        self._url = f"http://{url}/v1/app"
        self._worker = worker
        self._worker_of = worker_of
        self._idle: list[tuple[httpx.HTTPTransport, float]] = []
        self._lock = Lock()
        self._streaming: list[httpx.HTTPTransport] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        connection = self._taken() or self._made(request.extensions)
        try:
            answer = connection.handle_request(request)
        except BaseException:
            connection.close()
            raise
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            self._streaming.append(connection)
            return answer
        answer.read()
        with self._lock:
            self._idle.append((connection, time.monotonic()))
        content = answer.content
        return httpx.Response(answer.status_code, headers=answer.headers, content=content, request=request)

    def close(self) -> None:
        for connection in (*self._streaming, *(connection for connection, _ in self._idle)):
            connection.close()

    def _taken(self) -> httpx.HTTPTransport | None:
        """A connection that the server has not closed for being idle."""
        with self._lock:
            while self._idle:
                connection, used_at = self._idle.pop()
                if time.monotonic() - used_at < _IDLE:
                    return connection
                connection.close()
        return None

    def _made(self, extensions: Any) -> httpx.HTTPTransport:
        limits = httpx.Limits(max_connections=1, keepalive_expiry=_LONGEST)
        while True:
            connection = httpx.HTTPTransport(limits=limits)
            request = httpx.Request("GET", self._url, headers=_NOWHERE, extensions=extensions)
            answer = connection.handle_request(request)
            answer.read()
            if self._worker_of(answer.headers["x-request-id"]) == self._worker:
                return connection
            connection.close()


def eventually(is_so: Callable[[], bool], told: Callable[[], str]) -> None:
    """Wait until something is so; it fails with what is `told` where that takes too long."""
    end = time.monotonic() + _LONGEST
    while not is_so():
        assert time.monotonic() < end, told()
        Event().wait(0.005)


def insisted(ask: Callable[[], httpx.Response], *accepted: int, given_up: Event = _NEVER) -> httpx.Response:
    """The answer to a request that is sent again while its server is away, as a good client does: with its key."""
    end = time.monotonic() + _LONGEST
    while True:
        with suppress(httpx.TransportError):
            answer = ask()
            if answer.status_code != 503 and not _is_under_way(answer):
                assert answer.status_code in accepted, answer.text
                return answer
            assert answer.status_code != 503 or "retry-after" in answer.headers, answer.text
        assert time.monotonic() < end, "the server stays away"
        assert not given_up.wait(0.1), "the test has failed"


def _is_under_way(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and answer.json()["code"] == "idempotency_in_progress"


class Payers:
    """Members who order and confirm transfers until they are stopped, each request as often as it takes. A block that
    fails gives them up."""

    def __init__(self, url: str, phones: list[Phone]) -> None:
        self.paid: list[str] = []
        self._url = url
        self._over = Event()
        self._given_up = Event()
        self._failures: list[BaseException] = []
        # Ordered before anything is killed: these requests are sent once.
        self._threads = [
            Thread(target=self._run, args=(phone, phone.order("0.01"), number)) for number, phone in enumerate(phones)
        ]

    def __enter__(self) -> "Payers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._over.set()
        if error is not None:
            self._given_up.set()
        for thread in self._threads:
            thread.join(_LONGEST)

    def wait_for(self, payments: int) -> None:
        """Until there are so many more payments than now."""
        wanted = len(self.paid) + payments
        eventually(
            lambda: len(self.paid) >= wanted or bool(self._failures), lambda: f"{len(self.paid)} of {wanted} payments"
        )
        self._raise()

    def stop(self) -> list[str]:
        """The payments that were acknowledged."""
        self.__exit__(None)
        self._raise()
        return self.paid

    def _raise(self) -> None:
        for failure in self._failures:
            raise failure

    def _run(self, phone: Phone, order: Any, number: int) -> None:
        try:
            with httpx.Client(base_url=f"http://{self._url}", timeout=30) as client:
                bank = bank_of(client, phone.sandbox.name)
                mine = Phone(bank, phone.member, phone.token, phone.refresh_token)
                times = 0
                while not self._over.is_set():
                    times += 1
                    self._pay(mine, order, f"{number}-{times}")
        except BaseException as failure:  # noqa: BLE001  # raised again in the test's thread
            self._failures.append(failure)

    def _pay(self, phone: Phone, order: Any, key: str) -> None:
        headers = {"Idempotency-Key": key}
        insist = partial(insisted, given_up=self._given_up)
        ordered = insist(lambda: phone.call("POST", "/v1/transfers", json=order, headers=headers), 201).json()
        challenge = ordered["challenge"]["id"]
        bank = phone.sandbox
        message = insist(lambda: bank.call("GET", f"/_sandbox/messages/next?challenge_id={challenge}&wait=5"), 200)
        code = message.json()["code"]
        confirm = f"/v1/challenges/{challenge}/confirm"
        insist(lambda: phone.call("POST", confirm, json={"code": code}, headers={"Idempotency-Key": f"{key}-c"}), 200)
        self.paid.append(ordered["id"])
