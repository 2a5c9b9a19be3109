"""The process that the servers of tests are forked from."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
_TESTS = """
from multiprocessing import forkserver
from pathlib import Path
from tests.functional import forks
forks.run(["--version"], {}, Path(), 120)
print(forkserver._forkserver._forkserver_pid)
"""


@pytest.mark.sqlite("the process that servers of tests are forked from")
@pytest.mark.slow
def test_it_has_ended_when_the_tests_have() -> None:
    command = [sys.executable, "-c", _TESTS]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=180, cwd=ROOT, check=False)
    assert not ended.returncode, ended.stderr
    assert not Path(f"/proc/{int(ended.stdout)}").exists()
