"""What switches a check off says why, on its own line."""

import re
import tomllib

import pytest

from tests.functional.processes import ROOT

_MARK = re.compile(r"#\s*(?:noqa\b|type:\s*ignore\b|pragma:\s*no cover\b).*")
_EXPLAINED = re.compile(
    r"# (?:noqa: [A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*|type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\]|pragma: no cover)  # \S.*"
)


def test_every_mark_names_its_check_and_has_a_reason() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}: {found[0]}"
        for folder in ("sandbox", "loadtests", "bench", "clients", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "test_marks.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := _MARK.search(line)) and not _EXPLAINED.fullmatch(found[0])
    ]
    assert bare == []


@pytest.mark.parametrize("table", ["tool.ruff.lint.per-file-ignores", "tool.deptry.per_rule_ignores"])
def test_what_is_switched_off_for_whole_files_has_a_reason(table: str) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    tomllib.loads(text)
    lines = text.partition(f"[{table}]\n")[2].partition("\n\n")[0].splitlines()
    assert lines
    assert [line for line in lines if "] # " not in line] == []
