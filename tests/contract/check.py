"""`python tests/contract/check.py OPENAPI.json`: does the document have every promised operation, and is none thin?"""

import json
import sys
from pathlib import Path
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
PROMISED = (Path(__file__).parent / "operations.txt").read_text(encoding="utf-8").split()


def lacks(operation: dict[str, Any], shared: dict[str, Any]) -> list[str]:
    """What a description of an operation needs and this one has not; `shared` are the responses it may refer to."""
    missing = [key for key in ("summary", "description", "tags") if not operation.get(key)]
    responses = operation.get("responses", {})
    refusals = {
        code: shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        for code, response in responses.items()
        if code.startswith("4")
    }
    if not refusals:
        missing.append("problem responses")
    missing += [
        f"problem+json for {code}"
        for code, response in refusals.items()
        if "application/problem+json" not in response.get("content", {})
    ]
    return missing


def complaints(document: dict[str, Any]) -> list[str]:
    """Everything that is wrong with the document."""
    operations = {
        operation.get("operationId"): (path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }
    found = [f"missing operation: {name}" for name in PROMISED if name not in operations]
    for name, (path, operation) in operations.items():
        missing = lacks(operation, document.get("components", {}).get("responses", {}))
        if missing:
            found.append(f"thin: {name} ({path}): no {', '.join(missing)}")
    return found


if __name__ == "__main__":
    told = complaints(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    sys.stdout.write(("\n".join(told) or f"all {len(PROMISED)} promised operations are there, none thin") + "\n")
    sys.exit(1 if told else 0)
