"""Cases about the day's use of limits."""

from collections.abc import Iterator

from tests.control.audit.database import BEYOND, MINE, Case, Change, Database, statement

DAY, GUAYAQUIL = 86_400_000_000, 18_000_000_000


def limits() -> Iterator[Case]:
    """What can be wrong between the day's use and the transfers of that local day."""

    def use(cents: int) -> Change:
        return lambda db: db.change(
            f"UPDATE daily_use SET amount = amount + {cents} WHERE kind = 'own' AND day ="
            " (SELECT max(day) FROM daily_use)"
        )

    def at(column: str, status: str, days: int, micros: int) -> Change:
        """A transfer ordered or confirmed so long after the local midnight with which its day began."""

        def change(db: Database) -> None:
            row = db.first("transfer", f"status = '{status}' AND kind = 'own' AND origin_id = {MINE}")
            day = db.number(f"SELECT ({column} - {GUAYAQUIL}) / {DAY} FROM transfer WHERE id = {row}")
            moment = (day + days) * DAY + GUAYAQUIL + micros
            db.change(f"UPDATE transfer SET {column} = {moment} WHERE id = {row}")

        return change

    def use_unused(cents: int) -> Change:
        return statement(f"INSERT INTO daily_use (member_id, day, kind, amount) VALUES (1, 1, 'own', {cents})")

    check = "daily_use_differs_from_transfers"
    for what, cents in BEYOND.items():
        yield Case(check, what, use(cents))
    yield Case(check, "a cent without a transfer", use_unused(1))
    yield Case(
        check,
        "transfers without use",
        statement("DELETE FROM daily_use WHERE amount = (SELECT max(amount) FROM daily_use)"),
    )
    for what, column, status in (
        ("transfer", "confirmed_at", "completed"), ("pending transfer", "created_at", "pending_confirmation"),
    ):  # fmt: skip
        yield Case(check, f"a {what} of the day before", at(column, status, 0, -1))
        yield Case(check, f"a {what} of the day after", at(column, status, 1, 0))
        yield Case(None, f"a {what} at midnight", at(column, status, 0, 0))
        yield Case(None, f"a {what} just before midnight", at(column, status, 1, -1))
    yield Case(None, "a transfer ordered the day before", at("created_at", "completed", 0, -1))
    yield Case(None, "nothing used", use_unused(0))
