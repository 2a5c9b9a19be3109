"""A check fails when it finds more than its ceiling, and when it checked nothing."""

from pathlib import Path

import pytest

from clients.outcome import CEILINGS, Ceiling, Outcome, ceilings, excess, slack


def found(errors: int, warnings: int = 0, checked: int = 1) -> Outcome:
    return Outcome("tool", "files", checked, ["e"] * errors, ["w"] * warnings)


@pytest.mark.parametrize(
    ("outcome", "reasons"),
    [
        (found(1), []),
        (found(2), []),
        (found(3), ["tool: 3 errors, at most 2 allowed"]),
        (found(0, 1), []),
        (found(0, 2), ["tool: 2 warnings, at most 1 allowed"]),
        (found(3, 2), ["tool: 3 errors, at most 2 allowed", "tool: 2 warnings, at most 1 allowed"]),
        (found(0, checked=0), ["tool: nothing was checked"]),
    ],
)
def test_a_count_above_its_ceiling_fails(outcome: Outcome, reasons: list[str]) -> None:
    assert excess(outcome, Ceiling(errors=2, warnings=1)) == reasons


def test_a_tool_without_a_ceiling_may_find_nothing() -> None:
    assert excess(found(1), Ceiling()) == ["tool: 1 errors, at most 0 allowed"]


@pytest.mark.parametrize(
    ("outcome", "lower"), [(found(1, 1), True), (found(2, 0), True), (found(2, 1), False), (found(3, 1), False)]
)
def test_a_ceiling_that_can_be_lowered_is_told(outcome: Outcome, lower: bool) -> None:
    assert slack(outcome, Ceiling(errors=2, warnings=1)) is lower


def test_an_unknown_count_in_the_ceilings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ceilings.yaml"
    path.write_text("prism: {mistakes: 1}\n", encoding="utf-8")
    with pytest.raises(TypeError, match="mistakes"):
        ceilings(path)


def test_the_committed_ceilings_are_of_tools_that_run() -> None:
    from clients.__main__ import NAMES

    assert ceilings(CEILINGS).keys() <= set(NAMES)
