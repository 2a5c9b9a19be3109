"""`python -m loadtests`: a server of its own, thirty seconds of Locust, the verdict as exit status."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Start a server unless one is given, run Locust against it, end the server; Locust's exit status."""
    parser = argparse.ArgumentParser(prog="python -m loadtests", description="Load with a verdict on the money.")
    parser.add_argument("--host", help="a running server; one is started when left out")
    parser.add_argument("--users", type=int, default=20, help="members at work at once (default 20)")
    parser.add_argument("--seconds", type=int, default=30, help="how long (default 30)")
    options = parser.parse_args()
    if options.host:
        return run_locust(options.host, options.users, options.seconds)
    with tempfile.TemporaryDirectory() as directory:
        port = _free_port()
        environment = {**os.environ, "SANDBOX_DATA_DIR": directory, "SANDBOX_PORT": str(port)}
        server = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "serve"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}", server)
            return run_locust(f"http://127.0.0.1:{port}", options.users, options.seconds)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)


def run_locust(host: str, users: int, seconds: int) -> int:
    """Locust, headless, for so many seconds; its exit status, which the verdict sets."""
    command = [
        sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests" / "locustfile.py"), "--headless", "--host", host,
        "--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds}s", "--stop-timeout", "5s",
        "--only-summary", "--loglevel", "WARNING",
    ]  # fmt: skip
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False, timeout=seconds + 120).returncode


def _wait_for(base: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            if requests.get(f"{base}/_sandbox/ready", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise RuntimeError("the server did not get ready")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
