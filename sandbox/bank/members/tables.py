"""Members and their sessions."""

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from sandbox.domain.life.behaviours import Level
from sandbox.domain.vocabulary import DocumentType, Language, MemberStatus, Segment
from sandbox.storage.schema import partial_index


class Member(SQLModel, table=True):
    """A member of the cooperative. Enrolled in the app once `username_key` and `password_hash` are there.

    `username_key` is the username in lower case, so that it is unique whatever its capitals; `password_plain` is the
    seeded password, which the control plane tells (this is a sandbox) until the member changes it. `locked_until` comes
    from failed logins and refuses new logins; `suspended_until` is the bank's own lock and refuses every request.
    `language` is what messages to the member are written in. `wrong_code_at` is when the member last entered a wrong
    code in a session. `life` is how lively the member is, null where the sandbox says. `searched` is what searches look
    through (see `searching`).
    """

    __table_args__ = (partial_index("member_with_a_life", "id", where="life IS NOT NULL"),)

    id: int = Field(primary_key=True)
    document_type: DocumentType = Field(sa_type=Text)
    document_number: str = Field(unique=True)
    first_names: str
    last_names: str
    phone: str | None = None
    email: str | None = None
    language: Language = Field(sa_type=Text)
    segment: Segment = Field(sa_type=Text)
    status: MemberStatus = Field(sa_type=Text)
    username: str | None = None
    username_key: str | None = Field(default=None, unique=True)
    password_hash: str | None = None
    password_plain: str | None = None
    enrolled_at: int | None = None
    failed_logins: int
    locked_until: int | None = None
    suspended_until: int | None = None
    wrong_code_at: int | None = None
    last_access_at: int | None = None
    life: Level | None = Field(default=None, sa_type=Text)
    persona: str | None = Field(default=None, index=True)
    description: str
    description_en: str
    searched: str
    created_at: int


class Session(SQLModel, table=True):
    """A member's stay in the app. `access_print` finds it by the token's fingerprint; no device while none is
    registered."""

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    device_id: int | None = Field(default=None, foreign_key="device.id")
    access_print: str = Field(unique=True)
    generation: int
    started_at: int
    seen_at: int
    expires_at: int
    previous_access_at: int | None = None
    ended_at: int | None = None
    end_reason: str | None = None
