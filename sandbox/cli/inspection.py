"""What is in a sandbox and what happened in it: members, messages, requests, events, books."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox.cli import completion
from sandbox.cli.terminal import URL, Printer, Url, at_a_sandbox, commands, given, reaching, tell_json

if TYPE_CHECKING:
    from sandbox.testing import Sandbox

app = commands()


@app.command()
@at_a_sandbox
def members(
    server: "Sandbox",
    printer: Printer,
    persona: Annotated[str | None, typer.Option(help="This persona alone.", autocompletion=completion.personas)] = None,
    make: Annotated[
        str | None, typer.Option(help='Make a member, with traits as JSON (- for standard input): {"accounts": …}')
    ] = None,
) -> None:
    """List who can log in, or make a member to measure."""
    if make is not None:
        printer.one(server.members.make(**given(make, "--make")))
        return
    found = server.members.all()
    listed = [member for member in found if persona in (None, member["persona"])]
    printer.items(listed, "persona", "username", "password", "name", "id")


@app.command()
@at_a_sandbox
def lease(
    server: "Sandbox",
    printer: Printer,
    traits: Annotated[
        str, typer.Argument(help='What the member must have, as JSON (- for standard input): {"cards": 1}')
    ] = "{}",
    seconds: Annotated[float | None, typer.Option(help="How long, in seconds of real time.")] = None,
    create: Annotated[bool, typer.Option("--create", help="Make such a member where none is free.")] = False,
    release: Annotated[str | None, typer.Option(help="Give the member of this id back.")] = None,
) -> None:
    """Take a member that no other client gets meanwhile, or give one back."""
    if release is not None:
        server.members.release(release)
    else:
        printer.one(server.members.lease(seconds=seconds, create=create, **given(traits, "TRAITS")))


@app.command()
@at_a_sandbox
def messages(
    server: "Sandbox",
    printer: Printer,
    to: Annotated[str | None, typer.Option(help="Of this phone or address.")] = None,
    challenge: Annotated[str | None, typer.Option(help="The code of this challenge.")] = None,
    wait: Annotated[float | None, typer.Option(help="Wait this many seconds for the next one.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Empty the inbox.")] = False,
) -> None:
    """Read the SMS and e-mails that went out, codes and all."""
    if clear:
        server.inbox.clear()
    elif wait is not None:
        printer.one(server.inbox.next(to=to, challenge_id=challenge, wait=wait))
    else:
        found = server.inbox.messages(to=to, challenge_id=challenge)
        printer.items(found, "sent_at", "channel", "to", "code", "text")


@app.command()
@at_a_sandbox
def requests(
    server: "Sandbox",
    printer: Printer,
    request: Annotated[str | None, typer.Argument(help="The id of one, to see all of it.")] = None,
    operation: Annotated[str | None, typer.Option(help="Of this operation, such as createTransfer.")] = None,
    status: Annotated[int | None, typer.Option(help="Answered with this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="So many at most.")] = 50,
    clear: Annotated[bool, typer.Option("--clear", help="Forget them.")] = False,
) -> None:
    """List the latest requests and how they were answered, newest first."""
    if clear:
        server.journal.clear()
    elif request is not None:
        printer.one(server.journal.request(request))
    else:
        wanted: Any = operation  # the server says which operations there are
        found = server.journal.requests(operation_id=wanted, status=status, limit=limit)
        printer.items(found, "id", "at", "method", "path", "status", "operation_id")


@app.command()
@at_a_sandbox
def events(
    server: "Sandbox",
    printer: Printer,
    kind: Annotated[str | None, typer.Option(help="Of this kind, such as transfer.completed, or transfer.")] = None,
    after: Annotated[str | None, typer.Option(help="After the event of this id.")] = None,
    wait: Annotated[float | None, typer.Option(help="Wait this many seconds for the next one.")] = None,
) -> None:
    """List what happened, oldest first."""
    wanted: Any = kind
    if wait is not None:
        printer.one(server.events.next(kind=wanted, after=after, wait=wait))
    else:
        printer.items(server.events.all(kind=wanted, after=after), "id", "at", "kind", "member_id", "data")


@app.command()
@at_a_sandbox
def verify(
    server: "Sandbox",
    printer: Printer,
    match: Annotated[str, typer.Argument(help='What to look for, as JSON: {"operation_id": "createTransfer"}')],
    exactly: Annotated[int | None, typer.Option(help="So many times.")] = None,
    at_least: Annotated[int | None, typer.Option(help="So many times or more (1, if nothing is said).")] = None,
    at_most: Annotated[int | None, typer.Option(help="So many times or fewer.")] = None,
) -> None:
    """See whether the bank was called as it should be. Exit status 1, with the near misses, when it was not."""
    wanted = given(match, "MATCH")
    verdict = server.journal.verify(wanted, exactly=exactly, at_least=at_least, at_most=at_most)
    if printer.as_json:
        tell_json(verdict)
    else:
        typer.echo(f"{verdict['count']} requests match: {'as wanted' if verdict['verified'] else 'not as wanted'}")
        for miss in verdict["near_misses"]:
            typer.echo(f"\n{miss['method']} {miss['path']} answered {miss['status']} ({miss['request_id']})")
            for each in miss["differences"]:
                typer.echo(f"  {each['field']}: expected {each['expected']!r}, was {each['actual']!r}")
    if not verdict["verified"]:
        raise typer.Exit(1)


@app.command()
@at_a_sandbox
def audit(server: "Sandbox", printer: Printer) -> None:
    """Prove that no cent was lost. Exit status 1 when one was."""
    found = server.ledger.audit()
    printer.one(found)
    if not found["balanced"]:
        raise typer.Exit(1)


@app.command()
@at_a_sandbox
def scenarios(server: "Sandbox", printer: Printer) -> None:
    """List the inputs that steer an outcome."""
    printer.items(server.scenarios(), "id", "kind", "what", "operation_id", "send")


@app.command()
def ready(url: Url = URL) -> None:
    """See whether a server is ready. Exit status 1 while it is not, 3 when none answers."""
    from sandbox.testing import operations

    with reaching(url) as server:
        typer.echo(server.send(operations.get_readiness())["status"])


@app.command()
def console(
    url: Url = URL,
    show: Annotated[bool, typer.Option("--show", help="Print the address, and open no browser.")] = False,
) -> None:
    """Open the console in a browser."""
    address = f"{url.rstrip('/')}/_sandbox/console"
    typer.echo(address)
    if not show:
        typer.launch(address)
