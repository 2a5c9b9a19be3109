"""The same program as another cooperative's bank: its name, numbers and texts are data, and no answer tells the old ones."""

import itertools
import re
import shutil
import zlib
from collections.abc import Iterator

import httpx2 as httpx
import pytest
from ruamel.yaml import YAML
from stdnum import luhn

from sandbox.app import create_app
from sandbox.problem import CATALOGUE
from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox, operations
from tests import everything, goldens
from tests.answers import assert_problem
from tests.contract.test_every_route import every_operation, with_ids
from tests.databases import content, database
from tests.functional.processes import ROOT
from tests.openapi import codes
from tests.transport import bank_of, registry_of, serving

_NAMES = itertools.count(1)
INSTITUTION = {
    "name": "Amanecer",
    "app": "Amanecer en Línea",
    "realm": "amanecer",
    "network": {"code": "555", "name": "Cooperativa Amanecer Andino", "kind": "cooperative"},
    "prefixes": {"account": "720", "loan": "530", "term_deposit": "640"},
    "cards": {"bin": "88888812", "franchise": "Mastercard", "cut_day": 7},
    "referral": {"code_prefix": "SOL", "link": "https://amanecer.test/r/{code}"},
    "contact": [
        {"key": "chat", "kind": "web", "title": {"es": "Chat", "en": "Chat"}, "value": "https://chat.amanecer.test"}
    ],
}
# What only the other bank says: names, hosts, the code prefix of referrals, and how its accounts, loans and cards begin.
OLD = re.compile(
    r"cooprogreso|Cooperativa Progreso|COOP-|\b410(X+|\d{3,6})\d{3}\b|\b(510|610)(X+|0+)\d{3}\b|999999[0-9]{10}|999X+\d{3}",
    re.IGNORECASE,
)
# What has other reasons to be told: the name of the program, and a card of another institution that the walk registers.
ALLOWED = ("Cooprogreso Sandbox", "9999990000000014", "999XXXXXXXXXX014")


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """Everything that the bank answered."""
    return []


@pytest.fixture(scope="module")
def elsewhere(settings: Settings, tmp_path_factory: pytest.TempPathFactory, heard: list[str]) -> Iterator[httpx.Client]:
    """A server of the other institution, with words of its own for codes."""
    base = tmp_path_factory.mktemp("amanecer")
    shutil.copytree(goldens.seed_dir(), base / "seed")
    shutil.copytree(ROOT / "rules", base / "rules")
    with (base / "seed" / "institution.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(INSTITUTION, file)
    texts = base / "rules" / "texts.yaml"
    ours = texts.read_text(encoding="utf-8").replace(
        "{institution}: tu código de seguridad es", "{institution} te da el"
    )
    texts.write_text(ours, encoding="utf-8")
    changes = {
        "data_dir": base / "data",
        "seed_dir": base / "seed",
        "rules_dir": base / "rules",
        "seed": "a",
        "members": 30,
    }
    app = create_app(settings.model_copy(update=changes))
    with serving(app) as client:
        client.event_hooks["response"].append(lambda answer: heard.append(told_by(answer)))
        yield client


@pytest.fixture
def bank(elsewhere: httpx.Client) -> Sandbox:
    name = f"amanecer-{next(_NAMES)}"
    assert elsewhere.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}).status_code == 201
    return bank_of(elsewhere, name)


@pytest.fixture
def phone(bank: Sandbox) -> Phone:
    return bank.phone("al-dia")


def told_by(answer: httpx.Response) -> str:
    """Headers and text of an answer; of a PDF what is printed."""
    content = answer.read()
    body = printed(content) if content.startswith(b"%PDF") else content.decode("utf-8", "replace")
    return f"{answer.request.method} {answer.request.url}\n{answer.headers}\n{body}"


def printed(pdf: bytes) -> str:
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    pages = [zlib.decompress(each) for each in streams if each[:1] == b"\x78"]
    assert pages
    lines = re.findall(rb"\((.*?)\) Tj", b"\n".join(pages))
    return "\n".join(line.decode("latin-1") for line in lines)


def last_message(bank: Sandbox, to: str) -> str:
    return bank.send(operations.list_messages(to=to))["items"][-1]["text"]


def notices(phone: Phone) -> list[tuple[str, str]]:
    return [(each["title"], each["text"]) for each in phone.send(operations.list_notifications())["items"]]


def test_the_app_and_whoever_it_calls_are_the_institutions(phone: Phone, bank: Sandbox) -> None:
    assert notices(phone)[0][0] == "Ingreso a Amanecer en Línea"
    channels = bank.call("GET", "/v1/contact-channels").json()["items"]
    assert [(each["id"], each["title"], each["value"]) for each in channels] == [
        ("chat", "Chat", "https://chat.amanecer.test")
    ]
    answer = bank.call("GET", "/v1/products")
    assert_problem(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"] == 'Bearer realm="amanecer"'
    answer = bank.call("GET", "/v1/products", headers={"Authorization": "Bearer x"})
    assert answer.headers["www-authenticate"] == 'Bearer realm="amanecer", error="invalid_token"'


def test_accounts_loans_deposits_and_cards_are_numbered_by_the_institution(
    bank: Sandbox, elsewhere: httpx.Client
) -> None:
    assert {account["number"][:3] for member in bank.members.all() for account in member["accounts"]} == {"720"}
    groups = bank.phone("premium").products()["groups"]
    numbers = {group["type"]: {item["number"][:3] for item in group["items"]} for group in groups}
    assert (numbers["accounts"], numbers["loans"], numbers["term_deposits"]) == ({"720"}, {"530"}, {"640"})
    card = bank.phone("al-dia").send(operations.list_cards())["items"][0]
    assert (card["name"], card["franchise"], card["number"][:3]) == ("Mastercard Amanecer", "Mastercard", "888")
    open_one = registry_of(elsewhere).peek(bank.name)
    assert open_one is not None
    kept = database(open_one).execute("SELECT number, cut_day FROM card").fetchall()
    assert kept
    for number, cut_day in kept:
        assert (len(number), number[:8], luhn.is_valid(number), cut_day) == (16, "88888812", True, 7)


def test_a_member_made_to_measure_is_the_institutions(bank: Sandbox) -> None:
    card = {"credit": "900.00", "purchases": [{"merchant": "Tienda", "amount": "120.00", "days_ago": 4}]}
    made = bank.send(operations.create_member({"accounts": [{"balance": "80.00"}], "cards": [card]}))
    assert made["accounts"][0]["number"].startswith("720")
    assert bank.phone(made).send(operations.list_cards())["items"][0]["name"] == "Mastercard Amanecer"


def test_a_transfer_within_the_institution_names_it_in_sms_receipt_and_pdf(phone: Phone, bank: Sandbox) -> None:
    friend = next(
        each for each in phone.send(operations.list_beneficiaries())["items"] if each["kind"] == "cooperative"
    )
    assert friend["institution"] == "Amanecer"
    order = {
        "kind": "cooperative", "origin_account_id": phone.savings()[0]["id"], "beneficiary_id": friend["id"],
        "amount": "10.00", "reference": "arriendo",
    }  # fmt: skip
    transfer = everything.made(phone, "/transfers", order)
    code = bank.inbox.code(transfer["challenge"]["id"])
    sms = last_message(bank, phone.member["phone"])
    assert sms == f"Amanecer te da el {code}. Vence en 5 min. No lo compartas."
    everything.confirmed(phone, transfer)
    receipt = phone.send(operations.get_transfer_receipt(transfer["id"]))
    assert (receipt["origin"]["institution"], receipt["destination"]["institution"]) == ("Amanecer", "Amanecer")
    pdf = phone.call("GET", f"/v1/transfers/{transfer['id']}/receipt", headers={"Accept": "application/pdf"}).content
    lines = printed(pdf).splitlines()
    assert lines[0] == "AMANECER"
    assert lines[lines.index("Tipo") + 1] == "Amanecer"
    assert any(line.endswith(", Amanecer") for line in lines)


def test_account_holders_are_looked_up_by_the_institutions_numbers(phone: Phone, bank: Sandbox) -> None:
    number = bank.members.persona("premium")["accounts"][0]["number"]
    found = phone.call("POST", "/v1/account-holders/lookup", json={"account_number": number}).json()
    assert (found["institution"], found["account_number"][:3]) == ("Amanecer", "720")
    foreign = phone.call("POST", "/v1/account-holders/lookup", json={"account_number": "410" + number[3:]})
    told = assert_problem(foreign, 404, "account_holder_not_found")
    assert told["detail"] == "No hay una cuenta Amanecer activa con ese número."
    wanted = {"Prefer": "problem=account_holder_not_found", "Accept-Language": "en"}
    rehearsed = phone.call("POST", "/v1/account-holders/lookup", json={"account_number": number}, headers=wanted)
    assert rehearsed.json()["detail"] == "There is no active Amanecer account of that number."
    fault = {"match": {"operation_id": "lookupAccountHolder"}, "effect": {"problem": "account_holder_not_found"}}
    bank.send(operations.create_fault(fault))
    struck = phone.call("POST", "/v1/account-holders/lookup", json={"account_number": number})
    assert struck.json()["detail"] == told["detail"]


def test_the_institution_is_in_the_network_and_not_among_the_others(phone: Phone, elsewhere: httpx.Client) -> None:
    others = {each["name"] for each in phone.send(operations.list_institutions())["items"]}
    assert len(others) == 30
    assert others.isdisjoint({"Cooperativa Amanecer Andino", "Cooperativa Progreso", "Amanecer"})
    open_one = registry_of(elsewhere).peek(phone.sandbox.name)
    assert open_one is not None
    ((key, code, name),) = (
        database(open_one).execute("SELECT id, code, name FROM institution WHERE ours = 1").fetchall()
    )
    assert (code, name) == ("555", "Cooperativa Amanecer Andino")
    to_itself = {
        "kind": "interbank", "institution_id": open_one.ids.name("ins", key), "account_type": "savings",
        "account_number": "7200000001", "holder_name": "Ana", "document_type": "cedula",
        "document_number": "1712345675", "maximum_amount": "5.00",
    }  # fmt: skip
    assert_problem(phone.call("POST", "/v1/beneficiaries", json=to_itself), 404, "not_found")


def test_the_invitation_is_to_the_institutions_app(phone: Phone, bank: Sandbox) -> None:
    invitation = phone.send(operations.get_referral_invitation())
    assert re.fullmatch(r"SOL-[0-9A-F]{6}", invitation["code"])
    assert invitation["link"] == f"https://amanecer.test/r/{invitation['code']}"
    assert invitation["text"].startswith("Te recomiendo Amanecer en Línea: ")
    everything.made(phone, "/referrals", {"name": "Ana", "phone": "0987654321"})
    assert last_message(bank, "0987654321") == invitation["text"]


def test_a_forgotten_username_is_told_by_the_institution(bank: Sandbox) -> None:
    member = bank.members.persona("al-dia")
    who = {"document_type": member["document_type"], "document_number": member["document_number"]}
    started = bank.call("POST", "/v1/recoveries/username", json=who).json()
    code = bank.inbox.code(started["challenge"]["id"])
    answer = bank.call("POST", f"/v1/challenges/{started['challenge']['id']}/confirm", json={"code": code})
    assert answer.status_code == 200, answer.text
    assert last_message(bank, member["phone"]) == f"Amanecer: tu usuario es {member['username']}."


def test_a_sandbox_stays_the_institutions_wherever_it_goes(phone: Phone, bank: Sandbox, client: httpx.Client) -> None:
    bank.snapshot("kept")
    bank.restore("kept")
    fork = f"{bank.name}-fork"
    assert bank.connection.client.post("/_sandbox/sandboxes", json={"name": fork, "from": bank.name}).status_code == 201
    carried = bank.call("GET", "/_sandbox/export").content
    assert client.post("/_sandbox/sandboxes", json={"name": "carried"}).status_code == 201
    try:
        abroad = bank_of(client, "carried")
        abroad.send(operations.import_sandbox(carried))
        for each in (bank, bank_of(bank.connection.client, fork), abroad):
            member = each.phone("al-dia")
            assert member.send(operations.get_referral_invitation())["code"].startswith("SOL-")
            assert notices(member)[0][0] == "Ingreso a Amanecer en Línea"
        abroad.reset()
        back = abroad.phone("al-dia")
        assert back.send(operations.get_referral_invitation())["code"].startswith("COOP-")
    finally:
        client.delete("/_sandbox/sandboxes/carried")


@pytest.mark.long
@pytest.mark.slow  # every operation of the bank, with every refusal
def test_nothing_that_is_answered_sent_or_kept_has_the_old_name_or_numbers(
    phone: Phone, bank: Sandbox, elsewhere: httpx.Client, heard: list[str]
) -> None:
    """Four months in which everything happens, every list, every refusal that can be rehearsed; and the whole database."""
    everything.fill(bank)
    phone.log_in()
    for method, path, operation in every_operation(elsewhere):
        headers = {"Accept-Language": "en"}
        if method == "get" and "{" not in path and not path.endswith("/stream"):
            bank.call("GET", path, headers=headers | {"Authorization": f"Bearer {phone.token}"})
            bank.call("GET", path, headers={"Authorization": f"Bearer {phone.token}"})
        for code in codes(operation) if path.startswith("/v1/") else ():
            answer = bank.call(method.upper(), with_ids(path, {}), headers=headers | {"Prefer": f"problem={code}"})
            assert answer.status_code == CATALOGUE[code].status
    assert len(heard) > 1_000
    assert old_words("\n".join(line for line in heard if "/openapi.json" not in line)) == []
    open_one = registry_of(elsewhere).peek(bank.name)
    assert open_one is not None
    rows = itertools.chain.from_iterable(content(open_one).values())
    texts = [value for row in rows for value in row if isinstance(value, str)]
    assert old_words("\n".join(texts)) == []


def old_words(text: str) -> list[str]:
    """Where the other bank shows, each with what is around it."""
    for allowed in ALLOWED:
        text = text.replace(allowed, "")
    return [text[max(0, found.start() - 80) : found.end() + 40] for found in OLD.finditer(text)]


@pytest.mark.parametrize(
    "told",
    ["Ingreso a Cooprogreso Móvil", "410XXXXXX098", "410123456098", "510000000001", "9999990000000022", "999XXXXXXXXXX022", "COOP-12AB34"],
)  # fmt: skip
def test_what_the_other_bank_says_would_be_found(told: str) -> None:
    assert old_words(told)
