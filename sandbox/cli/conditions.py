"""The conditions that a sandbox works under: its clock, what goes wrong, what is due, what members do by themselves."""

from typing import Annotated, Any

import typer

from sandbox.cli.terminal import DEFAULT, URL, AsJson, Selected, Url, commands, given, reaching, tell, tell_items

app = commands()
_DURATION = "Let time pass: P3D (days), P1M (a month), PT2H30M (hours, minutes), PT0.5S (seconds), or a moment."


@app.command()
def clock(
    advance: Annotated[str | None, typer.Option(help=_DURATION)] = None,
    now: Annotated[str | None, typer.Option("--set", help="Stand at a moment, RFC 3339.")] = None,
    rate: Annotated[float | None, typer.Option(help="0 frozen, 1 as ours, 60 an hour a minute.")] = None,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Tell the time, or move it; the jobs that fell due are listed."""
    with reaching(url, sandbox, as_json=as_json) as server:
        answer: Any = None
        if now is not None or rate is not None:
            answer = server.clock.set(now, rate)
        if advance is not None:
            answer = server.clock.advance(advance) if advance.startswith("P") else server.clock.advance_to(advance)
        tell(answer or server.clock.read(), as_json)


@app.command()
def faults(
    add: Annotated[
        str | None, typer.Option(help='A fault as JSON (- for standard input): {"effect": …, "match": …}')
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="No more faults.")] = False,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List, add or clear what goes wrong."""
    from sandbox.testing import operations

    with reaching(url, sandbox, as_json=as_json) as server:
        if clear:
            server.faults.clear()
        if add is not None:
            made = server.send(operations.create_fault(given(add, "--add")))
            tell(made, as_json)
        elif not clear:
            tell_items(server.faults.all(), as_json, "id", "match", "effect", "seen", "hits")


@app.command()
def jobs(
    run: Annotated[bool, typer.Option("--run", help="Run what is due now, and list it.")] = False,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List what the bank does later by itself."""
    with reaching(url, sandbox, as_json=as_json) as server:
        if run:
            tell_items(server.jobs.run(), as_json, "kind", "subject", "due_at")
        else:
            tell_items(server.jobs.waiting(), as_json, "kind", "due_at")


@app.command()
def life(
    level: Annotated[
        str | None, typer.Argument(help="off, quiet, typical or busy; without one, tell how it stands.")
    ] = None,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Have members live by themselves from now on, or tell what they did."""
    wanted: Any = level  # the server says what levels there are
    with reaching(url, sandbox, as_json=as_json) as server:
        tell(server.life.read() if level is None else server.life.set(wanted), as_json)


@app.command()
def webhooks(
    add: Annotated[str | None, typer.Option(help="Deliver events to this address.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="With --add: events of this kind alone; repeatable.")] = None,
    remove: Annotated[str | None, typer.Option(help="The id of a webhook to remove.")] = None,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List, add or remove the addresses that events are delivered to."""
    with reaching(url, sandbox, as_json=as_json) as server:
        if remove is not None:
            server.webhooks.remove(remove)
        if add is not None:
            kinds: Any = kind
            tell(server.webhooks.add(add, kinds=kinds), as_json)
        elif remove is None:
            tell_items(server.webhooks.all(), as_json, "id", "url", "kinds", "active")
