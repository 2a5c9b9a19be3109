"""`sandbox …` within the process of the tests: its output, its exit status, and no interpreter to start each time."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from typer.testing import CliRunner

from sandbox.cli.main import app
from tests.answers import Json


class Ended(NamedTuple):
    """A command that has ended."""

    status: int
    stdout: str
    stderr: str


def command(*words: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Ended:
    """Run `sandbox WORDS…` with these variables set. An exception that would be a traceback is raised here."""
    variables = {"COLUMNS": "200", "LANG": "C.UTF-8", **(env or {})}
    ended = CliRunner().invoke(app, words, input=stdin, env=variables, catch_exceptions=False, prog_name="sandbox")
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


class Shell:
    """`sandbox …` against a server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *words: str, status: int = 0) -> str:
        ended = command(*words, env={"SANDBOX_URL": self.url})
        assert ended.status == status, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    def json(self, *words: str, status: int = 0) -> Json:
        return json.loads(self(*words, "--json", status=status))
