"""The architecture as a picture: who imports whom, drawn from the import graph.

A row is a part of the program, the parts that it may use are below it. A filled cell says that the part of the row
imports that of the column, and how often. Cells above the diagonal would be imports that point upwards.
"""

import ast
import functools
import html
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import grimp

_ROOT = Path(__file__).parents[1]
_ROW, _CELL, _NAME, _LINES, _TOP = 26, 20, 150, 70, 118


class Part(NamedTuple):
    """A package or module of the program."""

    module: str
    name: str
    about: str
    lines: int


@functools.cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("sandbox", cache_dir=None)


def layers() -> str:
    """The layers of the program, as the import contract has them."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each["type"] == "layers"]
    modules = [module.strip() for layer in contract["layers"] for module in layer.split("|")]
    return _figure([_part(module) for module in modules], "The layers of the program, and which of them imports which")


def chapters() -> str:
    """The chapters of the bank, those that use most others first."""
    modules = [module for module in _graph().find_children("sandbox.bank") if _is_package(module)]
    ordered: list[str] = []
    left = sorted(modules)
    while left:
        used = {each: sum(_weight(other, each) > 0 for other in left if other != each) for each in left}
        least = min(left, key=lambda each: (used[each], each))
        ordered.append(least)
        left.remove(least)
    return _figure([_part(module) for module in ordered], "The chapters of the bank, and which of them uses which")


def _is_package(module: str) -> bool:
    return _ROOT.joinpath(*module.split("."), "__init__.py").exists()


def _part(module: str) -> Part:
    path = _ROOT.joinpath(*module.split("."))
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    head = path / "__init__.py" if path.is_dir() else files[0]
    about = ast.get_docstring(ast.parse(head.read_text(encoding="utf-8"))) or ""
    lines = sum(len(each.read_text(encoding="utf-8").splitlines()) for each in files)
    return Part(module, module.rpartition(".")[2], about.partition("\n\n")[0].replace("\n", " "), lines)


@functools.cache
def _members(module: str) -> frozenset[str]:
    return frozenset({module} | _graph().find_descendants(module))


@functools.cache
def _weight(importer: str, imported: str) -> int:
    """How many imports lead from one part to another."""
    graph, targets = _graph(), _members(imported)
    return sum(len(graph.find_modules_directly_imported_by(module) & targets) for module in _members(importer))


def _figure(parts: Sequence[Part], title: str) -> str:
    width = _NAME + _LINES + _CELL * len(parts) + 60
    height = _TOP + _ROW * len(parts) + 8
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-size="13"'
    drawn = [
        f'<svg class="imports" role="img" aria-label="{html.escape(title)}" {size}>',
        *(_column(place, part) for place, part in enumerate(parts)),
        *(_row(place, part, parts) for place, part in enumerate(parts)),
        "</svg>",
    ]
    told = "".join(f"<li><code>{part.name}</code>: {html.escape(part.about)}</li>" for part in parts if part.about)
    return f"<figure>{''.join(drawn)}<figcaption>{html.escape(title)}</figcaption></figure>\n\n<ul>{told}</ul>\n"


def _x(place: int) -> int:
    return _NAME + _LINES + place * _CELL


def _y(place: int) -> int:
    return _TOP + place * _ROW


def _column(place: int, part: Part) -> str:
    x, y = _x(place) + _CELL // 2 + 4, _TOP - 8
    return f'<text x="{x}" y="{y}" fill="currentColor" transform="rotate(-60 {x} {y})">{part.name}</text>'


def _row(place: int, part: Part, parts: Sequence[Part]) -> str:
    y = _y(place)
    end = _x(len(parts))
    return (
        f'<line x1="0" x2="{end}" y1="{y}" y2="{y}" stroke="currentColor" stroke-opacity=".12"/>'
        f'<text x="{_NAME - 8}" y="{y + 17}" text-anchor="end" fill="currentColor">{part.name}</text>'
        f'<text x="{_NAME + _LINES - 12}" y="{y + 17}" text-anchor="end" fill="currentColor" fill-opacity=".6">'
        f"{part.lines:,}</text>" + "".join(_cell(place, column, part, other) for column, other in enumerate(parts))
    )


def _cell(row: int, column: int, part: Part, other: Part) -> str:
    x, y = _x(column), _y(row) + 3
    box = f'x="{x}" y="{y}" width="{_CELL - 2}" height="{_ROW - 4}" rx="3"'
    if row == column:
        return f'<rect {box} fill="currentColor" fill-opacity=".75"/>'
    weight = _weight(part.module, other.module)
    if not weight:
        return ""
    shade = min(0.9, 0.25 + weight / 60)
    words = f"{part.name} imports {other.name} {weight} times"
    return f'<rect {box} class="used" fill-opacity="{shade:.2f}"><title>{words}</title></rect>'
