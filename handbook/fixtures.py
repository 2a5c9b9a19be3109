"""The pytest plugin: its fixtures, its marker and its options, from the plugin itself."""

import ast
from collections.abc import Iterator, Mapping
from typing import cast

import pytest

from handbook.markdown import code, in_one_line, table
from sandbox.testing import plugin

MARKER: Mapping[str, str] = {
    "persona": "The persona whose phone `phone` is.",
    "members": "How many members the bank is seeded with: a bank of the test's own, which takes longer than a fork.",
    "life": "How lively the members are while time passes: `quiet`, `typical` or `busy`.",
    "rules": "Rule documents by name, as YAML or as `(old, new)` to replace in the one in force.",
    "now": "The moment at which the clock starts: also a bank of the test's own.",
    "rate": "How fast the clock runs; 0 is frozen.",
    "audit": "Whether the books are audited after the test.",
}


def found() -> Iterator[tuple[str, str, str]]:
    """Every fixture: its name, its scope, what it is."""
    for name, value in vars(plugin).items():
        marker = getattr(value, "_fixture_function_marker", None)
        if marker is not None:
            yield name, str(marker.scope), in_one_line(getattr(value, "_fixture_function", value).__doc__ or "")


class _Declared:
    """Stands for pytest's configuration, to which the plugin declares its marker."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def addinivalue_line(self, _: str, line: str) -> None:
        self.lines.append(line)


def marker_defaults() -> dict[str, object]:
    """The arguments of the marker with their defaults, from its declaration."""
    declared = _Declared()
    plugin.pytest_configure(cast(pytest.Config, declared))
    (line,) = declared.lines
    call = cast(ast.Call, ast.parse(line.partition("):")[0] + ")", mode="eval").body)
    return {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}


def text() -> str:
    """The table of fixtures."""
    return table(("Fixture", "Scope", "What it is"), [(code(name), scope, words) for name, scope, words in found()])


def marker() -> str:
    """The arguments of the marker."""
    rows = [(code(name), code(repr(default)), MARKER[name]) for name, default in marker_defaults().items()]
    return table(("Argument", "Default", "What it says"), rows)


def options() -> str:
    """What the plugin adds to pytest's command line."""
    parser = pytest.Parser(_ispytest=True)
    plugin.pytest_addoption(parser)
    rows = [(code(each.names()[0]), str(each.attrs()["help"])) for each in parser.getgroup("sandbox").options]
    return table(("Option", "What it does"), rows)
