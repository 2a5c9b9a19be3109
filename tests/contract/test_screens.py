"""docs/reference/screens.md is true: what it names is there, what it shows is filled, and nothing of the bank is left out."""

import httpx2 as httpx
import pytest

from sandbox.testing import Sandbox
from tests import openapi, screens
from tests.openapi import Json, Operation
from tests.screens import Recorder, Screen

pytestmark = pytest.mark.sqlite("the document")

SCREENS = screens.SCREENS


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> Json:
    return openapi.fetched(client)


@pytest.fixture(scope="module")
def operations(document: Json) -> dict[str, Operation]:
    return {each.name: each for each in openapi.operations(document) if each.path.startswith("/v1")}


def calls(screen: Screen) -> list[str]:
    return [*screen.drawn_by, *screen.does]


def test_every_operation_of_the_bank_is_on_a_screen_or_says_why_not(operations: dict[str, Operation]) -> None:
    named = {name for screen in SCREENS for name in calls(screen)}
    unseen = screens.without_screen()
    assert named | unseen.keys() == operations.keys()
    assert named.isdisjoint(unseen)
    assert all(why.endswith(".") for why in unseen.values())


def test_no_screen_takes_more_than_two_calls_to_be_drawn() -> None:
    assert len(SCREENS) > 50
    assert [screen.name for screen in SCREENS if len(screen.drawn_by) > 2] == []


def test_every_call_of_a_screen_shows_or_changes_something(operations: dict[str, Operation]) -> None:
    for screen in SCREENS:
        used = {name for name, _ in (*screen.shows, *screen.sends)}
        for name in calls(screen):
            silent = not screens.answer_of(operations[name].described)
            assert name in used or silent, f"{screen.name}: nothing is said of {name}"


def test_every_property_shown_is_in_the_document(document: Json, operations: dict[str, Operation]) -> None:
    for screen in SCREENS:
        for name, path in screen.shows:
            schema = screens.answer_of(operations[name].described)
            assert screens.has_path(document, schema, screens.steps(path)), f"{screen.name}: {name}.{path}"


def test_every_value_sent_is_in_the_document(document: Json, operations: dict[str, Operation]) -> None:
    for screen in SCREENS:
        for name, fields in screen.sends:
            operation = operations[name].described
            taken = {each["name"] for each in operation["parameters"]}
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            for field in fields:
                known = field in taken or (body is not None and screens.has_path(document, body, [field]))
                assert known, f"{screen.name}: {name}({field})"


def test_a_property_that_is_nowhere_is_noticed(document: Json, operations: dict[str, Operation]) -> None:
    schema = screens.answer_of(operations["getProducts"].described)
    for path in ("groups[].items[].balanc", "groups.items", "greeting[]", "holder_name.first"):
        assert not screens.has_path(document, schema, screens.steps(path)), path


def test_every_quoted_name_of_the_tables_was_read() -> None:
    """A name in another form would be left out of the tests above, in silence."""
    lines = screens.PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and line.count("|") == 5 and "---" not in line]
    quoted = sum(line.count("`") // 2 for line in rows)
    read = sum(len(calls(screen)) + len(screen.shows) + len(screen.sends) for screen in SCREENS)
    asides = 4  # `X-App-Version`, `app_update_required`, `device_not_registered`, `automatic=true`
    assert quoted == read + asides


@pytest.mark.slow
def test_every_property_shown_comes_filled(bank: Sandbox) -> None:
    walked = Recorder(bank.connection.client)
    screens.walk(Sandbox(bank.name, connection=walked))
    bank.ledger.assert_balanced()
    named = {name for screen in SCREENS for name in calls(screen)}
    assert named - walked.answers.keys() == set(), "not called, or refused"
    empty = [
        f"{screen.name}: {name}.{path}"
        for screen in SCREENS
        for name, path in screen.shows
        if not any(
            value not in (None, "", [])
            for answer in walked.answers[name]
            for value in screens.values(answer, screens.steps(path))
        )
    ]
    assert empty == []
