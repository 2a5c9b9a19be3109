"""What a custom member is asked to have may add up to more than the bank can hold."""

import pytest

from sandbox.seeding.books import Books
from sandbox.testing import Sandbox
from tests.answers import assert_problem


def test_sums_beyond_a_column_are_refused_and_leave_nothing(bank: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bank.ledger.audit()["postings"]
    write = Books.write

    def beyond(books: Books) -> None:
        write(books)
        raise OverflowError

    monkeypatch.setattr(Books, "write", beyond)
    refused = bank.call("POST", "/_sandbox/members", json={"accounts": [{"balance": "5.00"}]})
    assert_problem(refused, 422, "validation_failed")
    assert refused.json()["errors"][0]["code"] == "too_large"
    assert bank.ledger.audit()["postings"] == before
    bank.ledger.assert_balanced()
