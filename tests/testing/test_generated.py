"""The generated half of the client is what the document and the asynchronous half make."""

import builtins
import inspect
import re
import subprocess
import sys
from typing import Any

import httpx2 as httpx
import pytest

from clients.python import __main__ as generating
from clients.python.__main__ import ROOT
from clients.python.blocking import blocking
from clients.python.types import snake
from sandbox.problem import CATALOGUE
from sandbox.testing import models, operations, problems, refusals
from sandbox.testing.refusals import Problem
from tests import openapi

pytestmark = pytest.mark.sqlite("the document")

_RAISED = re.compile(r"Raises ([A-Z]\w+(?:, [A-Z]\w+)*)")
LATER = "import sys, sandbox.testing.plugin; print(*sys.modules)"


@pytest.fixture
def document(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the modules are generated from, checked against those that are there."""
    document = openapi.raw(client)
    monkeypatch.setattr(generating, "_document", lambda: document)
    monkeypatch.setattr(sys, "argv", ["clients.python", "--check"])
    return document


@pytest.mark.slow
@pytest.mark.usefixtures("document")
def test_it_is_what_would_be_written_now(capsys: pytest.CaptureFixture[str]) -> None:
    status = generating.main()
    assert (status, capsys.readouterr().out) == (0, "")


@pytest.mark.slow
def test_a_module_of_another_document_is_told(document: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    document["components"]["schemas"]["Another"] = {"type": "object", "properties": {"name": {"type": "string"}}}
    assert generating.main() == 1
    differs = "sandbox/testing/models.py differs from what `python -m clients.python` writes\n"
    assert capsys.readouterr().out == differs


def test_every_operation_but_the_streams_is_described(client: httpx.Client) -> None:
    described = {name for name, _ in inspect.getmembers(operations, inspect.isfunction)}
    promised = {operation.described["operationId"] for operation in openapi.operations(openapi.fetched(client))}
    assert {name for name in promised if snake(name) not in described} == {
        "streamEvents",
        "streamMessages",
        "streamSandbox",
    }


def test_every_code_of_the_catalogue_has_an_exception_of_its_name() -> None:
    assert {problem.code for problem in CATALOGUE.values()} == Problem.by_code.keys()
    for code, problem in Problem.by_code.items():
        assert problem.__name__.lower() == code.replace("_", "")


def test_what_docstrings_say_is_raised_can_be_raised() -> None:
    sources = (ROOT / "sandbox" / "testing" / "aio").glob("*.py")
    told = [name for path in sources for name in _RAISED.findall(path.read_text(encoding="utf-8"))]
    names = {name for each in told for name in each.split(", ")}
    assert len(names) > 15
    known = {*vars(problems), *vars(refusals), *vars(builtins)}
    assert names - known == set()


def test_models_are_dictionaries() -> None:
    assert models.CodeEntered(code="123456") == {"code": "123456"}
    assert set(models.NewSandbox.__annotations__) >= {"name", "from"}


@pytest.mark.parametrize(
    ("awaited", "plain"),
    [
        ("async def send(self) -> AsyncSandbox:", "def send(self) -> Sandbox:"),
        ('return (await self.send(read()))["items"]', 'return self.send(read())["items"]'),
        ("len(await self.all())", "len(self.all())"),
        ("async with AsyncSandbox() as sandbox:", "with Sandbox() as sandbox:"),
        ("async for item in items:", "for item in items:"),
        ("await self.client.aclose()", "self.client.close()"),
        ('f(await self.one(), (await self.two(g(1)))["x"])', 'f(self.one(), self.two(g(1))["x"])'),
    ],
)
def test_what_blocks_is_the_same_without_awaiting(awaited: str, plain: str) -> None:
    assert blocking(awaited) == plain


@pytest.mark.slow
def test_the_plugin_imports_nothing_before_it_is_used() -> None:
    ended = subprocess.run([sys.executable, "-c", LATER], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = set(ended.stdout.split())
    assert {name for name in imported if name.startswith("sandbox")} == {
        "sandbox",
        "sandbox.testing",
        "sandbox.testing.plugin",
    }
    assert {"httpx2", "pydantic", "typer", "asyncio"} & imported == set()
