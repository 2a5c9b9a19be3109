"""The conditions that a sandbox works under: its clock, what goes wrong, what is due, what members do by themselves."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox.cli.terminal import Printer, at_a_sandbox, commands, given

if TYPE_CHECKING:
    from sandbox.testing import Sandbox

app = commands()
_DURATION = "Let time pass: P3D (days), P1M (a month), PT2H30M (hours, minutes), PT0.5S (seconds), or a moment."


@app.command()
@at_a_sandbox
def clock(
    server: "Sandbox",
    printer: Printer,
    advance: Annotated[str | None, typer.Option(help=_DURATION)] = None,
    now: Annotated[str | None, typer.Option("--set", help="Stand at a moment, RFC 3339.")] = None,
    rate: Annotated[float | None, typer.Option(help="0 frozen, 1 as ours, 60 an hour a minute.")] = None,
) -> None:
    """Tell the time, or move it; the jobs that fell due are listed."""
    answer: Any = None
    if now is not None or rate is not None:
        answer = server.clock.set(now, rate)
    if advance is not None:
        answer = server.clock.advance(advance) if advance.startswith("P") else server.clock.advance_to(advance)
    printer.one(answer or server.clock.read())


@app.command()
@at_a_sandbox
def faults(
    server: "Sandbox",
    printer: Printer,
    add: Annotated[
        str | None, typer.Option(help='A fault as JSON (- for standard input): {"effect": …, "match": …}')
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="No more faults.")] = False,
) -> None:
    """List, add or clear what goes wrong."""
    from sandbox.testing import operations

    if clear:
        server.faults.clear()
    if add is not None:
        made = server.send(operations.create_fault(given(add, "--add")))
        printer.one(made)
    elif not clear:
        printer.items(server.faults.all(), "id", "match", "effect", "seen", "hits")


@app.command()
@at_a_sandbox
def jobs(
    server: "Sandbox",
    printer: Printer,
    run: Annotated[bool, typer.Option("--run", help="Run what is due now, and list it.")] = False,
) -> None:
    """List what the bank does later by itself."""
    if run:
        printer.items(server.jobs.run(), "kind", "subject", "due_at")
    else:
        printer.items(server.jobs.waiting(), "kind", "due_at")


@app.command()
@at_a_sandbox
def life(
    server: "Sandbox",
    printer: Printer,
    level: Annotated[
        str | None, typer.Argument(help="off, quiet, typical or busy; without one, tell how it stands.")
    ] = None,
) -> None:
    """Have members live by themselves from now on, or tell what they did."""
    wanted: Any = level  # the server says what levels there are
    printer.one(server.life.read() if level is None else server.life.set(wanted))


@app.command()
@at_a_sandbox
def webhooks(
    server: "Sandbox",
    printer: Printer,
    add: Annotated[str | None, typer.Option(help="Deliver events to this address.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="With --add: events of this kind alone; repeatable.")] = None,
    remove: Annotated[str | None, typer.Option(help="The id of a webhook to remove.")] = None,
) -> None:
    """List, add or remove the addresses that events are delivered to."""
    if remove is not None:
        server.webhooks.remove(remove)
    if add is not None:
        kinds: Any = kind
        printer.one(server.webhooks.add(add, kinds=kinds))
    elif remove is None:
        printer.items(server.webhooks.all(), "id", "url", "kinds", "active")
