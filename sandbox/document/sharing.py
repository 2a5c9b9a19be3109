"""Refusals that several operations have are written once: without that the document would be five times as long."""

import json
from collections import Counter
from http import HTTPStatus
from typing import Any

Json = dict[str, Any]


def share_refusals(document: Json) -> None:
    """Move refusals that are the same in several operations to the components, and refer to them."""
    every = [operation["responses"] for item in document["paths"].values() for operation in item.values()]
    uses = Counter(
        _key(status, answer) for answers in every for status, answer in answers.items() if int(status) >= 400
    )
    names: dict[str, str] = {}
    taken: Counter[str] = Counter()
    shared: Json = {}
    for answers in every:
        for status, answer in answers.items():
            key = _key(status, answer)
            if uses[key] < 2:
                continue
            if key not in names:
                phrase = "".join(word.title() for word in HTTPStatus(int(status)).phrase.replace("-", " ").split())
                taken[phrase] += 1
                names[key] = phrase if taken[phrase] == 1 else f"{phrase}{taken[phrase]}"
                shared[names[key]] = answer
            answers[status] = {"$ref": f"#/components/responses/{names[key]}"}
    document["components"]["responses"] = shared


def _key(status: str, answer: Json) -> str:
    return status + json.dumps(answer, sort_keys=True)
