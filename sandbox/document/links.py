"""Links from one operation to the next: what is created is confirmed by its challenge, and then found by its id."""

from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]

_CHALLENGE = ("confirmChallenge", "getChallenge", "resendChallenge", "cancelChallenge")


class _Operation(NamedTuple):
    name: str
    path: str
    described: Json


def add_links(document: Json) -> None:
    """Give each success the links that its body has ids for."""
    schemas = document["components"]["schemas"]
    every = [
        _Operation(described["operationId"], path, described)
        for path, item in document["paths"].items()
        for described in item.values()
    ]
    for operation in every:
        for status, answer in operation.described["responses"].items():
            if status.startswith("2"):
                links: Json = dict(_links(operation, _properties(answer, schemas), every, schemas))
                if links:
                    answer["links"] = links


def resolved(schema: Json, schemas: Json) -> Json:
    """The schema that is meant, where a reference to it may be given."""
    if "$ref" in schema:
        found: Json = schemas[schema["$ref"].rsplit("/", 1)[1]]
        return found
    return schema


def _properties(answer: Json, schemas: Json) -> Json:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    found: Json = resolved(schema, schemas).get("properties", {})
    return found


def _links(
    operation: _Operation, properties: Json, every: list[_Operation], schemas: Json
) -> Iterator[tuple[str, Json]]:
    if operation.name == "confirmChallenge":
        yield from _from_resource(every, schemas)
        return
    if "challenge" in properties:
        for target in _CHALLENGE:
            yield target, _link(target, "challenge_id", "/challenge/id")
    listed = resolved(properties.get("items", {}).get("items", {}), schemas).get("properties", {})
    for other in every:
        place = _place_below(operation.path, other.path)
        if place is None:
            continue
        key = "name" if place == "name" else "id"
        if key in properties:
            yield other.name, _link(other.name, place, f"/{key}")
        elif key in listed:
            yield other.name, _link(other.name, place, f"/items/0/{key}")


def _from_resource(every: list[_Operation], schemas: Json) -> Iterator[tuple[str, Json]]:
    """What may have been confirmed is what an operation answers with a challenge; `kind` tells which it is."""
    created = {
        operation.path
        for operation in every
        for status, answer in operation.described["responses"].items()
        if status == "201" and "challenge" in _properties(answer, schemas)
    }
    for target in every:
        head, _, place = target.path.rpartition("/")
        if head in created and place.startswith("{") and target.name.startswith("get"):
            yield target.name, _link(target.name, place[1:-1], "/resource/id")


def _place_below(path: str, other: str) -> str | None:
    """The parameter that comes first in a path below another, if it is the only one that it has besides."""
    if not other.startswith(f"{path}/{{") or other.count("{") != path.count("{") + 1:
        return None
    return other[len(path) + 2 :].partition("}")[0]


def _link(target: str, place: str, pointer: str) -> Json:
    return {"operationId": target, "parameters": {place: f"$response.body#{pointer}"}}
