"""`sandbox …` within the process of the tests: its output, its exit status, and no interpreter to start each time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import mock

from typer.testing import CliRunner

from sandbox.cli.connection import Connection
from sandbox.cli.main import app


class Ended(NamedTuple):
    """A command that has ended."""

    status: int
    stdout: str
    stderr: str


def command(*words: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Ended:
    """Run `sandbox WORDS…` with these variables set. An exception that would be a traceback is raised here."""
    variables = {"COLUMNS": "200", "LANG": "C.UTF-8", **(env or {})}
    with _connections_closed():
        ended = CliRunner().invoke(app, words, input=stdin, env=variables, catch_exceptions=False, prog_name="sandbox")
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


@contextmanager
def _connections_closed() -> Iterator[None]:
    """Close what a command's process would have closed by ending."""
    opened: list[Connection] = []
    connect = Connection.__init__

    def remembered(connection: Connection, *given: Any) -> None:
        connect(connection, *given)
        opened.append(connection)

    with mock.patch.object(Connection, "__init__", remembered):
        try:
            yield
        finally:
            for connection in opened:
                connection.client.close()
