"""What a process works out when it is first asked for it is the same whichever of its threads ask, also all at once."""

import json
import subprocess
import sys

import pytest

from sandbox.bank.chapters import CHAPTERS
from sandbox.storage import schema

pytestmark = pytest.mark.slow
assert CHAPTERS  # imported for what it makes known: the whole schema

ASKED_AT_ONCE = """
import json, sys, threading
from sandbox.bank.chapters import CHAPTERS
from sandbox.storage import schema

sys.setswitchinterval(1e-6)
start = threading.Barrier(4)
told = []

def ask():
    start.wait()
    told.append([schema.version(), schema.definitions("sqlite"), schema.definitions("postgresql")])

threads = [threading.Thread(target=ask) for _ in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
print(json.dumps(told))
"""


def test_threads_that_ask_for_the_schema_at_once_are_told_the_same_as_any_other_process() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ASKED_AT_ONCE], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    alone = [schema.version(), schema.definitions("sqlite"), schema.definitions("postgresql")]
    assert json.loads(ran.stdout) == [alone] * 4
