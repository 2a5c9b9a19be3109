"""Schemathesis: requests made up from the document, alone and in sequences, judged by all of its checks."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx2 as httpx
from ruamel.yaml import YAML

from clients.outcome import Outcome
from clients.toolbox import HERE, PLACE, environment, program
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json
from tests.contract.test_every_route import belongings
from tests.transport import bank_of

REASONS = HERE / "schemathesis-reasons.yaml"
_NAME = "schemathesis"
_SECONDS = 900
# A control operation that ends the sandbox, fills the disk or never answers would end the run with it.
_LEFT_OUT = {
    "createSandbox": "each makes a bank, and another seed a golden database",
    "deleteSandbox": "it deletes the sandbox that the run uses",
    "resetSandbox": "it takes the ids away that the run uses",
    "restoreSnapshot": "it takes the ids away that the run uses",
    "importSandbox": "no generated body is a database",
    "streamMessages": "a stream does not end",
    "streamEvents": "a stream does not end",
    "streamSandbox": "a stream does not end",
}


def schemathesis(base: str, *, examples: int) -> Outcome:
    """What Schemathesis finds at the server: each failure once for an operation, a check, a status and a code."""
    place = PLACE / "work" / _NAME
    place.mkdir(parents=True, exist_ok=True)
    findings = place / "findings.jsonl"
    findings.write_text("", encoding="utf-8")
    with httpx.Client(base_url=base, timeout=60, trust_env=False) as client:
        config = place / "schemathesis.toml"
        config.write_text(_toml(_prepare(client)), encoding="utf-8")
    command = [program("schemathesis"), "--config-file", str(config), "run", f"{base}/openapi.json"]
    ran = subprocess.run(
        [*command, *_words(examples)], cwd=place, env=_variables(base, findings), capture_output=True,
        text=True, check=False, timeout=_SECONDS,
    )  # fmt: skip
    (place / "output.txt").write_text(ran.stdout + ran.stderr, encoding="utf-8")
    return _read(findings, ran)


def _words(examples: int) -> list[str]:
    words = ["--checks", "all", "--max-examples", str(examples), "--seed", "20261123"]
    words += ["--continue-on-failure", "--no-shrink", "--suppress-health-check", "all", "--warnings", "off"]
    words += ["--phases", "examples,coverage,fuzzing,stateful", "--output-sanitize", "false"]
    for name in _LEFT_OUT:
        words += ["--exclude-operation-id", name]
    return words


def _variables(base: str, findings: Path) -> dict[str, str]:
    return environment() | {
        "CLIENTS_BASE": base, "CLIENTS_SANDBOX": _NAME, "CLIENTS_FINDINGS": str(findings),
        "CLIENTS_REASONS": json.dumps(reasons()), "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
    }  # fmt: skip


def reasons() -> dict[str, dict[str, str]]:
    """The failures that Schemathesis may report: by check, then by code, or operation and code, the reason."""
    listed: dict[str, dict[str, str]] = YAML(typ="safe").load(REASONS.read_text(encoding="utf-8"))
    return listed


def _prepare(client: httpx.Client) -> dict[str, Any]:
    """A bank with a frozen clock, and the ids of what a member and the control plane have there, by parameter."""
    bank = bank_of(client, _NAME)
    bank.send(operations.create_sandbox({"name": _NAME, "clock": {"rate": 0}}))
    phone = bank.phone("al-dia")
    known: dict[str, Any] = {**belongings(phone), **_controlled(bank, phone), "member_id": phone.member["id"]}
    known["name"] = "Libre2026x"
    return known


def _controlled(bank: Sandbox, phone: Phone) -> Json:
    account = phone.savings()[0]["id"]
    held = bank.send(operations.hold_money(account, {"amount": "1.00", "reason": "pledge"}))
    hook = bank.send(operations.create_webhook({"url": "http://127.0.0.1:9/hook", "kinds": ["session"]}))
    return {
        "document": "otp", "webhook_id": hook["id"],
        "hold_id": held["id"],
        "request_id": bank.send(operations.list_requests(limit=1))["items"][0]["id"],
    }  # fmt: skip


def _toml(known: dict[str, Any]) -> str:
    """Schemathesis' configuration: the sandbox, a session that is opened anew when it ends, and ids that exist."""
    member = known["member_id"]
    lines = [
        f'headers = {{ "X-Sandbox" = "{_NAME}" }}', "",
        "[auth.dynamic.openapi.member]", f'path = "/_sandbox/members/{member}/session"', 'method = "post"',
        'extract_selector = "/access_token"', "",
    ]  # fmt: skip
    for name, value in known.items():
        lines += [f"[dictionaries.{name}]", f"values = [{json.dumps(value)}]", ""]
    lines += ["[parameters]"]
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.8 }}' for name in known]
    return "\n".join(lines) + "\n"


def _read(findings: Path, ran: "subprocess.CompletedProcess[str]") -> Outcome:
    told = [json.loads(line) for line in findings.read_text(encoding="utf-8").splitlines()]
    outcome = Outcome(_NAME, "requests", sum(each["kind"] == "request" for each in told))
    failures = {
        (each["operation"], each["check"], each["status"], each["code"]): each
        for each in told
        if each["kind"] == "failure"
    }
    for (operation, check, status, code), each in sorted(failures.items()):
        outcome.errors.append(
            f"{operation} {check} {status} {code} {each['faults']}: {each['message']} | {each['curl']}".replace(
                "\n", " "
            )
        )
    if ran.returncode not in (0, 1) or (ran.returncode == 1 and not failures):
        outcome.errors.append(f"Schemathesis exits {ran.returncode}: {(ran.stdout + ran.stderr)[-600:]}")
    return outcome
