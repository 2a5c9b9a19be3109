"""The page about logs says what is so."""

import json
import re
from pathlib import Path
from typing import get_args

from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox
from tests import logged
from tests.answers import Json

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "logs.md").read_text(encoding="utf-8")
_VARIES = ("time", "sandbox", "ms")


def shown(language: str) -> str:
    """The example in that language."""
    (found,) = re.findall(rf"```{language}\n(.*?)\n```", PAGE, re.DOTALL)
    return str(found)


def logged_in_wrongly(bank: Sandbox, *, as_json: bool) -> str:
    """The line of a login with a wrong password."""
    member = bank.members.persona("al-dia")
    credentials = {"username": member["username"], "password": "Equivocada9@", "device": member["device"]}
    with logged.lines(as_json=as_json) as log:
        headers = {"X-Request-Id": "login-1", "X-Correlation-Id": "app-42"}
        bank.call("POST", "/v1/sessions", json=credentials, headers=headers)
    return log.getvalue().rstrip("\n")


def test_the_line_in_json_is_the_one_shown(bank: Sandbox) -> None:
    told: Json = json.loads(logged_in_wrongly(bank, as_json=True))
    assert told | dict.fromkeys(_VARIES, "…") == json.loads(shown("json"))
    assert list(told) == list(json.loads(shown("json")))


def test_the_line_as_text_is_the_one_shown(bank: Sandbox) -> None:
    line = logged_in_wrongly(bank, as_json=False)
    line = re.sub(r"^\S+", "…", re.sub(r"\b(sandbox|ms)=\S+", r"\1=…", line))
    assert line == shown("text")


def test_every_field_and_event_of_a_request_is_explained(phone: Phone) -> None:
    with logged.lines() as log:
        answer = phone.call("POST", "/v1/transfers", json=phone.order("9000000.00"))
        phone.sandbox.snapshot("page")
        phone.call("GET", "/v1/nowhere")
        phone.sandbox.clock.advance("P1D")
    assert answer.status_code == 422
    for line in logged.read(log):
        assert f"| `{line['event']}` |" in PAGE
        for name in line:
            assert re.search(rf"^\|.*`{name}`.*\|", PAGE, re.MULTILINE), name


def test_every_choice_of_the_settings_is_named() -> None:
    for name in ("log_format", "access_log"):
        for choice in get_args(Settings.model_fields[name].annotation):
            assert f"`{choice}`" in PAGE
