"""The settings, from the model that reads them."""

from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from handbook.markdown import code, codes, table
from sandbox.settings import Settings

# Defaults that depend on where the server starts.
_FOUND: Mapping[str, str] = {
    "data_dir": "`.sandbox` beside `rules` or `seed`, else the user's data directory",
    "docs_dir": "`build/docs` of the checkout",
    "rules_dir": "`rules` where there is one, else the package's",
    "seed_dir": "`seed` where there is one, else the package's",
}
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_TYPES = {bool: "`true` or `false`", int: "integer", float: "number", str: "text", Path: "path"}


def text() -> str:
    """The table of all settings."""
    rows = [
        (code(variable(name)), _type(field), _default(name, field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return table(("Variable", "Type", "Default", "What it does"), rows)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"SANDBOX_{name.upper()}"


def _type(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        return codes(get_args(annotation))
    plain = [each for each in get_args(annotation) or (annotation,) if each is not NoneType]
    choices = [choice for each in plain if get_origin(each) is Literal for choice in get_args(each)]
    if choices:
        return codes(choices)
    bounds = [
        f"{sign} {getattr(each, name):,}"
        for name, sign in _BOUNDS.items()
        for each in field.metadata
        if getattr(each, name, None) is not None
    ]
    return ", ".join([_TYPES[plain[0]], *bounds])


def _default(name: str, field: FieldInfo) -> str:
    if name in _FOUND:
        return _FOUND[name]
    assert field.default is not PydanticUndefined, f"say in _FOUND what {name} is by default"
    if isinstance(field.default, bool):
        return code(str(field.default).lower())
    return "" if field.default is None else code(field.default)
