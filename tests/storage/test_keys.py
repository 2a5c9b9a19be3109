"""Keys of rows that can be deleted are never given twice."""

import re

import pytest

from sandbox.bank.chapters import CHAPTERS
from sandbox.storage import schema
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, answered
from tests.transport import bank_of

assert CHAPTERS  # imported for what it makes known: the whole schema


def test_every_table_whose_rows_can_be_deleted_counts_on() -> None:
    counting = {
        match[1]
        for each in schema.table_definitions()
        if (match := re.match(r"CREATE TABLE (\w+)[^;]*AUTOINCREMENT", each))
    }
    assert counting == {"event", "message", "fault", "webhook", "delivery"}


def test_a_message_behind_an_emptied_inbox_has_an_id_of_its_own(phone: Phone) -> None:
    phone.transfer()
    told = {each["id"] for each in phone.sandbox.send(operations.list_messages())["items"]}
    phone.sandbox.inbox.clear()
    phone.transfer()
    later = {each["id"] for each in phone.sandbox.send(operations.list_messages())["items"]}
    assert len(later) == 1
    assert not told & later


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/faults", {"match": {}, "effect": {"problem": "service_unavailable"}}),
        ("/webhooks", {"url": "http://127.0.0.1:9/hook"}),
    ],
)
def test_what_is_made_behind_a_deletion_has_an_id_of_its_own(bank: Sandbox, path: str, body: Json) -> None:
    first = answered(bank.call("POST", f"/_sandbox{path}", json=body))["id"]
    answered(bank.call("DELETE", f"/_sandbox{path}/{first}"))
    assert answered(bank.call("POST", f"/_sandbox{path}", json=body))["id"] != first


def test_a_fork_and_an_import_go_on_counting(phone: Phone, client) -> None:
    bank = phone.sandbox
    phone.transfer()
    last = bank.send(operations.list_messages())["items"][-1]["id"]
    bank.inbox.clear()
    exported = bank.call("GET", "/_sandbox/export").content
    assert client.post("/_sandbox/sandboxes", json={"name": "counting", "clock": {"rate": 0}}).status_code == 201
    other = bank_of(client, "counting")
    other.send(operations.import_sandbox(exported))
    twin = Phone(other, phone.member, phone.token)
    twin.transfer()
    assert [each["id"] for each in other.send(operations.list_messages())["items"]] != [last]
    client.delete("/_sandbox/sandboxes/counting")
