"""Rules may be called anything: what the bank does depends on what they say."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
IDS = re.compile(r"^\s*- \{?id: ([a-z0-9_.]+)", re.MULTILINE)


def test_no_source_names_a_rule() -> None:
    rules = {name for document in (ROOT / "rules").glob("*.yaml") for name in IDS.findall(document.read_text("utf-8"))}
    assert len(rules) > 20
    named = {
        (str(source.relative_to(ROOT)), name)
        for source in (ROOT / "sandbox").rglob("*.*")
        if source.suffix in {".py", ".js"}
        for name in re.findall(r"""["'`]([a-z0-9_.]+)["'`]""", source.read_text("utf-8"))
        if name in rules
    }
    assert named == set()
