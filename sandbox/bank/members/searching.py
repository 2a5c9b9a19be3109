"""What the searches of members look through."""

from sandbox.bank.members.tables import Member
from sandbox.kernel.folding import searched


def searched_of(
    *,
    first_names: str,
    last_names: str,
    document_number: str,
    username: str | None,
    persona: str | None,
    phone: str | None,
    email: str | None,
    description: str,
    description_en: str,
) -> str:
    """The column `searched` of a member with these columns; the name stands in its first line."""
    return searched(
        f"{first_names} {last_names}", username, document_number, persona, phone, email, description, description_en
    )


def searched_with(member: Member, *, username: str | None, phone: str | None, email: str | None) -> str:
    """That column of a member of whom these change, the only ones of them that do."""
    return searched_of(
        first_names=member.first_names,
        last_names=member.last_names,
        document_number=member.document_number,
        username=username,
        persona=member.persona,
        phone=phone,
        email=email,
        description=member.description,
        description_en=member.description_en,
    )
