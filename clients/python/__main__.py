"""`python -m clients.python`: write the generated modules of `sandbox.testing`; `--check` lists those that differ."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from clients.python.blocking import blocking
from clients.python.operations import Functions
from clients.python.types import Json, Types, docstring, sentence
from sandbox.app import create_app
from sandbox.problem import CATALOGUE
from sandbox.settings import Settings

ROOT = Path(__file__).parents[2]
TESTING = ROOT / "sandbox" / "testing"
_HEAD = "# Written by `python -m clients.python`; do not edit.\n"
_GAP = "\n\n\n"


def main() -> int:
    """Exit status 1 when `--check` finds a module that is not what would be written."""
    written = _formatted(modules(_document()))
    differ = [path for path, text in written.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in differ:
            print(f"{path.relative_to(ROOT)} differs from what `python -m clients.python` writes")
        return int(bool(differ))
    for path in differ:
        path.write_text(written[path], encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


def modules(document: Json) -> dict[Path, str]:
    """The text of every generated module, not yet formatted."""
    types = Types(document)
    functions = Functions(document, types)
    own = {
        TESTING / "models.py": _models(document, types, functions),
        TESTING / "operations.py": _operations(functions),
        TESTING / "problems.py": _problems(),
    }
    for source in sorted((TESTING / "aio").glob("*.py")):
        own[TESTING / "blocking" / source.name] = _HEAD + blocking(source.read_text(encoding="utf-8"))
    return own


def _document() -> Json:
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(
            data_dir=Path(directory), members=0, rules_dir=ROOT / "rules", seed_dir=ROOT / "seed", watch_rules=False
        )
        return create_app(settings).openapi()


def _models(document: Json, types: Types, functions: Functions) -> str:
    schemas = document["components"]["schemas"]
    head = (
        f'{_HEAD}"""What crosses the wire, as types. At run time these are plain dictionaries."""\n\n'
        "from __future__ import annotations\n\n"
        "from typing import Any, Literal, NotRequired, TypeAlias, TypedDict"
    )
    made = [types.model(name, each) for name, each in schemas.items() if "properties" in each]
    return _GAP.join([head, *types.enumerations(), *made, *functions.unions()])


def _operations(functions: Functions) -> str:
    head = (
        f'{_HEAD}"""Every operation of the bank and of the control plane, as a function that describes the call.\n\n'
        "Give what it returns to `send` of a phone or a sandbox: `phone.send(operations.get_limits())`.\n"
        '"""\n\nfrom __future__ import annotations\n\n'
        "from typing import TYPE_CHECKING, Literal\n"
        "from urllib.parse import quote\n\n"
        "from sandbox.testing.wire import Request, as_bytes, as_json, as_nothing, as_text\n\n"
        "if TYPE_CHECKING:\n    from sandbox.testing import models"
    )
    return _GAP.join([head, *functions.texts()])


def _problems() -> str:
    head = (
        f'{_HEAD}"""Every refusal of the catalogue as an exception, by its code."""\n\n'
        "from sandbox.testing.refusals import Problem"
    )
    return _GAP.join([head, *_problem_classes()])


def _problem_classes() -> Iterator[str]:
    for code in sorted(CATALOGUE):
        problem = CATALOGUE[code]
        said = docstring(f"{problem.status}: {sentence(problem.title.en)}", "    ")
        yield f'class {exception_name(code)}(Problem):\n{said}\n\n    code = "{code}"'


def exception_name(code: str) -> str:
    """`insufficient_funds` as `InsufficientFunds`: the code tells the name."""
    return code.title().replace("_", "")


def _formatted(texts: dict[Path, str]) -> dict[Path, str]:
    """The texts as `make format` leaves them: sorted imports, lines of the usual length."""
    with tempfile.TemporaryDirectory() as directory:
        places = {path: Path(directory) / f"{number}.py" for number, path in enumerate(texts)}
        for path, place in places.items():
            place.write_text(texts[path], encoding="utf-8")
        for words in (["check", "--select", "I,F401,UP", "--fix", "--quiet"], ["format", "--quiet"]):
            command = [sys.executable, "-m", "ruff", *words, "--config", "pyproject.toml", directory]
            subprocess.run(command, check=True, cwd=ROOT)
        return {path: place.read_text(encoding="utf-8") for path, place in places.items()}


if __name__ == "__main__":
    sys.exit(main())
