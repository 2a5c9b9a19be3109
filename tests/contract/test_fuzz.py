"""Whatever is sent to any operation, the answer is one of those a client can count on, and no cent is lost."""

import json
import random
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.domain.rules.kinds import KINDS
from sandbox.problem import CATALOGUE
from sandbox.testing import Phone, Sandbox, operations
from tests import openapi
from tests.contract.fuzz import Inventor, Sent
from tests.contract.test_every_route import belongings, every_operation
from tests.functional.processes import ROOT

CALLS = 500
CHUNKS, SOAK_CHUNKS = 3, 40
STREAMS = {"streamMessages", "streamEvents", "streamSandbox"}
# Each makes a bank or a golden database, resets one or copies it: milliseconds to seconds.
HEAVY = {
    "createSandbox",
    "resetSandbox",
    "startRecording",
    "createSnapshot",
    "restoreSnapshot",
    "exportSandbox",
    "getAudit",
}
_MAY_FAIL = {503, 507}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "chunk" in metafunc.fixturenames:
        metafunc.parametrize("chunk", range(SOAK_CHUNKS if metafunc.config.getoption("soak") else CHUNKS))


class Walk:
    """A member with a phone, at whose bank everything is thrown."""

    def __init__(self, bank: Sandbox, client: httpx.Client, seed: int) -> None:
        self.bank = bank
        self.client = client
        self.draws = random.Random(seed)
        self.document = openapi.fetched(client)
        self.operations = every_operation(client)
        rules = {name: (ROOT / "rules" / f"{name}.yaml").read_text(encoding="utf-8") for name in sorted(KINDS)}
        self.inventor = Inventor(self.document, self.draws, rules=rules)
        self.phone = self._somebody()
        self.sent: list[Sent] = []

    def step(self) -> None:
        method, path, operation = self.draws.choice(self.operations)
        name = operation["operationId"]
        if name in HEAVY and self.draws.random() < 0.8:
            return
        if name == "confirmChallenge" and self.draws.random() < 0.7:
            self._read_code()
        sent = self.inventor.request(method, path, operation)
        self._tame(sent)
        answer = self._send(sent)
        self._judge(sent, operation, answer)
        self._mend(sent, answer)

    def _send(self, sent: Sent) -> httpx.Response:
        headers = {"X-Sandbox": self.bank.name}
        if sent.path.startswith("/v1/"):
            headers["Authorization"] = f"Bearer {self.phone.token}"
        raw = [(name.encode(), value.encode("latin-1")) for name, value in (headers | sent.headers).items()]
        self.sent.append(sent)
        return self.client.request(sent.method, sent.path, headers=raw, content=sent.content)

    def _tame(self, sent: Sent) -> None:
        """Spare what would take long or never end: streams that are granted, waits, large banks."""
        if sent.operation in STREAMS:
            sent.path += ("&" if "?" in sent.path else "?") + "after=nothing"
            sent.headers.pop("Last-Event-ID", None)
        if sent.operation in ("nextMessage", "nextEvent") and "wait=0" not in sent.path:
            sent.path += ("&" if "?" in sent.path else "?") + "wait=0"
        if sent.operation == "createSandbox" and sent.content:
            try:
                body = json.loads(sent.content)
            except (ValueError, RecursionError):
                return
            if isinstance(body, dict):
                body.pop("seed", None)  # another seed is another golden database
                if type(body.get("members")) is int and body["members"] > 0:
                    body.pop("members")
                sent.content = json.dumps(body).encode()

    def _judge(self, sent: Sent, operation: Any, answer: httpx.Response) -> None:
        where = f"{sent.method} {sent.path[:300]} {sent.headers} {(sent.content or b'')[:600]!r} → {answer.status_code} {answer.text[:600]}"
        status = answer.status_code
        assert status < 300 or 400 <= status < 500 or status in _MAY_FAIL, where
        assert answer.headers["x-request-id"], where
        if status < 400 or sent.method == "HEAD":
            return
        assert answer.headers["content-type"] == "application/problem+json", where
        problem = answer.json()
        assert problem["code"] != "sandbox_damaged", where  # say, by a number of the request beyond 64 bits
        assert problem["status"] == status == CATALOGUE[problem["code"]].status, where
        assert {"type", "title", "detail", "instance", "request_id"} <= problem.keys(), where
        assert problem["instance"].isascii(), where
        if status in _MAY_FAIL:
            declared = operation["responses"][str(status)]["content"]["application/problem+json"]["examples"]
            assert problem["code"] in declared, where

    def _mend(self, sent: Sent, answer: httpx.Response) -> None:
        """Go on from a bank that answers: no faults, a frozen clock, a session, ids that mean something."""
        if answer.status_code >= 300:
            if answer.status_code == 401 and sent.path.startswith("/v1/"):
                self.phone = self._somebody()
            return
        if answer.content and answer.headers["content-type"] == "application/json":
            self.inventor.learn(answer.json())
        self._undo(sent, answer)
        if sent.operation in HEAVY or sent.operation == "deleteSandbox":
            self.bank.clock.freeze()
            self.phone = self._somebody()

    def _undo(self, sent: Sent, answer: httpx.Response) -> None:
        """Take back what would keep the rest of the walk from getting anywhere."""
        if sent.path.startswith("/_sandbox/faults"):
            self.bank.faults.clear()
        elif sent.path.startswith("/_sandbox/clock"):
            self.bank.clock.freeze()
        elif sent.operation == "putRules" and self.draws.random() < 0.3:
            self._reset_rules()
        elif sent.operation == "createSandbox":
            made = answer.json()["name"]
            if made != self.bank.name:
                self.bank.call("DELETE", f"/_sandbox/sandboxes/{made}")
        elif sent.method == "DELETE" and sent.path.startswith(f"/_sandbox/sandboxes/{self.bank.name}"):
            self.bank.send(operations.create_sandbox({"name": self.bank.name, "clock": {"rate": 0}}))

    def _somebody(self) -> Phone:
        """The persona with everything, where it can still log in, or a member made for this."""
        self._reset_rules()
        member = self.bank.members.persona("al-dia")
        member = self.bank.send(operations.update_member(member["id"], {
            "status": "active", "password": "Progreso1@", "locked_minutes": 0, "phone": "0991234567", "biometrics_blocked": False,
        }))  # fmt: skip
        try:
            phone = self.bank.phone(member)
            known = belongings(phone)
        except (AssertionError, LookupError, StopIteration, ValueError):
            phone = self.bank.phone(self.bank.send(operations.create_member({"accounts": [{"balance": "900.00"}, {}]})))
            known = {"account_id": phone.savings()[0]["id"]}
        accounts = phone.savings()
        self.inventor.known = known | {
            "member_id": phone.member["id"], "document": "otp", "name": self.bank.name, "username": phone.member["username"],
            "origin_account_id": accounts[0]["id"], "destination_account_id": accounts[-1]["id"], "persona": "al-dia",
            "password": phone.member["password"], "document_number": phone.member["document_number"],
        }  # fmt: skip
        return phone

    def _read_code(self) -> None:
        """The code of the newest challenge, so that some of the orders are carried out."""
        sent = self.bank.send(operations.list_messages(limit=200))["items"]
        codes = [each for each in sent if each["code"]]
        if codes:
            self.inventor.known |= {"challenge_id": codes[-1]["challenge_id"], "code": codes[-1]["code"]}

    def _reset_rules(self) -> None:
        for document in self.inventor.rules:
            self.bank.rules.reset(document)


@pytest.mark.slow
def test_no_request_breaks_the_bank(bank: Sandbox, client: httpx.Client, chunk: int) -> None:
    walk = Walk(bank, client, seed=chunk)
    while len(walk.sent) < CALLS:
        walk.step()
    assert client.get("/v1/app", headers={"X-Sandbox": bank.name}).status_code == 200
    bank.ledger.assert_balanced()
