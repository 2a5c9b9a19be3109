"""A rule document of a sandbox's own."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.control import documents
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem
from tests.functional.processes import ROOT
from tests.transport import bank_of, registry_of

OTP = (ROOT / "rules" / "otp.yaml").read_text(encoding="utf-8")
LIMITS = (ROOT / "rules" / "limits.yaml").read_text(encoding="utf-8")


def put(bank: Sandbox, document: str, text: str | bytes, **params: Any) -> Any:
    return bank.call("PUT", f"/_sandbox/rules/{document}", content=text, params=params)


def test_a_sandbox_has_its_own_and_others_do_not(phone: Phone, bank: Sandbox, client: Any) -> None:
    taken = put(bank, "otp", OTP.replace("attempts: 3", "attempts: 7"))
    assert taken.status_code == 200, taken.text
    assert phone.transfer("1.00")["challenge"]["attempts_left"] == 7
    other = bank_of(client)
    assert "attempts: 3" in other.rules.read("otp")
    summary = {each["name"]: each["overridden"] for each in bank.rules.all()["documents"]}
    assert summary["otp"]
    assert not summary["limits"]
    bank.rules.reset("otp")
    assert phone.transfer("1.00")["challenge"]["attempts_left"] == 3


def test_it_survives_a_snapshot_and_ends_with_a_reset(phone: Phone, bank: Sandbox) -> None:
    put(bank, "otp", OTP.replace("attempts: 3", "attempts: 7"))
    bank.snapshot("seven")
    bank.rules.reset("otp")
    bank.restore("seven")
    assert phone.transfer("1.00")["challenge"]["attempts_left"] == 7
    bank.reset()
    assert phone.log_in().transfer("1.00")["challenge"]["attempts_left"] == 3


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OTP.replace("attempts: 3", "attempts: many"), "attempts"),
        (OTP.replace("seconds_since_last_send", "seconds_since_last_sent"), "seconds_since_last_sent"),
        ("settings: [", "otp.yaml:"),
        ("", "empty"),
        (BOMB, "more than 4000 values"),
        ("a: &a [*a]", "otp.yaml"),
        ("[" * 60_000, "nested more than 16 deep"),
        (b"\xff\xfe", "not_utf8"),
    ],
)
def test_what_does_not_hold_is_told_with_its_place_and_not_taken(phone: Phone, text: str, told: str) -> None:
    answer = put(phone.sandbox, "otp", text)
    problem = assert_problem(answer, 422, "rules_invalid")
    assert problem["errors"]
    assert told in str(problem), problem
    assert phone.transfer("1.00")["challenge"]["attempts_left"] == 3


def test_a_document_there_is_not(bank: Sandbox) -> None:
    assert_problem(put(bank, "nope", OTP), 404, "not_found")
    assert_problem(bank.call("DELETE", "/_sandbox/rules/nope"), 404, "not_found")


def test_a_dry_run_tells_what_would_have_been_decided_otherwise_and_changes_nothing(phone: Phone) -> None:
    answer = phone.call("POST", "/v1/transfers", json=phone.order("120.00"))
    stricter = LIMITS.replace(
        "{kind: own, segment: standard, per_transaction: {money: \"50000.00\"}",
        "{kind: own, segment: standard, per_transaction: {money: \"100.00\"}",
    ).replace("require: amount <= cap.per_transaction", "require: amount <= 10000")  # fmt: skip
    dry = put(phone.sandbox, "limits", stricter, dry_run="true").json()
    assert dry["dry_run"]
    [change] = [each for each in dry["would_change"] if each["request_id"] == answer.headers["x-request-id"]]
    assert (change["before"], change["after"]) == ([], ["deny transfer.per_transaction"])
    assert {"rule": "transfer.per_transaction", "passed": False}.items() <= change["trace"][0].items()
    assert phone.transfer("120.00")
    put(phone.sandbox, "limits", stricter)
    assert_problem(phone.call("POST", "/v1/transfers", json=phone.order("120.00")), 422, "limit_exceeded")


def test_a_soft_rule_warns_in_a_header_and_audits_in_the_log(phone: Phone) -> None:
    soft = (
        LIMITS
        + """
  - id: transfer.round_amount
    applies_to: [transfer.own]
    require: amount % 10000 != 0
    code: limit_exceeded
    action: warn
    message: {es: "Monto redondo.", en: "Round amount."}

  - id: transfer.small_amount
    applies_to: [transfer.own]
    require: amount >= 100000
    code: limit_exceeded
    action: audit
    message: {es: "Monto pequeño.", en: "Small amount."}
"""
    )
    assert put(phone.sandbox, "limits", soft).status_code == 200
    answer = phone.call("POST", "/v1/transfers", json=phone.order("100.00"))
    assert answer.status_code == 201
    assert answer.headers["warning"] == '299 - "transfer.round_amount"'
    logged = phone.sandbox.send(operations.list_decisions(request_id=answer.headers["x-request-id"]))["items"][0]
    assert (logged["warned"], logged["audited"]) == (["transfer.round_amount"], ["transfer.small_amount"])
    assert "warning" not in phone.call("POST", "/v1/transfers", json=phone.order("10.01")).headers


def test_a_sandbox_is_made_with_rules_of_its_own(client: Any) -> None:
    body = {"name": "ruled", "rules": {"otp": OTP.replace("attempts: 3", "attempts: 1")}}
    assert client.post("/_sandbox/sandboxes", json=body).status_code == 201
    phone = bank_of(client, "ruled").phone("al-dia")
    assert phone.transfer("1.00")["challenge"]["attempts_left"] == 1
    client.delete("/_sandbox/sandboxes/ruled")


def test_the_base_changing_underneath_leaves_what_the_sandbox_has(tmp_path: Path) -> None:
    from sandbox.domain.rules import RuleSource
    from sandbox.problem import CATALOGUE

    for file in (ROOT / "rules").glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    source = RuleSource(tmp_path, frozenset(CATALOGUE))
    own = {"otp": OTP.replace("attempts: 3", "attempts: 7")}
    assert source.overridden(own) is source.overridden(own)
    (tmp_path / "devices.yaml").write_text((tmp_path / "devices.yaml").read_text().replace("maximum: 1", "maximum: 2"))
    assert source.reload() == []
    assert source.overridden(own).otp.settings.attempts == 7
    assert source.overridden(own).devices.settings.maximum == 2


TOO_MUCH = ["\n".join(f"k{n}: &a{n} 1" for n in range(13_000)), "[" * 60_000, "rules:\n" + "  - 1\n" * 8_000]


@pytest.mark.parametrize("text", TOO_MUCH, ids=["anchors", "brackets", "list"])
def test_a_document_out_of_bounds_is_refused_wherever_it_comes_in(bank: Sandbox, text: str) -> None:
    calls = [
        ("PUT", "/_sandbox/rules/otp", {"content": text.encode()}),
        ("PUT", "/_sandbox/rules/otp?dry_run=true", {"content": text.encode()}),
        ("POST", "/_sandbox/sandboxes", {"json": {"name": f"{bank.name}-x", "rules": {"otp": text}}}),
    ]
    for method, path, send in calls:
        problem = assert_problem(bank.call(method, path, **send), 422, "rules_invalid")
        assert len(problem["errors"]) == 1
    assert bank.rules.all()["documents"] == [each | {"overridden": False} for each in bank.rules.all()["documents"]]
    assert_problem(bank.call("GET", f"/_sandbox/sandboxes/{bank.name}-x"), 404, "sandbox_not_found")


CREDENTIALS = (ROOT / "rules" / "credentials.yaml").read_text(encoding="utf-8")
DEVICES = (ROOT / "rules" / "devices.yaml").read_text(encoding="utf-8")
RENAMED = CREDENTIALS.replace("id: password.length\n", "id: password.size\n")
TAKING_THE_OLD_NAME = DEVICES.replace("id: device.registered\n", "id: password.length\n")
OLD_NAMES = ("password.length", "username.length")
TAKING_THE_NEW_NAME = DEVICES.replace("id: device.registered\n", "id: password.size\n")


@pytest.fixture
def behind_the_check(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has something happen when the first document has been checked."""
    checked = documents.checked

    def arrange(act: Callable[[], Awaitable[Any]]) -> None:
        acts = [act]

        async def hooked(*arguments: Any) -> Any:
            book = await checked(*arguments)
            if acts:
                await acts.pop()()
            return book

        monkeypatch.setattr(documents, "checked", hooked)

    return arrange


def require_in_force(bank: Sandbox, *names: str) -> None:
    """These documents are the sandbox's own, they are in force, and it can be exported and imported."""
    documents = bank.rules.all()["documents"]
    assert [each["name"] for each in documents if each["overridden"]] == sorted(names)
    kept = bank.call("GET", "/_sandbox/export").content
    assert bank.call("POST", "/_sandbox/import", content=kept).status_code == 200


def test_a_document_is_checked_with_what_is_there_when_it_is_taken(
    bank: Sandbox, client: Any, behind_the_check: Callable[..., None]
) -> None:
    assert_problem(put(bank, "devices", TAKING_THE_OLD_NAME), 422, "rules_invalid")
    assert put(bank, "credentials", RENAMED).status_code == 200
    behind_the_check(lambda: registry_of(client).reset(bank.name))
    assert_problem(put(bank, "devices", TAKING_THE_OLD_NAME), 422, "rules_invalid")
    require_in_force(bank)
    assert put(bank, "credentials", RENAMED).status_code == 200
    assert put(bank, "devices", TAKING_THE_OLD_NAME).status_code == 200
    require_in_force(bank, "credentials", "devices")


def test_of_two_documents_at_once_that_do_not_fit_together_one_is_refused(
    bank: Sandbox, behind_the_check: Callable[..., None]
) -> None:
    behind_the_check(lambda: asyncio.to_thread(put, bank, "credentials", RENAMED))
    assert_problem(put(bank, "devices", TAKING_THE_NEW_NAME), 422, "rules_invalid")
    require_in_force(bank, "credentials")


def test_two_documents_at_once_are_both_taken(bank: Sandbox, behind_the_check: Callable[..., None]) -> None:
    behind_the_check(lambda: asyncio.to_thread(put, bank, "credentials", RENAMED))
    assert put(bank, "otp", OTP.replace("attempts: 3", "attempts: 7")).status_code == 200
    require_in_force(bank, "credentials", "otp")


def test_a_copy_is_made_with_rules_that_fit_those_of_its_parent(bank: Sandbox, client: Any) -> None:
    assert put(bank, "credentials", RENAMED).status_code == 200
    name = f"{bank.name}-copy"
    body = {"name": name, "from": bank.name, "rules": {"devices": TAKING_THE_NEW_NAME}}
    assert_problem(client.post("/_sandbox/sandboxes", json=body), 422, "rules_invalid")
    assert_problem(client.get(f"/_sandbox/sandboxes/{name}"), 404, "sandbox_not_found")
    body["rules"] = {"otp": OTP.replace("attempts: 3", "attempts: 7")}
    assert client.post("/_sandbox/sandboxes", json=body).status_code == 201
    require_in_force(bank_of(client, name), "credentials", "otp")
    client.delete(f"/_sandbox/sandboxes/{name}")


OTP_TAKING_THE_OLD_NAME = OTP.replace("id: otp.hourly\n", "id: username.length\n")
BOTH_RENAMED = RENAMED.replace("id: username.length\n", "id: username.size\n")


def test_a_document_that_others_rely_on_is_not_removed(bank: Sandbox) -> None:
    assert put(bank, "credentials", BOTH_RENAMED).status_code == 200
    assert put(bank, "devices", TAKING_THE_OLD_NAME).status_code == 200
    assert put(bank, "otp", OTP_TAKING_THE_OLD_NAME).status_code == 200
    revision = bank.rules.all()["revision"]
    problem = assert_problem(bank.call("DELETE", "/_sandbox/rules/credentials"), 422, "rules_invalid")
    second, places = "a second rule called", [("devices.yaml", "rules.0"), ("otp.yaml", "rules.4")]
    assert [(each["field"].partition(":")[0], each["message"]) for each in problem["errors"]] == [
        (file, f"{place}.id: {second} {rule}: there is one in credentials.yaml")
        for (file, place), rule in zip(places, OLD_NAMES, strict=True)
    ]
    assert [mistake.partition(":")[0] for mistake in problem["mistakes"]] == ["devices.yaml", "otp.yaml"]
    assert bank.rules.all()["revision"] == revision
    require_in_force(bank, "credentials", "devices", "otp")
    for document in ("otp", "devices", "credentials"):
        bank.rules.reset(document)
    require_in_force(bank)


def test_a_document_that_others_rely_on_is_removed_once_it_is_no_use_to_them(
    bank: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base has changed: documents that do not fit it can each be removed, in any order."""
    assert put(bank, "credentials", RENAMED).status_code == 200
    assert put(bank, "devices", TAKING_THE_OLD_NAME).status_code == 200
    source = registry_of(bank.connection.client).rules
    taken = source.current.documents["otp"].text.replace("id: otp.hourly\n", "id: password.size\n")
    monkeypatch.setattr(source, "current", source.current.with_documents({"otp": taken}))
    monkeypatch.setattr(source, "_overridden", {})
    bank.rules.reset("credentials")
    assert [each["name"] for each in bank.rules.all()["documents"] if each["overridden"]] == ["devices"]
    assert_problem(put(bank, "otp", OTP), 422, "rules_invalid")
    bank.rules.reset("devices")
    require_in_force(bank)


def test_a_document_is_removed_only_with_what_is_there_when_it_goes(
    bank: Sandbox, behind_the_check: Callable[..., None]
) -> None:
    assert put(bank, "credentials", RENAMED).status_code == 200
    behind_the_check(lambda: asyncio.to_thread(put, bank, "devices", TAKING_THE_OLD_NAME))
    assert_problem(bank.call("DELETE", "/_sandbox/rules/credentials"), 422, "rules_invalid")
    require_in_force(bank, "credentials", "devices")
