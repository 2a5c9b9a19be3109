"""The OpenAPI document as tests walk it: with what several operations share put in its place."""

import functools
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2 as httpx

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"
_SHARED = ("responses", "parameters", "headers", "examples")


class Operation(NamedTuple):
    """An operation of the document."""

    name: str
    method: str
    path: str
    described: Json


def whole(document: Json) -> Json:
    """The document without references, but for those to schemas: to read, since what is shared stays so."""
    components = document["components"]

    @functools.cache
    def shared(kind: str, name: str) -> Any:
        return placed(components[kind][name])

    def placed(value: Any) -> Any:
        if isinstance(value, list):
            return [placed(each) for each in value]
        if not isinstance(value, dict):
            return value
        kind, _, name = str(value.get("$ref", "")).removeprefix("#/components/").partition("/")
        if kind in _SHARED:
            return shared(kind, name)
        return {name: placed(inner) for name, inner in value.items()}

    return {**document, "paths": placed(document["paths"])}


def fetched(client: httpx.Client) -> Json:
    """The document that a server gives, without references, but for those to schemas: to read, since tests share it."""
    return _read(client.get("/openapi.json").content)


@functools.lru_cache(maxsize=4)
def _read(encoded: bytes) -> Json:
    return whole(json.loads(encoded))


def raw(client: httpx.Client) -> Json:
    """The document as a server gives it."""
    return client.get("/openapi.json").json()


def operations(document: Json) -> Iterator[Operation]:
    """Every operation, in the document's order."""
    for path, item in document["paths"].items():
        for method, described in item.items():
            if method in METHODS:
                yield Operation(described["operationId"], method.upper(), path, described)


def codes(described: Json) -> set[str]:
    """The codes of every problem that an operation declares."""
    return {
        code
        for response in described["responses"].values()
        for code in response.get("content", {}).get(PROBLEM, {}).get("examples", {})
    }
