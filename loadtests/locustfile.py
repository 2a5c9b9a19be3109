"""Locust's way in: `locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 [TransferringMember …]`.

Each scenario is a user class, mixed by weight; name classes to run them alone. A closed workload: each member waits for
its answer before it goes on, so a slow server is asked less often (coordinated omission): read the percentiles with the
server's own histogram at /metrics beside them.
"""

import json
import os
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests import thresholds
from loadtests.scenarios.browse import BrowsingMember
from loadtests.scenarios.fumble import FumblingMember
from loadtests.scenarios.payday import PayingMember
from loadtests.scenarios.transfer import TransferringMember
from loadtests.verdict import LEDGER, judge, look

__all__ = ["BrowsingMember", "FumblingMember", "PayingMember", "TransferringMember"]


@events.report_to_master.add_listener
def pass_on(data: dict[str, Any], **_: Any) -> None:
    """A worker's part of what clients were told goes to the master with its statistics."""
    data["ledger"] = LEDGER.drain()


@events.worker_report.add_listener
def take_over(data: dict[str, Any], **_: Any) -> None:
    """The master's part."""
    LEDGER.add(data.get("ledger", {}))


@events.quitting.add_listener
def pronounce(environment: Environment, **_: Any) -> None:
    """Print the verdict, write the summary, make both the exit status. Workers leave that to the master."""
    if isinstance(environment.runner, WorkerRunner):
        return
    assert environment.host is not None
    members = set(LEDGER.members)
    found, audit = look(environment.host, members)
    stats = environment.stats
    verdict = judge(LEDGER, found, audit, stats.total.num_failures)
    measured = thresholds.summary(stats)
    broken = thresholds.broken(thresholds.load(), measured)
    done = f"{verdict.transfers} transfers completed, {len(LEDGER.cancelled)} cancelled, {len(LEDGER.locked)} locked"
    print(f"\n{done}; {len(members)} members; {audit['entries']} entries audited")
    for each in broken:
        print(f"SLOW: {each.operation} {each.measure} {each.measured:.3g}, at most {each.limit:.3g}")
    for complaint in verdict.complaints:
        print(f"WRONG: {complaint}")
    print("verdict: every cent is there" if not verdict.complaints else "verdict: broken")
    if summary := os.environ.get("LOADTESTS_SUMMARY"):
        told = {
            "workload": "closed",
            "completed": verdict.transfers,
            "cancelled": len(LEDGER.cancelled),
            "locked": len(LEDGER.locked),
            "members": len(members),
            "operations": measured,
            "broken_thresholds": [vars(each) for each in broken],
            "complaints": verdict.complaints,
        }
        Path(summary).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    environment.process_exit_code = 1 if verdict.complaints or broken else 0
