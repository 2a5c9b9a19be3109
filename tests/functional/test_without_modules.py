"""Not every machine has every module and every call: Windows has neither uvloop nor fcntl, PyPy no httptools."""

import sys
from pathlib import Path

import pytest

from tests.functional.processes import Server

pytestmark = pytest.mark.slow

# None in `sys.modules` is a module that cannot be imported; a spec is looked for there, too.
HIDING = """
import importlib.util, os, sys

for name in ("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "copy_file_range", "pread", "pwrite", "sendfile"):
    delattr(os, name)  # Windows has none of them
HIDDEN = ("uvloop", "httptools", "fcntl")
for name in HIDDEN:
    sys.modules[name] = None
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in HIDDEN else found(name, package)
from sandbox.cli.main import app
app()
"""


def test_it_serves_without_uvloop_httptools_fcntl_and_what_windows_has_not(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", members="0")
    server.program = [sys.executable, "-c", HIDING]
    server.start()
    bank = server.bank
    phone = bank.phone("al-dia")
    phone.confirm(phone.transfer("1.00"))
    bank.snapshot("x")
    bank.restore("x")
    bank.reset()
    bank.ledger.assert_balanced()
    server.interrupt()
    assert "Traceback" not in server.output, server.output
