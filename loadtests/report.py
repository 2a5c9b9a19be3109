"""The report: tables in the terminal; and Locust's page with its charts, with the verdict and all else before it."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from locust.env import Environment as LocustEnvironment
from locust.html import get_html_report
from rich.console import Console
from rich.table import Table

from loadtests.compare import Comparison
from loadtests.summary import Summary

SHARES = ("p50", "p95", "p99")
ENOUGH_CALLS, LONG_MILLIS, MUCH_LONGER = 50, 100, 4
"""From when on it is worth saying that clients waited for something else than the server."""


def print_to(console: Console, summary: Summary, comparison: Comparison | None) -> None:
    """The whole of it, the verdict last."""
    console.print(headline(summary), soft_wrap=True)
    console.print(f"Workload {summary.model}", soft_wrap=True, highlight=False)
    console.print(_operations(summary))
    if len(summary.stages) > 1:
        console.print(_stages(summary))
    for line in remarks(summary):
        console.print(line, soft_wrap=True, highlight=False)
    if comparison is not None:
        console.print(_comparison(comparison))
    if summary.broken_thresholds:
        console.print(_broken(summary))
    console.print(_verdict(summary))
    console.print(conclusion(summary), style="green" if summary.exit_status == 0 else "red", highlight=False)


def write_html(file: Path, environment: LocustEnvironment, summary: Summary, comparison: Comparison | None) -> None:
    """Locust's page, our section before it."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    section = templates.get_template("report.html").render(
        summary=asdict(summary),
        findings=summary.findings,
        headline=headline(summary),
        remarks=remarks(summary),
        conclusion=conclusion(summary),
        passed=summary.exit_status == 0,
        comparison=comparison,
        shares=SHARES,
    )
    page: str = get_html_report(environment, show_download_link=False)
    head, body, rest = page.partition("<body>")
    file.write_text(f"{head}{body}\n{section}\n{rest}", encoding="utf-8")


def headline(summary: Summary) -> str:
    """What was run, in a line."""
    rate = f", {summary.rate:g} arrivals a second at the peak" if summary.rate else ""
    processes = f" in {summary.processes} processes" if summary.processes > 1 else ""
    return (
        f"{', '.join(summary.scenarios) or 'nothing'}: {summary.shape}, {summary.users} users{rate}, "
        f"{summary.seconds:.0f} s{processes}, codes from {_SOURCES[summary.codes]}"
    )


def remarks(summary: Summary) -> list[str]:
    """What else is to be said."""
    return [*_about_load(summary), *_about_shape(summary), *_about_measuring(summary)]


def _about_load(summary: Summary) -> Iterator[str]:
    if summary.arrived is not None:
        yield f"arrivals: {summary.arrived.due} due, {summary.arrived.unserved} not served by the end"
    elif summary.most_users < summary.users and not summary.broke_off:
        yield f"at most {summary.most_users} of {summary.users} users were at work at once"
    if summary.server_memory is not None:
        yield f"server memory {summary.server_memory[0]:.0f} → {summary.server_memory[1]:.0f} MiB"
    if summary.kept_sandboxes:
        yield f"kept to look into: {', '.join(summary.kept_sandboxes)}"


def _about_shape(summary: Summary) -> Iterator[str]:
    if summary.broke_off:
        yield f"the ramp ended early: {summary.broke_off}"
    if summary.shape in ("ramp", "steps"):
        yield _knee(summary)
    if summary.shape == "spike" and len(summary.stages) == 3:
        before, during, after = (stage["p95"] for stage in summary.stages)
        yield f"spike: p95 of a turn {before:g} ms before, {during:g} during, {after:g} after"
    if summary.shape == "soak" and len(summary.stages) > 2:
        first, last = summary.stages[1]["p95"], summary.stages[-1]["p95"]
        yield f"drift: p95 of a turn {first:g} ms in the second sixth, {last:g} in the last"


def _about_measuring(summary: Summary) -> Iterator[str]:
    if waited := [name for name, each in summary.operations.items() if _waited_elsewhere(each)]:
        yield f"clients waited much longer than the server took, so the time went elsewhere: {', '.join(waited)}"
    if summary.client_was_short_of_cpu:
        yield "the load generator was short of CPU: what looks slow may be its own; use --processes, or machines"
    if summary.unmeasured_thresholds:
        yield f"thresholds of what was not called: {', '.join(summary.unmeasured_thresholds)}"


def conclusion(summary: Summary) -> str:
    """The last line."""
    done = f"{summary.completed} completed, {summary.cancelled} cancelled, {summary.locked} locked"
    verdict = "broken" if summary.complaints else "every cent is there"
    broken = len(summary.broken_thresholds)
    thresholds = f"; {_many(broken, 'threshold')} broken" if broken else ""
    return f"{done}; {_many(summary.members, 'member')}\nverdict: {verdict}{thresholds}"


_SOURCES = {"inbox": "the inbox", "computed": "their secret"}


def _knee(summary: Summary) -> str:
    if summary.knee is None and summary.broke_off:
        return "knee: none seen before it broke"
    if summary.knee is None:
        return "knee: none seen; throughput by waiting was best at the last stage, so ask for more"
    at, then = summary.knee["at"], summary.knee["then"]
    return (
        f"knee: about {_load(at)}, {at['turns_per_second']:.1f} turns/s at {at['mean']:.0f} ms (p95 {at['p95']:g}); "
        f"{_load(then)} bring {then['turns_per_second']:.1f} turns/s at {then['mean']:.0f} ms (p95 {then['p95']:g})"
    )


def _load(stage: dict[str, float | None]) -> str:
    rate = stage["arrivals_per_second"]
    return f"{stage['users']} users" if rate is None else f"{rate:g} arrivals/s"


def _operations(summary: Summary) -> Table:
    table = Table("operation", title="Milliseconds: as clients saw them, and inside the server", title_justify="left")
    columns = ("calls", "failed", "/s", "p50", "p95", "p99", "server p50", "p95", "p99")
    for name in columns:
        table.add_column(name, justify="right")
    turns = {f"turn {name}": each for name, each in summary.turns.items()}
    calls = {name: each for name, each in summary.operations.items() if name != "total"}
    total = {name: each for name, each in summary.operations.items() if name == "total"}
    for group in (turns, calls, total):
        for name, each in group.items():
            server = each.get("server", {})
            table.add_row(
                name, str(each["requests"]), str(each["failed"]), f"{each['per_second']:.1f}",
                *(_millis(each[share]) for share in SHARES), *(_millis(server.get(share)) for share in SHARES),
            )  # fmt: skip
        table.add_section()
    return table


def _stages(summary: Summary) -> Table:
    table = Table("load", title="Stages, by turns", title_justify="left")
    for name in ("turns/s", "failed", "mean ms", "p50", "p95", "p99"):
        table.add_column(name, justify="right")
    for stage in summary.stages:
        table.add_row(
            _load(stage), f"{stage['turns_per_second']:.1f}", str(stage["failed"]), f"{stage['mean']:.1f}",
            *(_millis(stage[share]) for share in SHARES),
        )  # fmt: skip
    return table


def _broken(summary: Summary) -> Table:
    table = Table("operation", "measure", title="Thresholds that were not kept", title_justify="left")
    table.add_column("at most", justify="right")
    table.add_column("measured", justify="right")
    for each in summary.broken_thresholds:
        table.add_row(each.operation, each.measure, f"{each.limit:g}", f"{each.measured:.3g}")
    return table


def _verdict(summary: Summary) -> Table:
    table = Table("", "verdict", title="The money", title_justify="left")
    table.add_column("checked", justify="right")
    for finding in summary.findings:
        table.add_row("✗" if finding.complaints else "✓", finding.says, str(finding.checked or "–"))
        for complaint in finding.complaints[:_MOST_COMPLAINTS]:
            table.add_row("", complaint, "", style="red")
        if len(finding.complaints) > _MOST_COMPLAINTS:
            table.add_row("", f"… and {len(finding.complaints) - _MOST_COMPLAINTS} more", "", style="red")
    return table


_MOST_COMPLAINTS = 10


def _comparison(comparison: Comparison) -> Table:
    differing = "; ".join(f"{name} was {then}" for name, (then, _) in comparison.differing.items())
    title = "Now by then (× of the earlier run" + (f"; not alike: {differing})" if differing else ")")
    table = Table("operation", title=title, title_justify="left")
    for name in ("/s", "p50", "p95", "p99"):
        table.add_column(name, justify="right")
    rows: dict[str, list[str]] = {}
    for each in comparison.compared:
        shown = "–" if each.ratio is None else f"{each.ratio:.2f}"
        rows.setdefault(each.operation, []).append(f"[red]{shown}[/red]" if each.is_worse else shown)
    for operation, ratios in rows.items():
        table.add_row(operation, *ratios)
    return table


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _millis(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _waited_elsewhere(operation: dict[str, Any]) -> bool:
    server = operation.get("server", {})
    slow = operation["requests"] >= ENOUGH_CALLS and operation["p95"] >= LONG_MILLIS
    return bool(slow and server.get("p95") is not None and operation["p95"] > MUCH_LONGER * server["p95"])
