"""Everything the program may say, in Spanish and in English: what is written in its code, in the rules and in the seed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
_PAIRS = {"Text", "Phrase"}


class Said(NamedTuple):
    """A pair of texts and where it stands. Expressions in an f-string are placeholders called by their source."""

    place: str
    es: str
    en: str
    is_sentence: bool
    """Whether it stands alone, as a message does; a title, a label or part of a text does not."""


def in_code() -> Iterator[Said]:
    """Every `Text(…)` and `Phrase(…)` with words of its own, and every `form(…)`."""
    for path in sorted((ROOT / "sandbox").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        titles = {id(text) for node in ast.walk(tree) if _is_title(node) for text in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                if node.func.id in _PAIRS and len(node.args) == 2:
                    es, en = map(_literal, node.args)
                    if es is not None and en is not None:
                        yield Said(place, es, en, node.func.id == "Text" and id(node) not in titles)
                elif node.func.id == "form":
                    given = {each.arg: _literal(each.value) for each in node.keywords}
                    yield Said(place, str(given["es"]), str(given["en"]), is_sentence=False)


def _is_title(node: ast.AST) -> bool:
    targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
    names = [each.id.lower() for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
    return any("title" in name or "heading" in name for name in names)


def _literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"{{{re.sub('[^a-z]+', '_', ast.unparse(part))}}}"
            for part in node.values
        )
    return None


def in_documents() -> Iterator[Said]:
    """Every `{es, en}` of rules and seed."""
    for path in sorted([*(ROOT / "rules").glob("*.yaml"), *(ROOT / "seed").rglob("*.yaml")]):
        document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        yield from _pairs(f"{path.relative_to(ROOT)}", document)


def _pairs(place: str, value: Any) -> Iterator[Said]:
    if isinstance(value, dict):
        if value.keys() >= {"es", "en"} and isinstance(value["es"], str):
            yield Said(place, value["es"], value["en"], place.endswith((".message", ".text", ".answer", ".question")))
        for name, inner in value.items():
            yield from _pairs(f"{place}.{name}", inner)
    elif isinstance(value, list):
        for entry in value:
            name = entry.get("id") or entry.get("key") if isinstance(entry, dict) else None
            yield from _pairs(f"{place}.{name or '-'}", entry)
