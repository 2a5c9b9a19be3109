"""Members, their devices, their sessions."""

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel


class Member(SQLModel, table=True):
    """A member of the cooperative. Enrolled in the app once `username_key` and `password_hash` are there.

    `username_key` is the username in lower case, so that it is unique whatever its capitals; `password_plain` is the
    seeded password, which the control plane tells (this is a sandbox) until the member changes it. `locked_until` comes
    from failed logins and refuses new logins; `suspended_until` is the bank's own lock and refuses every request.
    `wrong_code_at` is when the member last entered a wrong code in a session.
    """

    id: int = Field(primary_key=True)
    document_type: str
    document_number: str = Field(unique=True)
    first_names: str
    last_names: str
    phone: str | None = None
    email: str | None = None
    segment: str
    status: str
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
    persona: str | None = Field(default=None, index=True)
    description: str
    description_en: str
    created_at: int


class UnknownLogin(SQLModel, table=True):
    """Failed logins with a username that no member has, so that they are answered like those of a member.

    `username` is disguised: what was typed may be another secret.
    """

    __tablename__ = "unknown_login"

    id: int = Field(primary_key=True)
    username: str = Field(unique=True)
    failed_logins: int
    locked_until: int | None = None


class Device(SQLModel, table=True):
    """A phone a member registered. `device_key` is the id the app gives itself; `removed_at` ends it.

    `public_key` (PEM, P-256) checks what the phone signs once a finger or a face unlocked it; the flags say which may.
    """

    __table_args__ = (
        Index("device_in_use", "member_id", "device_key", unique=True, sqlite_where=text("removed_at IS NULL")),
        Index("device_by_key", "device_key", sqlite_where=text("removed_at IS NULL")),
    )

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    device_key: str
    name: str
    platform: str
    registered_at: int
    removed_at: int | None = None
    public_key: str | None = None
    fingerprint: int = 0
    face: int = 0
    biometric_failures: int = 0


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


class Nonce(SQLModel, table=True):
    """A text for a device to sign, once, until `expires_at`."""

    id: int = Field(primary_key=True)
    device_id: int = Field(foreign_key="device.id")
    expires_at: int
    used_at: int | None = None


class RefreshToken(SQLModel, table=True):
    """Every refresh token ever given for a session: one that comes back used ends the session."""

    __tablename__ = "refresh_token"

    id: int = Field(primary_key=True)
    session_id: int = Field(foreign_key="session.id")
    print: str = Field(unique=True)
    used_at: int | None = None
