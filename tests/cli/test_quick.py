"""Help and completion answer at once: they import nothing that only other commands need."""

import json
import subprocess
import sys

import pytest

HEAVY = {"fastapi", "httpx2", "locust", "rich", "sqlalchemy", "sqlite3", "sandbox.app", "sandbox.testing.models"}
IMPORTED = """
import json, sys
sys.argv[0] = "sandbox"
from sandbox.cli.main import app
try:
    app()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.mark.sqlite("imports")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (["--help"], {}),
        (["fork", "--help"], {}),
        (["load", "--help"], {}),
        (["rules", "--help"], {}),
        ([], {"_SANDBOX_COMPLETE": "complete_bash", "COMP_WORDS": "sandbox cl", "COMP_CWORD": "1"}),
    ],
    ids=["help", "help of a command", "help of the load", "help of a group", "completion"],
)
def test_help_and_completion_import_nothing_heavy(words: list[str], variables: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words], env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout, ended.stderr
    assert HEAVY & set(json.loads(ended.stderr)) == set()
