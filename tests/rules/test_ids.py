"""Rules may be called anything: what the bank does depends on what they say."""

import re
from pathlib import Path

from sandbox.domain.rules import RuleBook

ROOT = Path(__file__).parents[2]


def test_no_source_names_a_rule() -> None:
    rules = {rule.id for document in RuleBook.load(ROOT / "rules").documents.values() for rule in document.rules}
    assert len(rules) > 20
    named = {
        (str(source.relative_to(ROOT)), name)
        for source in (ROOT / "sandbox").rglob("*.*")
        if source.suffix in {".py", ".js"}
        for name in re.findall(r"""["'`]([a-z0-9_.]+)["'`]""", source.read_text("utf-8"))
        if name in rules
    }
    assert named == set()
