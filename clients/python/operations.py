"""Operations as functions that describe a call."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from clients.document import Operation, operations
from clients.python.types import Json, Types, docstring, sentence, snake

_MODELS = "models."
_STREAM = "text/event-stream"
_JSON = "application/json"
_KEY = "Idempotency-Key"
_READ = {_JSON: "as_json", "text/csv": "as_text", "application/yaml": "as_text", "application/jsonl": "as_text"} | {
    "text/plain": "as_text",
    "application/pdf": "as_bytes",
    "application/vnd.sqlite3": "as_bytes",
}


class _Parameter(NamedTuple):
    name: str
    place: str
    type: str

    @property
    def argument(self) -> str:
        return snake(self.name)


class _Body(NamedTuple):
    argument: str
    type: str
    media_type: str
    sent: str


class Functions:
    """The functions of a document."""

    def __init__(self, document: Json, types: Types) -> None:
        self._operations = operations(document)
        self._shared = document["components"]["parameters"]
        self._types = types

    def texts(self) -> Iterator[str]:
        """A function for each operation and each form of its answer. Streams have none: they never end."""
        for operation in self._operations:
            for media_type, schema in _answers(operation):
                if media_type != _STREAM:
                    yield self._function(operation, media_type, schema)

    def unions(self) -> Iterator[str]:
        """The answers of operations that have one of several models, as aliases."""
        for operation in self._operations:
            for _, schema in _answers(operation):
                if "oneOf" in schema:
                    yield f"{_union_name(operation)}: TypeAlias = {self._types.text(schema)}"

    def _function(self, operation: Operation, media_type: str | None, schema: Json) -> str:
        parameters = list(self._parameters(operation))
        body = self._body(operation)
        positional = [f"{each.argument}: {each.type}" for each in parameters if each.place == "path"]
        positional += [f"{body.argument}: {body.type}"] if body else []
        optional = [f"{each.argument}: {each.type} | None = None" for each in parameters if each.place != "path"]
        arguments = [*positional, *(["*", *optional] if optional else [])]
        accepted = media_type if media_type not in (None, _JSON) and len(_answers(operation)) > 1 else None
        name = snake(operation.id) + (f"_as_{accepted.rpartition('/')[2]}" if accepted else "")
        result = _MODELS + _union_name(operation) if "oneOf" in schema else self._types.text(schema, _MODELS)
        said = operation.described
        about = docstring(f"{sentence(said['summary'])}\n\n{said.get('description', '')}", "    ")
        reader = _READ[media_type] if media_type else "as_nothing"
        return (
            f"def {name}({', '.join(arguments)}) -> Request[{result}]:\n{about}\n"
            f"    return Request({', '.join(_built(operation, parameters, body, accepted, reader))})"
        )

    def _parameters(self, operation: Operation) -> Iterator[_Parameter]:
        for each in operation.described.get("parameters", ()):
            if "$ref" not in each:
                yield _Parameter(each["name"], each["in"], self._types.text(each["schema"], _MODELS))
            elif each["$ref"].endswith(f"/{_KEY}"):  # the others are the client's own business
                yield _Parameter(_KEY, "header", self._types.text(self._shared[_KEY]["schema"]))

    def _body(self, operation: Operation) -> _Body | None:
        for media_type, each in operation.described.get("requestBody", {}).get("content", {}).items():
            if media_type == _JSON:
                return _Body("body", self._types.text(each["schema"], _MODELS), media_type, "body=body")
            if each["schema"].get("format") == "binary":
                return _Body("content", "bytes", media_type, "content=content")
            return _Body("text", "str", media_type, "content=text.encode()")
        return None


def _answers(operation: Operation) -> list[tuple[str | None, Json]]:
    """The media types of the answer, None for an empty one, each with its schema."""
    [answer] = [each for status, each in operation.described["responses"].items() if status.startswith("2")]
    content = answer.get("content", {})
    if not content:
        return [(None, {"type": "null"})]
    return [(media_type.partition(";")[0], each["schema"]) for media_type, each in content.items()]


def _union_name(operation: Operation) -> str:
    """What the union is called that an operation answers with: `ConfirmChallengeAnswer`."""
    return f"{operation.id[0].upper()}{operation.id[1:]}Answer"


def _built(
    operation: Operation, parameters: list[_Parameter], body: _Body | None, accepted: str | None, reader: str
) -> Iterator[str]:
    path = re.sub(r"\{(\w+)\}", lambda found: f'{{quote({snake(found[1])}, safe="")}}', operation.path)
    yield f'"{operation.method}"'
    yield f"f'{path}'" if "{" in path else f'"{path}"'
    yield reader
    query = [f'"{each.name}": {each.argument}' for each in parameters if each.place == "query"]
    headers = [f'"{each.name}": {each.argument}' for each in parameters if each.place == "header"]
    headers += [f'"Accept": "{accepted}"'] if accepted else []
    headers += [f'"Content-Type": "{body.media_type}"'] if body and body.media_type != _JSON else []
    if query:
        yield f"query={{{', '.join(query)}}}"
    if headers:
        yield f"headers={{{', '.join(headers)}}}"
    if body:
        yield body.sent
