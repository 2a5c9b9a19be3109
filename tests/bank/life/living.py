"""Members that live, as tests make and look at them."""

from typing import Any

from sandbox.testing import Sandbox, operations
from tests.answers import Json
from tests.content import Rows, contents
from tests.databases import columns_of, database
from tests.transport import registry_of

AT_TEN = 'from: "10:00", to: "10:01"'
EACH_TENTH = f"when: {{monthly: {{days: [10]}}, {AT_TEN}}}"
HUNDRED = 'amount: {least: {money: "100.00"}, usual: {money: "100.00"}, most: {money: "100.00"}}'


def only(bank: Sandbox, *behaviours: str) -> None:
    """Have the rules of life declare these alone."""
    text = "document: life\ndescription: One thing at a time.\nsettings: {past: quiet}\nbehaviours:\n"
    for number, behaviour in enumerate(behaviours):
        text += f"  - {{id: b{number}, {behaviour}}}\n"
    bank.rules.override("life", text)


def once(bank: Sandbox, what: str, *, amount: str = HUNDRED, more: str = "labels: [Algo]") -> None:
    """Have one thing happen, on the tenth of each month at ten, for 100.00."""
    parts = [f"what: {what}", EACH_TENTH, amount, more]
    only(bank, ", ".join(part for part in parts if part))


def alone(bank: Sandbox, life: str = "quiet", **traits: Any) -> Json:
    """A member who lives in a bank that is still, without a past."""
    made: Json = bank.send(operations.create_member({"life": life, "movements": 0} | traits))
    return made


def live(bank: Sandbox, level: str = "typical") -> Json:
    """Have everybody in the bank live from now on."""
    answer: Json = bank.life.set(level)
    return answer


def kept(bank: Sandbox) -> list[Json]:
    """What members did, as it is stored."""
    connection = database(registry_of(bank.connection.client).get(bank.name))
    names = columns_of("life_order")
    rows = connection.execute(f"SELECT {', '.join(names)} FROM life_order ORDER BY id")
    return [dict(zip(names, row, strict=True)) for row in rows]


def outcomes(bank: Sandbox) -> list[tuple[str, str, int]]:
    """What, with which outcome, and of how many cents."""
    return [(order["what"], order["outcome"], order["amount"]) for order in kept(bank)]


def everything(bank: Sandbox) -> Rows:
    """Every row of the bank, but when the machine's clock first saw it."""
    rows = contents(bank)
    rows["sandbox_fact"] = [row for row in rows["sandbox_fact"] if row[0] != "clock_origin"]
    return rows


def balance(bank: Sandbox, member: Json, place: int = 0) -> int:
    """The book balance of an account of the member, in cents."""
    connection = database(registry_of(bank.connection.client).get(bank.name))
    number = member["accounts"][place]["number"]
    (book,) = connection.execute("SELECT book FROM account WHERE number = ?", (number,)).fetchone()
    return int(book)


def moved(bank: Sandbox, name: str) -> int:
    """What an account of the bank was posted by life, in cents."""
    connection = database(registry_of(bank.connection.client).get(bank.name))
    (cents,) = connection.execute(
        "SELECT coalesce(sum(posting.amount), 0) FROM posting JOIN entry ON entry.id = entry_id"
        " JOIN account ON account.id = account_id WHERE number = ? AND entry.operation = 'life_order'",
        (f"SYS-{name}",),
    ).fetchone()
    return int(cents)
