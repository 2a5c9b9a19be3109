"""Reading what callgrind writes."""

from pathlib import Path

import pytest

from bench import callgrind

# Two functions of the interpreter, of which the second calls into SQLite, and one of SQLite. Names are told once.
COUNTS = """\
version: 1
creator: callgrind-3.19.0
pid: 7
part: 2
desc: Trigger: --dump-before=ctermid
positions: line
events: Ir
summary: 1165

ob=(1) /usr/lib/libpython3.11.so.1.0
fl=(1) ???
fn=(1) _PyEval_EvalFrameDefault
0 1000
+3 40
* 2
fn=(2) cursor_execute
-2 3
cob=(2) /usr/lib/libsqlite3.so.0
cfn=(3) sqlite3_step
calls=1 0
0 120

ob=(2)
fn=(3)
0 100
+1 20
+1

totals: 1165
"""


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    path = tmp_path / "counts.1"
    path.write_text(COUNTS, encoding="utf-8")
    return path


def test_the_total_of_a_file_is_its_summary(counts: Path) -> None:
    assert callgrind.total(counts) == 1165


def test_instructions_belong_to_the_file_that_executes_them_not_to_its_caller(counts: Path) -> None:
    told = callgrind.by_object(counts)

    assert told == {"libpython3.11.so.1.0": 1000 + 40 + 2 + 3, "libsqlite3.so.0": 120}
    assert told.total() == callgrind.total(counts)
