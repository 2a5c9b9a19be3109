"""`sandbox load`: load with a verdict on the money."""

import os
import re
import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from loadtests.driver import CannotRun, Plan, Scenario, run
from loadtests.shapes import Shape, least_seconds
from sandbox.cli.terminal import DEFAULT, AsJson, Selected, end

_TIME = re.compile(r"(?P<number>[0-9]{1,6})(?P<unit>[smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_LONGEST_SECONDS = 86_400


def load(
    scenarios: Annotated[
        list[Scenario] | None,
        typer.Argument(
            metavar="[SCENARIO]…",
            help="What members do. mix: all of it, by weight (the default).",
            show_default=False,
        ),
    ] = None,
    *,
    shape: Annotated[
        Shape, typer.Option(help="How the load goes up and down; ramp goes on until it breaks and names the knee.")
    ] = "steady",
    users: Annotated[int, typer.Option(min=1, max=10_000, help="Members at work at the peak.")] = 20,
    time: Annotated[str, typer.Option(help="How long: 30, 30s, 5m, 1h. At most a day.")] = "30s",
    rate: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=100_000, help="Arrivals a second at the peak: an open workload. Without: a closed one."
        ),
    ] = None,
    arrivals: Annotated[Literal["constant", "poisson"], typer.Option(help="How arrivals are spaced.")] = "constant",
    codes: Annotated[
        Literal["inbox", "computed"],
        typer.Option(help="Codes out of the control plane's inbox, or computed by the client: no request."),
    ] = "inbox",
    turns: Annotated[
        int, typer.Option(min=1, max=100_000_000, help="End after so many turns, if time does not.")
    ] = 1_000_000,
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="Worker processes; more than 1 stand under a master.")
    ] = 1,
    url: Annotated[
        str | None,
        typer.Option(envvar="SANDBOX_URL", help="Where a server answers; one is started when this is left out."),
    ] = None,
    sandbox: Selected = DEFAULT,
    html: Annotated[Path | None, typer.Option(help="Write a page with charts and the verdict here.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Write a summary for machines here, as JSON.")] = None,
    json: AsJson = False,
    compare: Annotated[Path | None, typer.Option(help="An earlier --summary to compare with.")] = None,
    thresholds: Annotated[
        Path | None, typer.Option(help="Thresholds to keep, instead of loadtests/thresholds.yaml.")
    ] = None,
) -> None:
    """Let members work under load, and give a verdict on the money.

    Ends with 0 when every cent is there and every threshold was kept, 1 when not, 2 when it could not begin.
    """
    if find_spec("locust") is None:
        end("Load needs Locust: pip install 'cooprogreso-sandbox[load]' (make installs it).", 2)
    chosen = tuple(dict.fromkeys(scenarios or [Scenario.MIX]))
    options = {"shape": shape, "arrivals": arrivals, "codes": codes, "turns": str(turns), "sandbox": sandbox}
    files = {"report": html, "summary": summary, "compare": compare, "thresholds": thresholds}
    options |= {name: str(file.absolute()) for name, file in files.items() if file is not None}
    if json:
        options["told-as"] = "json"
    if rate is not None:
        options["rate"] = str(rate)
    _require_writable(html, summary)
    seconds = _seconds(time)
    if seconds < least_seconds(shape):
        end(f"--time {time!r}: {shape} needs {least_seconds(shape)} s at least, to measure each of its stages", 2)
    plan = Plan(chosen, users, seconds, processes, options)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # who ends us by it wants server and workers ended, too
    try:
        sys.exit(run(plan, url.rstrip("/") if url else None))
    except CannotRun as reason:
        end(str(reason), 2)
    except KeyboardInterrupt:
        end("interrupted", 130)


def _seconds(text: str) -> int:
    found = _TIME.fullmatch(text.strip())
    seconds = int(found["number"]) * _SECONDS[found["unit"]] if found else 0
    if not 0 < seconds <= _LONGEST_SECONDS:
        end(f"--time {text!r}: such as 30, 30s, 5m, 1h; at most a day", 2)
    return seconds


def _require_writable(*files: Path | None) -> None:
    for file in files:
        if file is not None and not file.absolute().parent.is_dir():
            end(f"{file}: there is no such directory", 2)
        if file is not None and (
            file.is_dir() or not os.access(file if file.exists() else file.absolute().parent, os.W_OK)
        ):
            end(f"{file}: cannot be written", 2)
