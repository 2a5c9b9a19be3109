"""A session, as a request brings it."""

from typing import NamedTuple

from sandbox.domain.vocabulary import Language, MemberStatus, Segment


class LiveSession(NamedTuple):
    """A session by its access token, with what every request needs to know of the member."""

    session_id: int
    member_id: int
    device_id: int | None
    started_at: int
    seen_at: int
    expires_at: int
    ended_at: int | None
    end_reason: str | None
    previous_access_at: int | None
    first_names: str
    last_names: str
    segment: Segment
    status: MemberStatus
    username: str | None
    phone: str | None
    email: str | None
    language: Language
    document_number: str
    suspended_until: int | None
    wrong_code_at: int | None


def greeting(first_names: str, language: Language) -> str:
    """How the app greets a member."""
    return f"Hello {first_names}!" if language == "en" else f"¡Hola {first_names}!"
