"""SQLite in the mode that the server chooses."""

import subprocess
import sys
from pathlib import Path

import pytest

# Two threads with a connection each, as the loop and the checkpoints have them, and a third that takes one over.
PROGRAM = """
import sqlite3, sys, threading
from pathlib import Path
from sandbox.storage import engine
from sandbox.storage.driver import connect

assert engine.tune()
path = Path(sys.argv[1])
first = connect(path, create=True)
first.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")

def fill(connection):
    for number in range(500):
        connection.execute("INSERT INTO thing (name) VALUES (?)", (str(number),))

second = connect(path)
threads = [threading.Thread(target=fill, args=[each]) for each in (first, second)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
taking_over = threading.Thread(target=fill, args=[first])
taking_over.start()
taking_over.join()
print(second.execute("SELECT count(*) FROM thing").fetchone()[0], second.execute("PRAGMA integrity_check").fetchone()[0])
"""


@pytest.mark.slow
def test_connections_work_in_one_thread_at_a_time_each(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "a.sqlite")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "1500 ok\n"), ended.stderr
