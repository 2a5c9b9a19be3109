"""How members come in: their devices, what those sign, the tokens of a session."""

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from sandbox.bank.access.schemas import Platform
from sandbox.storage.schema import partial_index


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
        partial_index("device_in_use", "member_id", "device_key", unique=True, where="removed_at IS NULL"),
        partial_index("device_by_key", "device_key", where="removed_at IS NULL"),
    )

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    device_key: str
    name: str
    platform: Platform = Field(sa_type=Text)
    registered_at: int
    removed_at: int | None = None
    public_key: str | None = None
    fingerprint: int = 0
    face: int = 0
    biometric_failures: int = 0


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
