"""Which refusals the tests have seen and asserted, operation by operation, against those the OpenAPI document declares.

`assert_problem` notes each one. At the end of a run of all tests the run fails when a declared refusal of the bank was
asserted nowhere: a gate as for covered lines, for what clients switch on.
"""

import functools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2 as httpx

from sandbox.domain.rules import RuleBook
from sandbox.http.refusals import ANYWHERE
from sandbox.problem import CATALOGUE
from tests.openapi import whole

ROOT = Path(__file__).parent.parent
METHODS = ("get", "post", "put", "patch", "delete")
Pair = tuple[str, str]

SEEN: set[tuple[str, str, str]] = set()


def note(answer: httpx.Response, code: str) -> None:
    """This answer was asserted to be the problem called `code`."""
    path = re.sub(r"^/s/[^/]+", "", answer.request.url.path)
    SEEN.add((answer.request.method.lower(), path, code))


_TOLD_BY_ALL = {"type", "title", "status", "detail", "instance", "code", "request_id"}
_BY_RULES = {"rule", "errors"}  # a rehearsal takes them from the rules in force
_TELLING = {"retry-after", "ratelimit", "ratelimit-policy", "www-authenticate"}


@functools.cache
def _ruled() -> frozenset[str]:
    """The codes that rules refuse with."""
    book = RuleBook.load(ROOT / "rules")
    return frozenset(rule.code for document in book.documents.values() for rule in document.rules)


def require_rehearsed(answer: httpx.Response, body: dict[str, Any]) -> None:
    """A client builds its screens on rehearsed problems: what a real one carries, a rehearsed one does, too."""
    rehearsed = CATALOGUE[body["code"]].rehearsed()
    carried = set(rehearsed.body("es", "", "")) | _TOLD_BY_ALL | (_BY_RULES if body["code"] in _ruled() else set())
    assert set(body) <= carried, f"a rehearsed {body['code']} has no {set(body) - carried}"
    headers = _TELLING & set(answer.headers.keys())
    assert headers <= {name.lower() for name in rehearsed.headers}, (
        f"a rehearsed {body['code']} has not all of {headers}"
    )


def openapi() -> dict[str, Any]:
    """The document as the application makes it."""
    made = subprocess.run(
        [sys.executable, "-m", "sandbox", "openapi"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return whole(json.loads(made.stdout))


def declared(document: dict[str, Any]) -> set[Pair]:
    """Operation and code of every refusal the bank's surface declares."""
    return {
        (operation["operationId"], code)
        for path, item in document["paths"].items()
        if path.startswith("/v1/")
        for method, operation in item.items()
        if method in METHODS
        for response in operation["responses"].values()
        for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
        if code not in ANYWHERE
    }


def asserted(document: dict[str, Any], seen: set[tuple[str, str, str]]) -> set[Pair]:
    """Operation and code of every refusal seen."""
    patterns = [
        (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation["operationId"], path.count("{"))
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]
    patterns.sort(key=lambda each: each[3])  # a fixed path comes before one with a place in it
    found = set()
    for method, path, code in seen:
        for pattern_method, pattern, operation, _ in patterns:
            if method == pattern_method and pattern.fullmatch(path):
                found.add((operation, code))
                break
    return found


def missing(seen: set[tuple[str, str, str]]) -> list[str]:
    """`operation code` of each refusal that is declared and was asserted by no test."""
    document = openapi()
    return sorted(f"{operation} {code}" for operation, code in declared(document) - asserted(document, seen))
