"""A chapter counts once it is listed, and needs nothing else: one that is made up here is part of the bank."""

import shutil
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, cast

import httpx2 as httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import Table, update
from sqlalchemy.exc import SAWarning
from sqlmodel import Field, SQLModel, col, select
from starlette.testclient import TestClient

import sandbox.bank
from sandbox.app import Application, create_app
from sandbox.bank.auditing import Audit, Check
from sandbox.bank.challenges import service as challenges
from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.chapter import Chapter, Chapters, Job
from sandbox.bank.chapters import CHAPTERS
from sandbox.bank.jobs import service as jobs
from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.notifications import service as notifications
from sandbox.bank.seeds import Seed, Seeded
from sandbox.bank.services.seeds import SEED
from sandbox.bank.wire import Body, View
from sandbox.document import examples
from sandbox.domain.institution import Institution
from sandbox.domain.rules import RulesInvalid
from sandbox.domain.rules.documents import Part
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.kernel.clock import DAY, Micros
from sandbox.settings import Settings
from sandbox.starting import CannotStart
from sandbox.storage import schema
from sandbox.storage.queries import adding, change, one, param
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Phone, operations
from tests.answers import answered
from tests.databases import database
from tests.transport import bank_of, registry_of, serving

PREFIX = "wsh"


class NewWish(Body):
    text: str


class WishView(View):
    id: str
    text: str
    status: str
    challenge: ChallengeView | None = None


class FairiesView(View):
    names: list[str]


class Fairy(Part):
    name: str


class Fairies(Part):
    fairies: list[Fairy]


class WishGranted(NamedTuple):
    """A wish comes true."""

    text: str


class MadeUp(NamedTuple):
    chapter: Chapter
    tables: tuple[Table, ...]


def catalogue(router: APIRouter) -> tuple[type[SQLModel], Seed]:
    """The fairies that grant wishes: a table, what is seeded of them, and a route that lists them."""

    class FairyRow(SQLModel, table=True):
        __tablename__ = "fairy"

        id: int = Field(primary_key=True)
        name: str

    listed = one(select(FairyRow).order_by(col(FairyRow.id)))

    @router.get("/fairies", operation_id="listFairies", responses=problems(*MEMBER_PROBLEMS))
    async def list_fairies(call: MemberCall) -> FairiesView:
        """Who grants wishes."""
        return FairiesView(names=[row.name for row in await call.unit.all(listed)])

    def rows(told: Fairies, institution: Institution) -> Iterator[Seeded]:
        for fairy in told.fairies:
            yield Seeded(FairyRow, {"name": f"{fairy.name} de {institution.name}"})

    return FairyRow, Seed("wishes", Fairies, rows)


def made_up() -> MadeUp:
    """Wishes: a code asks for one, a day later it is granted. SQLModel knows its tables from here on."""

    class Wish(SQLModel, table=True):
        id: int = Field(primary_key=True)
        member_id: int = Field(foreign_key="member.id")
        text: str
        status: str
        due_at: int | None = Field(default=None, index=True)

    add = adding(Wish, "member_id", "text", "status")
    wish_by_id = one(select(Wish).where(Wish.id == param("wish")))
    first_due = one(select(Wish).where(Wish.status == "asked").order_by(col(Wish.due_at)).limit(1))
    settle = change(
        update(Wish).where(col(Wish.id) == param("wish")).values(status=param("outcome"), due_at=param("due"))
    )
    router = member_router("Wishes")
    fairy, seed = catalogue(router)

    async def show(unit: UnitOfWork, key: int) -> WishView:
        wish = await unit.one(wish_by_id, wish=key)
        assert wish is not None
        waiting = (await challenges.waiting(unit, "wish", [key])).get(key)
        challenge = waiting and waiting.challenge
        return WishView(id=unit.ids.name(PREFIX, key), text=wish.text, status=wish.status, challenge=challenge)

    @router.post(
        "/wishes",
        operation_id="createWish",
        status_code=201,
        responses=problems(*MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS),
    )
    async def create_wish(request: NewWish, call: MemberCall) -> WishView:
        """A wish that waits for its code."""
        unit, member = call.unit, call.member
        key = await unit.insert(add, member_id=member.member_id, text=request.text, status="pending")
        await challenges.require(unit, challenges.of_session(member), "wish", key)
        return await show(unit, key)

    @router.get("/wishes/{wish_id}", operation_id="getWish", responses=problems(*MEMBER_PROBLEMS))
    async def get_wish(wish_id: str, call: MemberCall) -> WishView:
        """A wish."""
        return await show(call.unit, call.key(PREFIX, wish_id))

    class WishOperation:
        kind = "wish"
        prefix = PREFIX
        view: type[BaseModel] = WishView
        refusals = ()

        async def confirm(self, unit: UnitOfWork, key: int, asked: Mapping[str, Any]) -> WishView:
            await unit.change(settle, wish=key, outcome="asked", due=unit.now + DAY)
            return await show(unit, key)

        async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
            await unit.change(settle, wish=key, outcome=outcome, due=None)

    class Granting:
        kind = "wish.granting"

        async def next_due(self, unit: UnitOfWork) -> Micros | None:
            first = await unit.one(first_due)
            return None if first is None else Micros(first.due_at or 0)

        async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done:
            first = await unit.one(first_due)
            assert first is not None
            await unit.change(settle, wish=first.id, outcome="granted", due=None)
            await notifications.notice(unit, first.member_id, "wish", WishGranted(first.text))
            return jobs.Done(self.kind, unit.ids.name(PREFIX, first.id), unit.now)

    chapter = Chapter(
        "wishes",
        routers=(router,),
        tables=(Wish, fairy),
        operations=(WishOperation(),),
        jobs=(Job(80, Granting()),),
        audit=Audit((Check("wish_without_text", "SELECT 'wish ' || id, 'is empty' FROM wish WHERE text = ''"),)),
        seeds=(seed,),
        notices=(WishGranted,),
    )
    return MadeUp(chapter, tuple(cast(Table, each.__table__) for each in (Wish, fairy)))  # type: ignore[attr-defined]  # SQLModel hides it


@pytest.fixture(scope="module")
def own(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """With one file of the seed and one text more, as a chapter brings them."""
    base = tmp_path_factory.mktemp("wishes")
    shutil.copytree(settings.seed_dir, base / "seed")
    shutil.copytree(settings.rules_dir, base / "rules")
    (base / "seed" / "catalogues" / "wishes.yaml").write_text("fairies: [{name: Alba}]", encoding="utf-8")
    with (base / "rules" / "texts.yaml").open("a", encoding="utf-8") as texts:
        texts.write(
            """
  wish_granted:
    title: {es: "Deseo de {app}", en: "Wish of {app}"}
    text: {es: "Se cumplió: {text}.", en: "Granted: {text}."}
"""
        )
    return settings.model_copy(
        update={"data_dir": base, "seed_dir": base / "seed", "rules_dir": base / "rules", "members": 0}
    )


@pytest.fixture(scope="module")
def wishes() -> Iterator[MadeUp]:
    """The chapter, as long as its tests run: SQLModel keeps one collection of tables for the whole process."""
    with warnings.catch_warnings():
        # A process that is given the last of these tests when it has ended the others makes the chapter anew. SQLAlchemy
        # then knows two classes of one name, which nothing looks up by it.
        warnings.simplefilter("ignore", SAWarning)
        made = made_up()
    schema.version.cache_clear()
    yield made
    for table in made.tables:
        SQLModel.metadata.remove(table)
    schema.version.cache_clear()


@pytest.fixture(scope="module")
def wishing(own: Settings, wishes: MadeUp) -> Iterator[httpx.Client]:
    """The bank with one chapter more."""
    app = create_app(own, chapters=[*CHAPTERS, wishes.chapter])
    with serving(app) as client:
        bank_of(client).clock.freeze()
        yield client


@pytest.fixture
def member(wishing: httpx.Client) -> Phone:
    bank = bank_of(wishing)
    return bank.phone("al-dia")


def wish(member: Phone, text: str = "un perro") -> dict[str, Any]:
    answer = member.call("POST", "/v1/wishes", json={"text": text})
    assert answer.status_code == 201, answer.text
    return cast(dict[str, Any], answer.json())


def test_its_routes_answer_from_its_table(member: Phone) -> None:
    made = wish(member)
    assert answered(member.call("GET", f"/v1/wishes/{made['id']}")) == made
    assert (made["text"], made["status"]) == ("un perro", "pending")


def test_a_code_authorises_its_operation(member: Phone) -> None:
    made = wish(member)
    answer = member.call(member.confirmation(made["challenge"]["id"]))
    assert answer.status_code == 200, answer.text
    assert answer.json()["operation"] == {"kind": "wish", "id": made["id"]}
    assert answer.json()["resource"]["status"] == "asked"
    assert answered(member.call("GET", f"/v1/wishes/{made['id']}"))["status"] == "asked"


def test_its_operation_is_abandoned_when_the_code_is_cancelled(member: Phone) -> None:
    made = wish(member)
    assert member.call("DELETE", f"/v1/challenges/{made['challenge']['id']}").status_code == 204
    assert answered(member.call("GET", f"/v1/wishes/{made['id']}"))["status"] == "cancelled"


def test_what_a_confirmation_answers_is_one_kind_more(wishing: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "collect", lambda *_: {})  # its schemas are what matters
    document = cast(Application, cast(TestClient, wishing).app).openapi()
    answer = document["paths"]["/v1/challenges/{challenge_id}/confirm"]["post"]["responses"]["200"]
    found = {each["$ref"].rpartition("/")[2] for each in answer["content"]["application/json"]["schema"]["oneOf"]}
    kinds = {*(operation.kind for operation in Chapters(CHAPTERS).operations), "wish"}
    assert found == {f"{kind.replace('_', ' ').title().replace(' ', '')}Confirmation" for kind in kinds}


def test_its_job_runs_when_the_clock_passes_its_moment(member: Phone) -> None:
    made = wish(member)
    member.confirm(made["challenge"]["id"])
    assert "wish.granting" in [job["kind"] for job in member.sandbox.jobs.waiting()]
    ran = member.sandbox.clock.advance("P2D")["jobs"]
    assert ("wish.granting", made["id"]) in [(job["kind"], job["subject"]) for job in ran]
    member.log_in()
    assert answered(member.call("GET", f"/v1/wishes/{made['id']}"))["status"] == "granted"
    told = member.send(operations.list_notifications())["items"]
    assert ("Deseo de Cooprogreso Móvil", "Se cumplió: un perro.") in [(each["title"], each["text"]) for each in told]


def test_its_catalogue_is_seeded(member: Phone) -> None:
    assert answered(member.call("GET", "/v1/fairies"))["names"] == ["Alba de Cooprogreso"]


def test_its_check_is_part_of_the_audit(member: Phone, wishing: httpx.Client) -> None:
    made = wish(member)
    member.sandbox.ledger.assert_balanced()
    connection = database(registry_of(wishing).awake()[0])
    key = registry_of(wishing).awake()[0].ids.number(PREFIX, made["id"])
    connection.execute("UPDATE wish SET text = '' WHERE id = ?", (key,))
    found = member.sandbox.ledger.audit()["violations"]
    connection.execute("UPDATE wish SET text = 'un perro' WHERE id = ?", (key,))
    assert found == [{"check": "wish_without_text", "subject": f"wish {key}", "detail": "is empty"}]


def test_a_table_that_no_chapter_declares_is_refused(own: Settings, wishes: MadeUp, tmp_path: Path) -> None:
    with pytest.raises(schema.UndeclaredTable, match=r"^fairy, wish$"):
        create_app(own.model_copy(update={"data_dir": tmp_path}))


def test_a_catalogue_that_is_not_there_is_told(
    own: Settings, wishes: MadeUp, settings: Settings, tmp_path: Path
) -> None:
    without = own.model_copy(update={"data_dir": tmp_path, "seed_dir": settings.seed_dir})
    with pytest.raises(CannotStart, match=r"catalogues/wishes\.yaml:1:1: cannot be read: No such file"):
        create_app(without, chapters=[*CHAPTERS, wishes.chapter])


def test_a_text_that_is_not_there_is_told(own: Settings, wishes: MadeUp, settings: Settings, tmp_path: Path) -> None:
    without = own.model_copy(update={"data_dir": tmp_path, "rules_dir": settings.rules_dir})
    with pytest.raises(RulesInvalid, match=r"texts\.yaml:\d+:\d+: notices: there is no text wish_granted"):
        create_app(without, chapters=[*CHAPTERS, wishes.chapter])


class Waiting:
    """A source of due work that is never due."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        return None

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done:
        raise AssertionError


def test_work_that_is_due_at_once_runs_by_turn_whatever_the_order_of_chapters() -> None:
    late, soon = Chapter("late", jobs=(Job(2, Waiting("late")),)), Chapter("soon", jobs=(Job(1, Waiting("soon")),))
    for chapters in ([late, soon], [soon, late]):
        assert [source.kind for source in Chapters(chapters).work.sources] == ["soon", "late"]


def test_the_order_of_due_work_is_settled() -> None:
    assert [source.kind for source in Chapters(CHAPTERS).work.sources] == [
        "life",
        "challenge.expiry",
        "card.statement",
        "card_payment.settlement",
        "deferral.instalment",
        "product_request.progress",
        "scheduled_payment.run",
        "transfer.settlement",
    ]


def test_checks_run_by_turn_and_then_by_chapter() -> None:
    first = Chapter("first", audit=Audit((Check("c", "", turn=1), Check("a", ""))))
    second = Chapter("second", audit=Audit((Check("b", ""),)))
    assert list(Chapters([first, second]).checks) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        (Chapter("x"), Chapter("x"), "chapter x"),
        (Chapter("a", jobs=(Job(1, Waiting("x")),)), Chapter("b", jobs=(Job(2, Waiting("x")),)), "job x"),
        (
            Chapter("a", audit=Audit((Check("x", "SELECT 1"),))),
            Chapter("b", audit=Audit((Check("x", "SELECT 2"),))),
            "check x",
        ),
        (Chapter("a", seeds=(SEED,)), Chapter("b", seeds=(SEED,)), "seed services"),
        (Chapter("a", messages=(WishGranted,)), Chapter("b", notices=(WishGranted,)), "text wish_granted"),
    ],
)
def test_nothing_is_declared_twice(first: Chapter, second: Chapter, what: str) -> None:
    with pytest.raises(ValueError, match=f"^declared twice: {what}$"):
        Chapters([first, second])


def test_no_operation_is_declared_twice() -> None:
    transfers = next(chapter for chapter in CHAPTERS if chapter.name == "transfers")
    with pytest.raises(ValueError, match=r"^declared twice: operation transfer$"):
        Chapters([transfers, Chapter("other", operations=transfers.operations)])


def test_the_ledger_can_be_audited_by_itself() -> None:
    """What the checks gather from other chapters may be nothing."""
    (ledger,) = (chapter for chapter in CHAPTERS if chapter.name == "ledger")
    with closing(sqlite3.connect(":memory:")) as connection:
        for definition in schema.definitions():
            connection.execute(definition)
        for sql in Chapters([ledger]).checks.values():
            assert connection.execute(sql).fetchall() == []


def test_every_folder_with_a_declaration_is_listed_under_its_name() -> None:
    folders = {path.parent.name for path in Path(sandbox.bank.__path__[0]).glob("*/chapter.py")}
    assert sorted(chapter.name for chapter in CHAPTERS) == sorted(folders)
