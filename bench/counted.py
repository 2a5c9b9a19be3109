"""What runs under callgrind: `python -m bench.counted DIRECTORY`, where `DIRECTORY` holds a bank and `plan.json`.

Each row is warmed up, then sent for a short and for a long run, with a mark before, between and after. Callgrind
writes what it counted at each mark; the difference of the two runs is free of what a run costs by itself.
"""

import asyncio
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp

from bench import floor
from bench.in_process import Answer, Client, lifespan
from bench.plans import Plan, Shot, confirmation
from bench.servers import SEED
from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.storage import engine

ROWS = ("floor", "createTransfer", "confirmChallenge", "getProducts", "listMovements")
AT_ONCE = 16
WARMING, SHORT, LONG = 2, 4, 8
"""How many times sixteen requests each run sends."""
MARK = "ctermid"
"""The C function at whose call callgrind writes its counts; nothing else calls it."""


class FrozenLoop(asyncio.SelectorEventLoop):
    """A loop on which no time passes: background work would run more often the slower the machine is."""

    def time(self) -> float:
        return 0.0


async def count(app: ASGIApp, plans: dict[str, Plan], begin: Callable[[], None]) -> None:
    """Call `begin`, then send the floor's row to the floor and the others to the bank.

    Raises RuntimeError for an answer that is not 2xx.
    """
    async with lifespan(app):
        bank = Client(app)
        begin()
        await _row(Client(floor.app), plans["createTransfer"])
        ordered = await _row(bank, plans["createTransfer"])
        await _row(bank, await _confirmations(bank, plans["createTransfer"], ordered))
        await _row(bank, plans["getProducts"])
        await _row(bank, plans["listMovements"])


async def _row(client: Client, plan: Plan) -> list[Answer]:
    answers: list[Answer] = []
    for times in (WARMING, SHORT, LONG):
        for _ in range(times):
            begun = len(answers)
            answers += await client.together([plan[(begun + each) % len(plan)] for each in range(AT_ONCE)])
        os.ctermid()
    return answers


async def _confirmations(bank: Client, orders: Plan, ordered: list[Answer]) -> Plan:
    """A confirmation of each order that was sent, with the codes of the inbox."""
    codes: dict[str, str] = {}
    cursor = ""
    while cursor is not None:
        [(_, body)] = await bank.together([Shot("GET", f"/_sandbox/messages?limit=200{cursor}", "", "")])
        page = json.loads(body)
        codes |= {message["challenge_id"]: message["code"] for message in page["items"]}
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    challenges = [json.loads(body)["challenge"]["id"] for _, body in ordered]
    return [
        confirmation(orders[number % len(orders)], challenge, codes[challenge])
        for number, challenge in enumerate(challenges)
    ]


def start_counting() -> None:
    """Tell callgrind to count from here on: start-up runs five times as fast without.

    Valgrind reads its commands while this process runs, not while it waits; hence the loop.
    """
    command = ["vgdb", "--max-invoke-ms=0", f"--pid={os.getpid()}", "instrumentation", "on"]
    telling = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while telling.poll() is None:
        pass
    if telling.returncode:
        raise RuntimeError(f"vgdb failed with status {telling.returncode}")


def main() -> None:
    """Count the bank of the directory that is given."""
    directory = Path(sys.argv[1])
    plans = {
        row: [Shot(*shot) for shot in plan]
        for row, plan in json.loads((directory / "plan.json").read_text(encoding="utf-8")).items()
    }
    engine.tune()
    # Under callgrind every request is slow: a line for each of them would be counted, too.
    app = create_app(Settings(data_dir=directory, seed=SEED, watch_rules=False, slow_ms=1e9))
    # When the garbage collector runs depends on all that went before, not on the request.
    gc.disable()
    with asyncio.Runner(loop_factory=FrozenLoop) as runner:
        runner.run(count(app, plans, start_counting))


if __name__ == "__main__":
    main()
