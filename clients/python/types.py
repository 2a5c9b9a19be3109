"""JSON Schemas as Python types."""

import json
import keyword
import re
import textwrap
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
_PLAIN = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
}
_WIDTH = 116


_LARGE = 20  # values of an enumeration, above which it gets a name
_NAMED = {
    "EventFilter": ("NewWebhook", "kinds"),
    "EventKind": ("Event", "kind"),
    "OperationId": ("Match", "operation_id"),
    "ProblemCode": ("Problem", "code"),
    "ScenarioOperation": ("Scenario", "operation_id"),
}


class Types:
    """The types of a document. Large enumerations are told once, under a name of `_NAMED`."""

    def __init__(self, document: Json) -> None:
        schemas = document["components"]["schemas"]
        places = {name: schemas[model]["properties"][field] for name, (model, field) in _NAMED.items()}
        self._large = {tuple(_values(schema)): name for name, schema in places.items()}

    def text(self, schema: Json, prefix: str = "") -> str:
        """The type of a value of this schema; `prefix` is the module that has the models.

        Raises KeyError for a large enumeration that has no name yet.
        """
        if "$ref" in schema:
            return prefix + str(schema["$ref"]).rpartition("/")[2]
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return " | ".join(dict.fromkeys(self.text(each, prefix) for each in schema[several]))
        if "enum" in schema or "const" in schema:
            values = schema.get("enum", [schema.get("const")])
            return prefix + self._large[tuple(values)] if len(values) > _LARGE else _literal(values)
        if schema.get("type") == "array":
            return f"list[{self.text(schema.get('items', {}), prefix)}]"
        if isinstance(schema.get("additionalProperties"), dict):
            return f"dict[str, {self.text(schema['additionalProperties'], prefix)}]"
        return "bytes" if schema.get("format") == "binary" else _PLAIN.get(schema.get("type", ""), "Any")

    def model(self, name: str, schema: Json) -> str:
        """A TypedDict: the properties that may be missing are NotRequired."""
        required = set(schema.get("required", ()))
        fields = {
            field: self.text(each) if field in required else f"NotRequired[{self.text(each)}]"
            for field, each in schema["properties"].items()
        }
        said = schema.get("description") or _about(name, schema)
        if any(keyword.iskeyword(field) for field in fields):
            listed = ", ".join(f"{field!r}: {text!r}" for field, text in fields.items())
            return f'{name} = TypedDict("{name}", {{{listed}}})\n{docstring(said, "")}'
        body = [f"    {field}: {text}" for field, text in fields.items()]
        return "\n".join([f"class {name}(TypedDict):", docstring(said, "    "), "", *body])

    def enumerations(self) -> list[str]:
        """The large enumerations as aliases."""
        return [f"{name}: TypeAlias = {_literal(values)}" for values, name in self._large.items()]


def _about(name: str, schema: Json) -> str:
    """What a model is that the document does not describe: a page of a list, or the thing of that name."""
    if "items" not in schema["properties"]:
        return f"`{name}` of the OpenAPI document."
    item = str(schema["properties"]["items"]["items"]["$ref"]).rpartition("/")[2]
    return f"A page of `{item}`; `next_cursor` leads to the next one, and is null on the last."


def _literal(values: Iterable[object]) -> str:
    return f"Literal[{', '.join(json.dumps(each) for each in values)}]"


def _values(schema: Json) -> list[str]:
    """The values of the enumeration in a schema, below lists and unions."""
    if "enum" in schema:
        found: list[str] = schema["enum"]
        return found
    inner = [schema["items"]] if "items" in schema else schema.get("anyOf", [])
    return next((values for each in inner if (values := _values(each))), [])


def docstring(text: str, indent: str) -> str:
    """A docstring of what the document says, wrapped paragraph by paragraph."""
    paragraphs = [" ".join(each.split()) for each in re.split(r"\n\s*\n", text.strip())]
    wrapped = "\n\n".join(textwrap.fill(each, _WIDTH - len(indent)) for each in paragraphs)
    single = "\n" not in wrapped
    closed = f'{wrapped}"""' if single else f'{wrapped}\n"""'
    lines = f'{"r" if chr(92) in closed else ""}"""{closed}'.splitlines()
    return "\n".join(indent + line if line else "" for line in lines)


def sentence(text: str) -> str:
    """The text with a full stop behind it, unless it ends a sentence already."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def snake(name: str) -> str:
    """`createTransfer` as `create_transfer`, `X-App-Version` as `x_app_version`, `from` as `from_`."""
    found = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return f"{found}_" if keyword.iskeyword(found) else found
