"""A server with several workers, as users start it."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2 as httpx

from sandbox.testing import Phone
from tests.functional.processes import Server
from tests.transport import bank_of

_STARTED = re.compile(r"(\d+) \((\d+)\)")
_AGAIN = re.compile(r"worker (\d+) is back, as process (\d+)")
_LONGEST = 60.0  # seconds


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
        (line,) = [line for line in self.output.splitlines() if line.startswith("Workers ")]
        told = [*_STARTED.findall(line), *_AGAIN.findall(self.output)]
        return {int(number): int(pid) for number, pid in told}

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
        found: list[int] = []

        def is_logged() -> bool:
            found.extend(json.loads(line)["worker"] for line in self.output.splitlines() if f'"{request_id}"' in line)
            return bool(found)

        eventually(is_logged, lambda: f"{request_id} is not in the log")
        return found[0]

    @contextmanager
    def at(self, worker: int) -> Iterator[httpx.Client]:
        """A client with one connection, to that worker."""
        while True:
            limits = httpx.Limits(max_connections=1, keepalive_expiry=_LONGEST)
            with httpx.Client(base_url=f"http://{self.url}", timeout=30, limits=limits) as client:
                if self.worker_of(client.get("/v1/app").headers["x-request-id"]) == worker:
                    yield client
                    return


def eventually(is_so: Callable[[], bool], told: Callable[[], str]) -> None:
    """Wait until something is so; it fails with what is `told` where that takes too long."""
    end = time.monotonic() + _LONGEST
    while not is_so():
        assert time.monotonic() < end, told()
        Event().wait(0.005)


def insisted(ask: Callable[[], httpx.Response], *accepted: int) -> httpx.Response:
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
        Event().wait(0.01)


def _is_under_way(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and answer.json()["code"] == "idempotency_in_progress"


class Payers:
    """Members who order and confirm transfers until they are stopped, each request as often as it takes."""

    def __init__(self, url: str, phones: list[Phone]) -> None:
        self.paid: list[str] = []
        self._url = url
        self._over = Event()
        self._failures: list[BaseException] = []
        self._threads = [Thread(target=self._run, args=(phone, number)) for number, phone in enumerate(phones)]

    def start(self) -> "Payers":
        for thread in self._threads:
            thread.start()
        return self

    def wait_for(self, payments: int) -> None:
        """Until there are so many more payments than now."""
        wanted = len(self.paid) + payments
        eventually(
            lambda: len(self.paid) >= wanted or bool(self._failures), lambda: f"{len(self.paid)} of {wanted} payments"
        )
        self._raise()

    def stop(self) -> list[str]:
        """The payments that were acknowledged."""
        self._over.set()
        for thread in self._threads:
            thread.join(_LONGEST)
        self._raise()
        return self.paid

    def _raise(self) -> None:
        for failure in self._failures:
            raise failure

    def _run(self, phone: Phone, number: int) -> None:
        try:
            with httpx.Client(base_url=f"http://{self._url}", timeout=30) as client:
                bank = bank_of(client, phone.sandbox.name)
                mine = Phone(bank, phone.member, phone.token, phone.refresh_token)
                order = phone.order("0.01")
                times = 0
                while not self._over.is_set():
                    times += 1
                    self._pay(mine, order, f"{number}-{times}")
        except BaseException as failure:  # noqa: BLE001  # raised again in the test's thread
            self._failures.append(failure)

    def _pay(self, phone: Phone, order: Any, key: str) -> None:
        headers = {"Idempotency-Key": key}
        ordered = insisted(lambda: phone.call("POST", "/v1/transfers", json=order, headers=headers), 201).json()
        challenge = ordered["challenge"]["id"]
        bank = phone.sandbox
        code = insisted(
            lambda: bank.call("GET", f"/_sandbox/messages/next?challenge_id={challenge}&wait=5"), 200
        ).json()["code"]
        confirm = f"/v1/challenges/{challenge}/confirm"
        insisted(lambda: phone.call("POST", confirm, json={"code": code}, headers={"Idempotency-Key": f"{key}-c"}), 200)
        self.paid.append(ordered["id"])
