"""The verdict on the money: what was acknowledged must be in the books, and the books must balance."""

from dataclasses import asdict, dataclass, field
from typing import Any

import requests

Json = dict[str, Any]


@dataclass
class Ledger:
    """What the clients were told, as ids of transfers; and the ids of the members who were at work."""

    created: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)

    def drain(self) -> Json:
        """What is in it, to be told once; it is empty afterwards."""
        told = asdict(self)
        for name in told:
            getattr(self, name).clear()
        return told

    def add(self, told: Json) -> None:
        """What another process was told, too."""
        for name, ids in told.items():
            getattr(self, name).extend(ids)


LEDGER = Ledger()
"""What this process's clients were told."""


@dataclass(frozen=True)
class Verdict:
    """What is wrong; nothing, when the list is empty."""

    transfers: int
    complaints: list[str]

    @property
    def exit_status(self) -> int:
        return 1 if self.complaints else 0


def judge(told: Ledger, found: dict[str, str], audit: Json, failures: int) -> Verdict:
    """Hold what clients were told against the transfers found (id → status) and the audit."""
    complaints = []
    if told.created and not (told.completed or told.locked):
        complaints.append("no transfer was completed")
    if failures:
        complaints.append(f"{failures} requests failed")
    if not audit["balanced"]:
        first = "; ".join(f"{each['check']}: {each['subject']} {each['detail']}" for each in audit["violations"][:5])
        complaints.append(f"the books do not balance: {first}")
    if len(set(told.completed)) != len(told.completed):
        complaints.append("a transfer was confirmed twice")
    if not told.members:
        complaints.append("no member was at work")
    for name, wanted in (("completed", told.completed), ("cancelled", told.cancelled), ("locked", told.locked)):
        wrong = [transfer for transfer in wanted if found.get(transfer) != name]
        if wrong:
            complaints.append(f"{len(wrong)} transfers told {name} are not, such as {wrong[0]}")
    lost = [transfer for transfer in told.created if transfer not in found]
    if lost:
        complaints.append(f"{len(lost)} acknowledged transfers are not in the books, such as {lost[0]}")
    return Verdict(len(told.completed), complaints)


def look(base: str, members: set[str]) -> tuple[dict[str, str], Json]:
    """Every transfer of these members with its status, and the audit."""
    found: dict[str, str] = {}
    for member in members:
        token = requests.post(f"{base}/_sandbox/members/{member}/session", timeout=30).json()["access_token"]
        cursor: str | None = ""
        while cursor is not None:
            params = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = requests.get(
                f"{base}/v1/transfers", params=params, headers={"Authorization": f"Bearer {token}"}, timeout=30
            ).json()
            found |= {item["id"]: item["status"] for item in page["items"]}
            cursor = page["next_cursor"]
    audit: Json = requests.get(f"{base}/_sandbox/ledger/audit", timeout=120).json()
    return found, audit
