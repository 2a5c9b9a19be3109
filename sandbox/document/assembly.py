"""Putting the document together: FastAPI's description, then what each part adds."""

from collections.abc import Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi

from sandbox.document import about, links, operations, problems, schemas, sharing
from sandbox.http.route import UnitRoute

Json = dict[str, Any]


def assemble(routes: Sequence[UnitRoute], version: str) -> Json:
    """The OpenAPI 3.1 document of these routes, without examples of the seed."""
    document = get_openapi(
        title=about.INFO["title"], version=version, routes=routes, separate_input_output_schemas=True
    )
    refused = problems.components()
    document["info"] = {**about.INFO, "version": version}
    document["servers"] = about.SERVERS
    components = document["components"]
    for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which no answer of ours is
        components["schemas"].pop(unused, None)
    components["schemas"] |= refused["schemas"]
    components["parameters"] = operations.PARAMETERS
    components["headers"] = operations.HEADERS
    components["securitySchemes"] = operations.SECURITY_SCHEMES
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            operation["parameters"] = [schemas.parameter(each) for each in operation.get("parameters", [])]
            operations.complete(operation, route)
    used = {tag for item in document["paths"].values() for each in item.values() for tag in each["tags"]}
    document["tags"] = [{"name": name, "description": words} for name, words in about.TAGS.items() if name in used]
    schemas.tidy(document)
    links.add_links(document)
    sharing.share_refusals(document)
    components["examples"] = {code: refused["examples"][code] for code in sorted(_examples_meant(document))}
    return document


def _examples_meant(document: Json) -> set[str]:
    prefix = "#/components/examples/"
    return {
        target["$ref"].removeprefix(prefix)
        for node in schemas.nodes(document)
        if isinstance(node.get("examples"), dict)
        for target in node["examples"].values()
        if target.get("$ref", "").startswith(prefix)
    }
