"""Secrets are sent to every operation, in their own places and in wrong ones; no place that shows anything shows one."""

import itertools
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.testing import Connection, Phone, Sandbox, operations
from tests import goldens, logged, openapi
from tests.answers import Json
from tests.bank.access.test_manual_walk import Handset, confirm, enrol
from tests.contract.test_every_route import belongings, every_operation, example_body, with_ids
from tests.transport import serving

CONTROL = 'Control/Token+2026-"q"'
WEBHOOK = "whsec_" + "Q0FOQVJJT1dFQkhPT0s5" * 2
SENT_ELSEWHERE = "whsec_" + "Zm9yYSBkZSBsdWdhciA5" * 2
SECRETS = {
    "password": "Canario7#clave", "code": "904817", "token": "ca0a51" * 10 + "beef", "signature": "MEUCIQCa4na5y" * 6,
    "webhook": SENT_ELSEWHERE, "control": CONTROL,
}  # fmt: skip
OWN_PLACE = {
    "password": "password", "new_password": "password", "current_password": "password", "confirmation": "password",
    "value": "password", "code": "code", "refresh_token": "token", "signature": "signature", "public_key": "signature",
}  # fmt: skip
PEM = "-----BEGIN PUBLIC KEY-----"
SPARED = {"deleteSession"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def guarded(settings: Settings, tmp_path: Path) -> Iterator[httpx.Client]:
    """A server with a control token."""
    own = settings.model_copy(update={"data_dir": tmp_path / "data", "control_token": CONTROL, "journal_size": 100_000, "access_log": "all",
                                      "journal_bytes": 256 * 1024 * 1024})  # fmt: skip
    goldens.place(own)
    with serving(create_app(own)) as client:
        yield client


@pytest.mark.long
@pytest.mark.slow
def test_no_secret_is_shown_wherever_it_was_sent(guarded: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.CRITICAL, "httpx2")  # the client's
    bank = Sandbox("quiet", connection=Connection(client=guarded, token=CONTROL))
    bank.send(operations.create_sandbox({"name": "quiet", "clock": {"rate": 0}}))
    bank.record()
    bank.send(operations.create_webhook({"url": "http://127.0.0.1:9/x", "secret": WEBHOOK}))
    secrets = {**SECRETS, **own_secrets(bank)}
    phone = bank.phone("al-dia")
    secrets |= {"access": phone.token, "refresh": phone.refresh_token}
    with logged.lines() as log:
        answers = list(sent(phone, guarded, secrets))
    assert len(answers) > 1000
    for answer in answers:
        if answer.status_code >= 400:
            told = {**answer.json(), "instance": ""}  # the path, told to the one who asked for it
            assert shown(secrets, json.dumps(told)) == [], answer.text[:600]
    for place, text in looked_at(bank):
        assert shown(secrets, text) == [], (place, where(secrets, text))
    assert shown(secrets, caplog.text) == []
    assert log.getvalue().count("\n") >= len(answers)
    assert shown(secrets, log.getvalue()) == [], where(secrets, log.getvalue())
    recording = bank.call("GET", "/_sandbox/recording").text
    assert recording.count("\n") > 1000
    assert shown({"webhook": WEBHOOK, "control": CONTROL}, recording) == []
    assert "never-acted-upon" not in recording
    steering = [json.loads(line) for line in recording.splitlines() if '"path": "/_sandbox' in line]
    assert [each["operation_id"] for each in steering] == ["createWebhook"]
    assert "authorization" not in dict(steering[0]["headers"]), "its token is the server's"
    bank.ledger.assert_balanced()


def own_secrets(bank: Sandbox) -> Json:
    """Those which the bank gave and took: of an enrolment, a refresh, a transfer, and of a login by finger."""
    handset = Handset()
    _, started = enrol(bank)
    code = bank.inbox.code(started["challenge"]["id"])
    confirm(bank, started, code)
    device = {"id": "dev-0ca4a710f2b3c4e5", "name": "Teléfono", "platform": "ios", "public_key": handset.pem}
    chosen = {"username": "canario2026", "password": "Propia2026@", "confirmation": "Propia2026@"}
    chosen |= {"access_method": "fingerprint", "device": device}
    made = bank.call("PUT", f"/v1/enrolments/{started['id']}/credentials", json=chosen)
    assert made.status_code == 200, made.text
    turned = bank.call("POST", "/v1/sessions/refresh", json={"refresh_token": made.json()["refresh_token"]})
    assert turned.status_code == 201, turned.text
    proof = handset.proof(bank, "dev-0ca4a710f2b3c4e5")
    nonce = bank.call("POST", "/v1/sessions/biometric/challenge", json={"device_id": "dev-0ca4a710f2b3c4e5"}).json()[
        "nonce"
    ]
    entered = bank.call("POST", "/v1/sessions/biometric", json=proof)
    assert entered.status_code == 201, entered.text
    return {
        "nonce": nonce, "proof": proof["signature"], "own code": code, "own password": "Propia2026@", "device": "dev-0ca4a710f2b3c4e5",
        "own key": handset.pem.splitlines()[1], "username": "canario2026",
        **{f"{name} {number}": answer.json()[name]
           for number, answer in enumerate((made, turned, entered)) for name in ("access_token", "refresh_token")},
    }  # fmt: skip


def sent(phone: Phone, client: httpx.Client, secrets: Json) -> Iterator[httpx.Response]:
    """Every operation of the bank, called with secrets where they belong; and with some of them, in turn, where they do
    not."""
    ids = belongings(phone)
    document = openapi.fetched(client)
    in_turn = itertools.cycle(list(secrets.values()))
    for method, path, operation in every_operation(client):
        if not path.startswith("/v1/") or operation["operationId"] in SPARED:
            continue
        body = example_body(operation, document)
        filled = with_ids(path, ids)
        if isinstance(body, dict):
            own = {name: secrets.get(OWN_PLACE.get(name, ""), value) for name, value in body.items()}
            yield phone.call(method.upper(), filled, json=own)
        for secret in itertools.islice(in_turn, 5):
            for options in (*bodies(body, secret), *parameters(operation, secret), *headers(secret)):
                yield phone.call(method.upper(), filled, **options)
            escaped = quote(secret, safe="")
            wrong = re.sub(r"\{\w+\}", lambda _, escaped=escaped: escaped, path)
            yield phone.call(method.upper(), wrong, json=body)
            yield phone.call(method.upper(), f"{filled}/{escaped}", json=body)
        if phone.call("GET", "/v1/me").status_code == 401:
            secrets[f"access after {operation['operationId']}"] = phone.log_in().token


def bodies(body: Any, secret: str) -> Iterator[Json]:
    if not isinstance(body, dict):
        return
    yield {"json": dict.fromkeys(body, secret)}
    yield {
        "json": {name: value if name == "kind" else {"hidden": secret, name: [secret]} for name, value in body.items()}
    }
    if secret.isdecimal():
        yield {"json": dict.fromkeys(body, int(secret))}
    yield {"json": {**body, "pin": secret, secret: 1, "more": [{"secret": secret}]}}
    yield {"content": json.dumps({**body, "pin": secret})[:-1], "headers": JSON}
    yield {"content": f"password={secret}".encode(), "headers": {"Content-Type": "text/plain"}}
    yield {"json": [secret]}


def parameters(operation: Json, secret: str) -> Iterator[Json]:
    declared = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    yield {"params": {"access_token": secret, secret: "", **dict.fromkeys(declared, secret)}}


def headers(secret: str) -> Iterator[Json]:
    names = ("Cookie", "X-Control-Token", "X-Api-Key", "Prefer", "Accept", "User-Agent", "Origin", "Accept-Language",
             "X-App-Version", "Referer", "X-Never-Acted-Upon")  # fmt: skip
    yield {"headers": dict.fromkeys(names, secret)}
    yield {"headers": {"Authorization": secret, "Prefer": f"problem={secret}"}}
    yield {"headers": {"Authorization": f"Bearer {secret}"}}


def looked_at(bank: Sandbox) -> Iterator[tuple[str, str]]:
    """Each place that shows what went on, as text."""
    yield "metrics", bank.call("GET", "/metrics").text
    wanted: Json = {"match": {"headers": {"authorization": "x"}, "query": {"access_token": "x"}, "body": {"pin": "x"}}}
    yield "verify", bank.call("POST", "/_sandbox/requests/verify", json=wanted).text
    for status in (200, 201, 204, 400, 401, 404, 409, 422):
        yield f"journal {status}", bank.call("GET", f"/_sandbox/requests?limit=200&status={status}").text
    names = {each.operation_id for each in journal(bank)}
    for name in sorted(filter(None, names)):
        yield f"journal of {name}", bank.call("GET", f"/_sandbox/requests?limit=200&operation_id={name}").text
    for page in ("events", "decisions"):
        cursor: str | None = ""
        while cursor is not None:
            answer = bank.call("GET", f"/_sandbox/{page}?limit=200" + (f"&cursor={cursor}" if cursor else ""))
            yield page, answer.text[:600]
            cursor = answer.json()["next_cursor"]


def journal(bank: Sandbox) -> Any:
    app: Any = bank.connection.client.app  # type: ignore[attr-defined]  # a TestClient
    return app.registry.get(bank.name).notes.journal


def shown(secrets: Json, text: str) -> list[str]:
    """The secrets that stand in a text, as they are, in JSON or in a query."""
    return [
        name
        for name, secret in secrets.items()
        if any(form in text for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe="")))
    ]


def where(secrets: Json, text: str) -> list[str]:
    """The first secret found, with what stands around it."""
    return [text[max(0, text.index(each) - 200) :][:300] for each in map(str, secrets.values()) if each in text][:1]
