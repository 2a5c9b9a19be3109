"""What to try: every persona, and every input that steers an outcome, as seed and rules declare them."""

from collections.abc import Iterator
from typing import Any, Literal

from sqlmodel import col, select

from sandbox.bank.members.tables import Member
from sandbox.bank.wire import Listing, ProblemKind, View, catalogue
from sandbox.control.route import control_router
from sandbox.domain.rules import RuleBook
from sandbox.domain.rules.documents import Dollars
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.kernel import money
from sandbox.problem import CATALOGUE, Text
from sandbox.storage.queries import one
from sandbox.surfaces import CONTROL

router = control_router("scenarios")
# Greater than the empty text, in no order: for IS NOT NULL, or to have keys in order, SQLite reads the whole table.
PERSONAS = one(select(Member).where(col(Member.persona) > ""))

_BILLS = {
    "no_debt": Text("La consulta responde «sin deuda».", "The inquiry answers “no debt”."),
    "unknown_reference": Text("La consulta responde reference_unknown.", "The inquiry answers reference_unknown."),
    "biller_unavailable": Text(
        "La empresa no responde: biller_unavailable.", "The biller is down: biller_unavailable."
    ),
}


class Scenario(View):
    """Something to try. `send` is what to send where: a persona to log in as, or a magic value of an operation."""

    id: str
    kind: Literal["persona", "magic", "rehearsal"]
    what: str
    operation_id: str
    send: dict[str, Any]
    expect: str | None


@router.get("/errors", operation_id="listControlErrors", summary="The control plane's errors", responses=problems())
async def list_control_errors(call: Call) -> Listing[ProblemKind]:
    """Every code that a problem of `/_sandbox` can carry, with its HTTP status and words. Those of the bank stand in
    `GET /v1/errors`."""
    return catalogue(call.server.index.problems_of(CONTROL), CONTROL, call.language)


@router.get("/scenarios", operation_id="listScenarios", summary="What to try")
async def list_scenarios(call: Call) -> Listing[Scenario]:
    """Personas, magic values and what they do, generated from seed and rules in force, in the language asked for."""
    language = call.language
    found = [
        Scenario(
            id=f"persona.{member.persona}",
            kind="persona",
            what=member.description_en if language == "en" else member.description,
            operation_id="createSession",
            send={"username": member.username, "password": member.password_plain},
            expect=None,
        )
        for member in sorted(await call.unit.all(PERSONAS), key=lambda member: member.id)
    ]
    found += _magic(call.unit.rules, language)
    found.append(_rehearsal(language))
    return Listing[Scenario](items=found)


def _magic(rules: RuleBook, language: str) -> Iterator[Scenario]:
    for back in rules.settlement.returns:
        yield Scenario(
            id=f"settlement.{back.reason}",
            kind="magic",
            what=Text(f"La transferencia vuelve: {back.message.es}", f"It comes back: {back.message.en}").in_(language),
            operation_id="createBeneficiary",
            send={"kind": "interbank", "account_number": back.account_number},
            expect="returned",
        )
    for magic in rules.services.magic:
        yield Scenario(
            id=f"services.{magic.outcome}",
            kind="magic",
            what=_BILLS[magic.outcome].in_(language),
            operation_id="inquireBill",
            send={"reference": f"…{magic.ends_with}"},
            expect=magic.outcome,
        )
    minimum = rules.app.settings.minimum_version
    yield Scenario(
        id="app.update_required",
        kind="magic",
        what=Text(f"Una versión anterior a la {minimum}.", f"A version before {minimum}.").in_(language),
        operation_id="getAppInfo",
        send={"X-App-Version": "0.0.1"},
        expect="app_update_required",
    )
    for document in rules.documents.values():
        for rule in document.rules:
            if rule.magic is None:
                continue
            shown = {name: _shown(value) for name, value in rule.params.items()}
            what = rule.magic.en if language == "en" else rule.magic.es
            for name, value in shown.items():
                what = what.replace(f"{{{name}}}", str(value))
            yield Scenario(
                id=rule.id,
                kind="magic",
                what=what,
                operation_id="createTransfer",
                send=shown,
                expect=rule.code,
            )


def _rehearsal(language: str) -> Scenario:
    return Scenario(
        id="rehearsal.any_problem",
        kind="rehearsal",
        what=Text(
            f"Cualquier problema que una operación declara, de los {len(CATALOGUE)} que hay, sin preparar nada.",
            f"Any problem that an operation declares, of the {len(CATALOGUE)} there are, without arranging anything.",
        ).in_(language),
        operation_id="*",
        send={"Prefer": "problem=insufficient_funds"},
        expect="insufficient_funds",
    )


def _shown(value: Any) -> Any:
    return money.show(value) if isinstance(value, Dollars) else value
