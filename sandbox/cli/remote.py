"""The control plane from the command line, against a running server."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sandbox.cli import replay as replaying
from sandbox.cli.connection import DEFAULT, URL, AsJson, Connection, Selected, Url, console, end, given, tell

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(url: Url = URL, as_json: AsJson = False) -> None:
    """List the sandboxes."""
    tell(Connection(url, DEFAULT).control("GET", "/sandboxes"), as_json, "name", "base_path")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="What it is called by: X-Sandbox: NAME, or /s/NAME/…")],
    seed: Annotated[str | None, typer.Option(help="Another seed than the server's.")] = None,
    members: Annotated[int | None, typer.Option(help="How many members.")] = None,
    at: Annotated[str | None, typer.Option(help="The moment its clock starts at, RFC 3339.")] = None,
    rate: Annotated[float | None, typer.Option(help="How fast its clock runs: 0 frozen, 1 as ours.")] = None,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Make a sandbox from the seed."""
    moment = {key: value for key, value in {"now": at, "rate": rate}.items() if value is not None}
    wanted = {key: value for key, value in {"seed": seed, "members": members}.items() if value is not None}
    body = {"name": name, **wanted, "clock": moment}
    tell(Connection(url, DEFAULT).control("POST", "/sandboxes", json=body), as_json)


@app.command()
def fork(
    name: Annotated[str, typer.Argument(help="The new one's name.")],
    source: Annotated[str, typer.Option("--from", help="A sandbox, or SANDBOX@SNAPSHOT.")] = DEFAULT,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Create a sandbox from another one's present state, or from a snapshot."""
    body = {"name": name, "from": source}
    tell(Connection(url, DEFAULT).control("POST", "/sandboxes", json=body), as_json)


@app.command()
def delete(name: str, url: Url = URL) -> None:
    """Remove a sandbox with its snapshots."""
    Connection(url, DEFAULT).control("DELETE", f"/sandboxes/{name}")


@app.command()
def reset(url: Url = URL, sandbox: Selected = DEFAULT, as_json: AsJson = False) -> None:
    """Put a sandbox back to its first day."""
    tell(Connection(url, sandbox).control("POST", "/reset"), as_json)


@app.command()
def snapshot(
    name: Annotated[
        str | None, typer.Argument(help="The name to keep it under; without one, list what is kept.")
    ] = None,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Create a snapshot of a sandbox."""
    server = Connection(url, sandbox)
    if name is None:
        tell(server.control("GET", "/snapshots"), as_json, "name", "usable", "size_bytes")
    else:
        tell(server.control("POST", "/snapshots", json={"name": name}), as_json)


@app.command()
def restore(name: str, url: Url = URL, sandbox: Selected = DEFAULT, as_json: AsJson = False) -> None:
    """Go back to a snapshot."""
    tell(Connection(url, sandbox).control("POST", f"/snapshots/{name}/restore"), as_json)


@app.command()
def clock(
    advance: Annotated[str | None, typer.Option(help="Let time pass: P3D, PT2H, PT0.5S, or a moment.")] = None,
    now: Annotated[str | None, typer.Option("--set", help="Stand at a moment, RFC 3339.")] = None,
    rate: Annotated[float | None, typer.Option(help="0 frozen, 1 as ours, 60 an hour a minute.")] = None,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Tell the time, or move it; the jobs that fell due are listed."""
    server = Connection(url, sandbox)
    answer: Any = None
    change = {key: value for key, value in {"now": now, "rate": rate}.items() if value is not None}
    if change:
        answer = server.control("PUT", "/clock", json=change)
    if advance is not None:
        how = {"by": advance} if advance.startswith("P") else {"to": advance}
        answer = server.control("POST", "/clock/advance", json=how)
    tell(answer or server.control("GET", "/clock"), as_json)


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
    server = Connection(url, sandbox)
    if level is None:
        tell(server.control("GET", "/life"), as_json)
    else:
        tell(server.control("PUT", "/life", json={"level": level}), as_json)


@app.command()
def messages(
    to: Annotated[str | None, typer.Option(help="Of this phone or address.")] = None,
    challenge: Annotated[str | None, typer.Option(help="The code of this challenge.")] = None,
    wait: Annotated[float | None, typer.Option(help="Wait this many seconds for the next one.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Empty the inbox.")] = False,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Read the SMS and e-mails that went out, codes and all."""
    server = Connection(url, sandbox)
    if clear:
        server.control("DELETE", "/messages")
        return
    wanted = {"to": to, "challenge_id": challenge}
    params: dict[str, Any] = {key: value for key, value in wanted.items() if value is not None}
    if wait is not None:
        tell(server.control("GET", "/messages/next", params={**params, "wait": wait}), as_json)
    else:
        found = server.control("GET", "/messages", params={**params, "limit": 200})
        tell(found, as_json, "sent_at", "channel", "to", "code", "text")


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
    server = Connection(url, sandbox)
    if clear:
        server.control("DELETE", "/faults")
    if add is not None:
        tell(server.control("POST", "/faults", json=given(add, "--add")), as_json)
    elif not clear:
        tell(server.control("GET", "/faults"), as_json, "id", "match", "effect", "seen", "hits")


@app.command()
def verify(
    match: Annotated[str, typer.Argument(help='What to look for, as JSON: {"operation_id": "createTransfer"}')],
    exactly: Annotated[int | None, typer.Option(help="So many times.")] = None,
    at_least: Annotated[int | None, typer.Option(help="So many times or more (1, if nothing is said).")] = None,
    at_most: Annotated[int | None, typer.Option(help="So many times or fewer.")] = None,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """See whether the bank was called as it should be. Exit status 1, with the near misses, when it was not."""
    bounds = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
    count = {key: value for key, value in bounds.items() if value is not None}
    body = {"match": given(match, "MATCH")} | ({"count": count} if count else {})
    verdict = Connection(url, sandbox).control("POST", "/requests/verify", json=body)
    if as_json:
        tell(verdict, as_json)
    else:
        typer.echo(f"{verdict['count']} requests match: {'as wanted' if verdict['verified'] else 'not as wanted'}")
        for miss in verdict["near_misses"]:
            typer.echo(f"\n{miss['method']} {miss['path']} answered {miss['status']} ({miss['request_id']})")
            for each in miss["differences"]:
                typer.echo(f"  {each['field']}: expected {each['expected']!r}, was {each['actual']!r}")
    if not verdict["verified"]:
        raise typer.Exit(1)


@app.command()
def audit(url: Url = URL, sandbox: Selected = DEFAULT, as_json: AsJson = False) -> None:
    """Prove that no cent was lost. Exit status 1 when one was."""
    found = Connection(url, sandbox).control("GET", "/ledger/audit")
    tell(found, as_json)
    if not found["balanced"]:
        raise typer.Exit(1)


@app.command()
def record(
    out: Annotated[Path | None, typer.Option(help="Write what was recorded here, and record no more.")] = None,
    url: Url = URL,
    sandbox: Selected = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Reset a sandbox, freeze its clock and record from there; with --out, end the recording."""
    server = Connection(url, sandbox)
    if out is None:
        tell(server.control("POST", "/recording"), as_json)
        return
    lines = server.text("/recording")
    try:
        out.write_text(lines, encoding="utf-8")
    except OSError as error:
        end(f"{out}: {error.strerror}", 2)
    server.control("DELETE", "/recording")
    console.print(f"{lines.count(chr(10)) - 1} exchanges in {out}", markup=False)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording of `sandbox record`.")],
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Ask a new sandbox of the same seed the same things. Exit status 1, with the first difference, when it answers
    otherwise."""
    head, exchanges = replaying.read(file)
    found = replaying.replay(Connection(url, DEFAULT), head, exchanges)
    if as_json:
        tell({"same": found is None, "exchanges": len(exchanges), "difference": found and found._asdict()}, as_json)
    elif found is None:
        typer.echo(f"{len(exchanges)} exchanges, the same to the byte")
    else:
        typer.echo(f"exchange {found.number} of {len(exchanges)}, {found.request}: another {found.what}")
        typer.echo(f"  recorded  {found.recorded}\n  replayed  {found.replayed}")
    if found is not None:
        raise typer.Exit(1)
