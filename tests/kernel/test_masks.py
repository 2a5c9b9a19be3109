"""Numbers that are shown in part."""

import pytest

from sandbox.kernel import masks


@pytest.mark.parametrize(
    ("text", "shown"),
    [("", ""), ("123456", "XXXXXX"), ("1234567", "123X567"), ("410123456098", "410XXXXXX098")],
)
def test_of_an_account_only_both_ends_are_shown_and_of_a_short_one_nothing(text: str, shown: str) -> None:
    assert masks.number(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [("", ""), ("0991", "XXXX"), ("09912", "09X12"), ("0991234521", "09XXXXXX21")]
)
def test_of_a_phone_only_both_ends_are_shown_and_of_a_short_one_nothing(text: str, shown: str) -> None:
    assert masks.phone(text) == shown


@pytest.mark.parametrize(("text", "shown"), [("ana@example.com", "a***@example.com"), ("@x.ec", "***@x.ec")])
def test_of_a_mailbox_only_the_first_letter_is_shown(text: str, shown: str) -> None:
    assert masks.email(text) == shown
