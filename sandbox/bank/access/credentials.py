"""Passwords and usernames under the rules: what may be chosen, and choosing it."""

from typing import Any

from sandbox.bank.access import queries
from sandbox.bank.access.problems import UsernameTaken
from sandbox.bank.members.queries import MEMBER
from sandbox.bank.members.searching import searched_with
from sandbox.storage.unit import UnitOfWork


def facts_of(value: str, username: str = "", document_number: str = "") -> dict[str, Any]:
    """The facts of a password or username on trial."""
    return {"value": value, "length": len(value), "username": username, "document_number": document_number}


def require_password(
    unit: UnitOfWork, value: str, confirmation: str, username: str, document: str, *, same_as_current: bool
) -> None:
    """Raises PasswordNotAllowed with every rule that fails."""
    unit.decide_together(
        ("credential.password", facts_of(value, username, document)),
        ("credential.password_change", {"confirmed": value == confirmation, "same_as_current": same_as_current}),
    )


async def require_username(unit: UnitOfWork, value: str, confirmation: str, current: str, document: str) -> None:
    """Raises UsernameNotAllowed with every rule that fails, UsernameTaken."""
    same = value.lower() == current.lower()
    unit.decide_together(
        ("credential.username", facts_of(value, current, document)),
        ("credential.username_change", {"confirmed": value == confirmation, "same_as_current": same}),
    )
    if await is_taken(unit, value):
        raise UsernameTaken


async def is_taken(unit: UnitOfWork, username: str) -> bool:
    """Whether a member has that username, in upper or lower case."""
    return await unit.one(queries.MEMBER_BY_USERNAME, username=username.lower()) is not None


async def set_username(unit: UnitOfWork, member: int, username: str) -> None:
    """Set the member's username. Raises UsernameTaken when another member was faster."""
    if await is_taken(unit, username):
        raise UsernameTaken
    row = await unit.one(MEMBER, member=member)
    assert row is not None
    folded = searched_with(row, username=username, phone=row.phone, email=row.email)
    await unit.later(queries.SET_USERNAME, member=member, name=username, key=username.lower(), folded=folded)


async def set_password(unit: UnitOfWork, member: int, hashed: str) -> None:
    """The member's password from now on; a lock of failed logins is lifted."""
    await unit.later(queries.SET_PASSWORD, member=member, hashed=hashed)
