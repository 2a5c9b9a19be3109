"""Finding members, and everything about one of them."""

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem


def found(bank: Sandbox, q: str) -> list[str]:
    return [each["name"] for each in bank.send(operations.search_members(q=q))["items"]]


def test_members_are_found_by_whatever_is_known_of_them(bank: Sandbox) -> None:
    member = bank.members.persona("al-dia")
    first, last = member["name"].split()[0], member["name"].split()[-1]
    for known in (
        first.upper(),
        last.lower(),
        member["username"],
        member["document_number"],
        "al-dia",
        member["phone"],
    ):
        assert member["name"] in found(bank, known), known
    assert found(bank, member["document_number"]) == [member["name"]]
    assert found(bank, "no one is called so") == []
    assert found(bank, "%") == []


def test_traits_are_found_by_the_words_of_a_description(bank: Sandbox) -> None:
    blocked = bank.members.persona("bloqueada")
    word = max(blocked["description"].split(), key=len).strip(".,:;")
    assert blocked["name"] in found(bank, word)


def test_everyone_is_found_page_by_page(bank: Sandbox) -> None:
    names: list[str] = []
    cursor: str | None = None
    while True:
        page = bank.send(operations.search_members(limit=17, cursor=cursor))
        names += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == [each["id"] for each in bank.members.all()]
    assert_problem(bank.call("GET", "/_sandbox/members/search", params={"cursor": "x"}), 422, "invalid_cursor")


def test_an_overview_has_balances_holds_cards_limits_devices_and_events(bank: Sandbox, phone: Phone) -> None:
    origin = phone.savings()[0]["id"]
    before = phone.available(origin)
    transfer = phone.transfer("7.00")
    overview = bank.send(operations.get_member_overview(phone.member["id"]))
    assert overview["member"]["username"] == phone.member["username"]
    account = next(each for each in overview["accounts"] if each["id"] == origin)
    [hold] = account["holds"]
    assert (hold["amount"], hold["reason"]) == (transfer["total"], "operation")
    assert account["book_balance"] == before
    assert account["available_balance"] == phone.available(origin)
    assert overview["cards"] == phone.send(operations.list_cards())["items"]
    assert overview["limits"] == phone.send(operations.get_limits())["items"]
    assert [each["id"] for each in overview["devices"]] == [phone.member["device"]["id"]]
    kinds = [each["kind"] for each in overview["events"]]
    assert set(kinds[:2]) == {"transfer.created", "message.sent"}
    assert (overview["locked_until"], overview["suspended_until"]) == (None, None)


def test_locks_are_told(bank: Sandbox, phone: Phone) -> None:
    bank.send(operations.update_member(phone.member["id"], {"locked_minutes": 30}))
    overview = bank.send(operations.get_member_overview(phone.member["id"]))
    assert overview["member"]["locked"]
    assert overview["suspended_until"] > bank.clock.read()["now"]
    bank.clock.advance("PT31M")
    assert not bank.send(operations.get_member_overview(phone.member["id"]))["member"]["locked"]


def test_an_unknown_member_is_not_found(bank: Sandbox) -> None:
    assert_problem(bank.call("GET", "/_sandbox/members/mem_nope/overview"), 404, "not_found")
