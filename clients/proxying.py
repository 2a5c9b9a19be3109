"""Prism as a validating proxy: each answer of a walk, and each request that the server accepted, fits the document."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx

from clients import walk
from clients.document import operations
from clients.outcome import Outcome
from clients.processes import running
from clients.toolbox import PRISM, script
from loadtests.driver import free_port

_CUT_OFF = "Too many violations! "


class Listener:
    """Hears every exchange that went through the proxy: what it broke, and which operations it reached."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.requests = 0
        self.violations: list[str] = []
        self.succeeded: set[str] = set()
        self.refused: set[str] = set()
        # A fixed path comes before one with a place in it.
        self._patterns = [
            (each.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", each.path)), each.id)
            for each in sorted(operations(document), key=lambda each: each.path.count("{"))
        ]

    def hear(self, response: httpx.Response) -> None:
        """Take an answer in. Prism lists violations in a header; those of requests count where they were accepted."""
        request = response.request
        self.requests += 1
        operation = self._operation(request.method, request.url.path)
        (self.refused if response.status_code >= 400 else self.succeeded).add(operation)
        for each in _violations(response.headers.get("sl-violations", "[]")):
            place = list(map(str, each["location"]))
            if place[0] == "request" and response.status_code >= 400:
                continue
            code = _code(response)
            self.violations.append(f"{operation} {response.status_code}{code} {'.'.join(place)}: {each['message']}")

    def _operation(self, method: str, path: str) -> str:
        for wanted, pattern, operation in self._patterns:
            if method == wanted and pattern.fullmatch(path):
                return operation
        return f"{method} {path}"


def prism(document: Path, base: str) -> Outcome:
    """Walk the server at `base` through Prism. An operation that the walk does not reach is an error, too."""
    described = json.loads(document.read_text(encoding="utf-8"))
    listener = Listener(described)
    with proxy(document, base) as address, httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        client.event_hooks = {"response": [listener.hear]}
        walk.walk(client, described)
    outcome = Outcome("prism", "requests", listener.requests)
    outcome.errors = sorted(set(listener.violations))
    every = {each.id for each in operations(described)}
    for reached, name in ((listener.succeeded, "success"), (listener.refused, "refusal")):
        unseen = every - reached - walk.UNREACHED[name].keys()
        outcome.errors += [f"{operation}: no {name} was seen" for operation in sorted(unseen)]
    return outcome


@contextmanager
def proxy(document: Path, base: str) -> Iterator[str]:
    """Prism between the client and the server at `base`; its URL. Raises RuntimeError when it does not get ready."""
    port = free_port()
    words = ("proxy", "--host", "127.0.0.1", "--port", str(port), "--verboseLevel", "error", str(document), base)
    address = f"http://127.0.0.1:{port}"
    with running(script(PRISM, *words), f"{address}/_sandbox/health"):
        yield address


def _violations(listed: str) -> list[dict[str, Any]]:
    """The violations that Prism lists. It cuts a long list off; then the first stands for all."""
    whole = listed.removeprefix(_CUT_OFF)
    if whole == listed:
        found: list[dict[str, Any]] = json.loads(listed)
        return found
    first, _ = json.JSONDecoder().raw_decode(whole, whole.index("{"))
    return [first]


def _code(response: httpx.Response) -> str:
    if response.headers.get("content-type") != "application/problem+json":
        return ""
    response.read()
    return f" {response.json().get('code')}"
