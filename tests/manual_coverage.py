"""`python tests/manual_coverage.py [--check]`: docs/reference/manual-coverage.md, from tests/manual.yaml, once every name in it is true."""

import re
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

TESTS = Path(__file__).parent
DOCUMENT = TESTS.parent / "docs" / "reference" / "manual-coverage.md"
HEAD = """# Coverage of the manual

Made by `make coverage-doc` from `tests/manual.yaml`; a test fails when it is stale. Chapter and step of the app's manual, the
operations that serve it, the test that walks it, the persona to try it with.

| Chapter | Step | Operations | Test | Persona |
| --- | --- | --- | --- | --- |
"""


def rows() -> list[dict[str, Any]]:
    """The steps, as written."""
    steps: list[dict[str, Any]] = YAML(typ="safe").load((TESTS / "manual.yaml").read_text(encoding="utf-8"))
    return steps


def complaints() -> list[str]:
    """Tests, operations and personas that are named and not there, and operations that no line names."""
    promised = set((TESTS / "contract" / "operations.txt").read_text(encoding="utf-8").split())
    personas = {path.stem.partition("-")[2] for path in (TESTS.parent / "seed" / "personas").glob("*.yaml")}
    found = []
    named: set[str] = set()
    for row in rows():
        path, _, test = row["test"].partition("::")
        source = (TESTS / path).read_text(encoding="utf-8") if (TESTS / path).exists() else ""
        if not re.search(rf"^def {test}\(", source, re.MULTILINE):
            found.append(f"no test {row['test']}")
        found += [f"no operation {name}" for name in row["operations"] if name not in promised]
        if row["persona"] and row["persona"] not in personas:
            found.append(f"no persona {row['persona']}")
        named |= set(row["operations"])
    return found + [f"no step for {name}" for name in sorted(promised - named)]


def text() -> str:
    """The document."""
    return HEAD + "".join(
        f"| {row['chapter']} | {row['step']} | {', '.join(f'`{name}`' for name in row['operations'])} "
        f"| `tests/{row['test']}` | {row['persona']} |\n"
        for row in rows()
    )


def main() -> int:
    """Write or check; the exit status."""
    found = complaints()
    if "--check" not in sys.argv and not found:
        DOCUMENT.write_text(text(), encoding="utf-8")
    elif not found and (not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != text()):
        found = ["docs/reference/manual-coverage.md is stale: run make coverage-doc"]
    for complaint in found:
        sys.stderr.write(complaint + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
