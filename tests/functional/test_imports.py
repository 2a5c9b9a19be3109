"""What a start imports: every command and every server pays for it."""

import json
import subprocess
import sys

import pytest

from tests.functional.processes import ROOT

LATER = "import sys, json, sandbox.cli.main as m; a = [*sys.modules]; import sandbox.cli.server; print(json.dumps([a, [*sys.modules]]))"


@pytest.mark.sqlite("imports")
@pytest.mark.slow
def test_a_command_imports_no_bank_and_a_server_no_terminal() -> None:
    ended = subprocess.run([sys.executable, "-c", LATER], cwd=ROOT, capture_output=True, text=True, check=True)
    command, server = (set(names) for names in json.loads(ended.stdout))
    heavy = {"pydantic", "sqlalchemy", "fastapi", "uvicorn", "cel", "sandbox.app", "sandbox.domain.rules", "gevent"}
    assert heavy & command == set()
    assert {"sandbox.app", "cel"} <= server
    assert {"prompt_toolkit", "cel.cli", "faker", "fpdf", "gevent", "locust"} & server == set()
