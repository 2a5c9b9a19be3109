"""What a run prepares: codes it computes; rules and clocks of banks of its own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from loadtests.banks import FASTEST, PATIENT, OwnBank, changed
from loadtests.codes import Computed, wrong
from loadtests.driver import USER_CLASSES, Plan, Scenario, command
from sandbox.domain.codes import CodeMaker
from tests.functional.processes import ROOT

pytestmark = pytest.mark.sqlite("what a load prepares before it asks a bank")

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
challenges = st.integers(0, 16**28 - 1).map(lambda number: f"chl_{number:028x}")


@given(challenges, st.integers(1, 9), st.integers(4, 8))
def test_a_computed_code_is_the_one_the_bank_sends(challenge: str, sends: int, digits: int) -> None:
    computed = Computed({"secret": SECRET, "digits": digits})(challenge, sends)
    assert computed == CodeMaker(SECRET).code(digits, challenge, sends)


@given(st.from_regex(r"[0-9]{4,8}", fullmatch=True))
def test_a_wrong_code_is_another_one_of_the_same_length(code: str) -> None:
    assert wrong(code) != code
    assert len(wrong(code)) == len(code)


@pytest.mark.parametrize("document", PATIENT)
def test_settings_are_changed_where_they_stand_and_nothing_else_is(document: str) -> None:
    text = (ROOT / "rules" / f"{document}.yaml").read_text()
    before, after = (YAML(typ="safe").load(each) for each in (text, changed(text, PATIENT[document])))
    assert after["settings"] == before["settings"] | PATIENT[document]
    assert {**after, "settings": None} == {**before, "settings": None}


def test_a_setting_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError, match="atempts"):
        changed("settings: {attempts: 3}", {"atempts": 4})


def test_a_bank_of_its_own_runs_as_fast_as_its_days_must_pass() -> None:
    assert OwnBank().rate(30) == 1
    assert OwnBank(speed=60).rate(30) == 60
    assert OwnBank(days=2).rate(60) == 2880
    assert OwnBank(days=30).rate(1) == FASTEST


def test_the_mix_names_no_class_and_a_scenario_names_its_own(tmp_path: Path) -> None:
    options = {"shape": "spike", "summary": str(tmp_path / "x")}
    mix = command(Plan((Scenario.MIX, Scenario.HOT), 7, 30, 1, options), "http://127.0.0.1:1")
    some = command(Plan((Scenario.HOT, Scenario.CARDS), 7, 30, 2, options), "http://127.0.0.1:1")
    assert not set(USER_CLASSES.values()) & set(mix)
    assert some[-2:] == ["HotMember", "CardPayingMember"]
    assert {"--shape", "spike", "--users", "7", "30s"} <= set(mix)
    assert ("--processes" in mix, "--processes" in some) == (False, True)
    assert set(USER_CLASSES) == set(Scenario) - {Scenario.MIX}
