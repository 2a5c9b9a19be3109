"""The OpenAPI document, as the checks walk it."""

from typing import Any, NamedTuple

Json = dict[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")


class Operation(NamedTuple):
    """An operation with where it is: its method in capitals, its path with the names of its parameters."""

    method: str
    path: str
    described: Json

    @property
    def id(self) -> str:
        """Its `operationId`."""
        return str(self.described["operationId"])

    @property
    def declared(self) -> list[str]:
        """The codes of all problems that it declares."""
        return [
            code
            for status, response in self.described["responses"].items()
            if status >= "400"
            for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
        ]


def operations(document: Json) -> list[Operation]:
    """Every operation of the document, with the responses that it refers to in their places."""
    shared = {f"#/components/responses/{name}": each for name, each in document["components"]["responses"].items()}
    return [
        Operation(method.upper(), path, described | {"responses": _resolved(described["responses"], shared)})
        for path, item in document["paths"].items()
        for method, described in item.items()
        if method in _METHODS
    ]


def _resolved(responses: Json, shared: Json) -> Json:
    return {status: shared.get(response.get("$ref"), response) for status, response in responses.items()}
