"""Real servers, as users start them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2 as httpx

from tests.support import Sandbox

ROOT = Path(__file__).parent.parent.parent


class Server:
    """`sandbox serve` in a process of its own, on a free loopback port."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.settings = {"members": "40", **settings}
        self.started = 0.0
        self.output = ""
        self.process: subprocess.Popen[str] | None = None

    def environment(self) -> dict[str, str]:
        named = {f"SANDBOX_{name.upper()}": value for name, value in self.settings.items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SANDBOX_", "COV_"))}
        return {**inherited, "SANDBOX_DATA_DIR": str(self.data_dir), "SANDBOX_PORT": "0", "COLUMNS": "200", **named}

    def start(self) -> "Server":
        """Start it and wait until it says where it serves, and is ready there."""
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "serve"],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        self.output = "".join(lines)
        assert "http://" in self.output, self.output
        self.url = self.output.split("http://")[1].split("/")[0].strip()
        self.client = httpx.Client(base_url=f"http://{self.url}", timeout=30, limits=httpx.Limits(keepalive_expiry=4))
        while time.monotonic() - begun < 30:
            try:
                if self.client.get("/_sandbox/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.01)
        self.started = time.monotonic() - begun
        return self

    @property
    def bank(self) -> Sandbox:
        return Sandbox(self.client, "default")

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self._gone()

    def interrupt(self) -> float:
        """Ctrl-C; how long it took to end."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self._gone()
        return time.monotonic() - begun

    def _gone(self) -> None:
        assert self.process is not None
        self.process.wait(20)
        if self.process.stdout is not None:
            self.output += self.process.stdout.read()
            self.process.stdout.close()
        self.client.close()
