"""Custom members: the traits a test needs, in one call."""

import json
from collections.abc import Iterator, Sequence

from pydantic import ConfigDict, Field
from sqlmodel import col, select

from sandbox.bank.beneficiaries import queries as beneficiaries
from sandbox.bank.checks import Checks
from sandbox.bank.information import service as information
from sandbox.bank.ledger import queries as accounts
from sandbox.bank.members import queries as members
from sandbox.bank.members.tables import Member
from sandbox.control.life import catch_up
from sandbox.control.members import PERSONA, MemberToUse, show_one
from sandbox.control.route import control_router
from sandbox.domain.ledger import SystemAccount
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.problem import FieldError, Problem, Sample, Text
from sandbox.problems import ValidationFailed
from sandbox.sandboxes import life
from sandbox.seeding.books import Books
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.first_day import FirstDay
from sandbox.seeding.golden import PASSWORD, hashed
from sandbox.seeding.keys import CountedKeys, GivenKeys
from sandbox.seeding.members import MemberSeeder, Neighbour
from sandbox.seeding.people import People, Person
from sandbox.seeding.sense import Known, mistakes
from sandbox.seeding.traits import Traits
from sandbox.storage.connection import Connection
from sandbox.storage.queries import param, scalar
from sandbox.storage.unit import UnitOfWork

router = control_router("members")
_MOST_MOVEMENTS = 5_000
HOLDER = scalar(select(Member.id).where(col(Member.document_number) == param("document")))


class DocumentTaken(Problem):
    """Another member has this document."""

    code = "document_taken"
    status = 409
    title = Text("Documento ya usado", "Document taken")
    says = Text("Ya hay un socio con ese documento.", "There is a member with that document already.")
    sample = Sample(errors=[FieldError("document_number", "taken", says)])


class NewMember(Traits):
    """A member by traits, as personas have them; `of` and `to` mean a member's id or a persona."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "accounts": [{"balance": "850.00"}, {"balance": "20.00", "status": "inactive"}],
                    "beneficiaries": [{"of": "al-dia", "maximum": "100.00"}],
                    "cards": [
                        {
                            "credit": "900.00",
                            "purchases": [{"merchant": "Tienda", "amount": "120.00", "days_ago": 4}],
                        }
                    ],
                }
            ],
        },
    )

    # Checked with what the bank knows, so that all mistakes are told at once.
    movements: int = Field(12, ge=0, le=100_000, json_schema_extra={"maximum": _MOST_MOVEMENTS})


@router.post(
    "/members",
    operation_id="createMember",
    summary="Create a custom member",
    status_code=201,
    responses=problems(DocumentTaken, *BODY_PROBLEMS),
)
async def create_member(request: NewMember, call: Call) -> MemberToUse:
    """With the accounts, balances, holds, cards, purchases, beneficiaries, history and state it is to have; the books
    balance. Answers how to log in."""
    await catch_up(call)
    index = await make(call.unit, request)
    return await show_one(call.unit, index, call.language)


async def make(unit: UnitOfWork, request: Traits) -> int:
    """Write a member with these traits; gives its key. Raises DocumentTaken, ValidationFailed."""
    checks, known, numbers = Checks(), dict[str, Neighbour](), dict[int, str]()
    with checks.of("passport"):
        await _require_free(unit, request.passport)
    with checks.of(""):
        known, numbers = await _neighbours(unit, request)
    checks.require()
    if unit.shared:
        await unit.lock(accounts.LOCK_ACCOUNTS, accounts=json.dumps(sorted(numbers)))
        await unit.lock(accounts.LOCK_ACCOUNTS, accounts=json.dumps(sorted(SystemAccount)))
    index = await unit.in_bulk(lambda connection: _write(connection, unit, request, known, numbers))
    if unit.sandbox.life.goes_on or request.life:
        await life.begin_anew(unit)
    unit.record("member.made", index, "mem", index)
    return index


async def _require_free(unit: UnitOfWork, passport: str | None) -> None:
    if passport is not None and await unit.all(HOLDER, document=passport):
        raise DocumentTaken(errors=[FieldError("passport", "taken", DocumentTaken.says)])


def _write(
    connection: Connection,
    unit: UnitOfWork,
    traits: Traits,
    known: dict[str, Neighbour],
    numbers: dict[int, str],
) -> int:
    """Write the member's rows; gives its key."""

    def is_taken(document: str) -> bool:
        return connection.execute("SELECT 1 FROM member WHERE document_number = ?", (document,)).fetchone() is not None

    keys = GivenKeys(connection) if unit.shared else CountedKeys(connection)
    books, entropy, first_day = Books(connection, keys), unit.sandbox.entropy, FirstDay.of(unit.rules)
    people = People(entropy, is_taken)
    plan = first_day.plan(entropy)
    here = Circumstances(books, people, unit.sandbox.institution, first_day, plan, unit.now, numbers)
    index = books.key(Member)
    MemberSeeder(here, PASSWORD, hashed(entropy, first_day.hashing)).add_made(index, traits, known)
    books.write()
    books.settle()
    return index


async def _neighbours(unit: UnitOfWork, traits: Traits) -> tuple[dict[str, Neighbour], dict[int, str]]:
    """Whom the traits mean, and the numbers of their accounts. Raises ValidationFailed with every unknown name."""
    errors = []
    known: dict[str, Neighbour] = {}
    numbers: dict[int, str] = {}
    for field, name in _meant(traits):
        key = unit.ids.number("mem", name)
        if key is not None:
            member = await unit.one(members.MEMBER, member=key)
        else:
            member = await unit.one(PERSONA, persona=name)
        held = [] if member is None else await unit.all(accounts.ACCOUNTS_OF, member=member.id)
        savings = next((account for account in held if account.type == "savings"), None)
        if member is None or savings is None:
            errors.append(FieldError(field, "nobody", Text("No hay un socio así.", "There is no such member.")))
            continue
        known[name] = Neighbour(_person(member), savings.id)
        numbers[savings.id] = savings.number
    errors += [
        FieldError(".".join(map(str, mistake.place)), mistake.code, mistake.words)
        for mistake in mistakes(traits, await _known(unit))
    ]
    if traits.movements > _MOST_MOVEMENTS:
        words = Text(f"El máximo es {_MOST_MOVEMENTS}.", f"The maximum is {_MOST_MOVEMENTS}.")
        errors.append(FieldError("movements", "too_large", words))
    errors += _repeated("beneficiaries", [known[each.of].account for each in traits.beneficiaries if each.of in known])
    errors += _repeated(
        "interbank_beneficiaries", [(each.institution, each.account_number) for each in traits.interbank_beneficiaries]
    )
    errors += _repeated("schedules", [(each.biller, each.reference) for each in traits.schedules])
    if errors:
        raise ValidationFailed(errors=errors)
    return known, numbers


async def _known(unit: UnitOfWork) -> Known:
    billers = {each.key: each for each in await information.catalogue(unit, "biller") if not each.data["top_up"]}
    institutions = {row.name for row in await unit.all(beneficiaries.INSTITUTIONS)}
    return Known(unit.rules.identity, unit.rules.cards.settings.minimum_percent, institutions, billers)


def _repeated(field: str, things: Sequence[object]) -> Iterator[FieldError]:
    """An error for each place of a list that means what an earlier one means."""
    for place, thing in enumerate(things):
        if thing in things[:place]:
            yield FieldError(f"{field}.{place}", "repeated", Text("Ya está en la lista.", "It is in the list already."))


def _meant(traits: Traits) -> Iterator[tuple[str, str]]:
    for place, beneficiary in enumerate(traits.beneficiaries):
        yield f"beneficiaries.{place}.of", beneficiary.of
    if traits.used_today is not None:
        yield "used_today.to", traits.used_today.to


def _person(member: Member) -> Person:
    return Person(
        first_names=member.first_names,
        last_names=member.last_names,
        document_number=member.document_number,
        phone=member.phone or "",
        email=member.email or "",
        username=member.username or "",
        device_key="",
        device_name="",
        platform="",
    )
