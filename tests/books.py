"""Rule books of the tests: hundreds are made in a run, of the same few documents."""

import functools
from typing import Any

import pytest

from sandbox.domain.rules import RuleBook, book
from sandbox.domain.rules.engine import Ruleset
from sandbox.domain.rules.errors import RuleError
from sandbox.domain.rules.reading import Source


def share(patch: pytest.MonkeyPatch) -> None:
    """Have the same text be the same document, and the same documents the same rules. To make a book takes 240 ms of CPU
    for reading YAML and 18 ms for the rest, a third of an application's start."""
    patch.setattr(book, "_document", _made_once(book._document))
    patch.setattr(RuleBook, "_compile", _compiled_once(RuleBook._compile))


def _made_once(make: Any) -> Any:
    known: dict[tuple[str, str], tuple[Any, Any, Any]] = {}

    @functools.wraps(make)
    def once(name: str, source: Source, errors: list[RuleError]) -> Any:
        if (name, source.text) in known:
            source.tree, source.data, source.document = known[name, source.text]
            return source.document
        document = make(name, source, errors)
        if document is not None:
            known[name, source.text] = source.tree, source.data, document
        return document

    return once


def _compiled_once(compile_: Any) -> Any:
    known: dict[Any, tuple[list[Any], dict[str, Ruleset]]] = {}

    @functools.wraps(compile_)
    def once(self: RuleBook, errors: list[RuleError]) -> dict[str, Ruleset]:
        documents = list(self.documents.values())
        key = (self._known_codes, *map(id, documents))
        if key in known:
            return known[key][1]
        rulesets: dict[str, Ruleset] = compile_(self, errors)
        if not errors:
            known[key] = documents, rulesets  # which keeps the documents, and so their ids
        return rulesets

    return once
