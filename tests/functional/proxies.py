"""HAProxy with the configuration of `sandbox deploy`, in front of real servers."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import httpx2 as httpx

from loadtests.driver import free_port
from sandbox.cli.deploy import proxy
from sandbox.testing import Sandbox
from tests.functional.processes import Server
from tests.transport import bank_of

HAPROXY = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
STARTING_SECONDS = 30


def checked(configuration: Path, **environment: str) -> str:
    """What `haproxy -c` has to say about a configuration, warnings and all. Raises where it does not hold."""
    assert HAPROXY is not None
    told = subprocess.run(
        [HAPROXY, "-c", "-f", str(configuration)],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return (told.stdout + told.stderr).strip()


class Divided:
    """So many servers with sandboxes of their own, and the proxy before them."""

    def __init__(self, directory: Path, count: int) -> None:
        self.servers = [
            Server(directory / f"data-{number}", shard=f"{number}/{count}", port=str(free_port()))
            for number in range(1, count + 1)
        ]
        for server in self.servers:
            server.probe = "/_sandbox/health"  # only one of them has the default sandbox
        self._configuration = directory / "haproxy.cfg"
        self._configuration.write_text(proxy(count), encoding="utf-8")
        self._address = f"127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(base_url=f"http://{self._address}", timeout=30)

    def start(self) -> "Divided":
        assert HAPROXY is not None
        try:
            for server in self.servers:
                server.start()
            addresses = {
                f"PROCESS_{number}": f"127.0.0.1:{server.settings['port']}"
                for number, server in enumerate(self.servers, 1)
            }
            self._process = subprocess.Popen(
                [HAPROXY, "-db", "-f", str(self._configuration)],
                env={"BIND": self._address, **addresses}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            self._wait_until_it_listens()
        except BaseException:
            self.close()
            raise
        return self

    def server_of(self, name: str) -> Server:
        """The one server that has the sandbox called `name`."""
        (owner,) = (each for each in self.servers if each.client.get(f"/s/{name}/_sandbox/ready").status_code != 421)
        return owner

    def sandbox(self, name: str) -> Sandbox:
        """A sandbox behind the proxy."""
        return bank_of(self.client, name)

    def create(self, name: str, **body: object) -> Sandbox:
        """A new sandbox, asked for at the proxy."""
        answer = self.client.post("/_sandbox/sandboxes", json={**body, "name": name})
        assert answer.status_code == 201, answer.text
        return self.sandbox(name)

    def names(self) -> list[list[str]]:
        """The sandboxes of each process, asked for at the proxy."""
        found = []
        for number in range(1, len(self.servers) + 1):
            answer = self.client.get("/_sandbox/sandboxes", headers={"X-Sandbox-Shard": str(number)})
            assert answer.json()["shard"] == f"{number}/{len(self.servers)}"
            found.append([each["name"] for each in answer.json()["items"]])
        return found

    def wait_until(self, path: str, status: int) -> httpx.Response:
        """The first answer with this status, which the proxy's checks bring about."""
        until = time.monotonic() + STARTING_SECONDS
        while (answer := self.client.get(path)).status_code != status:
            assert time.monotonic() < until, answer.text
            time.sleep(0.05)
        return answer

    def close(self) -> None:
        self.client.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        for server in self.servers:
            server.close()

    def _wait_until_it_listens(self) -> None:
        until = time.monotonic() + STARTING_SECONDS
        while True:
            assert self._process is not None
            assert self._process.poll() is None, "haproxy has ended"
            try:
                self.client.get("/_sandbox/health")
            except httpx.TransportError:
                assert time.monotonic() < until, "haproxy does not listen"
                time.sleep(0.05)
            else:
                return
