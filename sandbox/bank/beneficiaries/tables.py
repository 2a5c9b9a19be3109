"""Beneficiaries."""

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.beneficiaries.schemas import BeneficiaryAccount, BeneficiaryKind, BeneficiaryStatus, InstitutionKind
from sandbox.domain.vocabulary import DocumentType
from sandbox.storage.schema import partial_index


class Institution(SQLModel, table=True):
    """A bank, cooperative or mutualist of the interbank network. Public lists conflict over `code`: it is no key."""

    id: int = Field(primary_key=True)
    code: str
    name: str = Field(unique=True)
    kind: InstitutionKind = Field(sa_type=Text)
    ours: int


class Beneficiary(SQLModel, table=True):
    """An account a member may send to: of this cooperative (`account_id`) or of another institution (`institution`).

    `maximum` in cents. `status`: pending_confirmation, active, cancelled, expired, locked, deleted. `searched` is what
    searches look through: holder, alias and number (see `folding.searched`).
    """

    __table_args__ = (
        CheckConstraint("maximum > 0", name="a_maximum_allows_something"),
        Index("beneficiary_by_member", "member_id", "id"),
        partial_index(
            "beneficiary_once", "member_id", "institution", "account_number", unique=True,
            where="status = 'active'",
        ),
    )  # fmt: skip

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    kind: BeneficiaryKind = Field(sa_type=Text)
    institution: str
    account_type: BeneficiaryAccount = Field(sa_type=Text)
    account_number: str
    account_id: int | None = Field(default=None, foreign_key="account.id")
    holder_name: str
    document_type: DocumentType | None = Field(default=None, sa_type=Text)
    document_number: str | None = None
    email: str | None = None
    alias: str | None = None
    maximum: int
    status: BeneficiaryStatus = Field(sa_type=Text)
    created_at: int
    searched: str


class LookupUse(SQLModel, table=True):
    """How often a member looked up account holders in one window of time."""

    __tablename__ = "lookup_use"

    member_id: int = Field(primary_key=True, foreign_key="member.id")
    window_start: int = Field(primary_key=True)
    lookups: int
