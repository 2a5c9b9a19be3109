"""What Schemathesis loads: it keeps the bank usable between requests, and drops the refusals that have a reason.

It runs in the environment of the Python tools, so it knows nothing of this package; `properties.py` tells it by
variables where the server is, which sandbox is used, and where findings go.
"""

import json
import os
import re
import threading
from pathlib import Path
from typing import Any

import requests
import schemathesis

BASE = os.environ["CLIENTS_BASE"]
SANDBOX = os.environ["CLIENTS_SANDBOX"]
FINDINGS = Path(os.environ["CLIENTS_FINDINGS"])
REASONS: dict[str, dict[str, str]] = json.loads(os.environ["CLIENTS_REASONS"])
# They change what every later request is answered.
_MENDED: dict[str, tuple[str, str, Any]] = {
    "createFault": ("DELETE", "/_sandbox/faults", None),
    "putRules": ("DELETE", "/_sandbox/rules/{document}", None),
    "setClock": ("PUT", "/_sandbox/clock", {"rate": 0}),
    "updateMember": ("PATCH", "/_sandbox/members/{member_id}", {"status": "active", "locked_minutes": 0}),
    "updateAccount": ("PATCH", "/_sandbox/accounts/{account_id}", {"status": "active"}),
    "updateCard": ("PATCH", "/_sandbox/cards/{card_id}", {"status": "active"}),
}
LONGEST_WAIT = 60
_HEADERS = re.compile("parameters? ((?:`[^`]+`(?:, )?)+) in header")
_PLACES = re.compile(r"\.[0-9]+(?=\.|$)")  # of the items of a list
_lock = threading.Lock()
_session = requests.Session()
_session.trust_env = False


def _code(response: Any) -> str:
    """The code of the problem that a response is, else nothing."""
    kind = response.headers.get("content-type", [""])[0]
    return str(json.loads(response.content)["code"]) if kind == "application/problem+json" else ""


def _operation(case: Any) -> str:
    return str(case.operation.definition.raw.get("operationId", case.operation.label))


def _note(kind: str, **told: Any) -> None:
    with _lock, FINDINGS.open("a", encoding="utf-8") as findings:
        findings.write(json.dumps({"kind": kind, **told}, ensure_ascii=False) + "\n")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Wait for nothing: a valid wait for what does not come takes up to a minute."""
    for place in (case.body, case.query):
        if isinstance(place, dict) and place.get("wait") is not None:
            place["wait"] = _shortened(place["wait"])


def _shortened(wait: Any) -> Any:
    try:
        return 0 if 0 < float(wait) <= LONGEST_WAIT else wait
    except (TypeError, ValueError):
        return wait  # made to be refused


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Undo what would keep the other requests from getting anywhere."""
    _note("request", operation=_operation(case), status=response.status_code)
    mended = _MENDED.get(_operation(case))
    if mended is None or response.status_code >= 300:
        return
    method, path, body = mended
    headers = {"X-Sandbox": SANDBOX}
    _session.request(method, BASE + path.format(**case.path_parameters), json=body, headers=headers, timeout=30)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Keep a failure, and write it down, unless the file of reasons excuses it."""
    check, operation, code = type(failure).__name__, _operation(case), _code(response)
    excused = REASONS.get(check, {})
    faults = _faults(failure.message, response)
    if {code, operation} & excused.keys() or (faults and all(_is_excused(fault, excused) for fault in faults)):
        return False
    _note(
        "failure", check=check, operation=operation, status=response.status_code, code=code, faults=sorted(faults),
        message=failure.message[:300], curl=case.as_curl_command()[:600],
    )  # fmt: skip
    return True


def _is_excused(fault: str, excused: dict[str, str]) -> bool:
    """Whether there is a reason for a check, wherever it fails, or where it failed here."""
    return fault in excused or fault.rpartition(" in ")[0] in excused


def _faults(message: str, response: Any) -> set[str]:
    """What a failure is about, more precisely: the checks that fields failed (`validation_failed too_small in
    cards.credit`), or the headers that were wrong."""
    if _code(response) == "validation_failed":
        errors = json.loads(response.content)["errors"]
        return {f"validation_failed {each['code']} in {_PLACES.sub('', each['field'])}" for each in errors}
    return {name for names in _HEADERS.findall(message) for name in re.findall("`([^`]+)`", names)}
