"""The SQL of beneficiaries."""

from typing import NamedTuple

from sqlalchemy import or_, update
from sqlmodel import col, select

from sandbox.bank.beneficiaries.tables import Beneficiary, Institution, LookupUse
from sandbox.bank.challenges.listing import narrowed
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.tables import Member
from sandbox.domain.vocabulary import AccountStatus, AccountType
from sandbox.storage.queries import adding, change, has_part, one, one_of, param, pick, upsert


class Holder(NamedTuple):
    """Who holds an account of the cooperative."""

    account_id: int
    number: str
    type: AccountType
    status: AccountStatus
    member_id: int
    first_names: str
    last_names: str


HOLDER = one_of(
    Holder,
    pick(Account.id, Account.number, Account.type, Account.status, Member.id, Member.first_names, Member.last_names)
    .join(Member, col(Member.id) == col(Account.member_id))
    .where(Account.number == param("number")),
)

ADD_BENEFICIARY = adding(
    Beneficiary, "member_id", "kind", "institution", "account_type", "account_number", "account_id", "holder_name",
    "document_type", "document_number", "email", "alias", "maximum", "status", "created_at", "searched",
)  # fmt: skip
INSTITUTIONS = one(select(Institution).where(Institution.ours == 0).order_by(col(Institution.name)))
INSTITUTION = one(select(Institution).where(Institution.id == param("institution"), Institution.ours == 0))
BENEFICIARY = one(select(Beneficiary).where(Beneficiary.id == param("beneficiary")))
OWNED_BENEFICIARY = one(
    select(Beneficiary).where(Beneficiary.id == param("beneficiary"), Beneficiary.member_id == param("member"))
)
SAME_BENEFICIARY = one(
    select(Beneficiary).where(
        Beneficiary.member_id == param("member"),
        Beneficiary.institution == param("institution"),
        Beneficiary.account_number == param("number"),
        Beneficiary.status == "active",
    )
)
BENEFICIARIES_AFTER = one(
    select(Beneficiary)
    .where(
        Beneficiary.member_id == param("member"),
        narrowed(Beneficiary, "active"),
        col(Beneficiary.id) > param("after"),
        or_(param("kind").is_(None), col(Beneficiary.kind) == param("kind")),
        or_(param("part").is_(None), has_part(Beneficiary.searched, "part")),
    )
    .order_by(col(Beneficiary.id))
    .limit(param("limit"))
)
EDIT = change(
    update(Beneficiary)
    .where(col(Beneficiary.id) == param("beneficiary"))
    .values(
        email=param("new_email"),
        alias=param("new_alias"),
        maximum=param("new_maximum"),
        searched=param("folded"),
    )
)
SET_STATUS = change(
    update(Beneficiary).where(col(Beneficiary.id) == param("beneficiary")).values(status=param("outcome"))
)

LOOKUPS = one(select(LookupUse).where(LookupUse.member_id == param("member"), LookupUse.window_start == param("start")))
_lookup = upsert(LookupUse).values(member_id=param("member_id"), window_start=param("window_start"), lookups=1)
COUNT_LOOKUP = change(
    _lookup.on_conflict_do_update(
        index_elements=["member_id", "window_start"], set_={"lookups": col(LookupUse.lookups) + 1}
    )
)
