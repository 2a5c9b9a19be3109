"""Examples of every operation, as a bank of the personas alone answers them, so that each works unchanged."""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.types import ASGIApp

from sandbox.document.player import Played, Player, Sent, StoryBroken
from sandbox.document.stories import STORIES, story_of

log = logging.getLogger("sandbox")
Json = dict[str, Any]
OpenBank = Callable[[], AbstractAsyncContextManager[ASGIApp]]
"""Opens an application over a bank that is used for nothing else."""


def collect(document: Json, open_bank: OpenBank) -> Json:
    """An example for each operation of a document, by name: what is sent first, parameters, body, and the answer."""
    return asyncio.run(_collected(document, open_bank))


def add(document: Json, examples: Json) -> None:
    """Put examples into the document."""
    for item in document["paths"].values():
        for described in item.values():
            example = examples.get(described["operationId"])
            if example is not None:
                _add(described, example)


async def _collected(document: Json, open_bank: OpenBank) -> Json:
    found: Json = {}
    async with open_bank() as application:
        player = Player(application, document)
        for item in document["paths"].values():
            for described in item.values():
                name = described["operationId"]
                if not _has_example(described):
                    continue
                try:
                    found[name] = _written(await player.play(name), player)
                except StoryBroken as broken:
                    log.warning("the document has no example of %s: %s", name, broken)
    return found


def _has_example(described: Json) -> bool:
    """Whether it is known what to send: there is a story, or nothing has to be sent."""
    asks = "requestBody" in described or any(each.get("required") for each in described["parameters"])
    return described["operationId"] in STORIES or not asks


def _written(played: Played, player: Player) -> Json:
    example: Json = {"member": story_of(played.sent.operation).member, **_request(played.sent)}
    example["in_session"] = any(player.is_members(each.operation) for each in (*played.before, played.sent))
    example["prepare"] = [_request(each) for each in played.before]
    answer = played.sent.answer
    if isinstance(answer.content, (dict, list, str)):
        example["answer"] = {"status": answer.status, "media_type": answer.media_type, "content": answer.content}
    return example


def _request(sent: Sent) -> Json:
    """A request as an example shows it; a file is shown by the operation that answers it."""
    request: Json = {"operationId": sent.operation}
    if sent.params:
        request["parameters"] = sent.params
    if isinstance(sent.body, bytes):
        request["bodyFrom"] = "exportSandbox"
    elif sent.body is not None:
        request["body"] = sent.body
    return request


def _add(described: Json, example: Json) -> None:
    if example["in_session"]:
        described["x-member"] = example["member"]
    if example["prepare"]:
        described["x-prepare"] = example["prepare"]
    for parameter in described["parameters"]:
        value = example.get("parameters", {}).get(parameter.get("name"))
        if value is not None:
            parameter["example"] = value
    for content in described.get("requestBody", {}).get("content", {}).values():
        if "body" in example:
            content["example"] = example["body"]
        elif "bodyFrom" in example:
            content["x-body-from"] = example["bodyFrom"]
    answer = example.get("answer")
    if answer is not None:
        content = described["responses"][str(answer["status"])].get("content", {}).get(answer["media_type"])
        if content is not None:
            content["example"] = answer["content"]


def fingerprint(document: Json) -> str:
    """What the examples of a document depend on, besides the bank."""
    return json.dumps(document, sort_keys=True) + repr(sorted(STORIES.items()))
