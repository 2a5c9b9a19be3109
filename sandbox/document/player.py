"""Playing stories against an application in this process, each in a sandbox that nothing else uses."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from starlette.types import ASGIApp, Message

from sandbox.document.operations import PARAMETERS
from sandbox.document.stories import Step, story_of
from sandbox.document.templates import KEY, filled
from sandbox.surfaces import BANK

Json = dict[str, Any]
NEIGHBOUR = "sin-fondos"


class Answer(NamedTuple):
    """An answer as it came: `content` is what its JSON says, else its text or its bytes."""

    status: int
    media_type: str
    content: Any


class Sent(NamedTuple):
    """A step with values in place of its templates, as it was sent, and what it was answered."""

    operation: str
    params: Json
    body: Any
    answer: Answer


class Played(NamedTuple):
    """An example: what was sent before it, and itself."""

    before: list[Sent]
    sent: Sent


class StoryBroken(Exception):
    """A story that this bank does not tell: its seed or its rules are others."""


class Player:
    """Plays stories. `document` describes the operations, without examples."""

    def __init__(self, application: ASGIApp, document: Json) -> None:
        self._application = application
        self._operations: dict[str, tuple[str, str, Json]] = {
            described["operationId"]: (method.upper(), path, described)
            for path, item in document["paths"].items()
            for method, described in item.items()
        }
        self._sandboxes = 0

    async def play(self, operation: str) -> Played:
        """The example of an operation. Raises StoryBroken."""
        member = story_of(operation).member
        self._sandboxes += 1
        name = f"example-{self._sandboxes}"
        made = await self.call("POST", "/_sandbox/sandboxes", {}, {"name": name, "clock": {"rate": 0}})
        if made.status != 201:
            raise StoryBroken(f"{operation}: no sandbox: {made.content}")
        telling = _Telling(self, name, await self._member(name, member), await self._member(name, NEIGHBOUR))
        try:
            *before, sent = [await telling.take(step) for step in _steps(operation)]
            return Played(before, sent)
        except LookupError as missing:
            raise StoryBroken(f"{operation}: {missing}") from None
        finally:
            for each in (name, *telling.made):
                await self.call("DELETE", f"/_sandbox/sandboxes/{each}", {}, None)

    async def _member(self, sandbox: str, persona: str) -> Json:
        found = await self.call("GET", f"/s/{sandbox}/_sandbox/members?persona={persona}", {}, None)
        if not found.content["items"]:
            raise StoryBroken(f"no persona {persona}")
        member: Json = found.content["items"][0]
        return member

    def is_members(self, operation: str) -> bool:
        """Whether a member's session may send it."""
        return {"member": []} in self._operations[operation][2]["security"]

    def request(self, step: Step, known: Mapping[str, Any]) -> tuple[str, str, Json, Any, dict[str, str]]:
        """Method, path with query, parameters, body and headers of a step."""
        method, path, described = self._operations[step.operation]
        params, body = filled(step.params, known), filled(step.body, known)
        places = {each["name"]: each["in"] for each in described["parameters"] if "name" in each}
        places |= dict.fromkeys(PARAMETERS, "header")
        query = {name: _spelled(value) for name, value in params.items() if places[name] == "query"}
        headers = {name: str(value) for name, value in params.items() if places[name] == "header"}
        for name, value in params.items():
            if places[name] == "path":
                path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        media = next(iter(described.get("requestBody", {}).get("content", {})), None)
        if media is not None and body is not None:
            headers["Content-Type"] = media
        return method, f"{path}?{urlencode(query)}" if query else path, params, body, headers

    async def call(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> Answer:
        """What the application answers."""
        content = _encoded(body)
        where, _, query = path.partition("?")
        sent = {"host": "localhost", "content-length": str(len(content)), **headers}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": where, "raw_path": where.encode(),
            "root_path": "", "scheme": "http", "query_string": query.encode(), "client": ("127.0.0.1", 1),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "server": ("localhost", 80), "extensions": {}, "state": {},
        }  # fmt: skip
        messages: list[Message] = []

        arriving = [content]

        async def receive() -> Message:
            if not arriving:
                await asyncio.Event().wait()  # this client stays until it has its answer
            return {"type": "http.request", "body": arriving.pop(), "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await self._application(scope, receive, send)
        return _answer(messages)


class _Telling:
    """A story being told in a sandbox, and what is known so far."""

    def __init__(self, player: Player, sandbox: str, member: Json, neighbour: Json) -> None:
        self._player = player
        self._sandbox = sandbox
        self._known: Json = {"member": member, "neighbour": neighbour, "key": KEY}
        self._token = ""

    @property
    def made(self) -> list[str]:
        """The sandboxes that were made meanwhile."""
        return [self._known["createSandbox"]["name"]] if "createSandbox" in self._known else []

    async def _log_in(self) -> None:
        path = f"/s/{self._sandbox}/_sandbox/members/{self._known['member']['id']}/session"
        answer = await self._player.call("POST", path, {}, None)
        if answer.status == 201:  # who has not enrolled has no session
            self._token = answer.content["access_token"]

    async def take(self, step: Step | str) -> Sent:
        if isinstance(step, str):
            story = story_of(step)
            for look in story.looks:
                await self.take(look)
            step = Step(step, story.params, story.body)
        method, path, params, body, headers = self._player.request(step, self._known)
        if self._player.is_members(step.operation) and not self._token:
            await self._log_in()
        if path.startswith(BANK) and self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if path.partition("?")[0].endswith("/stream"):
            method = "HEAD"  # it would never end
        answer = await self._player.call(method, f"/s/{self._sandbox}{path}", headers, body)
        if answer.status >= 300:
            raise StoryBroken(f"{step.operation} answers {answer.status}: {answer.content}")
        self._known[step.operation] = answer.content
        return Sent(step.operation, params, body, answer)


def _steps(operation: str) -> list[Step | str]:
    """The steps of a story, with those that come before each of them; the operation itself is the last one."""
    steps: list[Step | str] = []
    for step in story_of(operation).before:
        for earlier in _steps(step) if isinstance(step, str) else [step]:
            if earlier not in steps:
                steps.append(earlier)
    return [*steps, operation]


def _spelled(value: Any) -> str:
    """A value as a query spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _encoded(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()


def _answer(messages: list[Message]) -> Answer:
    start, *rest = messages
    content = b"".join(message.get("body", b"") for message in rest)
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    media = headers.get("content-type", "").partition(";")[0]
    if media.endswith("json"):
        return Answer(start["status"], media, json.loads(content))
    if media.startswith("text/") or media.endswith("yaml"):
        return Answer(start["status"], media, content.decode())
    return Answer(start["status"], media, content or None)
