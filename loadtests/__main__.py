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
SCENARIOS = {
    "transfer": "TransferringMember", "fumble": "FumblingMember", "browse": "BrowsingMember", "payday": "PayingMember",
}  # fmt: skip


def main() -> int:
    """Start a server unless one is given, run Locust against it, end the server; Locust's exit status."""
    parser = argparse.ArgumentParser(prog="python -m loadtests", description="Load with a verdict on the money.")
    parser.add_argument(
        "--only", nargs="+", choices=SCENARIOS, default=[], help="these scenarios (default: all of them, mixed)"
    )
    parser.add_argument("--processes", type=int, default=1, help="worker processes, over one master (default 1: none)")
    parser.add_argument("--html", type=Path, help="write Locust's report with its charts here")
    parser.add_argument("--json", type=Path, help="write a summary for machines here")
    parser.add_argument("--host", help="a running server; one is started when left out")
    parser.add_argument("--users", type=int, default=20, help="members at work at once (default 20)")
    parser.add_argument("--seconds", type=int, default=30, help="how long (default 30)")
    options = parser.parse_args()
    if options.host:
        return run_locust(options.host, options)
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
            return run_locust(f"http://127.0.0.1:{port}", options)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)


def run_locust(host: str, options: argparse.Namespace) -> int:
    """Locust, headless, for so many seconds; its exit status, which verdict and thresholds set."""
    users = str(options.users)
    command = [
        sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests" / "locustfile.py"), "--headless", "--host", host,
        "--users", users, "--spawn-rate", users, "--run-time", f"{options.seconds}s", "--stop-timeout", "5s",
        "--only-summary", "--loglevel", "WARNING", *(SCENARIOS[name] for name in options.only),
    ]  # fmt: skip
    if options.html:
        command += ["--html", str(options.html.absolute())]
    if options.processes > 1:
        port = str(_free_port())
        command += ["--processes", str(options.processes), "--master-bind-host", "127.0.0.1"]
        command += ["--master-bind-port", port, "--master-port", port]
    environment = dict(os.environ)
    if options.json:
        environment["LOADTESTS_SUMMARY"] = str(options.json.absolute())
    locust = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return locust.wait(options.seconds + 120)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        os.killpg(locust.pid, signal.SIGKILL)  # its workers, too
        locust.wait()
        raise


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
